import json
import re

import asyncpg
import httpx2
import pytest

from adserver.console.accounts import Role, add_account
from tests.console.conftest import FIRIN, PASSWORD, STAFF, ZEYTIN, Browser, log_in

TWO_DAYS = "from=2026-11-23&to=2026-11-24"


@pytest.fixture
async def advertiser(people: asyncpg.Connection, open_browser: Browser) -> httpx2.AsyncClient:
    """A browser in which Zeytin Market is logged in."""
    browser = open_browser()
    await log_in(browser, ZEYTIN)
    return browser


def cells(page: str, name: str) -> list[str]:
    """Return the figures of the table row of this name."""
    row = re.search(rf'<th scope="row">{re.escape(name)}(?:<span[^>]*>[^<]*</span>)?</th>(.*?)</tr>', page, re.DOTALL)
    assert row, f"no row {name}"
    return re.findall(r"<td[^>]*>(.*?)</td>", row[1])


async def test_an_advertiser_sees_its_campaigns_and_no_others(advertiser: httpx2.AsyncClient) -> None:
    page = (await advertiser.get("/reports/")).text
    assert set(re.findall(r'href="/reports/([\w-]+)"', page)) == {"zeytin-kasim", "zeytin-flat"}
    assert "Fırın" not in page


async def test_the_publishers_people_see_everyones_campaigns(people: asyncpg.Connection, open_browser: Browser) -> None:
    browser = open_browser()
    await log_in(browser, STAFF)
    page = (await browser.get("/reports/")).text
    assert set(re.findall(r'href="/reports/([\w-]+)"', page)) == {
        "zeytin-kasim",
        "zeytin-flat",
        "firin-house",
        "firin-eur",
    }
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["Fırın", "Zeytin Market"]


@pytest.mark.parametrize("suffix", ["", ".csv", ".xlsx", ".json", "/creatives/a"])
async def test_anothers_campaign_does_not_exist(advertiser: httpx2.AsyncClient, suffix: str) -> None:
    theirs = await advertiser.get(f"/reports/firin-eur{suffix}")
    nobodys = await advertiser.get(f"/reports/nobodys{suffix}")
    assert theirs.status_code == nobodys.status_code == 404


async def test_a_key_that_no_text_can_hold_does_not_exist(advertiser: httpx2.AsyncClient) -> None:
    assert (await advertiser.get("/reports/a%00b")).status_code == 404


async def test_an_advertiser_may_not_open_the_console(advertiser: httpx2.AsyncClient) -> None:
    answer = await advertiser.get("/console/")
    assert answer.status_code == 403
    assert "This page is not for this account" in answer.text


async def test_the_list_shows_what_was_delivered(advertiser: httpx2.AsyncClient) -> None:
    page = (await advertiser.get("/reports/")).text
    row = page[page.index("/reports/zeytin-kasim") :]
    figures = re.findall(r'<td class="num" data-label="([\w ]+)">(.*?)</td>', row)[:5]
    assert figures == [
        ("Impressions", "98"),
        ("Viewable", "65.3%"),
        ("Clicks", "4"),
        ("CTR", "4.08%"),
        ("Spend", "₺4.41"),
    ]


async def test_a_campaigns_page_shows_the_figures_of_its_days(advertiser: httpx2.AsyncClient) -> None:
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    assert cells(page, "23 November 2026") == ["90", "66.7%", "3", "3.33%", "₺4.05"]
    assert cells(page, "24 November 2026") == ["8", "50.0%", "1", "12.50%", "₺0.36"]
    assert cells(page, "Total") == ["98", "65.3%", "4", "4.08%", "₺4.41"]
    assert cells(page, "top") == ["98", "65.3%", "4", "4.08%", "₺4.41"]


async def test_a_campaigns_page_reads_well_in_turkish(advertiser: httpx2.AsyncClient) -> None:
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}&lang=tr")).text
    assert cells(page, "23 Kasım 2026") == ["90", "%66,7", "3", "%3,33", "₺4,05"]
    assert "günler Europe/Istanbul saat dilimine göredir" in page


async def test_the_chart_has_a_title_and_a_word_for_each_bar(advertiser: httpx2.AsyncClient) -> None:
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    assert 'role="img" aria-labelledby="impressions-title impressions-description"' in page
    assert "<title>23 November 2026: 90 impressions, 66.7% viewable</title>" in page
    assert "<title>24 November 2026: 1 clicks, CTR 12.50%</title>" in page


async def test_nothing_on_the_page_is_inline(advertiser: httpx2.AsyncClient) -> None:
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)


async def test_refused_events_are_shown_with_their_reasons(
    people: asyncpg.Connection, advertiser: httpx2.AsyncClient
) -> None:
    await people.execute("insert into invalid_hourly values ('2026-11-23 20:00Z', 1, 1, 'click', 'duplicate', 5)")
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    assert cells(page, "Repeat of one already counted") == ["Click", "5"]


