"""Inventories and requests for Hypothesis, drawn so that they often meet."""

from datetime import timedelta

from hypothesis import strategies as st

from adserver.decision import AdRequest, Paces
from adserver.inventory.model import (
    AnyOf,
    Between,
    Campaign,
    CampaignId,
    Creative,
    CreativeId,
    NoneOf,
    Rotation,
    Status,
    Tier,
)
from tests.decision.examples import BOX, LEADERBOARD, NOW, PHONE, SITE, SLOTS, WIDE, campaign, creative

TEXTS = {
    "city": ("Antalya", "ANTALYA", "K.Maraş", "kahramanmaras", "İzmir", "izmir", "Paris"),
    "device": ("mobile", "desktop"),
    "keyword": ("seçim", "SEÇİM", "seç*", "SEÇ*", "*", "deprem", "ılık"),
    "temperature": ("-3", "25", "25,5", "26.0", "30", "sıcak"),
}
HOURS = ("mon-fri 12:00-13:00", "tue 12:30-12:31", "tue 09:00-12:30", "sat-sun 00:00-24:00", "mon-sun 12:31-24:00")
MOMENTS = st.integers(-2, 2).map(lambda steps: NOW + timedelta(seconds=30 * steps))
BOUNDS = st.sampled_from((None, -3.0, 25.0, 25.5, 30.0))
STATUSES = st.sampled_from((Status.ACTIVE, Status.ACTIVE, Status.ACTIVE, Status.PAUSED))


def texts(name: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(TEXTS[name]), min_size=1, max_size=3).map(tuple)


def conditions(name: str) -> st.SearchStrategy[AnyOf | NoneOf | Between]:
    named = texts(name).map(AnyOf) | texts(name).map(NoneOf)
    return named | st.builds(Between, BOUNDS, BOUNDS) if name == "temperature" else named


def hours() -> st.SearchStrategy[AnyOf | NoneOf]:
    parts = st.lists(st.sampled_from(HOURS), min_size=1, max_size=2).map(tuple)
    return parts.map(AnyOf) | parts.map(NoneOf)


TARGETINGS = st.fixed_dictionaries({}, optional={**{name: conditions(name) for name in TEXTS}, "hours": hours()})


@st.composite
def creatives(draw: st.DrawFn, number: int) -> list[Creative]:
    sizes = draw(st.lists(st.sampled_from((WIDE, LEADERBOARD, PHONE, BOX)), min_size=1, max_size=3))
    return [
        creative(
            10 * number + place,
            size,
            weight=draw(st.integers(1, 3)),
            status=draw(STATUSES),
            hours=draw(st.just(()) | st.sampled_from(HOURS).map(lambda text: (text,))),
        )
        for place, size in enumerate(sizes)
    ]


@st.composite
def campaigns(
    draw: st.DrawFn, at_most: int = 6, is_targeted: bool = True, has_roadblocks: bool = False
) -> list[Campaign]:
    """Campaigns of all tiers; those that are not targeted are rivals for the same slots, at any time."""
    tiers = [draw(st.sampled_from(tuple(Tier))) for _ in range(draw(st.integers(1, at_most)))]
    if not is_targeted:
        return [draw(_rivals(number, tier)) for number, tier in enumerate(tiers, 1)]
    return [
        campaign(
            number,
            tier,
            share=draw(st.sampled_from((None, "0.25", "0.5", "1"))) if tier is Tier.SPONSORSHIP else None,
            cpm=draw(st.sampled_from((None, 2, 8))) if tier is Tier.STANDARD else None,
            rotation=draw(st.sampled_from(tuple(Rotation))),
            roadblock=has_roadblocks and draw(st.booleans()),
            page_caps=draw(st.lists(st.just(1), max_size=1)),
            slots=draw(st.lists(st.sampled_from(SLOTS), min_size=1, unique_by=lambda slot: slot.id)),
            creatives=draw(creatives(number)),
            starts=draw(st.none() | MOMENTS),
            ends=draw(st.none() | MOMENTS),
            caps=draw(st.lists(st.integers(1, 2), max_size=2)),
            exclusion=draw(st.sampled_from(((), (), ("market",), ("MARKET", "banka"), ("banka",)))),
            targeting=draw(TARGETINGS),
            status=draw(STATUSES),
        )
        for number, tier in enumerate(tiers, 1)
    ]


@st.composite
def _rivals(draw: st.DrawFn, number: int, tier: Tier) -> Campaign:
    creatives = [creative(10 * number + place, PHONE) for place in range(draw(st.integers(1, 2)))]
    return campaign(
        number,
        tier,
        share=draw(st.sampled_from((None, "0.25", "0.75"))) if tier is Tier.SPONSORSHIP else None,
        creatives=creatives,
        page_caps=draw(st.lists(st.just(1), max_size=1)),
        exclusion=draw(st.sampled_from(((), ("market",), ("banka", "market")))),
    )


@st.composite
def paces(draw: st.DrawFn) -> Paces:
    """Weights for some of the campaigns and creatives."""
    numbers = st.integers(1, 6)
    campaigns = st.dictionaries(numbers.map(CampaignId), st.sampled_from((0.0, 0.5, 1.0, 3.0, 1e6)))
    creatives = st.dictionaries(st.integers(10, 62).map(CreativeId), st.sampled_from((0.125, 0.5, 0.75)))
    return Paces(draw(st.integers(1, 9)), draw(campaigns), draw(creatives))


ATTRIBUTES = st.fixed_dictionaries({}, optional={name: texts(name) for name in TEXTS})


@st.composite
def requests(draw: st.DrawFn, slots: int = 4, has_shown: bool = False) -> AdRequest:
    """Some slots come twice, some have attributes of their own; with `has_shown` the page has some ads already."""
    names = st.sampled_from(("top", "in-article", "footer", "elsewhere"))
    named = tuple(draw(st.lists(names, min_size=1, max_size=slots)))
    return AdRequest(
        site=SITE,
        slots=named,
        attributes=draw(ATTRIBUTES),
        now=draw(MOMENTS),
        max_width=draw(st.sampled_from((None, 299, 320, 727, 728, 1200))),
        capped=draw(st.frozensets(st.sampled_from(("k1", "k2", "k9")), max_size=2)),
        own=draw(st.just({}) | st.dictionaries(st.integers(0, len(named) - 1), ATTRIBUTES, max_size=2)),
        shown=tuple(draw(st.lists(st.sampled_from(("k1", "k2", "k9")), max_size=3))) if has_shown else (),
    )
