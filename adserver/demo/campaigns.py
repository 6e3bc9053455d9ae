"""The demo's inventory file: the campaigns of `inventory.yaml`, dated around today."""

import re
from datetime import date, timedelta
from importlib.resources import files

_DAY = re.compile(r"\btoday([+-]\d+)")
_BASE_URL = "BASE_URL"


def inventory_text(today: date, base_url: str) -> str:
    """Return the inventory file as it stands on a day, with clicks that lead to the demo at `base_url`."""
    text = (files("adserver.demo") / "inventory.yaml").read_text("utf-8")
    dated = _DAY.sub(lambda match: (today + timedelta(days=int(match[1]))).isoformat(), text)
    return dated.replace(_BASE_URL, base_url)
