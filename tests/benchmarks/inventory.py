"""An inventory of many campaigns, targeted as a regional publisher's are."""

import json
import random
from pathlib import Path

from adserver.inventory.folding import PROVINCES

SITE = {
    "key": "demo-haber",
    "name": "Demo Haber",
    "domains": ["localhost", "127.0.0.1"],
    "slots": [
        {"name": "top", "label": "REKLAM ALANI", "sizes": ["970x250", "728x90", "320x100"]},
        {"name": "in-article", "label": "ARA REKLAM ALANI", "sizes": ["300x250"]},
        {"name": "footer", "label": "REKLAM ALANI", "sizes": ["728x90", "320x100"]},
    ],
}
SLOTS = {"top": "728x90", "in-article": "300x250", "footer": "728x90"}
SECTIONS = ("gundem", "yerel", "ekonomi", "spor", "yasam")


def write_inventory(folder: Path, campaigns: int, seed: int = 1) -> Path:
    """Write the file and return its path; the same seed writes the same file."""
    chance = random.Random(seed)
    advertiser = {"key": "a", "name": "A", "campaigns": [_campaign(chance, number) for number in range(campaigns)]}
    path = folder / "inventory.yaml"
    path.write_text(json.dumps({"sites": [SITE], "advertisers": [advertiser]}))
    return path


def _campaign(chance: random.Random, number: int) -> dict[str, object]:
    slot = chance.choice(list(SLOTS))
    targeting: dict[str, object] = {}
    if chance.random() < 0.5:
        targeting["city"] = chance.sample(PROVINCES, 3)
    if chance.random() < 0.3:
        targeting["section"] = chance.sample(SECTIONS, 2)
    if chance.random() < 0.2:
        targeting["device"] = ["mobile"]
    if chance.random() < 0.1:
        targeting["temperature"] = {"min": chance.randrange(10, 30)}
    return {
        "key": f"c{number}",
        "name": f"C {number}",
        "tier": "standard",
        "slots": [f"demo-haber/{slot}"],
        "targeting": targeting,
        "creatives": [
            {
                "key": "x",
                "kind": "image",
                "size": SLOTS[slot],
                "src": "https://cdn.example/x.png",
                "click_url": "https://a.example/",
            }
        ],
    }
