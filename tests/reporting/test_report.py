import re
from datetime import date

import asyncpg
import pytest

from adserver.reporting.figures import Figures
from adserver.reporting.query import Dimension, QueryError, ReportQuery
from adserver.reporting.report import InvalidEvents, Report, Row, invalid_events, report, unseen_clicks

DAY23, DAY24 = date(2026, 11, 23), date(2026, 11, 24)
ALL_DIMENSIONS_BY_HOUR = tuple(dimension for dimension in Dimension if dimension not in ("city", "device"))


def keys(answer: Report) -> list[tuple[str | None, ...]]:
    return [row.keys for row in answer.rows]


async def test_days_are_days_of_the_sites_zone(counted: asyncpg.Connection) -> None:
    answer = await report(counted, ReportQuery(DAY23, DAY24, (Dimension.DAY, Dimension.SITE)))
    assert [(row.keys, row.figures.requests) for row in answer.rows] == [
        (("2026-11-23", "haber"), 100),
        (("2026-11-23", "news"), 20),
        (("2026-11-24", "haber"), 17),
        (("2026-11-24", "news"), 2),
    ]
    assert answer.zones == ("America/New_York", "Europe/Istanbul")


async def test_first_and_last_day_are_inclusive(counted: asyncpg.Connection) -> None:
    answer = await report(counted, ReportQuery(DAY24, DAY24, site="haber"))
    assert answer.rows == [Row((), Figures(17, 7, 8, 4, 1, 0, 360_000))]


async def test_rows_of_every_dimension_kept_by_hour(counted: asyncpg.Connection) -> None:
    answer = await report(counted, ReportQuery(DAY24, DAY24, ALL_DIMENSIONS_BY_HOUR, site="haber"))
    common = ("2026-11-24", "2026-11-24T00:00:00+03:00", "2026-11-23", "2026-11", "haber", "haber/top")
    assert keys(answer) == [
        (*common, "zeytin", "zeytin-kasim", "zeytin-kasim/a"),
        (*common, None, None, None),
    ]


async def test_a_campaigns_report_leaves_out_what_went_unfilled(counted: asyncpg.Connection) -> None:
    answer = await report(counted, ReportQuery(DAY23, DAY24, (Dimension.SLOT,), campaign="zeytin-kasim"))
    assert answer.rows == [Row(("haber/top",), Figures(110, 0, 98, 64, 4, 5, 4_410_000))]
    assert answer.totals == Figures(110, 0, 98, 64, 4, 5, 4_410_000)


async def test_an_advertisers_report_holds_its_campaigns_only(counted: asyncpg.Connection) -> None:
    answer = await report(counted, ReportQuery(DAY23, DAY24, (Dimension.CAMPAIGN,), advertiser="firin"))
    assert keys(answer) == [("firin-house",)]


async def test_a_campaign_of_another_advertiser_has_no_figures(counted: asyncpg.Connection) -> None:
    answer = await report(counted, ReportQuery(DAY23, DAY24, campaign="zeytin-kasim", advertiser="firin"))
    assert (answer.rows, answer.totals) == ([], Figures())


@pytest.mark.parametrize("field", ["campaign", "site", "advertiser"])
@pytest.mark.parametrize("key", ["nobody", "no\0body"])
async def test_an_unknown_key_is_named(counted: asyncpg.Connection, field: str, key: str) -> None:
    with pytest.raises(QueryError, match=re.escape(f"there is no {field} {key!r}")):
        await report(counted, ReportQuery(DAY23, DAY24, **{field: key}))


async def test_city_and_device_come_from_the_days(stocked: asyncpg.Connection) -> None:
    await stocked.execute("""
        insert into daily (day, slot_id, creative_id, city, device, requests, impressions) values
            ('2026-11-23', 1, 1, 'Antalya', 'mobile', 9, 8), ('2026-11-24', 1, 1, 'Antalya', 'mobile', 2, 1),
            ('2026-11-24', 1, 1, '', 'desktop', 4, 3)""")
    answer = await report(stocked, ReportQuery(DAY23, DAY24, (Dimension.CITY, Dimension.DEVICE)))
    assert answer.rows == [
        Row(("", "desktop"), Figures(requests=4, impressions=3)),
        Row(("Antalya", "mobile"), Figures(requests=11, impressions=9)),
    ]


async def test_totals_are_the_sum_of_the_rows(counted: asyncpg.Connection) -> None:
    for dimension in Dimension:
        if dimension not in ("city", "device"):
            answer = await report(counted, ReportQuery(DAY23, DAY24, (dimension,)))
            assert sum((row.figures for row in answer.rows), Figures()) == answer.totals
            assert answer.totals == Figures(139, 7, 119, 75, 4, 6, 4_410_000)


async def test_a_flat_campaign_earns_its_days_share(stocked: asyncpg.Connection) -> None:
    await stocked.execute("""
        insert into hourly (hour, slot_id, creative_id, impressions) values
            ('2026-11-01 09:00Z', 1, 2, 10), ('2026-11-02 09:00Z', 1, 2, 30), ('2026-11-02 10:00Z', 2, 2, 10),
            ('2026-11-04 10:00Z', 1, 2, 1)""")
    query = ReportQuery(date(2026, 11, 2), date(2026, 11, 4), (Dimension.DAY, Dimension.SLOT), campaign="zeytin-flat")
    answer = await report(stocked, query)
    assert [(row.keys, row.figures.spend_micros) for row in answer.rows] == [
        (("2026-11-02", "haber/footer"), 250_000),
        (("2026-11-02", "haber/top"), 750_000),
        (("2026-11-04", "haber/top"), 2_000_000),
    ]


