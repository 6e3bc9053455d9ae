"""The demo in a real browser: the news page, its ads, its count, and the advertiser's report of them."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, Request, ViewportSize, expect

from tests.browser.reader import DESKTOP, PHONE, RECORD_LAYOUT_SHIFT
from tests.browsing import leave
from tests.end_to_end.demo import Demo, Login, running_demo
from tests.end_to_end.folder import new_folder

pytestmark = pytest.mark.browser

REPORTED_MILLISECONDS = 4 * 10_000  # ten seconds, on a busy machine
PAGES_UNTIL_SHOWN = 20
SLOTS = "[data-ad-slot]"
MEDIA = f"{SLOTS} :is(img, iframe)"
IS_LOADED = """
element => element.tagName === 'IFRAME' || element.complete && element.naturalWidth > 0
"""


@pytest.fixture(scope="module")
async def demo() -> AsyncIterator[Demo]:
    with new_folder() as folder:
        async with running_demo(folder / "data", "--no-traffic") as demo:
            yield demo


@pytest.fixture(scope="module")
async def shown(demo: Demo, chromium: Browser) -> Counter[str]:
    """The impressions of the advertiser's campaigns: those of its report at first, to which readers add their own."""
    report = await log_in(chromium, demo.advertiser)
    before = await impressions(report)
    await leave(report.context)
    return Counter(before)


class Reader:
    """A tab on the news site; `seen` are the tokens of the ads whose impression it reported."""

    def __init__(self, tab: Page, shown: Counter[str]) -> None:
        self.tab = tab
        self.seen: set[str] = set()
        self._shown = shown
        tab.on("request", self._note)

    async def open(self, address: str) -> dict[str, str]:
        """Open a page and look at it to its end. Returns the campaign of each ad's token, once all were reported."""
        async with self.tab.expect_response("**/v1/ads?*") as asked:
            await self.tab.goto(address)
        slots = (await (await asked.value).json())["slots"]
        campaigns = {ad["token"]: ad["campaign"] for ad in slots.values() if ad is not None}
        for slot in await self.tab.locator(SLOTS).all():
            await slot.scroll_into_view_if_needed()
        async with asyncio.timeout(REPORTED_MILLISECONDS / 1000):
            while not campaigns.keys() <= self.seen:
                await asyncio.sleep(0.05)
        self._shown.update(campaign for campaign in campaigns.values() if campaign in self._shown)
        return campaigns

    def _note(self, request: Request) -> None:
        lines = (request.post_data or "").splitlines() if request.url.endswith("/v1/events") else []
        self.seen |= {line.removeprefix("impression ") for line in lines if line.startswith("impression ")}


@pytest.fixture
async def reader(chromium: Browser, shown: Counter[str], request: pytest.FixtureRequest) -> AsyncIterator[Reader]:
    screen: ViewportSize = getattr(request, "param", DESKTOP)
    context = await chromium.new_context(viewport=screen, locale="tr-TR")
    await context.add_init_script(RECORD_LAYOUT_SHIFT)
    yield Reader(await context.new_page(), shown)
    await leave(context)


@pytest.fixture
async def articles(demo: Demo, reader: Reader) -> list[str]:
    """The addresses of the articles that the home page leads to."""
    await reader.open(demo.home)
    links = await reader.tab.locator("a[href*='/demo/haber/']").evaluate_all("all => all.map(link => link.href)")
    return list(dict.fromkeys(links))


async def log_in(browser: Browser, login: Login) -> Page:
    context = await browser.new_context(viewport=DESKTOP, locale="en-US")
    tab = await context.new_page()
    await tab.goto(login.address)
    await tab.get_by_label("E-mail").fill(login.email)
    await tab.get_by_label("Password").fill(login.password)
    await tab.get_by_role("button", name="Log in").click()
    await expect(tab.get_by_role("heading", name="Campaigns")).to_be_visible()
    return tab


async def impressions(report: Page) -> dict[str, int]:
    """The impressions of each campaign on the advertiser's page, by its key."""
    rows = report.locator("tr:has(th a)")
    keys = await rows.locator("th a").evaluate_all("all => all.map(link => link.pathname.split('/').pop())")
    numbers = await rows.locator("td[data-label=Impressions]").all_inner_texts()
    return {key: int(re.sub(r"\D", "", number)) for key, number in zip(keys, numbers, strict=True)}


@pytest.mark.parametrize("reader", [DESKTOP, PHONE], indirect=True, ids=["desktop", "phone"])
async def test_an_article_shows_three_ads_and_nothing_moves(demo: Demo, reader: Reader) -> None:
    campaigns = await reader.open(demo.article)
    assert len(campaigns) == 3
    media = await reader.tab.locator(MEDIA).all()
    assert len(media) == 3
    assert all([await one.evaluate(IS_LOADED) for one in media])
    assert await reader.tab.locator(".adserver-label").all_inner_texts() == [
        "REKLAM ALANI",
        "ARA REKLAM ALANI",
        "REKLAM ALANI",
    ]
    assert await reader.tab.evaluate("layoutShift") == 0


async def test_an_articles_count_rises_by_its_reader(demo: Demo, reader: Reader, articles: list[str]) -> None:
    address = next(address for address in articles if address != demo.article)
    await reader.open(address)
    shown = reader.tab.locator("[data-article-views]").first
    before = int(re.sub(r"\D", "", await shown.inner_text()))
    await expect(shown).to_have_text(f"{before + 1:,}".replace(",", "."), timeout=REPORTED_MILLISECONDS)


async def test_the_advertisers_report_shows_the_impressions(
    demo: Demo, reader: Reader, articles: list[str], chromium: Browser, shown: Counter[str]
) -> None:
    # Nine in ten times the first does it: the advertiser shares the slots with others.
    for address in [demo.article, *articles][:PAGES_UNTIL_SHOWN]:
        if shown.keys() & set((await reader.open(address)).values()):
            break
    else:
        pytest.fail("no ad of the advertiser's was shown")
    report = await log_in(chromium, demo.advertiser)
    async with asyncio.timeout(REPORTED_MILLISECONDS / 1000):
        while await impressions(report) != shown:
            await report.reload()
    await leave(report.context)
