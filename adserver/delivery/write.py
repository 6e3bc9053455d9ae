"""A page's decisions with their tokens, and what they are counted as."""

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from adserver.counting.counter import NO_CREATIVE, SECONDS_AN_HOUR, ad_of, field_of
from adserver.counting.events import Metric
from adserver.counting.token import Issuer, TokenKeys, ViewToken
from adserver.decision.request import Decision, NoFill
from adserver.delivery.compiled import fast
from adserver.delivery.decide import Stamp
from adserver.delivery.render import HERE, Answers

Decided = tuple[Decision, str | None]
"""A slot's decision and its token, None where the slot is empty."""
NO_STAMPS: Mapping[int, Stamp] = {}


class Article(NamedTuple):
    """A page's article, whose view is to be counted."""

    site_id: int
    name: str


class Written(NamedTuple):
    """An answer of `/v1/ads`, the counters that its requests add to, and why slots are empty."""

    body: bytes
    fields: Sequence[bytes]
    whys: Sequence[NoFill]


def sign(keys: TokenKeys, issuer: Issuer, decisions: Sequence[Decision], stamps: Sequence[Stamp]) -> list[Decided]:
    """Give each filled slot its token; the stamps are of one moment."""
    shown = [
        ad_of(each.slot.id, each.creative.id) + stamp.token_audience
        for each, stamp in zip(decisions, stamps, strict=True)
        if each.slot and each.creative
    ]
    texts = iter(keys.sign_ads(issuer, stamps[0].issued, shown)) if shown else iter(())
    return [(each, next(texts) if each.creative else None) for each in decisions]


def fields_of(decision: Decision, stamp: Stamp) -> list[bytes]:
    """Return the counters that a request for the slot adds to: without a creative it is one more unfilled too."""
    if decision.slot is None:
        return []
    hour, creative_id = stamp.issued // SECONDS_AN_HOUR, decision.creative.id if decision.creative else NO_CREATIVE
    metrics = (Metric.REQUEST,) if decision.creative else (Metric.REQUEST, Metric.UNFILLED)
    subject = ad_of(decision.slot.id, creative_id) + stamp.audience
    return [field_of(metric, None, hour, subject) for metric in metrics]


def write_page_in_python(
    decisions: Sequence[Decision],
    stamp: Stamp,
    answers: Answers,
    keys: TokenKeys,
    issuer: Issuer,
    request: int,
    page: str,
    article: Article | None,
    called: Sequence[str] | None = None,
    own: Mapping[int, Stamp] = NO_STAMPS,
) -> Written:
    """Answer for a page; `request` is any number of 64 bits, `page` its address as the reader's program told it.
    `called` is what the page calls the slots where not all go by their names; `own` are the stamps of those, by their
    places, that do not share the page's."""
    slots: list[bytes] = []
    whys: dict[str, NoFill] = {}
    stamps = [own.get(place, stamp) for place in range(len(decisions))]
    for place, (decision, token) in enumerate(sign(keys, issuer, decisions, stamps)):
        name = decision.name if called is None else called[place]
        form = answers.kept.get(decision) or answers.form(decision)
        if token is None:
            text = form.text
        elif form.marked is None:
            text = form.text.replace(HERE, token.encode())
        else:
            text = answers.fill(form, token, page, stamp.issued)
        slots.append(text if name == decision.name else _json(name) + text.removeprefix(_json(decision.name)))
        if decision.why is not None:
            whys[name] = decision.why
    parts = [
        b'{"request":"%016x","slots":{' % request,
        b",".join(slots),
        b'},"why":%b' % _json(whys),
    ]
    if article is not None:
        token = keys.sign_view(ViewToken(*issuer.view(), stamp.issued, *article))
        parts.append(b',"view":"%b"' % token.encode())
    parts.append(b"}")
    fields = [field for each, stamp in zip(decisions, stamps, strict=True) for field in fields_of(each, stamp)]
    return Written(b"".join(parts), fields, list(whys.values()))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


write_page = write_page_in_python if fast is None else fast.write_page
"""For pages whose slots all go by their names and share a stamp."""
