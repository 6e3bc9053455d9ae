"""The plugin where editors work in a real WordPress: the block, the switch of an article's ads, the widgets screen."""

import re

import pytest
from playwright.async_api import FrameLocator, Page, expect

from tests.deploy.wordpress import ADMINISTRATOR, BLOCK_THEME, CLASSIC_THEME, OpenTab, WordPress, html_of

SET_UP = {"base": "http://127.0.0.1:1", "site": "demo-haber", "inside": "in-article"}
# The words of WordPress 6 and 7.
INSERTER = re.compile("^(Toggle block|Block) inserter$", re.IGNORECASE)
SAVE = re.compile("^(Update|Save)$")
AS_BLOCK = """
const {getBlock, getClientIdsWithDescendants} = wp.data.select('core/block-editor');
const widget = getClientIdsWithDescendants().map(id => getBlock(id)).find(block => block.name === 'core/legacy-widget');
const blocks = wp.blocks.switchToBlockType(widget, 'adserver/slot');
wp.data.dispatch('core/block-editor').replaceBlocks([widget.clientId], blocks);
"""


@pytest.mark.browser
async def test_block_is_placed_set_and_published_and_the_articles_other_ads_switched_off(
    wordpress: WordPress, open_tab: OpenTab
) -> None:
    await wordpress.call("update_option", "adserver", SET_UP)
    await wordpress.call("set_transient", "adserver_slots", ["footer", "top"], 60)
    post = await wordpress.publish("<!-- wp:paragraph --><p>Metin.</p><!-- /wp:paragraph -->", post_status="draft")
    edit = f"{wordpress.url}/wp-admin/post.php?post={post}&action=edit"
    tab = await open_tab(ADMINISTRATOR)
    await tab.goto(edit)
    canvas = await canvas_of(tab)
    await tab.get_by_role("button", name=INSERTER).click()
    await tab.get_by_placeholder("Search").fill("advertisement")
    await tab.get_by_role("option", name="Ad slot").click()
    await tab.get_by_role("button", name=INSERTER).click()
    block = canvas.get_by_role("document", name="Block: Ad slot")
    await expect(block).to_contain_text("Type the slot’s name")
    await block.get_by_label("Slot").fill("footer")
    await expect(block).to_contain_text("Readers see an ad of this slot here")
    offered = await block.locator("option").evaluate_all("options => options.map(option => option.value)")
    assert offered == ["footer", "top"]
    settings = tab.get_by_role("region", name="Editor settings")
    if not await settings.get_by_label("Key-values").is_visible():
        await tab.get_by_role("button", name="Settings", exact=True).click()
    await settings.get_by_label("Key-values").fill("city=Muğla, keyword=a|b")
    await settings.get_by_label("When there is no ad").select_option("empty")
    await publish(tab)
    slot = '<div data-ad-slot="footer" data-collapse="empty" data-kv-city="Muğla" data-kv-keyword="a|b"></div>'
    assert (await html_of(wordpress.address(post))).count(slot) == 1

    await settings.get_by_text("Post", exact=True).first.click()
    await settings.get_by_role("button", name="Ads", exact=True).click()
    await settings.get_by_label("No ads on this page").check()
    await tab.get_by_role("button", name=SAVE).click()
    await expect(tab.get_by_text("Post updated.").first).to_be_visible()
    assert "data-ad-slot" not in await html_of(wordpress.address(post))
    await tab.goto(edit)
    await expect(tab.get_by_label("No ads on this page")).to_be_checked()
    await expect((await canvas_of(tab)).get_by_role("document", name="Block: Ad slot")).to_contain_text("Readers see")


async def canvas_of(tab: Page) -> Page | FrameLocator:
    """Where the blocks are, once they are there: WordPress 7 has them in a frame."""
    frame = tab.locator("iframe[name=editor-canvas]")
    await frame.or_(tab.locator("#editor .block-editor-writing-flow")).first.wait_for()
    return frame.content_frame if await frame.count() else tab


async def publish(tab: Page) -> None:
    await tab.get_by_role("button", name="Publish", exact=True).click()
    panel = tab.get_by_role("region", name="Editor publish")
    await panel.get_by_role("button", name="Publish", exact=True).click()
    await expect(panel).to_contain_text("is now live.")
    await panel.get_by_role("button", name="Close panel").click()


@pytest.mark.browser
async def test_classic_editor_has_the_switch_too(wordpress: WordPress, open_tab: OpenTab) -> None:
    await wordpress.call("update_option", "tests_classic_editor", "1")
    post = await wordpress.publish("Metin")
    tab = await open_tab(ADMINISTRATOR)
    await tab.goto(f"{wordpress.url}/wp-admin/post.php?post={post}&action=edit")
    for is_off in (True, False, True):
        await tab.get_by_label("No ads on this page").set_checked(is_off)
        async with tab.expect_navigation():
            await tab.get_by_role("button", name="Update").click()
        assert bool(await wordpress.call("get_post_meta", post, "_adserver_off", True)) is is_off
    await wordpress.call("wp_update_post", {"ID": post, "post_title": "Saved by something without the box"})
    assert await wordpress.call("get_post_meta", post, "_adserver_off", True)
    await wordpress.call("delete_option", "tests_classic_editor")


@pytest.mark.browser
async def test_widget_becomes_the_block_where_widgets_are_blocks(wordpress: WordPress, open_tab: OpenTab) -> None:
    await wordpress.call("update_option", "adserver", SET_UP)
    await wordpress.call("switch_theme", CLASSIC_THEME)
    try:
        await wordpress.call("update_option", "widget_adserver_slot", {"2": {"name": "footer", "values": "city=Muğla"}})
        await wordpress.call("update_option", "sidebars_widgets", {"sidebar-1": ["adserver_slot-2"]})
        html = await html_of(wordpress.url)
        assert '<div data-ad-slot="footer" data-kv-city="Muğla"></div></section>' in html
        assert html.count("/tag.js") == 1
        tab = await open_tab(ADMINISTRATOR)
        await tab.goto(f"{wordpress.url}/wp-admin/widgets.php")
        widget = tab.frame_locator("iframe.wp-block-legacy-widget__edit-preview-iframe")
        await expect(widget.locator("body")).to_contain_text("Ad slot: footer")
        await tab.get_by_role("button", name=INSERTER).click()
        await tab.get_by_placeholder("Search").fill("Ad slot")
        await expect(tab.get_by_role("option")).to_have_count(1)
        await tab.get_by_role("button", name=INSERTER).click()
        await tab.evaluate(AS_BLOCK)
        block = tab.get_by_role("document", name="Block: Ad slot")
        await expect(block.get_by_label("Slot")).to_have_value("footer")
        await block.get_by_label("Slot").fill("top")
        await tab.get_by_role("button", name="Update").click()
        await expect(tab.get_by_text("Widgets saved.").first).to_be_visible()
        html = await html_of(wordpress.url)
        assert '<div data-ad-slot="top" data-kv-city="Muğla"></div></section>' in html
        assert html.count("data-ad-slot") == 1
    finally:
        await wordpress.call("switch_theme", BLOCK_THEME)
        await wordpress.call("update_option", "sidebars_widgets", {})
