"""What is compiled answers an ad request as Python does, and counts the same."""

import json
import os
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adserver.counting.token import Issuer
from adserver.decision.pace import NO_PACES, Paces
from adserver.delivery.ads import ads, ads_in_python
from adserver.delivery.compiled import fast
from adserver.delivery.context import Context, Snapshot
from adserver.delivery.http import FIELD_LIMIT, BadRequest, Response, Scope
from adserver.delivery.render import BASES_KEPT
from tests.benchmarks.inventory import SITE, inventory, query_of, requests
from tests.delivery.conftest import BROWSER, PHONE, Service

pytestmark = pytest.mark.skipif(fast is None and not os.environ.get("CI"), reason="was installed without a C compiler")

NOW = 1_795_512_600.5
PLAIN = [
    "site=haber&slots=top",
    "site=haber&slots=top,in-article,footer,elsewhere&kv.city=K.Maraş&article=42&page=https%3A%2F%2Fh.example%2F42&w=390",
    "site=haber&slots=top&slots=footer&kv.city=Antalya&kv.city=Paris&kv.tag=&w=0",
    "site=haber&slots=in-article&kv.refresh=1&kv.city=kahramanmaras&capped=zeytin-top,zeytin-html",
    "site=haber&slots=top&kv.device=desktop&kv.os=x",
    "site=haber&slots=top,in-article&shown=zeytin-html,elsewhere,zeytin-html",
]
ODD = {
    "site=haber&slots=in-article,in-article~2,top~3&in-article~2.kv.city=K.Maraş": 200,
    "site=haber&slots=top&top.kv.refresh=1": 200,
    "site=haber&article=42": 200,
    "site=nowhere&slots=top": 404,
    "slots=top": 404,
    "site=haber": "slots or article",
    "site=haber&slots=top&w=x": "whole pixels",
    "site=haber&slots=top" + "&kv.a=b" * 33: "key-values",
    "site=haber&slots=top" + "&" * FIELD_LIMIT: "fields",
    "site=haber&slots=top&page=" + "x" * 9000: "above",
}


def scope_of(query: str, headers: Mapping[str, str]) -> Scope:
    sent = {name.encode(): value.encode() for name, value in headers.items()}
    host = {b"host": b"ads.example", b"accept-language": b"tr", b"origin": b"https://www.haber.example"}
    return {"query_string": query.encode(), "headers": host | sent, "client": ("127.0.0.1", 5), "scheme": "http"}


def outcome(answer: Callable[[Context, Scope, float], Response], context: Context, scope: Scope) -> list[object]:
    """The answer, and what was counted for it."""
    context.issuer = Issuer(lambda: 7)
    context.metrics.decided.clear()
    context.traffic._gap = 1
    random.seed(5)
    try:
        response: object = answer(context, scope, NOW)
    except BadRequest as fault:
        response = str(fault)
    amounts: dict[bytes, int] = {}
    for shard in context.commit._shards.values():
        amounts |= shard.amounts
        shard.amounts.clear()
    return [response, amounts, dict(context.metrics.decided), random.random()]


@pytest.fixture
def context(service: Service) -> Context:
    return replace(service.context, settings=replace(service.context.settings, geo_city_header="x-city"))


@pytest.mark.parametrize("headers", [BROWSER, PHONE | {"x-city": "İzmir"}, {"user-agent": "", "origin": "null"}])
@pytest.mark.parametrize("query", PLAIN)
async def test_a_plain_request_is_answered_alike(query: str, headers: dict[str, str], context: Context) -> None:
    scope = scope_of(query, headers)
    compiled = outcome(fast.ads, context, scope)
    assert compiled[0] is not None
    assert compiled == outcome(ads_in_python, context, scope)


@pytest.mark.parametrize(("query", "answer"), ODD.items())
async def test_what_is_not_plain_is_answered_by_python(query: str, answer: object, context: Context) -> None:
    response, *counted = outcome(ads, context, scope_of(query, BROWSER))
    assert [response, *counted][1:] == outcome(ads_in_python, context, scope_of(query, BROWSER))[1:]
    assert response.status == answer if isinstance(response, Response) else str(answer) in response


async def test_pages_of_many_campaigns_are_answered_alike(context: Context) -> None:
    context.snapshot = Snapshot.of(inventory(300))
    for request in requests(300):
        scope = scope_of(query_of(request), BROWSER)
        assert outcome(fast.ads, context, scope) == outcome(ads_in_python, context, scope)


async def test_what_a_page_shows_already_keeps_its_rivals_away(context: Context) -> None:
    many = inventory(300)
    labelled = [replace(each, exclusion=("market",)) for each in many.campaigns]
    context.snapshot = Snapshot.of(replace(many, campaigns=labelled))
    scope = scope_of(f"site=demo-haber&slots=top,footer&w=1920&shown={labelled[7].key}", BROWSER)
    answers = [outcome(answer, context, scope) for answer in (fast.ads, ads_in_python) for _ in range(5)]
    assert all(each == answers[0] for each in answers)
    assert isinstance(answers[0][0], Response)
    shown = [slot["campaign"] for slot in json.loads(answers[0][0].body)["slots"].values() if slot]
    assert set(shown) <= {labelled[7].key}


@pytest.mark.parametrize("seconds", [-2.0, -0.5, 0.0, 0.5])
async def test_a_campaign_that_ends_is_shown_until_it_does(seconds: float, context: Context) -> None:
    few = inventory(30)
    ends = datetime.fromtimestamp(NOW, UTC)
    context.snapshot = Snapshot.of(replace(few, campaigns=[replace(each, ends=ends) for each in few.campaigns]))
    scope = scope_of("site=demo-haber&slots=top,footer&w=1920", BROWSER)
    fast.ads(context, scope, NOW - 1)
    fast.ads(context, scope, NOW - 1)  # now the moment is known, and what follows may rely on it
    answer, *_ = outcome(lambda *given: fast.ads(*given[:2], NOW + seconds), context, scope)
    assert isinstance(answer, Response)
    assert (b'"top":null' in answer.body) is (seconds >= 0)


async def test_mail_between_pages_leaves_them_their_weights(context: Context) -> None:
    context.snapshot = Snapshot.of(inventory(300))
    context.paces = Paces(1, {campaign.id: 0.0 for campaign in context.snapshot.index.campaigns}, {})
    scope = scope_of("site=demo-haber&slots=top&w=1920", BROWSER)
    outcome(fast.ads, context, scope)
    with_paces = outcome(fast.ads, context, scope)
    context.snapshot.index.site_indexes[SITE.id].enter(datetime.fromtimestamp(NOW, UTC), NO_PACES)
    assert outcome(fast.ads, context, scope) == with_paces == outcome(ads_in_python, context, scope)


async def test_made_up_hosts_fill_no_memory(context: Context) -> None:
    assert context.snapshot is not None
    for number in range(100):
        fast.ads(context, scope_of(PLAIN[0], {"host": f"{number}.example"}), NOW)
    fast.ads(context, scope_of(PLAIN[0], {"host": "0.example", "origin": "https://" + "x" * 1000}), NOW)
    assert len(context.snapshot.forms.envelopes) == BASES_KEPT


async def test_while_there_is_no_inventory_python_says_so(context: Context) -> None:
    context.snapshot = None
    assert fast.ads(context, scope_of(PLAIN[0], BROWSER), NOW) is None
    assert ads(context, scope_of(PLAIN[0], BROWSER), NOW).status == 503
