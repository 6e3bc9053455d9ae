"""The plugin's settings page in a real WordPress, as its administrator sees it, and what others may not do with it."""

from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from playwright.async_api import Page, expect

from tests.browser.conftest import LiveServer, live_server
from tests.deploy.wordpress import ADMINISTRATOR, FILE, PASSWORD, OpenTab, WordPress

__all__ = ["live_server"]

PAGE = "/wp-admin/options-general.php?page=adserver"
NO_AD_SERVER = "What answers at this address is no ad server (status 404)."
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def turkish(wordpress: WordPress) -> Iterator[None]:
    """Turkish is installed, with no text of WordPress's own translated."""
    folder = wordpress.content / "languages"
    folder.mkdir(exist_ok=True)
    with (folder / "tr_TR.mo").open("wb") as file:
        write_mo(file, Catalog("tr_TR"))
    yield
    (folder / "tr_TR.mo").unlink()


async def save(tab: Page, **typed: object) -> None:
    for name, value in typed.items():
        field = tab.locator(f"#adserver-{name}")
        if isinstance(value, bool):
            await field.set_checked(value)
        else:
            await field.fill(str(value))
    async with tab.expect_navigation():
        await tab.locator("#submit").click()


async def notices(tab: Page) -> list[str]:
    return await tab.locator(".wrap .notice:visible p").all_inner_texts()


@pytest.mark.browser
async def test_settings_are_saved_and_the_page_says_whether_ads_can_come(
    wordpress: WordPress, open_tab: OpenTab, live_server: LiveServer
) -> None:
    tab = await open_tab(ADMINISTRATOR)
    await tab.goto(wordpress.url + PAGE)
    await expect(tab.locator(".notice-info")).to_contain_text("No ads are shown yet.")
    base = f"http://127.0.0.1:{live_server.port}"
    await save(
        tab,
        base=base + "/",
        site="demo-haber",
        inside="olmayan",
        every=3,
        keywords=False,
        without_ads="uncategorized, afet",
    )
    console = "Look at them in the console"
    assert await notices(tab) == [
        "Settings saved.",
        f"The ad server answers. Slots of this site: between, footer, in-article, inside, last, top, unsold. {console}",
        "The ad server has no slot “olmayan”, so nothing is shown there.",
        "There is no category “afet” here.",
    ]
    await expect(tab.get_by_role("link", name=console)).to_have_attribute("href", f"{base}/console/tags")
    kept = await wordpress.call("get_option", "adserver")
    assert {name: kept[name] for name in ("base", "inside", "every", "keywords", "sections", "without_ads")} == {
        "base": base,
        "inside": "olmayan",
        "every": 3,
        "keywords": False,
        "sections": True,
        "without_ads": ["uncategorized", "afet"],
    }
    await expect(tab.locator("#adserver-without_ads")).to_have_value("uncategorized, afet")
    await expect(tab.locator("#adserver-slots option")).to_have_count(7)


@pytest.mark.browser
async def test_what_is_wrong_is_named_and_stays_in_the_form(wordpress: WordPress, open_tab: OpenTab) -> None:
    tab = await open_tab(ADMINISTRATOR)
    await tab.goto(wordpress.url + PAGE)
    await save(tab, base="javascript:alert(1)", site='a<b>"', feed="a b", city_field="a b", paragraph=-3)
    assert await notices(tab) == [
        "“javascript:alert(1)” is no address of a server; it must read like https://ads.example.",
        '“a<b>"” is no key of a site; keys are like demo-haber.',
        "“a b” is no name of a custom field.",
        "“a b” is no name of a slot; names are like in-article.",
        "Nothing was saved: correct this and save again.",
    ]
    assert await wordpress.call("get_option", "adserver") is False
    for name, value in {"base": "javascript:alert(1)", "site": 'a<b>"', "feed": "a b", "paragraph": "-3"}.items():
        await expect(tab.locator(f"#adserver-{name}")).to_have_value(value)
    assert await tab.locator("[aria-invalid=true]").count() == 4
    await tab.goto(wordpress.url + PAGE)
    await expect(tab.locator("#adserver-base")).to_have_value("")


