"""Who is eligible, said again as plainly as possible: one campaign at a time, no masks."""

from datetime import datetime
from zoneinfo import ZoneInfo

from adserver.decision import AdRequest
from adserver.inventory.folding import canonical, fold
from adserver.inventory.model import AnyOf, Between, Campaign, Condition, Creative, NoneOf, Slot, Status

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def eligible_creatives(campaign: Campaign, slot: Slot, request: AdRequest) -> list[Creative]:
    """The creatives that the campaign may show in the slot; none where the campaign is not eligible."""
    if campaign.status is not Status.ACTIVE or slot.id not in campaign.slots:
        return []
    if campaign.starts is not None and request.now < campaign.starts:
        return []
    if campaign.ends is not None and request.now >= campaign.ends:
        return []
    if not all(_holds(name, condition, request) for name, condition in campaign.targeting.items()):
        return []
    return [each for each in campaign.creatives if _fits(each, slot, request.max_width)]


def _fits(creative: Creative, slot: Slot, max_width: int | None) -> bool:
    narrow_enough = max_width is None or creative.size.width <= max_width
    return creative.status is Status.ACTIVE and creative.size in slot.sizes and narrow_enough


def _holds(name: str, condition: Condition, request: AdRequest) -> bool:
    if name == "hours":
        return _hours_hold(condition, request.now.astimezone(ZoneInfo(request.site.timezone)))
    values = request.attributes.get(name, ())
    same = canonical if name in ("city", "region") else fold
    match condition:
        case AnyOf(wanted):
            return any(same(value) == same(one) for value in values for one in wanted)
        case NoneOf(unwanted):
            return not any(same(value) == same(one) for value in values for one in unwanted)
        case Between(minimum, maximum):
            numbers = [number for value in values if (number := _number(value)) is not None]
            return any(
                (minimum is None or minimum <= number) and (maximum is None or number <= maximum) for number in numbers
            )


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _hours_hold(condition: Condition, local: datetime) -> bool:
    assert not isinstance(condition, Between)
    covered = any(_covers(text, local) for text in condition.values)
    return covered if isinstance(condition, AnyOf) else not covered


def _covers(text: str, local: datetime) -> bool:
    """Only what the tests draw: one day or a span within the week, ending the same day."""
    days, clock = text.split(" ")
    first, _, last = days.partition("-")
    start, end = clock.split("-")
    in_days = DAYS.index(first) <= local.weekday() <= DAYS.index(last or first)
    return in_days and start <= f"{local:%H:%M}" < end
