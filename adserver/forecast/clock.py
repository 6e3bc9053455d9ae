"""Hours of the week in a site's zone, and days, from hours of Unix time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

HOURS_A_DAY = 24
HOURS_A_WEEK = 168
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_of(hour: int) -> datetime:
    """Return when an hour of Unix time begins."""
    return EPOCH + timedelta(hours=hour)


def hour_of(moment: datetime) -> int:
    """Return the hour of Unix time that a moment lies in."""
    return (moment - EPOCH) // timedelta(hours=1)


def hours_of_week(zone: ZoneInfo, first: int, count: int) -> list[int]:
    """Return the local hour of the week, 0 to 167 from Monday 00:00, of each of the hours from `first` on."""
    local = (time_of(hour).astimezone(zone) for hour in range(first, first + count))
    return [moment.weekday() * HOURS_A_DAY + moment.hour for moment in local]


def days_of(zone: ZoneInfo, first: int, count: int) -> list[int]:
    """Return the local day of each of the hours from `first` on, as the ordinal of its date."""
    return [time_of(hour).astimezone(zone).toordinal() for hour in range(first, first + count)]


def hours_between(zone: ZoneInfo, first: date, last: date) -> range:
    """Return the hours of Unix time of the local days, both inclusive."""
    begin = datetime(first.year, first.month, first.day, tzinfo=zone)
    after = last + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=zone)
    return range(hour_of(begin), hour_of(end))
