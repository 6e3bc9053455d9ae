"""Day-parts: texts such as "mon-fri 07:00-10:00" as minutes of the week."""

import re
from datetime import datetime
from functools import lru_cache

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
WHOLE_WEEK = (1 << (7 * MINUTES_A_DAY)) - 1
_DAY = "|".join(DAYS)
_SYNTAX = re.compile(rf"(?:({_DAY})(?:-({_DAY}))? )?(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)


@lru_cache(1024)
def week_minutes(text: str) -> int:
    """The minutes of the week that a day-part covers, as bits; bit 0 is Monday 00:00.

    The end is exclusive and may be 24:00; an end not after the start lies on the next day. Days may run over Sunday
    ("sat-mon"); without days it holds on each. Raises ValueError for anything else.
    """
    match = _SYNTAX.fullmatch(" ".join(text.lower().split()))
    if not match:
        raise ValueError(f'not a day-part such as "mon-fri 07:00-10:00": {text!r}')
    first, last, *clock = match.groups()
    start, end = _minute(clock[0], clock[1]), _minute(clock[2], clock[3])
    if start == MINUTES_A_DAY:
        raise ValueError(f"a day-part cannot start at 24:00: {text!r}")
    length = end - start if end > start else end - start + MINUTES_A_DAY
    week = 0
    for day in _days(first, last):
        week |= ((1 << length) - 1) << (day * MINUTES_A_DAY + start)
    return (week | week >> 7 * MINUTES_A_DAY) & WHOLE_WEEK


def minute_of_week(local: datetime) -> int:
    """The bit of `week_minutes` that a site's local time falls on."""
    return local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute


def _days(first: str | None, last: str | None) -> list[int]:
    if first is None:
        return list(range(7))
    start = DAYS.index(first)
    count = (DAYS.index(last or first) - start) % 7 + 1
    return [(start + step) % 7 for step in range(count)]


def _minute(hours: str, minutes: str) -> int:
    minute = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or minute > MINUTES_A_DAY:
        raise ValueError(f"not a time of day: {hours}:{minutes}")
    return minute
