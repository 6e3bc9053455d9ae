import asyncio
from typing import cast

import asyncpg
import pytest

from adserver.connections import Pool
from adserver.counting.views import ViewCount, ViewCounts
from adserver.delivery.views import hours_of, written
from tests.delivery.conftest import BROWSER, Service
from tests.waiting import until


async def view(service: Service, article: str, times: int = 1) -> None:
    """Read the article with as many browsers."""
    for number in range(times):
        answer = await service.ads("", article=article)
        assert (
            await service.send(f"view {answer['view']}", headers={"user-agent": f"{BROWSER['user-agent']} {number}"})
            == 204
        )


async def test_views_are_told_by_article(service: Service) -> None:
    await view(service, "66", 3)
    await view(service, "çay/1", 1)
    await service.figures()
    response = await service.client.get("/v1/views/haber?article=66&article=çay/1&article=77")
    assert response.json() == {"66": 3, "çay/1": 1, "77": 0}


async def test_the_most_read_come_first(service: Service) -> None:
    for article, times in (("a", 1), ("b", 3), ("c", 2)):
        await view(service, article, times)
    await service.figures()
    response = await service.client.get("/v1/views/haber/top?hours=2&limit=2")
    assert response.json() == [{"article": "b", "views": 3}, {"article": "c", "views": 2}]


async def test_a_page_asks_once_for_its_counts_and_its_list(service: Service) -> None:
    for article, times in (("a", 1), ("b", 2)):
        await view(service, article, times)
    await service.figures()
    response = await service.client.get("/v1/views/haber?written&views=a&views=c&top=7d&limit=1")
    assert response.json() == {"views": {"a": "1", "c": "0"}, "top": [{"article": "b", "views": 2}]}
    response = await service.client.get("/v1/views/haber?written&top=&limit=")
    assert response.json()["top"] == [{"article": "b", "views": 2}, {"article": "a", "views": 1}]
    # As tags asked that browsers still keep.
    assert (await service.client.get("/v1/views/haber?written&article=a")).json() == {"views": {"a": "1"}}


@pytest.mark.usefixtures("ads_wait_for_counts")
async def test_ads_bring_the_counts_of_their_page(service: Service) -> None:
    await view(service, "a")
    await service.figures()
    answer = await service.ads("top", article="own", written="", views="a", top="24h")
    assert (answer["views"], answer["top"]) == ({"a": "1"}, [{"article": "a", "views": 1}])
    assert answer["slots"]["top"]["campaign"] == "zeytin-top"
    assert answer["view"]
    assert "views" not in await service.ads("top", article="own")


async def test_ads_come_without_counts_where_postgres_is_slow_or_away(service: Service) -> None:
    async with service.connection.transaction():
        await service.connection.execute("lock table article_hourly")
        assert "views" not in await service.ads("top", written="", views="a")
    # What was being read meanwhile is not lost.
    assert (await service.client.get("/v1/views/haber?article=a")).json() == {"a": 0}
    service.context.pool.terminate()
    answer = await service.ads("top", written="", views="b")
    assert answer["slots"]["top"]
    assert "views" not in answer


async def test_an_article_that_cannot_be_counted_costs_no_others(service: Service) -> None:
    counts = {"written": "", "views": ["a", "b" * 101, ""]}
    assert (await service.ads("top", **counts))["views"] == {"a": "0"}
    assert (await service.client.get("/v1/views/haber", params=counts)).json() == {"views": {"a": "0"}}


@pytest.mark.parametrize("wrong", ["&views=1" * 51, "&top=24h&limit=0", "&top=24h&limit=x"])
async def test_a_wrong_question_for_counts_costs_no_ads(service: Service, wrong: str) -> None:
    response = await service.client.get(f"/v1/ads?site=haber&slots=top&written{wrong}", headers=BROWSER)
    answer = response.json()
    assert answer["slots"]["top"]
    assert "must be" in answer["views_fault"]
    assert "views" not in answer


