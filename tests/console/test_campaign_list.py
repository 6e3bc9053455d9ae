import re

import asyncpg
import httpx2
import pytest

from tests.console.conftest import STAFF, ZEYTIN, Browser, log_in

MANY = """
insert into campaign (advertiser_id, key, name, tier, starts)
select 2, 'cok-' || lpad(n::text, 3, '0'), 'IŞIK ' || n, 'standard', now() - make_interval(days => n)
from generate_series(1, 110) n
"""


@pytest.fixture
async def staff(people: asyncpg.Connection, open_browser: Browser) -> httpx2.AsyncClient:
    """A browser in which somebody of the publisher is logged in, with 114 campaigns to look at."""
    await people.execute(MANY)
    browser = open_browser()
    await log_in(browser, STAFF)
    return browser


def listed(page: str) -> list[str]:
    return re.findall(r'<a href="/reports/([\w-]+)">', page)


async def test_a_page_lists_fifty_campaigns(staff: httpx2.AsyncClient) -> None:
    pages = [(await staff.get(f"/reports/?page={number}")).text for number in (1, 2, 3)]
    assert [len(listed(page)) for page in pages] == [50, 50, 14]
    assert len(set().union(*map(listed, pages))) == 114
    assert "1–50 of 114" in pages[0]
    assert "101–114 of 114" in pages[2]


async def test_pages_lead_to_each_other(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/reports/?q=cok&page=2")).text
    assert re.findall(r'rel="(prev|next)" href="([^"]+)"', page) == [
        ("prev", "?q=cok&amp;page=1"),
        ("next", "?q=cok&amp;page=3"),
    ]


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "999999999999"])
async def test_a_page_that_is_none_is_the_nearest(staff: httpx2.AsyncClient, page: str) -> None:
    assert listed((await staff.get("/reports/", params={"page": page})).text)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        pytest.param("ışık 7", ["cok-007", *(f"cok-0{n}" for n in range(70, 80))], id="name in Turkish letters"),
        pytest.param(" cok-110 ", ["cok-110"], id="key"),
        pytest.param("ZEYTİN MARKET", ["zeytin-kasim", "zeytin-flat"], id="advertiser"),
        pytest.param("<b>", [], id="nothing"),
        pytest.param("%", [], id="no pattern"),
        pytest.param("\0", [], id="not a text of Postgres"),
    ],
)
async def test_search_finds_names_keys_and_advertisers(
    staff: httpx2.AsyncClient, search: str, found: list[str]
) -> None:
    assert sorted(listed((await staff.get("/reports/", params={"q": search})).text)) == sorted(found)


async def test_a_search_without_result_leads_back(staff: httpx2.AsyncClient) -> None:
    page = (await staff.get("/reports/?q=%3Cnone%3E")).text
    assert "No campaign is called so" in page
    assert 'value="&lt;none&gt;"' in page


async def test_running_campaigns_stand_before_those_that_are_over(
    people: asyncpg.Connection, staff: httpx2.AsyncClient
) -> None:
    await people.execute("update campaign set status = 'paused' where key = 'cok-001'")
    await people.execute("update campaign set ends = now() where key = 'cok-002'")
    await people.execute("update campaign set starts = now() + interval '1 day' where key = 'cok-003'")
    page = listed((await staff.get("/reports/?q=cok&page=3")).text)
    assert page[-3:] == ["cok-003", "cok-001", "cok-002"]


async def test_an_advertisers_search_finds_only_its_own(people: asyncpg.Connection, open_browser: Browser) -> None:
    browser = open_browser()
    await log_in(browser, ZEYTIN)
    assert listed((await browser.get("/reports/?q=firin")).text) == []


async def test_few_campaigns_need_no_search(people: asyncpg.Connection, open_browser: Browser) -> None:
    browser = open_browser()
    await log_in(browser, ZEYTIN)
    page = (await browser.get("/reports/")).text
    assert 'type="search"' not in page
    assert 'class="paging"' not in page
