"""The counters: which figure an event adds to, and the bytes that name it in a Redis hash."""

import struct
from typing import NamedTuple

from adserver.counting.events import Metric, Rejection
from adserver.delivery.device import Device

METRICS = tuple(Metric)
REJECTIONS = tuple(Rejection)
DEVICES = tuple(Device)

SECONDS_AN_HOUR = 3600
_VIEW_CODE = 255  # metric codes are small
_SLOT_LAYOUT = struct.Struct(">BBIIIB")
_VIEW_LAYOUT = struct.Struct(">BBII")


class Counter(NamedTuple):
    """A figure of a slot. `hour` is Unix time in hours; `creative_id` is 0 where none was shown; with `rejection`
    it counts events that were refused."""

    hour: int
    slot_id: int
    creative_id: int
    metric: Metric
    rejection: Rejection | None = None
    city: str = ""
    device: Device = Device.OTHER


class ViewCounter(NamedTuple):
    """Views of an article, or with `rejection` the views refused. `hour` is Unix time in hours."""

    hour: int
    site_id: int
    article: str
    rejection: Rejection | None = None


AnyCounter = Counter | ViewCounter


def encode(counter: AnyCounter) -> bytes:
    """Return the counter's field name; two different counters never share one: a fixed-width head, then one text."""
    rejection = 0 if counter.rejection is None else 1 + REJECTIONS.index(counter.rejection)
    if isinstance(counter, ViewCounter):
        return _VIEW_LAYOUT.pack(_VIEW_CODE, rejection, counter.hour, counter.site_id) + counter.article.encode()
    head = _SLOT_LAYOUT.pack(
        METRICS.index(counter.metric),
        rejection,
        counter.hour,
        counter.slot_id,
        counter.creative_id,
        DEVICES.index(counter.device),
    )
    return head + counter.city.encode()


def decode(field: bytes) -> AnyCounter:
    """Return the counter of a field name made by `encode`."""
    rejection = None if field[1] == 0 else REJECTIONS[field[1] - 1]
    if field[0] == _VIEW_CODE:
        _, _, hour, site_id = _VIEW_LAYOUT.unpack_from(field)
        return ViewCounter(hour, site_id, field[_VIEW_LAYOUT.size :].decode(), rejection)
    metric, _, hour, slot_id, creative_id, device = _SLOT_LAYOUT.unpack_from(field)
    city = field[_SLOT_LAYOUT.size :].decode()
    return Counter(hour, slot_id, creative_id, METRICS[metric], rejection, city, DEVICES[device])
