"""A small inventory with figures of known size: two sites in different zones, priced and unpriced campaigns."""

import asyncpg
import pytest

INVENTORY = """
insert into site (key, name, domains, timezone, language) values
    ('haber', 'Haber', '{haber.example}', 'Europe/Istanbul', 'tr'),
    ('news', 'News', '{news.example}', 'America/New_York', 'en');
insert into slot (site_id, name, label, sizes) values
    (1, 'top', 'REKLAM ALANI', '{728x90}'), (1, 'footer', 'REKLAM ALANI', '{728x90}'), (2, 'top', 'AD', '{728x90}');
insert into advertiser (key, name) values ('zeytin', 'Zeytin Market'), ('firin', 'Fırın');
insert into campaign (advertiser_id, key, name, tier, price_model, price_micros, currency, starts, ends) values
    (1, 'zeytin-kasim', 'Kasım', 'standard', 'cpm', 45000000, 'TRY', null, null),
    (1, 'zeytin-flat', 'Sabit', 'standard', 'flat', 30000000, 'TRY', '2026-10-31 21:00Z', '2026-11-30 21:00Z'),
    (2, 'firin-house', 'Fırın', 'house', null, null, null, null, null),
    (2, 'firin-eur', 'Bread', 'standard', 'cpc', 250000, 'EUR', null, null);
insert into campaign_slot (campaign_id, slot_id) values (1, 1), (1, 2), (2, 1), (3, 3), (4, 3);
insert into creative (campaign_id, key, kind, size, html, click_url)
    select id, 'a', 'html', '728x90', '<b>ad</b>', 'https://shop.example/' from campaign order by id;
"""

ADD_HOUR = """
insert into hourly
    (hour, slot_id, creative_id, requests, unfilled, impressions, viewable, clicks, invalid, spend_micros)
values ($1::text::timestamptz, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@pytest.fixture
async def stocked(connection: asyncpg.Connection) -> asyncpg.Connection:
    """The inventory, and no figures."""
    await connection.execute(INVENTORY)
    return connection


@pytest.fixture
async def counted(stocked: asyncpg.Connection) -> asyncpg.Connection:
    """Figures around midnight in Istanbul (21:00 UTC) and in New York (05:00 UTC)."""
    await stocked.executemany(
        ADD_HOUR,
        [
            ("2026-11-23 20:00Z", 1, 1, 100, 0, 90, 60, 3, 5, 4_050_000),
            ("2026-11-23 21:00Z", 1, 1, 10, 0, 8, 4, 1, 0, 360_000),
            ("2026-11-23 21:00Z", 1, 0, 7, 7, 0, 0, 0, 0, 0),
            ("2026-11-24 04:00Z", 3, 3, 20, 0, 20, 10, 0, 1, 0),
            ("2026-11-24 05:00Z", 3, 3, 2, 0, 1, 1, 0, 0, 0),
        ],
    )
    return stocked
