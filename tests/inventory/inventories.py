"""Inventories of every shape, as the data of a file."""

import re
from datetime import date
from typing import Any

from hypothesis import strategies as st

SLOT_KEYS = ["alt", "orta-1", "ust"]
SITE_KEYS = ["a", "b-haber"]
SIZES = ["300x250", "320x100", "728x90"]
ZONES = ["Europe/Istanbul", "Europe/London", "America/Sao_Paulo"]

texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(str.strip)
values = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).filter(str.strip)
lines = st.text(
    st.one_of(st.sampled_from("\n\t #:-'\"{}"), st.characters(exclude_categories=["Cc", "Cs"])), max_size=40
)
urls = st.sampled_from(["https://a.example/", "http://örnek.example:8080/x?y=%20&z=1#ş", "https://a.example/{'}"])
days = st.dates(date(2001, 1, 1), date(2190, 1, 1)).map(str)
offsets = st.sampled_from(["Z", "+03:00", "-11:30"])
titles = texts.filter(lambda text: len(text) <= 90)
selectors = st.sampled_from(["article", ".news > .text", "main [itemprop=articleBody]", "div:not(.short)"])
placements = st.fixed_dictionaries(
    {"after_paragraph": st.integers(1, 9)},
    optional={"within": st.none() | selectors, "min_paragraphs": st.integers(1, 9)},
).flatmap(
    lambda placement: st.sampled_from(
        [placement, placement | {"every": 3, "max": 2}, placement | {"after_paragraph": -placement["after_paragraph"]}]
    )
)


def html() -> st.SearchStrategy[str]:
    return lines.map(lambda text: f"{re.sub('[{}%$]', '', text)}<a href='{{clickurl}}'>\n")


def some(strategy: st.SearchStrategy[Any], **options: Any) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, max_size=2, unique_by=str, **options)


@st.composite
def spans(draw: st.DrawFn) -> dict[str, str]:
    first, last = sorted([draw(days), draw(days)])
    if draw(st.booleans()):
        return {"starts": first, "ends": last}
    time, offset = draw(st.times()).isoformat("microseconds"), draw(offsets)
    return {"starts": f"{first}T{time}{offset}", "ends": f"{int(last[:4]) + 1}{last[4:7]}-28 {time}{offset}"}


numbers = st.floats(allow_nan=False, allow_infinity=False)
conditions = st.one_of(
    texts,
    some(texts, min_size=1),
    st.fixed_dictionaries({"not": some(texts, min_size=1)}),
    st.fixed_dictionaries({"min": numbers}),
    st.tuples(numbers, numbers).map(lambda pair: {"min": min(pair), "max": max(pair)}),
)
targetings = st.fixed_dictionaries(
    {},
    optional={
        "city": st.one_of(texts, some(texts, min_size=1)),
        "device": st.just(["mobile", "tablet"]),
        "hours": st.just({"not": ["mon-fri 07:00-10:00", "22:00-02:00"]}),
        "temperature": conditions,
        "x": conditions,
    },
)
counts = st.integers(1, 10**12)
quantities = st.sampled_from(["impressions", "viewable", "clicks"]).flatmap(
    lambda kind: counts.map(lambda count: {kind: count})
)
shares = st.integers(1, 10**6).map(lambda millionths: {"share": f"{millionths / 10**6:f}"})
prices = st.one_of(
    st.fixed_dictionaries(
        {"model": st.sampled_from(["cpm", "vcpm"]), "amount": st.decimals(0, 10**6, places=3).map(str)}
    ),
    st.fixed_dictionaries(
        {
            "model": st.sampled_from(["cpc", "flat"]),
            "amount": st.decimals(0, 10**6, places=6).map(str),
            "currency": st.sampled_from(["TRY", "EUR"]),
        }
    ),
)
caps = st.fixed_dictionaries(
    {
        "impressions": st.integers(1, 10_000),
        "per": st.sampled_from(["30m", "90m", "24h", "1d", "7d", "1w", "lifetime", "page"]),
    }
)