@pytest.mark.parametrize(
    ("base", "site", "home", "fault"),
    [
        pytest.param("http://127.0.0.1:1", "demo-haber", "", "The ad server does not answer: ", id="away"),
        pytest.param("{ads}", "baska", "", "The ad server has no site “baska”.", id="unknown site"),
        pytest.param("{wordpress}", "x", "", NO_AD_SERVER, id="another server"),
        pytest.param("{ads}/x", "x", "", NO_AD_SERVER, id="another path"),
        pytest.param(
            "{ads}",
            "demo-haber",
            "http://haber.example",
            "The ad server does not know that haber.example belongs to this site: add it to the site’s domains.",
            id="another domain",
        ),
        pytest.param(
            "{ads}",
            "demo-haber",
            "https://localhost",
            "Readers reach this site by https, so their browsers refuse an ad server at http.",
            id="no https",
        ),
    ],
)
async def test_connection_that_fails_is_explained(
    wordpress: WordPress, live_server: LiveServer, base: str, site: str, home: str, fault: str
) -> None:
    base = base.format(ads=f"http://127.0.0.1:{live_server.port}", wordpress=wordpress.url)
    told = await wordpress.call("tests_connection", {"base": base, "site": site}, home)
    assert told["fault"].startswith(fault)


@pytest.mark.browser
async def test_page_is_turkish_where_the_site_is(wordpress: WordPress, open_tab: OpenTab, turkish: None) -> None:
    await wordpress.call("update_option", "WPLANG", "tr_TR")
    tab = await open_tab(ADMINISTRATOR, viewport=PHONE)
    await tab.goto(wordpress.url + PAGE)
    await expect(tab.locator("h1")).to_have_text("Reklam sunucusu")
    await save(tab, base="a b")
    assert (await notices(tab))[0] == "“a b” bir sunucu adresi değil; https://ads.example biçiminde olmalı."
    assert await tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    await tab.goto(f"{wordpress.url}/wp-admin/plugins.php")
    row = tab.locator("tr[data-slug=adserver]")
    await expect(row).to_contain_text("Kendi reklam sunucunuzun reklamlarını yerleştirir")
    await expect(row.get_by_role("link", name="Ayarlar")).to_be_visible()
    await expect(tab.locator(".notice-info")).to_contain_text("henüz reklam göstermiyor")
    await wordpress.call("update_option", "WPLANG", "")


@pytest.mark.browser
async def test_settings_are_the_administrators_alone(wordpress: WordPress, open_tab: OpenTab) -> None:
    await wordpress.call("wp_insert_user", {"user_login": "editor", "user_pass": PASSWORD, "role": "editor"})
    form = {"option_page": "adserver", "action": "update", "adserver[base]": "https://ads.example"}
    for login, status in {"": 302, "editor": 403, ADMINISTRATOR: 403}.items():
        tab = await open_tab(login)
        answer = await tab.context.request.post(f"{wordpress.url}/wp-admin/options.php", form=form, max_redirects=0)
        assert answer.status == status, f"{login}, without a nonce"
        if login == "editor":
            assert (await tab.goto(wordpress.url + PAGE)).status == 403
    assert await wordpress.call("get_option", "adserver") is False


async def test_plugin_that_is_deleted_leaves_nothing_and_takes_nothing_else(wordpress: WordPress) -> None:
    post = await wordpress.publish("Metin")
    theirs = {name for name in await wordpress.call("tests_stored") if "adserver" not in name}
    await wordpress.call("deactivate_plugins", FILE)
    assert await wordpress.call("activate_plugin", FILE) is None
    await wordpress.call("update_option", "adserver", {"base": "https://ads.example", "site": "demo-haber"})
    await wordpress.call("update_option", "adserver_of_somebody_else", "1")
    await wordpress.call("update_option", "widget_adserver_slot", {"2": {"name": "top"}})
    await wordpress.call("set_transient", "adserver_slots", ["top"], 60)
    await wordpress.call("update_post_meta", post, "_adserver_off", "1")
    await wordpress.call("update_post_meta", post, "ilce", "Muğla")
    await wordpress.call("deactivate_plugins", FILE)
    assert (await wordpress.call("get_option", "adserver"))["site"] == "demo-haber", "it may be switched on again"
    await wordpress.call("uninstall_plugin", FILE)
    left = set(await wordpress.call("tests_stored"))
    assert left - theirs == {"adserver_of_somebody_else", "meta ilce"}
    assert theirs - left == set()
    await wordpress.call("activate_plugin", FILE)
    await wordpress.call("wp_delete_post", post, True)
