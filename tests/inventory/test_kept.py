import pickle
from pathlib import Path

import pytest

from adserver.inventory.kept import keep, kept
from adserver.inventory.model import Advertiser, AdvertiserId, CreativeId, Inventory
from tests.decision.examples import SITE, SLOTS, campaign

CAMPAIGNS = [campaign(number) for number in range(1, 120)]
ADVERTISERS = [Advertiser(AdvertiserId(1), "a", "Ağaç")]
INVENTORY = Inventory((SITE,), SLOTS, ADVERTISERS, CAMPAIGNS, {CreativeId(3): "https://a.example/"})


def test_an_inventory_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "inventory"
    keep(INVENTORY, path)
    assert kept(path) == INVENTORY
    assert path.stat().st_mode & 0o077 == 0
    assert [entry.name for entry in path.parent.iterdir()] == ["inventory"]


def test_half_a_file_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "inventory"
    keep(INVENTORY, path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert kept(path) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"nonsense", id="nonsense"),
        pytest.param(pickle.dumps(("0.0.0", INVENTORY)), id="another release"),
        pytest.param(pickle.dumps(INVENTORY), id="another shape"),
        pytest.param(pickle.dumps(("0.1.0", INVENTORY))[:-20], id="cut off"),
    ],
)
def test_what_cannot_be_read_is_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "inventory"
    path.write_bytes(content)
    assert kept(path) is None


def test_a_missing_file_is_nothing(tmp_path: Path) -> None:
    assert kept(tmp_path / "inventory") is None


def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    keep(INVENTORY, tmp_path / "file" / "inventory")
    assert kept(tmp_path / "file" / "inventory") is None
