"""What is asked of a decision and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from adserver.inventory.model import Campaign, Creative, Site, Slot


class NoFill(StrEnum):
    """Why a slot stays empty."""

    UNKNOWN_SLOT = "unknown-slot"
    """The site has no slot of this name."""
    NO_CANDIDATES = "no-candidates"
    """No campaign is booked here now whose targeting holds."""
    TOO_WIDE = "too-wide"
    """All creatives of all candidates are wider than the reader's screen."""
    OUT_OF_HOURS = "out-of-hours"
    """All creatives of all candidates that fit the screen are out of their own hours."""
    CAPPED = "capped"
    """The reader has seen all candidates as often as their caps allow."""
    EXCLUDED = "excluded"
    """All candidates lost to what the page already shows: a rival's label, the same creative, their own cap."""
    ROADBLOCK = "roadblock"
    """All candidates are roadblocks that cannot show all their creatives on this page."""
    OUT_OF_SHARE = "out-of-share"
    """Only sponsorships are candidates, and this request is not of their share."""
    PACED_OUT = "paced-out"
    """The candidates are ahead of their plans or done, and leave this request."""


Attributes = Mapping[str, tuple[str, ...]]
"""The values of a request as they were sent, by dimension."""
NO_OWN: Mapping[int, Attributes] = {}


class AdRequest(NamedTuple):
    """The slots of one page, by name; a name may stand for several. `attributes` hold for all of them but those whose
    places, counted from 0, have others in `own`. `now` is aware; creatives wider than `max_width` CSS pixels do not fit
    the reader's screen. `capped` are the keys of campaigns whose caps the reader has reached, as the reader's own
    record says; campaigns without caps are not kept out by it. `shown` are the keys of campaigns that earlier requests
    have put on the page, one for each ad."""

    site: Site
    slots: tuple[str, ...]
    attributes: Attributes
    now: datetime
    max_width: int | None = None
    capped: frozenset[str] = frozenset()
    own: Mapping[int, Attributes] = NO_OWN
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """What one slot shows: a creative of a campaign, or nothing and `why`. `slot` is None when unknown to the site.

    An index answers with the same object whenever it shows the same creative of a campaign in a slot, so that what is
    made of it may be kept by it.
    """

    name: str
    slot: Slot | None
    campaign: Campaign | None
    creative: Creative | None
    why: NoFill | None
