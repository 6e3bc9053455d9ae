"""The service's settings, read once from a mapping such as `os.environ`."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from adserver.counting.datacenters import Ranges, read_ranges
from adserver.counting.events import EventKind
from adserver.counting.velocity import Limit, read_limits

PREFIX = "ADSERVER_"
_DIMENSION = re.compile(r"[a-z0-9][a-z0-9_.-]{0,19}", re.ASCII)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class SettingsError(Exception):
    """All faults of the settings, a line each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`database_url` and `redis_url` are None where the embedded server is to be used; `secret_key` is None where
    the one kept in the data directory is to be used (only with an embedded server)."""

    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    data_dir: Path
    secret_key: str | None = field(repr=False)
    secret_key_previous: str | None = field(repr=False)
    base_url: str | None
    host: str
    port: int
    workers: int
    trusted_proxies: tuple[Network, ...]
    flush_seconds: float
    token_ttl_seconds: int
    bot_header: str | None
    geo_city_header: str | None
    datacenter_ranges: Ranges
    velocity_limits: Mapping[EventKind, Sequence[Limit]]
    redis_replicas: int
    traffic_dimensions: tuple[str, ...]
    traffic_days: int
    plan_seconds: float
    log_level: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting's name without prefix, its default as text (None: unset), how its text is read, and what it is for."""

    name: str
    default: str | None
    read: Callable[[str], object]
    purpose: str


def _number(low: float, high: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise ValueError(f"must be a number from {low:g} to {high:g}")
        return value

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return read


def _url(*schemes: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        parts = urlsplit(text)
        if parts.scheme not in schemes or not (parts.netloc or parts.path):
            raise ValueError(f"must be an address beginning with {' or '.join(f'{s}://' for s in schemes)}")
        return text.rstrip("/") if parts.scheme.startswith("http") else text

    return read


def _redis_url(text: str) -> str:
    url = _url("redis", "rediss", "unix")(text)
    parts = urlsplit(url)
    cluster = dict(parse_qsl(parts.query)).get("cluster", "false")
    if cluster not in ("true", "false"):
        raise ValueError("cluster must be true or false")
    if cluster == "true" and (parts.scheme == "unix" or parts.path.strip("/") not in ("", "0")):
        raise ValueError("a cluster has no Unix socket, and no database but 0")
    return url


def _secret(text: str) -> str:
    if len(text) < 32:
        raise ValueError("must have at least 32 characters")
    return text


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def _header(text: str) -> str:
    name = text.lower()
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise ValueError("must be the name of an HTTP header")
    return name


def _dimensions(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if wrong := [name for name in names if not _DIMENSION.fullmatch(name)]:
        raise ValueError(f"must be names of dimensions, which {', '.join(wrong)} is not")
    return names


def _ranges(text: str) -> Ranges:
    return read_ranges(Path(text))


def _level(text: str) -> str:
    if text.lower() not in ("debug", "info", "warning", "error"):
        raise ValueError("must be debug, info, warning or error")
    return text.lower()


# A person clicks one ad in some seconds at most; a network's readers with one user agent may be a few dozen people.
VELOCITY_LIMITS = "impression 600/60, viewable 600/60, click 20/60, click 200/3600, view 120/60"

SETTINGS = (
    Setting("DATABASE_URL", None, _url("postgresql", "postgres"), "Postgres ≥ 15; unset: an embedded one"),
    Setting(
        "REDIS_URL",
        None,
        _redis_url,
        "Redis ≥ 6.2 or Valkey ≥ 7.2, with `?cluster=true` one node of a cluster; unset: an embedded one",
    ),
    Setting("DATA_DIR", ".adserver", Path, "where embedded servers, the secret and run-time files live"),
    Setting("SECRET_KEY", None, _secret, "signs tokens, ≥ 32 characters; unset with an embedded server: made and kept"),
    Setting("SECRET_KEY_PREVIOUS", None, _secret, "the key before a change, still accepted"),
    Setting("BASE_URL", None, _url("http", "https"), "the address readers use; unset: taken from the Host header"),
    Setting("HOST", "127.0.0.1", str, "the address to listen on"),
    Setting("PORT", "8000", _whole(0, 65535), "the port to listen on; 0: any free one"),
    Setting("WORKERS", "1", _whole(1, 64), "web worker processes"),
    Setting(
        "TRUSTED_PROXIES", "", _networks, "networks whose X-Forwarded-For and -Proto are believed, comma-separated"
    ),
    Setting("FLUSH_SECONDS", "2", _number(0.1, 3600), "seconds between two flushes from Redis to Postgres"),
    Setting("TOKEN_TTL_SECONDS", "3600", _whole(60, 86400), "how long a decision's events are counted"),
    Setting("BOT_HEADER", None, _header, "header by which your proxy says that the client is a robot"),
    Setting("GEO_CITY_HEADER", None, _header, "header by which your proxy says the reader's city"),
    Setting("DATACENTER_RANGES", None, _ranges, "file of networks, one a line, whose events are refused"),
    Setting("VELOCITY_LIMITS", VELOCITY_LIMITS, read_limits, "events in seconds of one reader; more are refused"),
    Setting(
        "REDIS_REPLICAS",
        "0",
        _whole(0, 9),
        "replicas, with append-only files, that must hold an event before it is answered or stored",
    ),
    Setting(
        "TRAFFIC_DIMENSIONS",
        "city,device,section",
        _dimensions,
        "dimensions whose mix in the traffic is kept for forecasts, beside those that campaigns target",
    ),
    Setting("TRAFFIC_DAYS", "35", _whole(1, 400), "days that the mix of the traffic is kept"),
    Setting("PLAN_SECONDS", "120", _number(1, 3600), "seconds between two full plans of the planner"),
    Setting("LOG_LEVEL", "info", _level, "debug, info, warning or error"),
)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Build the settings. Raises SettingsError naming every fault; an empty variable counts as unset."""
    values: dict[str, object] = {}
    faults: list[str] = []
    for setting in SETTINGS:
        text = environment.get(PREFIX + setting.name) or setting.default
        try:
            values[setting.name.lower()] = None if text is None else setting.read(text)
        except ValueError as error:
            faults.append(f"{PREFIX}{setting.name}: {error}")
    faults += _missing_secret(environment)
    if faults:
        raise SettingsError("\n".join(faults))
    values["datacenter_ranges"] = values["datacenter_ranges"] or Ranges()
    return Settings(**values)  # type: ignore[arg-type]


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """Names that begin like ours and are not: most likely misspelt."""
    known = {PREFIX + setting.name for setting in SETTINGS}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known)


def _missing_secret(environment: Mapping[str, str]) -> list[str]:
    both_external = environment.get(PREFIX + "DATABASE_URL") and environment.get(PREFIX + "REDIS_URL")
    if both_external and not environment.get(PREFIX + "SECRET_KEY"):
        how = 'python3 -c "import secrets; print(secrets.token_urlsafe(32))"'
        return [f"{PREFIX}SECRET_KEY: must be set where both servers are yours; make one with: {how}"]
    return []
