import asyncpg
import pytest
from starlette.applications import Starlette

from adserver.console.throttle import TRIES_AN_ACCOUNT
from adserver.settings import read_settings
from tests.console.conftest import FIRIN, STAFF, ZEYTIN, Browser, log_in

pytestmark = pytest.mark.usefixtures("people")


async def test_an_advertiser_is_led_to_its_reports(open_browser: Browser) -> None:
    browser = open_browser()
    assert (await log_in(browser, ZEYTIN)).headers["location"] == "/reports/"
    assert (await browser.get("/")).headers["location"] == "/reports/"


async def test_the_publishers_people_are_led_to_the_console(open_browser: Browser) -> None:
    browser = open_browser()
    assert (await log_in(browser, STAFF)).headers["location"] == "/console/"
    assert (await browser.get("/login")).headers["location"] == "/console/"


async def test_whoever_is_not_logged_in_comes_back_after_login(open_browser: Browser) -> None:
    browser = open_browser()
    asked = await browser.get("/reports/zeytin-kasim?range=7")
    assert asked.headers["location"] == "http://ads.example/login?next=%2Freports%2Fzeytin-kasim%3Frange%3D7"
    form = await browser.get(asked.headers["location"])
    assert 'name="next" value="/reports/zeytin-kasim?range=7"' in form.text
    after = await log_in(browser, ZEYTIN, to="/reports/zeytin-kasim?range=7")
    assert after.headers["location"] == "/reports/zeytin-kasim?range=7"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil", "/\r\nx: y"])
async def test_login_leads_to_no_other_site(open_browser: Browser, target: str) -> None:
    assert (await log_in(open_browser(), ZEYTIN, to=target)).headers["location"] == "/reports/"


async def test_a_wrong_login_does_not_tell_what_was_wrong(open_browser: Browser) -> None:
    browser = open_browser()
    wrong_password = await log_in(browser, ZEYTIN, "guess")
    unknown = await log_in(browser, "nobody@zeytin.example", "guess")
    assert wrong_password.status_code == unknown.status_code == 403
    assert "E-mail and password do not go together" in wrong_password.text
    assert wrong_password.text.replace(ZEYTIN, "") == unknown.text.replace("nobody@zeytin.example", "")
    assert "set-cookie" not in wrong_password.headers


async def test_guessing_is_stopped(open_browser: Browser) -> None:
    browser = open_browser()
    statuses = [(await log_in(browser, ZEYTIN, "guess")).status_code for _ in range(TRIES_AN_ACCOUNT)]
    refused = await log_in(browser, ZEYTIN)
    assert statuses == [403] * TRIES_AN_ACCOUNT
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "900")
    assert (await log_in(browser, FIRIN)).status_code == 303
    assert (await log_in(open_browser(address="198.51.100.9"), ZEYTIN)).status_code == 303


async def test_behind_a_trusted_proxy_guessing_is_counted_by_the_readers_network(
    app: Starlette, open_browser: Browser
) -> None:
    app.state.settings = read_settings({"ADSERVER_TRUSTED_PROXIES": "10.0.0.0/8"})
    guesser = open_browser(address="10.0.0.1", **{"x-forwarded-for": "203.0.113.9"})
    for _ in range(TRIES_AN_ACCOUNT):
        await log_in(guesser, ZEYTIN, "guess")
    assert (await log_in(guesser, ZEYTIN)).status_code == 429
    owner = open_browser(address="10.0.0.1", **{"x-forwarded-for": "203.0.113.9, 198.51.100.9"})
    assert (await log_in(owner, ZEYTIN)).status_code == 303


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(open_browser: Browser) -> None:
    cookie = (await log_in(open_browser(), ZEYTIN)).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=1209600" in cookie
    assert "Secure" not in cookie


async def test_over_https_the_cookie_stays_on_https(open_browser: Browser) -> None:
    assert "Secure" in (await log_in(open_browser("https"), ZEYTIN)).headers["set-cookie"]


async def test_logging_out_ends_the_session_everywhere(open_browser: Browser) -> None:
    browser, thief = open_browser(), open_browser()
    await log_in(browser, ZEYTIN)
    thief.cookies.update(browser.cookies)
    assert (await browser.post("/logout")).headers["location"] == "/login"
    assert (await browser.get("/reports/")).status_code == 303
    assert (await thief.get("/reports/")).status_code == 303


async def test_a_made_up_cookie_opens_nothing(open_browser: Browser) -> None:
    browser = open_browser()
    browser.cookies.set("adserver_session", "made-up")
    assert (await browser.get("/reports/")).headers["location"].startswith("http://ads.example/login")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"origin": "http://ads.example"}, 303, id="own page"),
        pytest.param({"origin": "http://evil.example"}, 403, id="other site"),
        pytest.param({"origin": "null"}, 403, id="hidden origin"),
        pytest.param({"origin": ""}, 403, id="no origin"),
        pytest.param({"origin": "http://evil.example", "sec-fetch-site": "same-origin"}, 303, id="browser vouches"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="browser warns"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="neighbouring host"),
    ],
)
async def test_forms_are_taken_from_our_own_pages_only(
    open_browser: Browser, headers: dict[str, str], status: int
) -> None:
    assert (await log_in(open_browser(**headers), ZEYTIN)).status_code == status


async def test_forms_are_taken_under_the_public_address(app: Starlette, open_browser: Browser) -> None:
    app.state.settings = read_settings({"ADSERVER_BASE_URL": "https://reklam.haber.example"})
    assert (await log_in(open_browser(origin="https://reklam.haber.example"), ZEYTIN)).status_code == 303


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        pytest.param(b"email=" + b"x" * 20_000, "application/x-www-form-urlencoded", 413, id="too large"),
        pytest.param(b"nonsense", "multipart/form-data", 400, id="broken"),
        pytest.param(b"", "application/x-www-form-urlencoded", 403, id="empty"),
        pytest.param(b"email=%00&password=%ff", "application/x-www-form-urlencoded", 403, id="not text"),
    ],
)
async def test_a_form_that_no_browser_sends_is_refused(
    open_browser: Browser, body: bytes, media_type: str, status: int
) -> None:
    answer = await open_browser().post("/login", content=body, headers={"content-type": media_type})
    assert answer.status_code == status


async def test_every_page_forbids_framing_scripts_and_search_engines(open_browser: Browser) -> None:
    headers = (await open_browser().get("/login")).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-inline" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "private, no-store"


async def test_the_language_asked_for_is_remembered(open_browser: Browser) -> None:
    browser = open_browser()
    assert '<html lang="en">' in (await browser.get("/login")).text
    assert '<html lang="tr">' in (await browser.get("/login?lang=tr")).text
    assert "Giriş yap" in (await browser.get("/login")).text


async def test_while_postgres_is_away_pages_say_so(app: Starlette, open_browser: Browser) -> None:
    async with asyncpg.create_pool("postgresql://nobody@127.0.0.1:1/none", min_size=0) as pool:
        app.state.pool = pool
        browser = open_browser()
        browser.cookies.set("adserver_session", "some")
        answer = await browser.get("/reports/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Ads are still shown and counted" in answer.text


async def test_an_unknown_address_is_told_in_the_same_design(open_browser: Browser) -> None:
    answer = await open_browser().get("/nowhere")
    assert answer.status_code == 404
    assert "This page does not exist" in answer.text


async def test_the_style_sheet_may_be_kept_for_good(open_browser: Browser) -> None:
    browser = open_browser()
    address = (await browser.get("/login")).text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    sheet = await browser.get(address)
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["cache-control"]
