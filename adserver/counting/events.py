"""What can be counted and why it may not be: the closed sets, with the codes under which Redis holds them."""

from enum import StrEnum


class EventKind(StrEnum):
    """What a browser reports of a token."""

    IMPRESSION = "impression"
    VIEWABLE = "viewable"
    CLICK = "click"
    VIEW = "view"


EVENT_KINDS = {kind.value: kind for kind in EventKind}


class Metric(StrEnum):
    """What a counter of a slot counts; the order gives the codes, so new members go last."""

    REQUEST = "request"
    UNFILLED = "unfilled"
    IMPRESSION = "impression"
    VIEWABLE = "viewable"
    CLICK = "click"
    UNSEEN_CLICK = "unseen_click"
    """A click that is counted and whose impression had not been reported: shown, since it hints at a faked click."""
    REFRESHED = "refreshed"
    """An impression that is counted and that a slot showed when it changed its ad by itself: the trade wants these told
    apart."""


class Rejection(StrEnum):
    """Why an event is not counted; never told to the public. The order gives the codes, so new members go last.

    The names are those in use in the trade for general invalid traffic.
    """

    FORGED = "forged"
    EXPIRED = "expired"
    DUPLICATE = "duplicate"
    DECLARED_BOT = "declared_bot"
    BLANK_USER_AGENT = "blank_user_agent"
    PREFETCH = "prefetch"
    BOT_HEADER = "bot_header"
    DATACENTER = "datacenter"
    VELOCITY = "velocity"
    REPEATED = "repeated"
    """A reader's second view of an article within half an hour."""
