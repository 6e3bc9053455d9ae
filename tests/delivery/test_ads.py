import json

import pytest

from tests.delivery.conftest import BROWSER, PHONE, Service


async def test_a_filled_slot_has_all_that_the_tag_needs(service: Service) -> None:
    answer = await service.ads(headers=BROWSER)
    top = answer["slots"]["top"]
    token = top.pop("token")
    assert (
        top
        == {
            "campaign": "zeytin-top",
            "creative": "wide",
            "kind": "image",
            "width": 728,
            "height": 90,
            "click": f"http://ads.example/v1/c/{token}",
            "label": "REKLAM ALANI",
            "image": "https://cdn.example/w.png",
            "alt": "Zeytin",
        }
        or top["creative"] == "narrow"
    )
    assert answer["why"] == {}
    assert "view" not in answer


async def test_slots_are_answered_each_with_its_own_token_or_reason(service: Service) -> None:
    answer = await service.ads("top,in-article,footer,side", **{"kv.city": "k.maraş"})
    assert list(answer["slots"]) == ["top", "in-article", "footer", "side"]
    assert answer["slots"]["footer"] is None
    assert answer["slots"]["side"] is None
    assert answer["why"] == {"footer": "no-candidates", "side": "unknown-slot"}
    assert answer["slots"]["top"]["token"] != answer["slots"]["in-article"]["token"]


async def test_an_html_creative_comes_with_its_macros_filled_in(service: Service) -> None:
    slot = (await service.ads("in-article", **{"kv.city": "Kahramanmaraş"}))["slots"]["in-article"]
    assert slot["html"].startswith(f"<a href='http://ads.example/v1/c/{slot['token']}'>zeytin-html")


async def test_a_city_that_is_not_targeted_gets_nothing(service: Service) -> None:
    assert (await service.ads("in-article", **{"kv.city": "Antalya"}))["why"] == {"in-article": "no-candidates"}


async def test_a_phone_gets_what_fits(service: Service) -> None:
    creatives = {(await service.ads(headers=PHONE))["slots"]["top"]["creative"] for _ in range(10)}
    assert creatives == {"narrow"}


async def test_a_page_may_tell_its_width(service: Service) -> None:
    assert (await service.ads(w="400"))["slots"]["top"]["creative"] == "narrow"


async def test_an_article_gets_a_view_token(service: Service) -> None:
    assert (await service.ads(article="66"))["view"]
    assert (await service.ads("", article="66"))["slots"] == {}


async def test_slots_of_one_name_or_with_values_of_their_own_are_one_request(service: Service) -> None:
    own = {"in-article~2.kv.city": "K.Maraş", "footer.kv.city": "K.Maraş", "elsewhere.kv.city": "K.Maraş"}
    answer = await service.ads("top,in-article,in-article~2,top~b,top~c,side~2", **{"kv.city": "Antalya", **own})
    shown = {name: slot and slot["campaign"] for name, slot in answer["slots"].items()}
    assert shown == {
        "top": "zeytin-top",
        "in-article": None,
        "in-article~2": "zeytin-html",
        "top~b": "zeytin-top",
        "top~c": None,
        "side~2": None,
    }
    assert answer["slots"]["top"]["creative"] != answer["slots"]["top~b"]["creative"]
    assert answer["why"] == {"in-article": "no-candidates", "top~c": "excluded", "side~2": "unknown-slot"}
    tokens = [slot["token"] for slot in answer["slots"].values() if slot]
    assert len(set(tokens)) == 3
    assert await service.send(*(f"impression {token}" for token in tokens)) == 204
    await service.figures()
    rows = await service.connection.fetch(
        "select name, city, sum(requests)::int, sum(unfilled)::int, sum(impressions)::int "
        "from daily join slot on slot.id = slot_id group by 1, 2"
    )
    assert {tuple(row) for row in rows} == {
        ("top", "Antalya", 3, 1, 2),
        ("in-article", "Antalya", 1, 1, 0),
        ("in-article", "Kahramanmaraş", 1, 0, 1),
    }