async def test_flat_spend_by_city_adds_up_to_that_by_hour(stocked: asyncpg.Connection) -> None:
    await stocked.execute("""
        insert into hourly (hour, slot_id, creative_id, impressions) values
            ('2026-11-02 09:00Z', 1, 2, 5), ('2026-11-02 10:00Z', 1, 2, 2), ('2026-11-02 10:00Z', 2, 2, 4);
        insert into daily (day, slot_id, creative_id, city, device, impressions) values
            ('2026-11-02', 1, 2, 'Antalya', 'mobile', 3), ('2026-11-02', 1, 2, 'İzmir', 'mobile', 4),
            ('2026-11-02', 2, 2, 'İzmir', 'mobile', 4)""")
    day = date(2026, 11, 2)
    by_hour = await report(stocked, ReportQuery(day, day, (Dimension.SLOT,)))
    by_city = await report(stocked, ReportQuery(day, day, (Dimension.SLOT, Dimension.CITY)))
    top = sum(row.figures.spend_micros for row in by_city.rows if row.keys[0] == "haber/top")
    assert by_hour.rows[1] == Row(("haber/top",), Figures(impressions=7, spend_micros=top))
    assert by_hour.totals.spend_micros == by_city.totals.spend_micros == 2_000_000


async def test_one_currency_adds_no_key(counted: asyncpg.Connection) -> None:
    answer = await report(counted, ReportQuery(DAY23, DAY24, (Dimension.SITE,)))
    assert (answer.columns, answer.spend_by_currency) == (("site",), {"TRY": 4_410_000})


async def test_several_currencies_split_the_rows(counted: asyncpg.Connection) -> None:
    await counted.execute("""
        insert into hourly (hour, slot_id, creative_id, impressions, clicks, spend_micros)
        values ('2026-11-24 05:00Z', 3, 4, 10, 2, 500000)""")
    answer = await report(counted, ReportQuery(DAY24, DAY24, (Dimension.SITE,)))
    assert answer.columns == ("site", "currency")
    assert keys(answer) == [("haber", "TRY"), ("haber", None), ("news", "EUR"), ("news", None)]
    assert answer.spend_by_currency == {"EUR": 500_000, "TRY": 360_000}


async def test_a_report_says_how_fresh_it_is(stocked: asyncpg.Connection) -> None:
    assert (await report(stocked, ReportQuery(DAY23, DAY24))).counted_until is None
    await stocked.execute("insert into flushed_batch (batch_id) values (gen_random_uuid())")
    flushed_at = await stocked.fetchval("select flushed_at from flushed_batch")
    assert (await report(stocked, ReportQuery(DAY23, DAY24))).counted_until == flushed_at


async def test_refused_events_by_reason(stocked: asyncpg.Connection) -> None:
    await stocked.execute("""
        insert into invalid_hourly (hour, slot_id, creative_id, kind, reason, events) values
            ('2026-11-23 20:00Z', 1, 1, 'impression', 'declared_bot', 5),
            ('2026-11-23 21:00Z', 1, 1, 'impression', 'declared_bot', 2),
            ('2026-11-23 21:00Z', 1, 1, 'click', 'duplicate', 9),
            ('2026-11-23 21:00Z', 3, 3, 'click', 'duplicate', 100)""")
    assert await invalid_events(stocked, ReportQuery(DAY23, DAY24, campaign="zeytin-kasim")) == [
        InvalidEvents("click", "duplicate", 9),
        InvalidEvents("impression", "declared_bot", 7),
    ]
    assert await invalid_events(stocked, ReportQuery(DAY23, DAY23, campaign="zeytin-kasim")) == [
        InvalidEvents("impression", "declared_bot", 5)
    ]


async def test_refused_events_of_no_slot_are_told_where_all_is_asked_for(stocked: asyncpg.Connection) -> None:
    await stocked.execute("insert into invalid_hourly values ('2026-11-23 21:00Z', 0, 0, 'click', 'forged', 3)")
    assert await invalid_events(stocked, ReportQuery(DAY24, DAY24)) == [InvalidEvents("click", "forged", 3)]
    assert await invalid_events(stocked, ReportQuery(DAY23, DAY23)) == []
    assert await invalid_events(stocked, ReportQuery(DAY24, DAY24, site="haber")) == []


async def test_several_campaigns_report_holds_no_others(counted: asyncpg.Connection) -> None:
    campaigns = ("firin-house", "zeytin-flat", "nobodys")
    answer = await report(counted, ReportQuery(DAY23, DAY24, (Dimension.CAMPAIGN,), campaigns=campaigns))
    assert keys(answer) == [("firin-house",)]
    assert (await report(counted, ReportQuery(DAY23, DAY24, campaigns=()))).rows == []


async def test_unseen_clicks_are_those_of_the_days_and_campaign(counted: asyncpg.Connection) -> None:
    await counted.execute("update hourly set unseen_clicks = 1 where clicks > 0")
    assert await unseen_clicks(counted, ReportQuery(DAY23, DAY24)) == 2
    assert await unseen_clicks(counted, ReportQuery(DAY23, DAY23, campaign="zeytin-kasim")) == 1
    assert await unseen_clicks(counted, ReportQuery(DAY23, DAY24, campaign="firin-eur")) == 0


async def test_report_says_how_many_impressions_came_of_refreshes(counted: asyncpg.Connection) -> None:
    await counted.execute("update hourly set refreshed = 1 where impressions > 0 and hour < '2026-11-23 22:00Z'")
    refreshed = (await report(counted, ReportQuery(DAY23, DAY24, campaign="zeytin-kasim"))).refreshed
    creatives = "select creative.id from creative join campaign on campaign.id = campaign_id where campaign.key = $1"
    rows = f"select count(*) from hourly where refreshed > 0 and creative_id in ({creatives})"
    assert refreshed == await counted.fetchval(rows, "zeytin-kasim") > 0
