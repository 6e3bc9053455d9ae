"""A page's decisions with their tokens, and what they are counted as."""

import json
from collections.abc import Iterable, Sequence
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


class Article(NamedTuple):
    """A page's article, whose view is to be counted."""

    site_id: int
    name: str


class Written(NamedTuple):
    """An answer of `/v1/ads`, the counters that its requests add to, and why slots are empty."""

    body: bytes
    fields: Sequence[bytes]
    whys: Sequence[NoFill]


def sign(keys: TokenKeys, issuer: Issuer, decisions: Iterable[Decision], stamp: Stamp) -> list[Decided]:
    """Give each filled slot its token."""
    decisions = list(decisions)
    shown = [ad_of(each.slot.id, each.creative.id) for each in decisions if each.slot and each.creative]
    texts = iter(keys.sign_ads(issuer, stamp.issued, [ad + stamp.token_audience for ad in shown]))
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
) -> Written:
    """Answer for a page; `request` is any number of 64 bits, `page` its address as the reader's program told it."""
    slots: list[bytes] = []
    whys: dict[str, NoFill] = {}
    for decision, token in sign(keys, issuer, decisions, stamp):
        form = answers.kept.get(decision) or answers.form(decision)
        if token is None:
            slots.append(form.text)
        elif form.marked is None:
            slots.append(form.text.replace(HERE, token.encode()))
        else:
            slots.append(answers.fill(form, token, page, stamp.issued))
        if decision.why is not None:
            whys[decision.name] = decision.why
    parts = [
        b'{"request":"%016x","slots":{' % request,
        b",".join(slots),
        b'},"why":%b' % json.dumps(whys, ensure_ascii=False, separators=(",", ":")).encode(),
    ]
    if article is not None:
        token = keys.sign_view(ViewToken(*issuer.view(), stamp.issued, *article))
        parts.append(b',"view":"%b"' % token.encode())
    parts.append(b"}")
    fields = [field for each in decisions for field in fields_of(each, stamp)]
    return Written(b"".join(parts), fields, list(whys.values()))


write_page = write_page_in_python if fast is None else fast.write_page
