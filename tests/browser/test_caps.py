"""Caps: what is remembered of what a reader was shown, where, and only with consent."""

import json

import pytest

from tests.browser.conftest import LiveServer, Stored
from tests.browser.pages import IN_ARTICLE, page
from tests.browser.reader import Reader
from tests.browser.test_events import Until

pytestmark = pytest.mark.browser

CAPPED = 'data-kv-show="capped"'
GRANTED = f'{CAPPED} data-consent="granted"'
PRIVACY_CONTROL = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
MANAGER = """
<script>
  window.__tcfapi = (command, version, tell) => setTimeout(() => {
    tell({eventStatus: 'cmpuishown', purpose: {consents: {}}}, true);
    tell({eventStatus: 'tcloaded', purpose: {consents: {1: PURPOSE_1}}}, true);
  }, 50);
</script>
"""


async def campaigns_of_three_visits(reader: Reader, attributes: str, head: str = "") -> list[str]:
    """Visit three times, counting an impression each; return which campaign was shown."""
    shown = []
    record = "document.addEventListener('adserver:rendered', event => { window.shown = event.detail.campaign; })"
    await reader.tab.add_init_script(record)
    for visit in range(1, 4):
        await reader.visit(page(IN_ARTICLE, attributes=attributes, head=head))
        await reader.until_reported("impression", visit)
        shown.append(await reader.tab.evaluate("shown"))
    return shown


async def stored_in_browser(reader: Reader) -> tuple[int, int]:
    """How many entries the page's storage and how many cookies the browser holds."""
    entries = await reader.tab.evaluate("localStorage.length + sessionStorage.length")
    return entries, len(await reader.tab.context.cookies())


@pytest.mark.parametrize(
    ("attributes", "head"),
    [
        pytest.param(GRANTED, "", id="by the page"),
        pytest.param(CAPPED, MANAGER.replace("PURPOSE_1", "true"), id="by a consent manager"),
    ],
)
async def test_with_consent_a_cap_holds_over_pages(
    reader: Reader, attributes: str, head: str, until_stored: Until
) -> None:
    assert await campaigns_of_three_visits(reader, attributes, head) == ["capped", "capped", "text"]
    assert [asked.get("capped", [""]) for asked in reader.asked] == [[""], [""], ["capped"]]
    assert await stored_in_browser(reader) == (1, 0)
    record = json.loads(await reader.tab.evaluate("localStorage.adserver"))
    assert record["capped"]["caps"] == [{"impressions": 2, "seconds": 86400}]
    assert len(record["capped"]["times"]) == 2
    await until_stored(Stored(impressions=3, viewable=3))


@pytest.mark.parametrize(
    ("attributes", "head", "script"),
    [
        pytest.param(CAPPED, "", "", id="not asked for"),
        pytest.param(f'{CAPPED} data-consent="denied"', "", "", id="denied to the page"),
        pytest.param(CAPPED, MANAGER.replace("PURPOSE_1", "false"), "", id="denied to a consent manager"),
        pytest.param(GRANTED, "", PRIVACY_CONTROL, id="global privacy control"),
    ],
)
async def test_without_consent_nothing_is_stored_and_no_cap_holds_over_pages(
    reader: Reader, attributes: str, head: str, script: str
) -> None:
    if script:
        await reader.tab.add_init_script(script)
    assert await campaigns_of_three_visits(reader, attributes, head) == ["capped"] * 3
    assert await stored_in_browser(reader) == (0, 0)


@pytest.mark.parametrize(
    "manager",
    [
        pytest.param("", id="no manager"),
        pytest.param("() => { throw Error('broken') }", id="throws"),
        pytest.param("() => {}", id="never answers"),
        pytest.param("(command, version, tell) => tell(null, false)", id="says no"),
        pytest.param(
            "(command, version, tell) => tell({eventStatus: 'tcloaded', gdprApplies: false}, true)", id="elsewhere"
        ),
    ],
)
async def test_cap_holds_on_a_page_without_consent(reader: Reader, manager: str) -> None:
    head = f"<script>window.__tcfapi = {manager}</script>" if manager else ""
    await reader.visit(page(IN_ARTICLE, attributes=CAPPED, head=head))
    for times in (1, 2):
        await reader.until_reported("impression", times)
        await reader.tab.evaluate("adserver.refresh()")
    await reader.until_reported("impression", 3)
    assert [asked.get("capped", [""]) for asked in reader.asked] == [[""], [""], ["capped"]]
    assert await stored_in_browser(reader) == (0, 0)
    assert [text for text in reader.complaints if "adserver" in text] == []


