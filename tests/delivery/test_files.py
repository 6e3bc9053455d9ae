from adserver.delivery.assets import ASSET_BYTES_KEPT, AssetCache
from adserver.inventory.images import Asset
from tests.delivery.conftest import Service


async def test_the_tag_is_cached_and_packed(service: Service) -> None:
    response = await service.client.get("/tag.js", headers={"accept-encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    assert "max-age=3600" in response.headers["cache-control"]
    plain = await service.client.get("/tag.js", headers={"accept-encoding": "identity"})
    assert response.content == plain.content
    again = await service.client.get("/tag.js", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_an_image_is_served_under_the_hash_of_its_content(service: Service) -> None:
    name = "0" * 32 + ".png"
    assert (await service.client.get(f"/a/{name}")).status_code == 404
    await service.connection.execute("insert into asset values ($1, 'image/png', 1, 1, $2)", name, b"image")
    response = await service.client.get(f"/a/{name}")
    assert (response.status_code, response.content) == (200, b"image")
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["x-content-type-options"] == "nosniff"


async def test_ads_txt_is_the_sites(service: Service) -> None:
    response = await service.client.get("/ads.txt", headers={"host": "www.haber.example"})
    assert response.text == "ads.example, 1, DIRECT\n"


def test_images_make_room_for_newer_ones() -> None:
    cache = AssetCache()
    third = bytes(ASSET_BYTES_KEPT // 3 + 1)
    for name in "abc":
        cache.put(Asset(name, "image/png", 1, 1, third))
        cache.get("a")
    assert [name for name in "abc" if cache.get(name)] == ["a", "c"]


async def test_parts_of_the_tag_are_modules_any_page_may_load(service: Service) -> None:
    response = await service.client.get("/tag.js?part=place")
    assert response.headers["access-control-allow-origin"] == "*"
    assert "\nlet " in response.text
    assert (await service.client.get("/tag.js?part=x")).status_code == 404
