from tests.delivery.conftest import BROWSER, Service

MARAS = "kv.city=Kahramanmaraş"


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


async def test_a_frame_is_a_page_of_its_own(service: Service) -> None:
    response = await service.client.get("/v1/slots/haber/top?as=frame", headers=BROWSER)
    assert response.text.startswith('<!doctype html><html lang="tr">')
    assert '<base target="_blank">' in response.text


async def test_mail_shows_and_follows_the_same_creative(service: Service) -> None:
    for n in range(20):
        image = await service.client.get(f"/v1/slots/haber/top.img?n={n}", headers=BROWSER)
        link = await service.client.get(f"/v1/slots/haber/top.link?n={n}", headers=BROWSER)
        pair = (image.headers["location"], link.headers["location"])
        assert pair in {
            ("https://cdn.example/w.png", "https://zeytin.example/?a=1&b=2"),
            ("https://cdn.example/n.png", "https://zeytin.example/n"),
        }
    figures = await service.figures()
    assert (figures["impressions"], figures["clicks"]) == (20, 20)


async def test_mail_gets_a_pixel_for_an_empty_slot(service: Service) -> None:
    image = await service.client.get("/v1/slots/haber/footer.img?n=1", headers=BROWSER)
    assert (image.status_code, image.headers["content-type"]) == (200, "image/gif")
    assert (await service.client.get("/v1/slots/haber/footer.link?n=1", headers=BROWSER)).status_code == 404


async def test_what_is_unknown_is_not_found(service: Service) -> None:
    for path in ("none/top", "haber/none", "haber/top.pdf", "none.css", "haber"):
        assert (await service.client.get(f"/v1/slots/{path}", headers=BROWSER)).status_code == 404, path


async def test_the_stylesheet_reserves_every_slot(service: Service) -> None:
    response = await service.client.get("/v1/slots/haber.css")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/css; charset=utf-8"
    for slot in ("top", "in-article", "footer"):
        assert f'[data-ad-slot="{slot}"]' in response.text
