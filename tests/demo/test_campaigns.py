from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from adserver.demo.brands import brands
from adserver.demo.campaigns import inventory_text
from adserver.demo.creatives import SIZES, draw_missing, file_name
from adserver.inventory.images import weight_fault
from adserver.inventory.records import CampaignRecord, CreativeRecord
from adserver.inventory.validate import Known, read_inventory

BASE_URL = "http://localhost:8000"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def campaigns() -> list[dict]:
    advertisers = yaml.safe_load(inventory_text(TODAY, BASE_URL))["advertisers"]
    return [campaign for advertiser in advertisers for campaign in advertiser["campaigns"]]


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(today=st.dates(date(2026, 1, 1), date(2030, 1, 1)))
def test_inventory_has_no_fault_and_runs_whatever_day_it_is(creatives: Path, today: date) -> None:
    records = read_inventory(inventory_text(today, BASE_URL), creatives, Known({}, {})).records.values()
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    running = [record for record in records if isinstance(record, CampaignRecord)]
    assert all(record.starts is None or record.starts < noon for record in running)
    assert all(record.ends is None or record.ends > noon for record in running)


def test_all_tiers_advertisers_and_kinds_are_there(creatives: Path, campaigns: list[dict]) -> None:
    assert len(campaigns) >= 12
    assert set(Counter(campaign["tier"] for campaign in campaigns)) == {
        "sponsorship",
        "guaranteed",
        "standard",
        "house",
    }
    records = read_inventory(inventory_text(TODAY, BASE_URL), creatives, Known({}, {})).records.values()
    shapes = {(record.kind, record.size) for record in records if isinstance(record, CreativeRecord)}
    assert shapes == {(kind, size) for kind in ("image", "html") for size in SIZES}


@pytest.mark.parametrize(
    ("dimension", "condition"),
    [
        ("city", ["Antalya"]),
        ("weather", ["yağmurlu", "karlı"]),
        ("temperature", {"min": 25}),
        ("temperature", {"max": 12}),
        ("section", {"not": ["afet"]}),
    ],
)
def test_some_campaign_targets(campaigns: list[dict], dimension: str, condition: object) -> None:
    assert condition in [campaign.get("targeting", {}).get(dimension) for campaign in campaigns]


def test_some_campaigns_have_hours_and_exclusion_labels(campaigns: list[dict]) -> None:
    assert sum("hours" in campaign.get("targeting", {}) for campaign in campaigns) >= 2
    assert Counter(label for c in campaigns for label in c.get("exclusion", ()))["gıda"] >= 2


def test_clicks_lead_to_the_advertisers_pages(campaigns: list[dict]) -> None:
    addresses = {creative["click_url"] for campaign in campaigns for creative in campaign["creatives"]}
    assert addresses == {f"{BASE_URL}/demo/reklam/{key}" for key in brands()}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("brand", brands())
def test_creative_has_its_size_and_keeps_its_weight(creatives: Path, brand: str, size) -> None:
    path = creatives / file_name(brand, size)
    with Image.open(path) as image:
        assert (image.format, image.size) == ("PNG", size)
    assert weight_fault(path.read_bytes(), size) is None


def test_a_drawn_creative_stays(tmp_path: Path, creatives: Path) -> None:
    for path in creatives.iterdir():
        (tmp_path / path.name).write_bytes(b"kept")
    draw_missing(tmp_path)
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"kept"}
