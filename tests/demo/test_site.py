import re
from xml.etree import ElementTree

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from adserver.demo.articles import Section, stories
from adserver.demo.brands import brands
from adserver.demo.pictures import SCENES
from adserver.demo.site import routes
from adserver.demo.surroundings import provinces
from adserver.demo.visit import read_page

SLOTS = ["top", "in-article", "footer"]


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(Starlette(routes=routes()), base_url="http://localhost")


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.id)
def test_article_has_its_text_its_slots_and_its_views(client: TestClient, story) -> None:
    answer = client.get(f"/demo/haber/x-{story.id}")
    assert answer.status_code == 200
    assert all(text in answer.text for text in (story.title, story.spot, story.source, *story.paragraphs))
    assert "data-article-views" in answer.text
    page = read_page(answer.text)
    assert page.slots == SLOTS
    assert page.tag["data-article"] == story.id
    assert page.tag["data-kv-section"] == story.section.value


def test_in_article_slot_follows_the_second_paragraph(client: TestClient) -> None:
    html = client.get("/demo/haber/x-2417").text
    paragraphs = next(story.paragraphs for story in stories() if story.id == "2417")
    assert html.index(paragraphs[1]) < html.index('data-ad-slot="in-article"') < html.index(paragraphs[2])


@pytest.mark.parametrize("name", provinces())
def test_chosen_province_reaches_the_tag_and_every_link(client: TestClient, name: str) -> None:
    html = client.get("/demo/", params={"il": name}).text
    assert read_page(html).tag["data-kv-city"] == name
    assert re.search(rf"<option selected>{name}</option>", html)
    links = re.findall(r'<a [^>]*href="(/demo/[^"]*)"', html)
    assert all("?il=" in link for link in links)


def test_weather_and_temperature_reach_the_tag(client: TestClient) -> None:
    tag = read_page(client.get("/demo/?il=Rize").text).tag
    assert tag["data-kv-weather"] in ("açık", "parçalı bulutlu", "bulutlu", "yağmurlu", "karlı")
    assert re.fullmatch(r"-?\d+", tag["data-kv-temperature"])


@pytest.mark.parametrize("section", Section)
def test_section_lists_its_articles(client: TestClient, section: Section) -> None:
    html = client.get(f"/demo/{section}").text
    assert all(story.title in html for story in stories() if story.section is section)


def test_home_page_has_all_sections_and_no_slot_of_articles(client: TestClient) -> None:
    html = client.get("/demo/").text
    assert read_page(html).slots == ["top", "footer"]
    assert all(story.title in html for story in stories())


@pytest.mark.parametrize("path", ["/demo/yok", "/demo/a/b/c", "/demo/haber/x-1", "/demo/reklam/x", "/demo/resim/x.svg"])
def test_unknown_address_is_the_404_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Aradığınız sayfa bulunamadı" in answer.text


def test_other_spelling_leads_to_the_articles_address(client: TestClient) -> None:
    answer = client.get("/demo/haber/eski-baslik-2417?il=Rize", follow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["location"] == (
        "http://localhost/demo/haber/narenciyede-hasat-basladi-bahcelerde-sabah-mesaisi-2417?il=Rize"
    )


@pytest.mark.parametrize("key", brands())
def test_advertiser_has_a_page(client: TestClient, key: str) -> None:
    assert brands()[key].about in client.get(f"/demo/reklam/{key}").text


@pytest.mark.parametrize("name", SCENES)
def test_picture_is_well_formed(client: TestClient, name: str) -> None:
    answer = client.get(f"/demo/resim/{name}.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(answer.text).tag == "{http://www.w3.org/2000/svg}svg"
    assert len(answer.content) < 80_000


@pytest.mark.parametrize("path", ["/demo/", "/demo/spor", "/demo/haber/x-2417", "/demo/reklam/zeytin", "/demo/yok"])
def test_page_is_turkish_and_loads_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    html = client.get(path).text
    assert '<html lang="tr">' in html
    sources = re.findall(r'(?:src|<link[^>]* href)="([^"]+)"', html)
    canonical = "http://localhost/demo/"
    assert all(source.startswith(("/", "data:,", canonical)) for source in sources)
    assert not re.search(r"<img(?![^>]*\balt=)", html)


def test_pages_set_no_cookie(client: TestClient) -> None:
    assert "set-cookie" not in client.get("/demo/?il=Rize").headers


@pytest.mark.parametrize("name", ["site.css", "site.js", "icon.svg"])
def test_static_file_is_served(client: TestClient, name: str) -> None:
    assert client.get(f"/demo/static/{name}").status_code == 200
