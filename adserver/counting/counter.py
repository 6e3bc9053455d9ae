"""The counters: which figure an event adds to, and the bytes that name it in a Redis hash."""

import struct
from functools import lru_cache
from typing import NamedTuple

from adserver.counting.events import Metric, Rejection
from adserver.delivery.device import Device

METRICS = tuple(Metric)
REJECTIONS = tuple(Rejection)
DEVICES = tuple(Device)

SECONDS_AN_HOUR = 3600
NO_CREATIVE = 0
_REFRESHED = 0x80  # beside the device's code, which is small too
_VIEW_CODE = 255  # metric codes are small
_HEAD = struct.Struct(">BBI")
_AD = struct.Struct(">II")
_SUBJECT = struct.Struct(">IIB")
_SITE = struct.Struct(">I")
_DEVICE_CODE = {device: code for code, device in enumerate(DEVICES)}


class Subject(NamedTuple):
    """What an ad's event is counted for. `creative_id` is 0 where none was shown."""

    slot_id: int
    creative_id: int
    device: Device
    city: str
    refreshed: bool = False


class Counter(NamedTuple):
    """A figure of a slot. `hour` is Unix time in hours; with `rejection` it counts events that were refused."""

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


def pack_subject(slot_id: int, creative_id: int, device: Device, city: str) -> bytes:
    """Return the subject as tokens carry it and as fields end with it: a fixed-width head, then one text."""
    return ad_of(slot_id, creative_id) + audience_of(device, city)


def ad_of(slot_id: int, creative_id: int) -> bytes:
    """Return what a subject begins with."""
    return _AD.pack(slot_id, creative_id)


def audience_of(device: Device, city: str) -> bytes:
    """Return what a subject ends with."""
    return bytes((_DEVICE_CODE[device],)) + city.encode()


def refreshed_audience(device: Device, city: str) -> bytes:
    """Return what a subject ends with in the token of an automatic refresh; fields end with the plain one."""
    return bytes((_DEVICE_CODE[device] | _REFRESHED,)) + city.encode()


def plain_subject(subject: bytes) -> bytes:
    """Return the subject as fields end with it: the same object unless it is that of an automatic refresh."""
    place = _SUBJECT.size - 1
    if subject[place] < _REFRESHED:
        return subject
    return subject[:place] + bytes((subject[place] & ~_REFRESHED,)) + subject[place + 1 :]


def unpack_subject(subject: bytes) -> Subject:
    """Return what `pack_subject` packed."""
    slot_id, creative_id, device = _SUBJECT.unpack_from(subject)
    city = subject[_SUBJECT.size :].decode()
    return Subject(slot_id, creative_id, DEVICES[device & ~_REFRESHED], city, device >= _REFRESHED)


# A batch's events share a handful of these.
@lru_cache(maxsize=1024)
def field_head(metric: Metric, rejection: Rejection | None, hour: int) -> bytes:
    """Return what a slot's fields begin with."""
    return _HEAD.pack(METRICS.index(metric), _rejection_code(rejection), hour)


def field_of(metric: Metric, rejection: Rejection | None, hour: int, subject: bytes) -> bytes:
    """Return the field name of a slot's counter; `subject` is packed."""
    return field_head(metric, rejection, hour) + subject


def encode(counter: AnyCounter) -> bytes:
    """Return the counter's field name; two different counters never share one."""
    if isinstance(counter, ViewCounter):
        head = _HEAD.pack(_VIEW_CODE, _rejection_code(counter.rejection), counter.hour)
        return head + _SITE.pack(counter.site_id) + counter.article.encode()
    subject = pack_subject(counter.slot_id, counter.creative_id, counter.device, counter.city)
    return field_of(counter.metric, counter.rejection, counter.hour, subject)


def decode(field: bytes) -> AnyCounter:
    """Return the counter of a field name made by `encode`."""
    metric, code, hour = _HEAD.unpack_from(field)
    rejection = None if code == 0 else REJECTIONS[code - 1]
    rest = field[_HEAD.size :]
    if metric == _VIEW_CODE:
        return ViewCounter(hour, _SITE.unpack_from(rest)[0], rest[_SITE.size :].decode(), rejection)
    subject = unpack_subject(rest)
    return Counter(hour, subject.slot_id, subject.creative_id, METRICS[metric], rejection, subject.city, subject.device)


def _rejection_code(rejection: Rejection | None) -> int:
    return 0 if rejection is None else 1 + REJECTIONS.index(rejection)
