"""How long a frequency cap counts: `page`, `30m`, `24h`, `7d`, `1w`, `lifetime`."""

import re
from datetime import timedelta

from adserver.inventory.model import PAGE

LIFETIME = timedelta.max
_NAMED = {"lifetime": LIFETIME, "page": PAGE}
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_PERIOD = re.compile(r"([1-9]\d{0,4})([mhdw])", re.ASCII)
_LONGEST = timedelta(days=366)


def read_period(text: str) -> timedelta:
    """Raises ValueError."""
    if text in _NAMED:
        return _NAMED[text]
    match = _PERIOD.fullmatch(text)
    if not match:
        raise ValueError(f"expected a period such as 30m, 24h, 7d, 1w, lifetime or page, found {text}")
    period = int(match[1]) * _UNITS[match[2]]
    if period > _LONGEST:
        raise ValueError(f"{text} is longer than {_LONGEST.days} days; write lifetime")
    return period


def show_period(period: timedelta) -> str:
    """The text that `read_period` reads as the period, which is whole minutes."""
    for name, named in _NAMED.items():
        if period == named:
            return name
    unit = next(unit for unit in "dhm" if not period % _UNITS[unit] and (unit != "d" or period > _UNITS["d"]))
    return f"{period // _UNITS[unit]}{unit}"
