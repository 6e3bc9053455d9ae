"""What is compiled writes the page that Python writes, byte for byte."""

import json
import os
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.counting.counter import audience_of, decode, refreshed_audience
from adserver.counting.events import Metric
from adserver.counting.token import SEQUENCES, AdToken, Issuer, TokenKeys, ViewToken
from adserver.decision import Decision, NoFill
from adserver.delivery.compiled import fast
from adserver.delivery.decide import Stamp
from adserver.delivery.device import Device
from adserver.delivery.render import Answers
from adserver.delivery.write import Article, Written, write_page, write_page_in_python
from tests.decision.examples import IN_ARTICLE, TOP, campaign, creative

KEYS = TokenKeys("s" * 32)
STAMP = Stamp(1_790_000_000, audience_of(Device.MOBILE, "Ağrı"), refreshed_audience(Device.MOBILE, "Ağrı"))
PLAIN = creative(10)
CREATIVES = (
    replace(PLAIN, html='<a href="{clickurl}">“Ağrı”</a> {clickurl_enc}'),
    replace(PLAIN, html="{random} {timestamp} {pageurl} {clickurl}"),
    replace(PLAIN, html=""),
)
FILLED = [Decision(slot.name, slot, campaign(1), each, None) for slot in (TOP, IN_ARTICLE) for each in CREATIVES]
EMPTY = [Decision(TOP.name, TOP, None, None, why) for why in NoFill if why is not NoFill.UNKNOWN_SLOT]
UNKNOWN = [Decision(name, None, None, None, NoFill.UNKNOWN_SLOT) for name in ('"', "sağ", "")]
PAGES = st.lists(st.sampled_from([*FILLED, *EMPTY, *UNKNOWN]), max_size=8, unique_by=lambda each: each.name)
ARTICLES = st.none() | st.builds(Article, st.integers(0, 2**32 - 1), st.text(max_size=100).filter(str.isprintable))


def issuer(before: int) -> Issuer:
    numbers = iter([7, 8, 9])
    issuer = Issuer(lambda: next(numbers))
    issuer._ad_sequence = issuer._view_sequence = before
    return issuer


def written(write: object, decisions: list[Decision], stamp: Stamp, article: Article | None, before: int) -> Written:
    random.seed(5)  # for {random}
    answers = Answers("https://ads.example")
    return write(decisions, stamp, answers, KEYS, issuer(before), 2**63 + 11, "https://h.example/ş?a=b", article)


@pytest.mark.skipif(fast is None and not os.environ.get("CI"), reason="was installed without a C compiler")
@given(PAGES, ARTICLES, st.booleans(), st.sampled_from((0, 3, SEQUENCES - 2, SEQUENCES)))
def test_any_page_is_written_alike(
    decisions: list[Decision], article: Article | None, is_refresh: bool, before: int
) -> None:
    stamp = STAMP if is_refresh else STAMP._replace(token_audience=STAMP.audience)
    compiled = Written(*written(write_page, decisions, stamp, article, before))
    assert compiled == written(write_page_in_python, decisions, stamp, article, before)


def test_a_page_has_its_slots_with_their_tokens_and_says_why_others_are_empty() -> None:
    page = written(write_page, [FILLED[0], UNKNOWN[1]], STAMP, Article(1, "42"), 3)
    body = json.loads(page.body)
    assert (body["request"], body["why"], body["slots"]["sağ"]) == ("800000000000000b", {"sağ": "unknown-slot"}, None)
    slot = body["slots"]["top"]
    assert slot["html"].startswith(f'<a href="https://ads.example/v1/c/{slot["token"]}">')
    assert KEYS.read(slot["token"]) == AdToken(7, 3, STAMP.issued, b"\0\0\0\1\0\0\0\n" + STAMP.token_audience)
    assert KEYS.read(body["view"]) == ViewToken(7, 3, STAMP.issued, 1, "42")
    assert page.whys == [NoFill.UNKNOWN_SLOT]


def test_an_empty_slot_is_counted_as_a_request_and_as_unfilled() -> None:
    page = written(write_page, [EMPTY[0], UNKNOWN[0], FILLED[3]], STAMP, None, 0)
    counters = [decode(field) for field in page.fields]
    assert [(each.slot_id, each.creative_id, each.metric) for each in counters] == [
        (1, 0, Metric.REQUEST),
        (1, 0, Metric.UNFILLED),
        (2, 10, Metric.REQUEST),
    ]
    assert {(each.city, each.device) for each in counters} == {("Ağrı", Device.MOBILE)}


def test_the_longest_name_of_an_article_comes_back() -> None:
    page = written(write_page, [], STAMP, Article(1, "🎉" * 100), 0)
    assert KEYS.read(json.loads(page.body)["view"]) == ViewToken(7, 0, STAMP.issued, 1, "🎉" * 100)
