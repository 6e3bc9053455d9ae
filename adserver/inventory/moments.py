"""Days and times of a file as instants, and instants as days and times."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TypeVar

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z| ?[+-]\d{2}:\d{2})?", re.ASCII)
_EXPECTED = "a day (2026-11-30) or a time (2026-11-30 18:00, or with an offset 2026-11-30T18:00+03:00)"
_YEARS = range(2000, 2200)
_Day = TypeVar("_Day", date, datetime)


def read_start(text: str, zone: tzinfo | None) -> datetime:
    """The first instant of a day, or the time itself. Raises ValueError; `zone` None: only with an offset."""
    return _read(text, zone, days_later=0)


def read_end(text: str, zone: tzinfo | None) -> datetime:
    """The first instant after a day, or the time itself: a day is inclusive, a time exclusive."""
    return _read(text, zone, days_later=1)


def show_start(instant: datetime, zone: tzinfo | None) -> str:
    """What `read_start` reads as the instant: a day where it begins one, else a time with its offset."""
    return _show(instant, zone, days_later=0)


def show_end(instant: datetime, zone: tzinfo | None) -> str:
    """What `read_end` reads as the instant."""
    return _show(instant, zone, days_later=1)


def _read(text: str, zone: tzinfo | None, days_later: int) -> datetime:
    try:
        if _DAY.fullmatch(text):
            return _day_start(_in_range(date.fromisoformat(text)) + timedelta(days_later), _needed(zone))
        if _TIME.fullmatch(text):
            moment = _in_range(datetime.fromisoformat(text.replace(" +", "+").replace(" -", "-")))
            return (moment if moment.tzinfo else moment.replace(tzinfo=_needed(zone))).astimezone(UTC)
    except _NoZoneError:
        raise
    except ValueError as error:
        raise ValueError(f"{text} is not in the calendar: {error}") from error
    raise ValueError(f"expected {_EXPECTED}, found {text}")


def _show(instant: datetime, zone: tzinfo | None, days_later: int) -> str:
    local = instant.astimezone(zone or UTC)
    if zone and instant == _day_start(local.date(), zone):
        return (local.date() - timedelta(days_later)).isoformat()
    return local.isoformat()


class _NoZoneError(ValueError):
    pass


def _needed(zone: tzinfo | None) -> tzinfo:
    if zone is None:
        raise _NoZoneError("the campaign's slots are not in one time zone; write a time with its offset")
    return zone


def _in_range(day: _Day) -> _Day:
    if day.year not in _YEARS:
        raise ValueError(f"the year must be from {_YEARS[0]} to {_YEARS[-1]}")
    return day


def _day_start(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