@st.composite
def campaigns(draw: st.DrawFn, key: str, slots: dict[str, list[str]]) -> dict[str, Any]:
    tier = draw(st.sampled_from(["sponsorship", "guaranteed", "standard", "house"]))
    goals = {"sponsorship": st.none() | shares, "guaranteed": quantities, "standard": st.none() | quantities}
    chosen = draw(st.lists(st.sampled_from(sorted(slots)), min_size=1, unique=True))
    zones = {slot.split("/")[0] for slot in chosen}
    span = draw(spans())
    if len(zones) > 1 and len(span["starts"]) == len("2026-11-01"):
        span = {"starts": "2026-11-01T00:00+03:00", "ends": "2026-12-01T00:00+03:00"}
    if tier != "guaranteed" and draw(st.booleans()):
        span = {}
    sizes = sorted({size for slot in chosen for size in slots[slot]})
    campaign = span | draw(
        st.fixed_dictionaries(
            {
                "key": st.just(key),
                "name": texts,
                "tier": st.just(tier),
                "goal": goals.get(tier, st.none()),
                "slots": st.just(chosen),
                "creatives": creatives(sizes),
            },
            optional={
                "status": st.sampled_from(["active", "paused"]),
                "price": prices,
                "pacing": st.sampled_from(["even", "asap"]),
                "rotation": st.sampled_from(["even", "weighted", "optimised"]),
                "roadblock": st.just("false"),
                "budget": st.decimals("0.01", 10**6, places=2).map(str),
                "caps": some(caps),
                "exclusion": some(texts.map(str.strip)),
                "targeting": targetings,
            },
        )
    )
    if not span and campaign.get("price", {}).get("model") == "flat":
        del campaign["price"]
    if campaign.get("price", {"model": "flat"})["model"] == "flat":
        campaign.pop("budget", None)
    if len(campaign["creatives"]) == 1:
        campaign |= {"roadblock": "true"}
    return campaign


@st.composite
def creatives(draw: st.DrawFn, sizes: list[str]) -> list[dict[str, Any]]:
    sources = [
        {"kind": st.just("image"), "src": urls},
        {"kind": st.just("image"), "file": st.sampled_from(["olive", "navy"])},
        {"kind": st.just("html"), "html": html()},
        {"kind": st.just("text"), "title": titles, "text": titles},
        {"kind": st.just("text"), "title": titles, "text": titles, "file": st.sampled_from(["olive", "navy"])},
    ]
    found = []
    for key in draw(some(st.sampled_from(["x", "y", "z-1"]), min_size=1)):
        size = draw(st.sampled_from(sizes))
        creative = draw(
            st.fixed_dictionaries(
                {"key": st.just(key), "size": st.just(size), "click_url": urls} | draw(st.sampled_from(sources)),
                optional={
                    "alt": st.just("") | texts,
                    "weight": st.integers(1, 1000),
                    "category": texts,
                    "status": st.sampled_from(["active", "paused", "pending", "rejected"]),
                    "hours": st.just(["mon-fri 07:00-10:00", "22:00-02:00"]),
                },
            )
        )
        if "file" in creative:
            creative["file"] = f"{creative['file']}-{size}.png"
        found.append(creative)
    return found


@st.composite
def inventories(draw: st.DrawFn) -> dict[str, Any]:
    sites, slots = [], {}
    for key in draw(st.lists(st.sampled_from(SITE_KEYS), min_size=1, unique=True)):
        names = draw(st.lists(st.sampled_from(SLOT_KEYS), min_size=1, unique=True))
        site = {
            "key": key,
            "name": draw(texts),
            "domains": draw(st.sampled_from([["localhost"], ["örnek.example", "127.0.0.1"]])),
            "timezone": draw(st.sampled_from(ZONES)),
            "language": draw(st.sampled_from(["tr", "en"])),
            "ads_txt": draw(lines.map(lambda text: "\n".join("#" + line for line in text.split("\n")))),
            "slots": [],
        }
        for name in names:
            slots[f"{key}/{name}"] = draw(st.lists(st.sampled_from(SIZES), min_size=1, unique=True))
            slot = {"name": name, "label": draw(texts), "sizes": slots[f"{key}/{name}"]}
            if draw(st.booleans()):
                slot["placement"] = draw(placements)
            if draw(st.booleans()):
                del slot["label"]
            site["slots"].append(slot)
        sites.append(site)
    owners = draw(st.lists(st.sampled_from(["r1", "r2"]), min_size=1, max_size=3))
    advertisers = [
        {
            "key": advertiser,
            "name": draw(texts),
            "campaigns": [draw(campaigns(f"c{n}", slots)) for n, owner in enumerate(owners) if owner == advertiser],
        }
        for advertiser in ("r1", "r2")
        if advertiser in owners
    ]
    return {"sites": sites, "advertisers": advertisers}
