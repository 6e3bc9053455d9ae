"""A small faultless inventory for tests to change, and what a test needs to write one down."""

import copy
import json
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from adserver.inventory.faults import Fault, InventoryFaults
from adserver.inventory.records import Wanted
from adserver.inventory.validate import Known, read_inventory

REMOVED = object()

SMALL: dict[str, Any] = {
    "sites": [
        {
            "key": "demo",
            "name": "Demo Haber",
            "domains": ["demo.example"],
            "slots": [
                {"name": "top", "label": "REKLAM ALANI", "sizes": ["728x90", "320x100"]},
                {"name": "side", "label": "REKLAM ALANI", "sizes": ["300x250"]},
            ],
        },
        {
            "key": "london",
            "name": "London Daily",
            "domains": ["london.example"],
            "timezone": "Europe/London",
            "language": "en",
            "slots": [{"name": "top", "label": "ADVERTISEMENT", "sizes": ["728x90"]}],
        },
    ],
    "advertisers": [
        {
            "key": "zeytin",
            "name": "Zeytin Market",
            "campaigns": [
                {
                    "key": "kasim",
                    "name": "Kasım kampanyası",
                    "starts": "2026-11-01",
                    "ends": "2026-11-30",
                    "tier": "guaranteed",
                    "goal": {"impressions": 200000},
                    "price": {"model": "cpm", "amount": "45.00", "currency": "TRY"},
                    "caps": [{"impressions": 3, "per": "24h"}],
                    "exclusion": ["market"],
                    "slots": ["demo/top"],
                    "targeting": {"city": ["Antalya"]},
                    "creatives": [
                        {
                            "key": "link",
                            "kind": "html",
                            "size": "728x90",
                            "html": "<a href='{clickurl}'>Zeytin</a>",
                            "click_url": "https://zeytin.example/",
                        },
                        {
                            "key": "picture",
                            "kind": "image",
                            "size": "728x90",
                            "src": "https://zeytin.example/728.png",
                            "click_url": "https://zeytin.example/",
                        },
                    ],
                }
            ],
        }
    ],
}


def small(*changes: tuple[str, Any]) -> str:
    """The small inventory as text, with the value at each path replaced, or removed."""
    tree = copy.deepcopy(SMALL)
    for path, value in changes:
        *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
        part: Any = tree
        for step in way:
            part = part[step]
        if value is REMOVED:
            del part[last]
        elif isinstance(part, list) and last == len(part):
            part.append(value)
        else:
            part[last] = value
    return json.dumps(tree, ensure_ascii=False)


def faults_of(text: str, directory: Path = Path("/nowhere"), known: Known | None = None) -> list[Fault]:
    try:
        read_inventory(text, directory, known or Known())
    except InventoryFaults as error:
        return error.faults
    return []


def wanted(text: str, directory: Path = Path("/nowhere"), known: Known | None = None) -> Wanted:
    return read_inventory(text, directory, known or Known())


def picture(width: int, height: int, kind: str = "PNG", color: str = "olive") -> bytes:
    content = BytesIO()
    Image.new("RGB", (width, height), color).save(content, kind)
    return content.getvalue()
