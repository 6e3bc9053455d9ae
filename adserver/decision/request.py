"""What is asked of a decision and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from adserver.inventory.model import Campaign, Creative, Site, Slot


class NoFill(StrEnum):
    """Why a slot stays empty."""

    UNKNOWN_SLOT = "unknown-slot"
    """The site has no slot of this name."""
    NO_CANDIDATES = "no-candidates"
    """No campaign is booked here now whose targeting holds."""
    TOO_WIDE = "too-wide"
    """All creatives of all candidates are wider than the reader's screen."""
    EXCLUDED = "excluded"
    """All candidates lost to what the page already shows: a rival's label, the same creative, their own cap."""
    OUT_OF_SHARE = "out-of-share"
    """Only sponsorships are candidates, and this request is not of their share."""


@dataclass(frozen=True, slots=True)
class AdRequest:
    """The slots of one page, named as asked, each once. `attributes` are the values as sent, by dimension; `now` is
    aware; creatives wider than `max_width` CSS pixels do not fit the reader's screen. `capped` are the keys of
    campaigns that have reached a cap with this reader."""

    site: Site
    slots: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    now: datetime
    max_width: int | None = None
    capped: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one slot shows: a creative of a campaign, or nothing and `why`. `slot` is None when unknown to the site."""

    name: str
    slot: Slot | None
    campaign: Campaign | None
    creative: Creative | None
    why: NoFill | None
