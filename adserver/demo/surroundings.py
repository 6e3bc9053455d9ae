"""What stands around the news: market figures and the weather of the 81 provinces, the same all day long."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, NamedTuple

import yaml

from adserver.inventory.folding import province

DEFAULT_PROVINCE = "Antalya"
_WARMEST_HOUR = 15
_COLDEST_DAY_OF_YEAR = 20


class Sky(StrEnum):
    """The value is shown to readers and is the key-value `weather` of the tag."""

    CLEAR = "açık"
    PARTLY = "parçalı bulutlu"
    CLOUDY = "bulutlu"
    RAIN = "yağmurlu"
    SNOW = "karlı"


class Market(NamedTuple):
    """A figure of the market strip; `change` is the share by which it differs from the day before."""

    name: str
    value: float
    digits: int
    change: float


class Forecast(NamedTuple):
    """A day's weather, temperatures in °C."""

    day: date
    sky: Sky
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Weather:
    """A province's weather now, and today's and the coming days' forecast."""

    province: str
    temperature: int
    sky: Sky
    days: tuple[Forecast, ...]


class Climate(NamedTuple):
    """Mean temperatures of January and July in °C, and the shares of their days that are wet."""

    zone: str
    january: float
    july: float
    wet_january: float
    wet_july: float


def markets(day: date) -> list[Market]:
    return [_market(item, day) for item in _data()["markets"]]


def weather(name: str | None, now: datetime, days: int = 5) -> Weather:
    """Return the weather of a province, of the default one where the name is unknown."""
    known = province(name or "") or DEFAULT_PROVINCE
    forecasts = tuple(_forecast(known, now.date() + timedelta(days=ahead)) for ahead in range(days))
    return Weather(known, _temperature(forecasts[0], now), forecasts[0].sky, forecasts)


def provinces() -> list[str]:
    return list(climates())


@cache
def climates() -> Mapping[str, Climate]:
    zones = {name: zone["wet"] for name, zone in _data()["climates"].items()}
    return {name: Climate(zone, low, high, *zones[zone]) for name, (zone, low, high) in _data()["provinces"].items()}


def _market(item: dict[str, Any], day: date) -> Market:
    today, before = (_level(item, day - timedelta(days=ago)) for ago in (0, 1))
    return Market(item["name"], today, item["digits"], today / before - 1)


def _level(item: dict[str, Any], day: date) -> float:
    wave = math.sin(day.toordinal() / 9) + 0.5 * math.sin(day.toordinal() / 3.1)
    drift = wave + Random(f"{item['name']} {day}").uniform(-0.6, 0.6)
    return float(item["level"] * (1 + item["swing"] * drift))


def _forecast(name: str, day: date) -> Forecast:
    climate = climates()[name]
    # 1 in the depth of winter, 0 in high summer.
    winter = (1 + math.cos(2 * math.pi * (day.timetuple().tm_yday - _COLDEST_DAY_OF_YEAR) / 365)) / 2
    # Fronts cross a whole climate zone; a province adds little of its own.
    front, own = Random(f"{climate.zone} {day}"), Random(f"{name} {day}")
    damp = 0.8 * front.random() + 0.2 * own.random()
    mean = climate.july + (climate.january - climate.july) * winter + front.gauss(0, 1.8) + own.gauss(0, 0.6)
    wet = climate.wet_july + (climate.wet_january - climate.wet_july) * winter
    sky = _sky(damp, wet, mean)
    spread = 5.5 if sky is Sky.CLEAR else 4.5 if sky is Sky.PARTLY else 2.5
    return Forecast(day, sky, round(mean - spread), round(mean + spread))


def _sky(damp: float, wet: float, mean: float) -> Sky:
    if damp < wet:
        return Sky.SNOW if mean < 1 else Sky.RAIN
    dry = (damp - wet) / (1 - wet)
    return Sky.CLOUDY if dry < 0.2 else Sky.PARTLY if dry < 0.5 else Sky.CLEAR


def _temperature(forecast: Forecast, now: datetime) -> int:
    hours = now.hour + now.minute / 60 - _WARMEST_HOUR
    warmth = (1 + math.cos(2 * math.pi * hours / 24)) / 2
    return round(forecast.low + (forecast.high - forecast.low) * warmth)


@cache
def _data() -> dict[str, Any]:
    text = (files("adserver.demo") / "data" / "surroundings.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
