"""Ad requests are sampled as they come in."""

import httpx2

from tests.delivery.conftest import PHONE, Service


async def test_a_page_is_noted_with_what_campaigns_can_target(service: Service) -> None:
    await service.ads("top,footer", headers=PHONE, **{"kv.city": "K.Maraş", "kv.user": "u-1", "w": "400"})
    assert service.context.traffic.take() == {}  # once is too rare for anybody to hear of
    for _ in range(5):
        await service.ads("top,footer", headers=PHONE, **{"kv.city": "K.Maraş", "kv.user": "u-1", "w": "400"})
    [(kind, amount)] = service.context.traffic.take().items()
    assert len(kind.slots) == 2
    assert kind.max_width == 320
    assert dict(kind.attributes) == {"city": ("kahramanmaraş",), "device": ("mobile",), "section": ()}
    assert amount.noted == 6


async def test_slots_that_differ_are_noted_apart(service: Service) -> None:
    own = {"kv.city": "Antalya", "footer.kv.city": "K.Maraş"}
    for _ in range(5):
        await service.ads("top,footer,in-article,top~2", **own)
    noted = [
        (len(kind.slots), dict(kind.attributes)["city"], amount.noted)
        for kind, amount in service.context.traffic.take().items()
    ]
    assert sorted(noted) == [(1, ("antalya",), 5), (1, ("kahramanmaraş",), 5), (2, ("antalya",), 5)]


async def test_a_slot_for_includes_is_noted_too(service: Service) -> None:
    for _ in range(5):
        answer: httpx2.Response = await service.client.get("/v1/slots/haber/footer")
        assert answer.status_code == 200
    assert [len(kind.slots) for kind in service.context.traffic.take()] == [1]