async def test_cap_counts_from_when_the_ad_was_shown(reader: Reader) -> None:
    await reader.tab.clock.install()
    await reader.visit(page(IN_ARTICLE, attributes=CAPPED))
    await reader.until_reported("impression")
    await reader.tab.clock.fast_forward(86_400_000 - 10_000)
    await reader.tab.evaluate("adserver.refresh()")
    await reader.until_reported("impression", 2)
    await reader.tab.clock.fast_forward(20_000)
    await reader.tab.evaluate("adserver.refresh()")
    await reader.until_reported("impression", 3)
    assert [asked.get("capped", [""]) for asked in reader.asked] == [[""], [""], [""]]


async def test_caps_are_not_loaded_while_nothing_asks_for_them(reader: Reader) -> None:
    parts: list[str] = []
    reader.tab.on("request", lambda request: parts.append(request.url) if "?part=caps" in request.url else None)
    await reader.visit(page(IN_ARTICLE, attributes=CAPPED))
    await reader.until_reported("viewable")
    assert parts == []
    await reader.tab.evaluate("adserver.refresh()")
    await reader.until_reported("impression", 2)
    assert len(parts) == 1


async def test_cap_of_a_page_ends_with_it(reader: Reader) -> None:
    for visit in (1, 2):
        await reader.visit(page(IN_ARTICLE, attributes='data-kv-show="once" data-consent="granted"'))
        await reader.until_reported("impression", 2 * visit - 1)
        await reader.tab.evaluate("adserver.refresh()")
        await reader.until_reported("impression", 2 * visit)
    assert [asked.get("capped", [""]) for asked in reader.asked] == [[""], ["once"]] * 2
    assert await stored_in_browser(reader) == (0, 0)


async def test_consent_that_is_taken_back_takes_the_record_away(reader: Reader) -> None:
    await reader.visit(page(IN_ARTICLE, attributes=GRANTED))
    await reader.tab.wait_for_function("localStorage.adserver")
    await reader.tab.evaluate("adserver.cmd.push(ad => ad.consent(false))")
    await reader.tab.wait_for_function("!localStorage.adserver")


async def test_consent_that_is_taken_back_in_another_tab_holds_in_this_one(
    reader: Reader, live_server: LiveServer
) -> None:
    await reader.visit(page(IN_ARTICLE, attributes=GRANTED))
    await reader.tab.wait_for_function("localStorage.adserver")
    other = await reader.tab.context.new_page()
    await other.goto(live_server.publish(page("", attributes='data-consent="denied"'), {}))
    await other.wait_for_function("!localStorage.adserver")
    await other.close()
    for impressions in (2, 3):
        await reader.tab.evaluate("adserver.refresh()")
        await reader.until_reported("impression", impressions)
    assert await stored_in_browser(reader) == (0, 0)


async def test_old_impressions_are_forgotten(reader: Reader) -> None:
    await reader.tab.add_init_script(
        """if (!localStorage.adserver) localStorage.adserver = JSON.stringify({
          capped: {caps: [{impressions: 2, seconds: 86400}], times: [1, 2, Date.now() - 86_000_000]},
          gone: {caps: [{impressions: 1, seconds: 60}], times: [Date.now() - 61_000]}
        });"""
    )
    await reader.visit(page(IN_ARTICLE, attributes=GRANTED))
    await reader.until_reported("impression")
    await reader.tab.wait_for_function("Object.keys(JSON.parse(localStorage.adserver)).length === 1")
    record = json.loads(await reader.tab.evaluate("localStorage.adserver"))
    assert len(record["capped"]["times"]) == 2
    assert "capped" not in reader.asked[0] or reader.asked[0]["capped"] == [""]


@pytest.mark.parametrize(
    "written",
    [
        "not ours",
        '{"banner":true,"capped":{"times":[1]}}',
        '{"capped":{"caps":2,"times":[]}}',
        '{"capped":{"caps":[null],"times":[1]}}',
        '{"capped":{"caps":[{"impressions":2,"seconds":86400}],"times":[4e15,4e15]}}',
    ],
)
async def test_storage_that_somebody_else_wrote_to_stops_nothing(reader: Reader, written: str) -> None:
    await reader.tab.add_init_script(f"localStorage.adserver ||= {json.dumps(written)}")
    assert await campaigns_of_three_visits(reader, GRANTED) == ["capped", "capped", "text"]
    assert [text for text in reader.complaints if "adserver" in text] == []
