from adserver.delivery.http import NO_STORE
from adserver.delivery.mail import seeded_draw
from tests.delivery.conftest import BROWSER, PHONE, Service

MARAS = "kv.city=Kahramanmaraş"
GMAIL = {"user-agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"}
CREATIVES = {
    "https://cdn.example/w.png": "https://zeytin.example/?a=1&b=2",
    "https://cdn.example/n.png": "https://zeytin.example/n",
}


async def test_an_include_gets_a_label_the_ad_and_its_pixel(service: Service) -> None:
    response = await service.client.get("/v1/slots/haber/top?w=400", headers=BROWSER)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert '<div class="adserver-label">REKLAM ALANI</div>' in response.text
    assert 'src="https://cdn.example/n.png" width="320" height="100" alt="Zeytin"' in response.text
    pixel = response.text.split('<img src="http://ads.example/v1/i/')[1].split('"')[0]
    await service.client.get(f"/v1/i/{pixel}", headers=BROWSER)
    assert (await service.figures())["impressions"] == 1


async def test_an_html_creative_is_included_in_a_sandbox(service: Service) -> None:
    response = await service.client.get(f"/v1/slots/haber/in-article?{MARAS}", headers=BROWSER)
    assert '<iframe sandbox="allow-scripts ' in response.text
    assert "allow-same-origin" not in response.text
    assert 'srcdoc="&lt;a href=&#x27;http://ads.example/v1/c/' in response.text


async def test_an_empty_slot_is_an_empty_page(service: Service) -> None:
    response = await service.client.get("/v1/slots/haber/footer", headers=BROWSER)
    assert (response.status_code, response.content) == (200, b"")


async def test_a_frame_is_a_page_of_its_own_that_reports_when_it_was_viewable(service: Service) -> None:
    response = await service.client.get("/v1/slots/haber/top?as=frame", headers=BROWSER)
    assert response.text.startswith('<!doctype html><html lang="tr">')
    assert '<base target="_blank">' in response.text
    assert 'data-to="http://ads.example/v1/events"' in response.text
    token = response.text.split('data-token="')[1].split('"')[0]
    assert f"/v1/i/{token}.gif" in response.text


async def test_an_empty_frame_is_an_empty_page(service: Service) -> None:
    response = await service.client.get("/v1/slots/haber/footer?as=frame", headers=BROWSER)
    assert (response.status_code, response.content) == (200, b"")


async def test_nothing_of_a_slot_is_kept_by_a_cache(service: Service) -> None:
    for form in ("", "?as=frame", ".img", ".link"):
        response = await service.client.get(f"/v1/slots/haber/top{form}", headers=BROWSER)
        assert response.headers["cache-control"] == NO_STORE[1].decode(), form
        assert response.headers["x-robots-tag"] == "noindex, nofollow", form


async def test_mail_shows_and_follows_the_same_creative(service: Service) -> None:
    for n in range(20):
        image = await service.client.get(f"/v1/slots/haber/top.img?n={n}", headers=GMAIL)
        link = await service.client.get(f"/v1/slots/haber/top.link?n={n}", headers=PHONE)
        assert link.headers["location"] == CREATIVES[image.headers["location"]]
    assert await service.figures() == {"requests": 20, "impressions": 20, "clicks": 20, "spend_micros": 900_000}


async def test_mails_differ_by_n_and_one_without_agrees_with_itself(service: Service) -> None:
    images = [await service.client.get(f"/v1/slots/haber/top.img?n={n}", headers=BROWSER) for n in range(20)]
    assert {image.headers["location"] for image in images} == CREATIVES.keys()
    image = await service.client.get("/v1/slots/haber/top.img", headers=BROWSER)
    link = await service.client.get("/v1/slots/haber/top.link", headers=BROWSER)
    assert link.headers["location"] == CREATIVES[image.headers["location"]]


async def test_mail_keeps_to_its_width(service: Service) -> None:
    for n in range(10):
        image = await service.client.get(f"/v1/slots/haber/top.img?n={n}&w=400", headers=BROWSER)
        assert image.headers["location"] == "https://cdn.example/n.png"


async def test_click_in_a_mail_is_not_one_without_its_impression(service: Service) -> None:
    await service.client.get("/v1/slots/haber/top.link?n=1", headers=BROWSER)
    await service.figures()
    assert await service.connection.fetchval("select sum(unseen_clicks)::int from hourly") == 0


async def test_looking_at_an_address_without_its_body_counts_nothing(service: Service) -> None:
    for form in ("img", "link"):
        await service.client.head(f"/v1/slots/haber/top.{form}?n=1", headers=BROWSER)
    assert await service.figures() == {}


async def test_robots_see_the_image_of_a_mail_and_are_not_counted(service: Service) -> None:
    image = await service.client.get("/v1/slots/haber/top.img?n=1", headers={"user-agent": "Googlebot/2.1"})
    assert image.status_code == 302
    assert "impressions" not in await service.figures()
    assert await service.refused() == {("impression", "declared_bot"): 1}


async def test_mail_gets_a_pixel_for_an_empty_slot(service: Service) -> None:
    image = await service.client.get("/v1/slots/haber/footer.img?n=1", headers=BROWSER)
    assert (image.status_code, image.headers["content-type"]) == (200, "image/gif")
    assert await service.figures() == {"requests": 1, "unfilled": 1}


async def test_click_on_an_empty_slot_leads_to_the_site(service: Service) -> None:
    link = await service.client.get("/v1/slots/haber/footer.link?n=1", headers=BROWSER)
    assert (link.status_code, link.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Bu reklam artık yayında değil." in link.text
    assert '<a href="https://haber.example/">Siteye git</a>' in link.text
    assert await service.figures() == {}


async def test_html_creative_is_no_image_for_a_mail(service: Service) -> None:
    image = await service.client.get(f"/v1/slots/haber/in-article.img?{MARAS}", headers=BROWSER)
    link = await service.client.get(f"/v1/slots/haber/in-article.link?{MARAS}", headers=BROWSER)
    assert (image.headers["content-type"], link.status_code) == ("image/gif", 404)


def test_small_change_of_a_weight_moves_few_mails_to_another_creative() -> None:
    moved = [n for n in range(1000) if (seeded_draw(f"{n}")() * 100 < 50) != (seeded_draw(f"{n}")() * 102 < 50)]
    assert len(moved) < 25


async def test_before_the_first_inventory_a_slot_is_to_be_asked_for_again(service: Service) -> None:
    service.context.snapshot = None
    for path in ("haber/top", "haber/top.img", "haber.css", "none.css"):
        response = await service.client.get(f"/v1/slots/{path}", headers=BROWSER)
        assert (response.status_code, response.headers["retry-after"]) == (503, "2"), path


async def test_what_is_unknown_is_not_found(service: Service) -> None:
    for path in ("none/top", "haber/none", "haber/none.img", "haber/none.link", "haber/top.pdf", "none.css", "haber"):
        assert (await service.client.get(f"/v1/slots/{path}", headers=BROWSER)).status_code == 404, path


async def test_the_stylesheet_reserves_every_slot(service: Service) -> None:
    response = await service.client.get("/v1/slots/haber.css")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    for slot in ("top", "in-article", "footer"):
        assert f'[data-ad-slot="{slot}"]' in response.text