async def test_clicks_without_a_reported_impression_are_told_where_there_are_some(
    people: asyncpg.Connection, advertiser: httpx2.AsyncClient
) -> None:
    assert "reported impression" not in (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    await people.execute("update hourly set unseen_clicks = 2 where hour = '2026-11-23 20:00Z' and clicks = 3")
    assert "2 without a reported impression" in (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}&lang=tr")).text
    assert "Gösterimi bildirilmemiş tıklama: 2" in page


async def test_cities_after_the_tenth_are_put_together(
    people: asyncpg.Connection, advertiser: httpx2.AsyncClient
) -> None:
    await people.execute("""
        insert into daily (day, slot_id, creative_id, city, device, impressions)
        select '2026-11-24', 1, 1, case n when 0 then '' else 'City ' || n end, 'mobile', 100 - n
        from generate_series(0, 12) n""")
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    assert cells(page, "City 10")[0] == "90"
    assert cells(page, "Others and unknown")[0] == "277"
    assert "City 11" not in page
    assert cells(page, "Phone")[0] == "1,222"


async def test_a_period_without_figures_is_explained(advertiser: httpx2.AsyncClient) -> None:
    page = (await advertiser.get("/reports/zeytin-kasim?from=2026-01-01&to=2026-01-02")).text
    assert "No figures in this period" in page
    assert "from 1 January 2026 to 2 January 2026" in page


async def test_an_advertiser_without_campaigns_is_told_what_will_come(
    people: asyncpg.Connection, open_browser: Browser
) -> None:
    await people.execute("insert into advertiser (key, name) values ('new', 'New')")
    await add_account(people, "new@new.example", Role.ADVERTISER, "new", PASSWORD)
    browser = open_browser()
    await log_in(browser, "new@new.example")
    assert "No campaigns yet" in (await browser.get("/reports/")).text


async def test_names_cannot_smuggle_markup(people: asyncpg.Connection, advertiser: httpx2.AsyncClient) -> None:
    await people.execute("update campaign set name = '<script>alert(1)</script>' where key = 'zeytin-kasim'")
    for address in ("/reports/", f"/reports/zeytin-kasim?{TWO_DAYS}"):
        page = (await advertiser.get(address)).text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script" not in page


async def test_json_download_has_the_pages_figures(advertiser: httpx2.AsyncClient) -> None:
    answer = await advertiser.get(f"/reports/zeytin-kasim.json?{TWO_DAYS}&by=slot")
    assert answer.headers["content-disposition"] == ('attachment; filename="zeytin-kasim_2026-11-23_2026-11-24.json"')
    figures = {
        "requests": 110,
        "unfilled": 0,
        "impressions": 98,
        "viewable": 64,
        "clicks": 4,
        "invalid": 5,
        "spend": "4.41",
    }
    assert json.loads(answer.content) == {"rows": [{"slot": "haber/top", **figures}], "totals": figures}


async def test_csv_download_opens_in_turkish_excel(advertiser: httpx2.AsyncClient) -> None:
    answer = await advertiser.get(f"/reports/zeytin-kasim.csv?{TWO_DAYS}&lang=tr")
    assert answer.content.decode().split("\r\n")[:2] == [
        "\ufeffGün;Reklam alanı;İstek;Boş kalan;Gösterim;Görünür gösterim;Tıklama;Geçersiz;Harcama",
        "2026-11-23;haber/top;100;0;90;60;3;5;4,05",
    ]


async def test_xlsx_download_is_a_workbook(advertiser: httpx2.AsyncClient) -> None:
    answer = await advertiser.get(f"/reports/zeytin-kasim.xlsx?{TWO_DAYS}")
    assert answer.content.startswith(b"PK")


async def test_a_download_that_cannot_be_is_explained(advertiser: httpx2.AsyncClient) -> None:
    answer = await advertiser.get(f"/reports/zeytin-kasim.csv?{TWO_DAYS}&by=hour,city")
    assert answer.status_code == 400
    assert "hour cannot go with city: those figures are kept by day" in answer.text
    assert (await advertiser.get("/reports/zeytin-kasim.pdf")).status_code == 404


async def test_an_html_creative_is_previewed_in_a_box_of_its_own(
    people: asyncpg.Connection, advertiser: httpx2.AsyncClient
) -> None:
    await people.execute("""update creative set html = '<a href="{clickurl}">ad</a>' where id = 1""")
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    assert '<iframe data-tenths="3" src="/reports/zeytin-kasim/creatives/a"' in page
    assert 'sandbox="allow-scripts"' in page
    preview = await advertiser.get("/reports/zeytin-kasim/creatives/a")
    assert preview.headers["content-security-policy"].startswith("sandbox allow-scripts;")
    assert '<a href="https://shop.example/">ad</a>' in preview.text


async def test_a_campaign_taken_out_of_the_inventory_keeps_its_report(
    people: asyncpg.Connection, advertiser: httpx2.AsyncClient
) -> None:
    await people.execute("update campaign set archived_at = now() where key = 'zeytin-kasim'")
    page = (await advertiser.get(f"/reports/zeytin-kasim?{TWO_DAYS}")).text
    assert "Ended" in page
    assert cells(page, "Total")[0] == "98"


async def test_an_account_of_another_advertiser_sees_its_own(people: asyncpg.Connection, open_browser: Browser) -> None:
    browser = open_browser()
    await log_in(browser, FIRIN)
    assert (await browser.get("/reports/firin-eur")).status_code == 200