@pytest.mark.parametrize(
    ("number", "language", "expected"),
    [(0, "tr", "0"), (999, "tr", "999"), (1234, "tr", "1.234"), (1234567, "de", "1.234.567"), (1234, "en", "1,234")],
)
def test_count_is_written_as_the_sites_language_does(number: int, language: str, expected: str) -> None:
    assert written(number, language) == expected


@pytest.mark.parametrize(
    ("text", "hours"),
    [("24h", 24), ("7d", 168), (" 6 h", 6), ("12", 12), ("", 24), ("0h", 24), ("soon", 24), ("99999d", 744)],
)
def test_list_names_its_hours(text: str, hours: int) -> None:
    assert hours_of(text) == hours


async def test_known_views_are_told_while_postgres_is_away(service: Service) -> None:
    assert (await service.client.get("/v1/views/haber?article=66")).json() == {"66": 0}
    service.context.pool.terminate()
    assert (await service.client.get("/v1/views/haber?article=66")).json() == {"66": 0}
    unknown = await service.client.get("/v1/views/haber?article=67")
    assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "2")


@pytest.mark.parametrize(
    "path", ["haber", "haber?article=", "haber/top?hours=0", "haber/top?limit=1000", "haber/top?hours=x"]
)
async def test_a_question_that_is_wrong_is_refused(service: Service, path: str) -> None:
    response = await service.client.get(f"/v1/views/{path}", headers=BROWSER)
    assert response.status_code == 400
    assert response.json()["reason"]


@pytest.mark.parametrize(("asked", "least"), [("", 1), ("written", 0)])
async def test_too_many_articles_are_told_how_many_may_be_asked_for(service: Service, asked: str, least: int) -> None:
    response = await service.client.get(f"/v1/views/haber?{asked}{'&article=1' * 51}")
    assert response.status_code == 400
    assert f"{least} to 50" in response.text


@pytest.mark.parametrize("path", ["none?article=1", "haber/other"])
async def test_what_is_unknown_is_not_found(service: Service, path: str) -> None:
    assert (await service.client.get(f"/v1/views/{path}")).status_code == 404


async def test_a_page_of_the_site_may_read_the_count(service: Service) -> None:
    response = await service.client.get("/v1/views/haber?article=1", headers={"origin": "https://haber.example"})
    assert response.headers["access-control-allow-origin"] == "https://haber.example"


async def test_a_readers_second_view_within_half_an_hour_is_refused(service: Service) -> None:
    for _ in range(2):
        answer = await service.ads("", article="66")
        assert await service.send(f"view {answer['view']}") == 204
    await service.figures()
    assert (await service.client.get("/v1/views/haber?article=66")).json() == {"66": 1}
    assert await service.refused() == {("view", "repeated"): 1}


async def test_readers_of_a_day_are_told_apart(service: Service) -> None:
    await view(service, "66", 5)
    await service.figures()
    assert await service.connection.fetchval("select readers from article_daily where article = '66'") == 5


async def test_what_is_asked_for_while_postgres_is_slow_is_read_together(service: Service) -> None:
    reads: list[str] = []

    class Noting:
        async def fetch(self, query: str, *values: object) -> list[asyncpg.Record]:
            reads.append(query)
            return await service.context.pool.fetch(query, *values)

    views = ViewCounts(cast(Pool, Noting()))
    async with service.connection.transaction():
        await service.connection.execute("lock table article_hourly")
        asked = [asyncio.create_task(views.of_articles(site, [str(n)])) for site in (1, 2) for n in range(20)]
        await until(lambda: len(reads) == 1)
        asked.pop(0).cancel()  # who gives up takes nothing from the others
    assert await asyncio.gather(*asked) == [[ViewCount(str(n), 0)] for n in [*range(1, 20), *range(20)]]
    assert len(reads) == 2  # a site each