@pytest.mark.parametrize("article", ["a" * 101, "a\nb"])
async def test_an_article_that_cannot_be_counted_costs_no_ads(service: Service, article: str) -> None:
    answer = await service.ads("top", article=article)
    assert answer["slots"]["top"]
    assert "printable characters" in answer["article_fault"]
    assert "view" not in answer


async def test_an_unknown_site_is_not_found(service: Service) -> None:
    response = await service.client.get("/v1/ads?site=none&slots=top")
    assert response.status_code == 404
    assert response.json()["error"] == "unknown-site"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        pytest.param("slots=" + ",".join(f"s{n}" for n in range(17)), "more than 16 slots", id="slots"),
        pytest.param("slots=top&x=" + "y" * 9000, "the query is above 8192 bytes", id="query"),
        pytest.param("slots=top&kv.k=" + "v" * 41, "the value of kv.k is above 40 characters", id="value"),
        pytest.param(f"slots=top&kv.{'k' * 21}=v", "must have 1 to 20 characters", id="key"),
        pytest.param("slots=top" + "&kv.a=b" * 33, "more than 32 key-values", id="key-values"),
        pytest.param("slots=top" + "&top.kv.a=b" * 33, "more than 32 key-values of slot top", id="own"),
        pytest.param("slots=top&kv.a=%ff", "the query is not UTF-8", id="encoding"),
        pytest.param("slots=top&w=wide", "w must be a width in whole pixels", id="width"),
        pytest.param("article=" + "a" * 101, "article must have 1 to 100 printable characters", id="article"),
        pytest.param("slots=" + "a" * 65, "a slot's name is above 64 characters", id="name"),
        pytest.param("", "slots or article is missing", id="nothing asked"),
        pytest.param("&".join("a=b" for _ in range(601)), "the query has more than 600 fields", id="fields"),
    ],
)
async def test_what_is_above_a_limit_is_refused_with_its_reason(service: Service, query: str, reason: str) -> None:
    response = await service.client.get(f"/v1/ads?site=haber&{query}", headers=BROWSER)
    assert response.status_code == 400
    assert reason in response.json()["reason"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        pytest.param("https://haber.example", True, id="the site's domain"),
        pytest.param("https://www.haber.example", True, id="a domain below it"),
        pytest.param("http://localhost:8000", True, id="with a port"),
        pytest.param("https://evilhaber.example", False, id="a domain that ends alike"),
        pytest.param("https://haber.example.evil.test", False, id="a domain that begins alike"),
        pytest.param("null", False, id="no origin"),
        pytest.param("https://[", False, id="nonsense"),
    ],
)
async def test_only_the_sites_pages_may_read_the_answer(service: Service, origin: str, allowed: bool) -> None:
    response = await service.client.get("/v1/ads?site=haber&slots=top", headers={**BROWSER, "origin": origin})
    assert response.status_code == 200
    assert response.headers.get("access-control-allow-origin") == (origin if allowed else None)


async def test_the_answer_is_never_stored(service: Service) -> None:
    response = await service.client.get("/v1/ads?site=haber&slots=top", headers=BROWSER)
    assert response.headers["cache-control"] == "no-store"
    assert json.loads(response.content)["request"]


async def test_requests_and_unfilled_slots_are_counted(service: Service) -> None:
    await service.ads("top,footer")
    await service.ads("top,side")
    assert await service.figures() == {"requests": 3, "unfilled": 1}


async def test_other_paths_are_left_to_the_pages(service: Service) -> None:
    assert (await service.client.get("/console/")).text == "behind"


async def test_a_wrong_method_is_refused(service: Service) -> None:
    response = await service.client.post("/v1/ads")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")


async def test_a_page_of_the_site_may_read_why_it_was_refused(service: Service) -> None:
    headers = {**BROWSER, "origin": "https://haber.example"}
    for response in (
        await service.client.get("/v1/ads?site=haber", headers=headers),
        await service.client.post("/v1/events", content="nonsense", headers=headers),
    ):
        assert response.status_code == 400
        assert response.headers["access-control-allow-origin"] == "https://haber.example"
