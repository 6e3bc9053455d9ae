"""The whole inventory file: every part checked, and the rules between parts; all faults at once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from adserver.inventory import document, images
from adserver.inventory.check import check
from adserver.inventory.document import Node, Path, show
from adserver.inventory.faults import Fault, InventoryFaults, did_you_mean
from adserver.inventory.fields import SlotKey, read_size, read_slot_key, read_timezone
from adserver.inventory.format import (
    AdvertiserPart,
    CampaignPart,
    Context,
    CreativePart,
    FilePart,
    Part,
    SitePart,
    SlotPart,
)
from adserver.inventory.images import Asset
from adserver.inventory.macros import macro_faults
from adserver.inventory.model import Cap, CreativeKind, Goal, Placement, Price, Size, Targeting
from adserver.inventory.records import (
    AdvertiserRecord,
    CampaignRecord,
    CreativeRecord,
    Kind,
    Place,
    Record,
    Ref,
    SiteRecord,
    SlotRecord,
    Wanted,
)
from adserver.inventory.targeting import read_targeting

_DEFAULT_ZONE = "Europe/Istanbul"
_Part = TypeVar("_Part", bound=Part)


class KnownSlot(NamedTuple):
    """`sizes` is empty where the file has them wrong, so that nothing follows from it."""

    sizes: tuple[Size, ...]
    timezone: str


@dataclass(frozen=True, slots=True)
class Known:
    """What a file may refer to without having it: slots that stay, and stored images with their dimensions."""

    slots: Mapping[SlotKey, KnownSlot] = field(default_factory=dict)
    assets: Mapping[str, Size] = field(default_factory=dict)


def read_inventory(text: str, directory: FilePath, known: Known) -> Wanted:
    """Read an inventory file's text; images are looked for below the directory. Raises InventoryFaults."""
    root, faults = document.parse(text)
    reader = _Reader(directory, known, faults)
    reader.file(root)
    if faults:
        raise InventoryFaults(faults)
    return Wanted(reader.records, reader.places, reader.assets)


class _Reader:
    """Goes through the file once. What is faulty is left out, and everything else is still checked."""

    def __init__(self, directory: FilePath, known: Known, faults: list[Fault]) -> None:
        self.records: dict[Ref, Record] = {}
        self.places: dict[Ref, Place] = {}
        self.assets: dict[str, Asset] = {}
        self._faults = faults
        self._directory = directory
        self._stored_assets = known.assets
        self._slots = dict(known.slots)

    def file(self, root: Node) -> None:
        self._check(FilePart, root, ())
        for node, path in _items(root, (), "sites"):
            self._site(node, path)
        for node, path in _items(root, (), "advertisers"):
            self._advertiser(node, path)

    def _site(self, node: Node, path: Path) -> None:
        ref = self._claim(Kind.SITE, node, path)
        if part := self._check(SitePart, node, path):
            self.records[ref] = SiteRecord(part.name, part.domains, part.timezone, part.language, part.ads_txt)
        timezone = _timezone(node)
        for key, slot in self._slots.items():
            if key.site == ref.key:
                self._slots[key] = slot._replace(timezone=timezone)
        for slot_node, slot_path in _items(node, path, "slots"):
            self._slot(slot_node, slot_path, ref.key, timezone)

    def _slot(self, node: Node, path: Path, site: str, timezone: str) -> None:
        ref = self._claim(Kind.SLOT, node, path, site)
        part = self._check(SlotPart, node, path)
        if self.places[ref].path == show(path):  # the first of that name
            self._slots[SlotKey(site, ref.key)] = KnownSlot(part.sizes if part else (), timezone)
        if part:
            place = part.placement
            placement = Placement(**place.model_dump()) if place else None
            self.records[ref] = SlotRecord(part.label, part.sizes, placement)

    def _advertiser(self, node: Node, path: Path) -> None:
        ref = self._claim(Kind.ADVERTISER, node, path)
        if part := self._check(AdvertiserPart, node, path):
            self.records[ref] = AdvertiserRecord(part.name)
        for campaign_node, campaign_path in _items(node, path, "campaigns"):
            self._campaign(campaign_node, campaign_path, ref.key)

    def _campaign(self, node: Node, path: Path, advertiser: str) -> None:
        ref = self._claim(Kind.CAMPAIGN, node, path)
        slots = list(self._referred_slots(node, path))
        targeting = self._targeting(node, path)
        if part := self._check(CampaignPart, node, path, _common_zone(node, slots)):
            self.records[ref] = _campaign_record(part, advertiser, targeting)
            for message in _roadblock_faults(part, len(list(_items(node, path, "creatives")))):
                self._fault(node, path, "roadblock", message)
        for creative_node, creative_path in _items(node, path, "creatives"):
            self._creative(creative_node, creative_path, ref.key, _sizes_taken(node, slots))

    def _targeting(self, node: Node, path: Path) -> Targeting:
        if "targeting" not in node.fields():
            return {}
        targeting, faults = read_targeting(node.fields()["targeting"], (*path, "targeting"))
        self._faults += faults
        return targeting

    def _referred_slots(self, node: Node, path: Path) -> Iterator[KnownSlot]:
        for item, place in _items(node, path, "slots"):
            try:
                key = read_slot_key(item.value)
            except ValueError:
                continue  # told with the campaign's other fields
            if key in self._slots:
                yield self._slots[key]
            else:
                hint = did_you_mean(str(key), map(str, self._slots))
                self._faults.append(Fault(item.line, show(place), f"there is no slot {key}{hint}"))

    def _creative(self, node: Node, path: Path, campaign: str, sizes: set[Size] | None) -> None:
        ref = self._claim(Kind.CREATIVE, node, path, campaign)
        part = self._check(CreativePart, node, path)
        size = _size(node)
        if size and sizes is not None and size not in sizes:
            offered = ", ".join(map(str, sorted(sizes)))
            self._fault(node, path, "size", f"none of the campaign's slots takes {size}; they take {offered}")
        if isinstance(html := node.text("html"), str) and html:
            for message in macro_faults(html):
                self._fault(node, path, "html", message)
        # A text's picture is drawn small beside it, whatever its dimensions.
        picture = None if node.text("kind") == CreativeKind.TEXT else size
        asset = self._file_asset(node, path, size, picture) or self._stored_asset(node, path, picture)
        if part:
            self.records[ref] = CreativeRecord(
                part.kind, part.size, asset, part.src, part.html, part.alt, part.click_url, part.weight, part.category,
                part.status, part.title, part.text, part.hours,
            )  # fmt: skip

    def _file_asset(self, node: Node, path: Path, size: Size | None, picture: Size | None) -> str | None:
        file = node.text("file")
        if not file:
            return None
        try:
            asset = images.asset_of(images.read_image(file, self._directory))
        except ValueError as error:
            self._fault(node, path, "file", str(error))
            return None
        found = Size(asset.width, asset.height)
        for message in (
            picture and images.dimension_fault(found, picture),
            size and images.weight_fault(asset.content, size),
        ):
            if message:
                self._fault(node, path, "file", message)
        if asset.name not in self._stored_assets:
            self.assets[asset.name] = asset
        return asset.name

    def _stored_asset(self, node: Node, path: Path, size: Size | None) -> str | None:
        name = node.text("asset")
        if not name:
            return None
        if name not in self._stored_assets:
            self._fault(node, path, "asset", f"no image {name} is stored; give it as file")
        elif size and (message := images.dimension_fault(self._stored_assets[name], size)):
            self._fault(node, path, "asset", message)
        return name

    def _claim(self, kind: Kind, node: Node, path: Path, parent: str = "") -> Ref:
        """The part's name in the inventory; where it has none, its path, so that its children still have a parent."""
        field_name = "name" if kind is Kind.SLOT else "key"
        key = node.text(field_name)
        ref = Ref(kind, key or show(path), parent)
        if first := self.places.get(ref):
            self._fault(node, path, field_name, f"{ref} is already on line {first.line}")
        else:
            self.places[ref] = Place(node.line, show(path))
        return ref

    def _check(self, kind: type[_Part], node: Node, path: Path, zone: ZoneInfo | None = None) -> _Part | None:
        given = frozenset(key for key, value in node.fields().items() if value.value is not None)
        part, faults = check(kind, node, path, Context(given, zone))
        self._faults += faults
        return part

    def _fault(self, node: Node, path: Path, key: str, message: str) -> None:
        self._faults.append(Fault(node.fields().get(key, node).line, show((*path, key)), message))


