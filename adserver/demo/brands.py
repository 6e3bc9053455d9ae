"""The fictional businesses that advertise in the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True, slots=True)
class Brand:
    """`colours` are main, deep and accent; `art` names a drawing of `art.py`."""

    key: str
    name: str
    slogan: str
    line: str
    call: str
    about: str
    points: tuple[str, ...]
    colours: tuple[str, str, str]
    art: str


@cache
def brands() -> Mapping[str, Brand]:
    """Return the brands by key, in the data file's order."""
    items = yaml.safe_load((files("adserver.demo") / "data" / "brands.yaml").read_text("utf-8"))
    return {item["key"]: Brand(**item | {name: tuple(item[name]) for name in ("points", "colours")}) for item in items}
