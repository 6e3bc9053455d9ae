"""The readers of the demo: where they live, what they read with, and when."""

from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from adserver.delivery.device import Device

ISTANBUL = ZoneInfo("Europe/Istanbul")
PROVINCE_PARAMETER = "il"
"""Of an address: by it a reader chooses the province."""

PEAK_PAGES_A_MINUTE = 60.0
"""Pages read in the busiest minute of a working day."""

ARTICLE_SHARE = 0.78
"""Of the pages that are read; the others are the home page and the sections."""

CITIES: Mapping[str, int] = {
    "Antalya": 27,
    "Mersin": 14,
    "Kahramanmaraş": 12,
    "Adana": 11,
    "İstanbul": 10,
    "Isparta": 7,
    "Muğla": 6,
    "Burdur": 5,
    "Ankara": 5,
    "Hatay": 3,
}
DEVICES: Mapping[Device, int] = {Device.MOBILE: 68, Device.DESKTOP: 26, Device.TABLET: 6}
VIEWPORTS: Mapping[Device, int] = {Device.MOBILE: 390, Device.DESKTOP: 1280, Device.TABLET: 820}
"""Widths of the viewport in CSS pixels."""

# Share of the peak at each full hour of a working day: breakfast, lunch, and the evening on the sofa.
_DAY = (24, 14, 8, 6, 6, 9, 20, 42, 63, 72, 74, 78, 88, 84, 74, 70, 70, 74, 80, 88, 96, 100, 84, 52)
_WEEKEND = 0.82
_Choice = TypeVar("_Choice")


class Reader(NamedTuple):
    city: str
    device: Device


def pace(moment: datetime) -> float:
    """Return how much is read at a local moment, as a share (0 to 1) of the peak; even between the full hours."""
    before, after = _DAY[moment.hour], _DAY[(moment.hour + 1) % 24]
    level = before + (after - before) * moment.minute / 60
    return level / 100 * (_WEEKEND if moment.weekday() >= 5 else 1)


def draw_reader(draw: Random) -> Reader:
    return Reader(pick(draw, CITIES), pick(draw, DEVICES))


def pick(draw: Random, weights: Mapping[_Choice, int]) -> _Choice:
    """Draw one of the keys in proportion to its weight."""
    return draw.choices(list(weights), list(weights.values()))[0]


def whole(draw: Random, amount: float) -> int:
    """Round up or down by chance, so that many small amounts keep their sum."""
    return int(amount + draw.random())