def _items(node: Node, path: Path, key: str) -> Iterator[tuple[Node, Path]]:
    if inner := node.fields().get(key):
        for position, item in enumerate(inner.items()):
            yield item, (*path, key, position)


def _timezone(site: Node) -> str:
    try:
        return read_timezone(site.text("timezone"))
    except ValueError:
        return _DEFAULT_ZONE


def _common_zone(campaign: Node, slots: Sequence[KnownSlot]) -> ZoneInfo | None:
    """The one zone of the campaign's slots; any will do where they are missing or wrong, which is a fault already."""
    zones = {slot.timezone for slot in slots}
    if not zones and campaign.fields().get("slots", campaign).value != []:
        zones = {_DEFAULT_ZONE}
    return ZoneInfo(zones.pop()) if len(zones) == 1 else None


def _sizes_taken(campaign: Node, slots: Sequence[KnownSlot]) -> set[Size] | None:
    """The sizes of the campaign's slots, or None where there are none, or not all are known."""
    if not slots or len(slots) < _slot_count(campaign) or not all(slot.sizes for slot in slots):
        return None
    return {size for slot in slots for size in slot.sizes}


def _slot_count(campaign: Node) -> int:
    return sum(1 for _ in _items(campaign, (), "slots"))


def _size(creative: Node) -> Size | None:
    try:
        return read_size(creative.text("size"))
    except ValueError:
        return None


def _roadblock_faults(part: CampaignPart, creatives: int) -> Iterator[str]:
    """Why the campaign could never show all its creatives on one page."""
    if not part.roadblock:
        return
    if any(cap.impressions < creatives for cap in part.caps):
        yield f"a roadblock shows its {creatives} creatives at once, which a cap forbids"
    if creatives > max(Counter(slot.site for slot in part.slots).values(), default=0):
        yield f"a roadblock shows its {creatives} creatives in as many slots of one page, and has fewer slots"


def _campaign_record(part: CampaignPart, advertiser: str, targeting: Targeting) -> CampaignRecord:
    return CampaignRecord(
        advertiser=advertiser,
        name=part.name,
        status=part.status,
        starts=part.starts,
        ends=part.ends,
        tier=part.tier,
        goal=Goal(part.goal.kind, part.goal.amount) if part.goal else None,
        price=Price(part.price.model, part.price.amount, part.price.currency) if part.price else None,
        pacing=part.pacing,
        caps=tuple(Cap(cap.impressions, cap.per) for cap in part.caps),
        exclusion=part.exclusion,
        slots=tuple(sorted(part.slots)),
        targeting=targeting,
        budget_micros=part.budget,
        rotation=part.rotation,
        roadblock=part.roadblock,
    )
