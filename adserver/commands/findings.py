"""What `adserver check` finds: facts of the servers judged by what the service needs."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

# Versions that the tests cover; Valkey began at Redis' 7.2.
_OLDEST_POSTGRES = (15, 0)
_OLDEST_REDIS = (6, 2)
_OLDEST_VALKEY = (7, 2)

# Tokens are dated by the workers' clocks and pruned by Redis'; figures by the hour forgive this much.
_CLOCK_TOLERANCE = timedelta(seconds=2)

# Published every two seconds, and later only while a plan is made of much that is booked.
_WEIGHTS_TOLERANCE = timedelta(minutes=1)

# Without them, an event that was answered with success may be lost.
_REDIS_SETTINGS = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction"}


class Finding(NamedTuple):
    """A line of the answer."""

    is_ok: bool
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{'ok   ' if self.is_ok else 'fault'}  {self.subject}: {self.text}"


def postgres_version(version_number: int) -> Finding:
    """Judge `server_version_num`, such as 180006."""
    major, minor = divmod(version_number, 10000)
    is_ok = (major, minor) >= _OLDEST_POSTGRES
    return Finding(is_ok, "Postgres", f"version {major}.{minor}" + ("" if is_ok else ", at least 15 is needed"))


def redis_version(info: Mapping[str, object]) -> Finding:
    """Judge the `server` section of INFO; Valkey names Redis' version too, for old clients."""
    name, key, oldest = ("Redis", "redis_version", _OLDEST_REDIS)
    if "valkey_version" in info:
        name, key, oldest = ("Valkey", "valkey_version", _OLDEST_VALKEY)
    version = str(info.get(key, "0.0"))
    is_ok = tuple(map(int, version.split(".")[:2])) >= oldest
    needed = ".".join(map(str, oldest))
    return Finding(is_ok, "Redis", f"{name} version {version}" + ("" if is_ok else f", at least {needed} is needed"))


def redis_settings(settings: Mapping[str, str]) -> list[Finding]:
    """Judge the answer of CONFIG GET."""
    return [
        Finding(settings.get(name) == wanted, "Redis", _setting(name, settings.get(name), wanted))
        for name, wanted in _REDIS_SETTINGS.items()
    ]


def clock(subject: str, theirs: datetime, before: datetime, after: datetime) -> Finding:
    """Judge a server's time that was asked for between two moments of ours."""
    difference = max(before - theirs, theirs - after, timedelta(0))
    is_ok = difference <= _CLOCK_TOLERANCE
    text = "agrees with ours" if is_ok else f"is {difference.total_seconds():.0f} s off ours: let both follow NTP"
    return Finding(is_ok, subject, f"clock {text}")


def weights(age: timedelta | None) -> Finding:
    """Judge how long ago the planner published weights; None where it never did, or so long ago that they expired."""
    if age is None:
        return Finding(True, "planner", "no weights yet: a service that runs publishes them")
    seconds = max(0.0, age.total_seconds())
    is_ok = age <= _WEIGHTS_TOLERANCE
    needed = "" if is_ok else ": the planner does not run, or has no Postgres"
    return Finding(is_ok, "planner", f"weights are {seconds:.0f} s old{needed}")


def _setting(name: str, value: str | None, wanted: str) -> str:
    if value is None:
        return f"{name} cannot be read; it must be {wanted}"
    return f"{name} {value}" + ("" if value == wanted else f", must be {wanted}, or counted events can be lost")
