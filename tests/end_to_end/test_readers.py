"""The whole way: inventory from a file, a thousand readers over HTTP, and reports that equal what they sent."""

import asyncio
import json

import httpx2
import pytest

from tests.end_to_end.book import Refused
from tests.end_to_end.conftest import FRESH_SECONDS, GROUPINGS, PATIENCE, Outcome
from tests.end_to_end.paper import Paper

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0"}
FORGED = "A" * 60


@pytest.mark.parametrize("by", GROUPINGS)
async def test_every_figure_equals_what_was_sent(outcome: Outcome, by: str) -> None:
    assert outcome.reports[by] == outcome.book.report(by)


async def test_every_sort_of_figure_was_sent(outcome: Outcome) -> None:
    totals = outcome.book.report("slot")["totals"]
    assert isinstance(totals, dict)
    assert all(totals.values())
    assert {cell.campaign for cell in outcome.book.cells} == {
        None,
        "zeytin-bin",
        "zeytin-gorunen",
        "kurs-tik",
        "kurs-sabit",
        "haber-abone",
    }


async def test_campaigns_reached_only_whom_they_target(outcome: Outcome) -> None:
    cells = [cell for cell, figures in outcome.book.cells.items() if figures["requests"]]
    assert {cell.city for cell in cells if cell.campaign == "kurs-tik"} == {"Antalya", "Kahramanmaraş"}
    assert {cell.city for cell in cells if cell.campaign is None} >= {"İstanbul", "other", ""}
    assert {(cell.city, cell.device) for cell in cells if cell.campaign == "kurs-sabit"} == {("Antalya", "desktop")}
    assert {cell.city for cell in cells if cell.campaign == "haber-abone"} == {"İstanbul"}
    assert "tablet" not in {cell.device for cell in cells if cell.campaign == "zeytin-gorunen"}


async def test_every_refused_event_is_reported_with_its_reason(outcome: Outcome) -> None:
    refused = {Refused(row["kind"], row["reason"]): row["events"] for row in outcome.refused["rows"]}
    assert refused == outcome.book.refused
    assert outcome.refused["totals"] == {"events": outcome.book.refused.total()}
    assert {one.reason for one in refused} == {
        "declared_bot",
        "blank_user_agent",
        "prefetch",
        "forged",
        "duplicate",
        "repeated",
    }


async def test_article_views_equal_the_readers(outcome: Outcome) -> None:
    assert outcome.views == outcome.book.views


async def test_applying_the_export_changes_nothing(outcome: Outcome, paper: Paper) -> None:
    exported = await paper.command("export")
    file = paper.folder / "exported.yaml"
    file.write_text(exported)
    assert "nothing changes" in (await paper.command("apply", "--prune", str(file))).lower()
    assert await paper.command("export") == exported


async def test_after_a_restart_the_figures_are_the_same(outcome: Outcome, paper: Paper) -> None:
    before = await paper.report("--site", "haber", "--by", "day,slot,campaign,creative")
    assert paper.stop() == 0
    paper.start()
    assert await paper.report("--site", "haber", "--by", "day,slot,campaign,creative") == before


def ads(query: str) -> tuple[str, str, bytes]:
    return "GET", f"/v1/ads?site=other&{query}", b""


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        pytest.param("GET", "/v1/ads?site=nobody&slots=top", b"", 404, "unknown-site", id="unknown site"),
        pytest.param(*ads(""), 400, "bad-request", id="no slots"),
        pytest.param(*ads(f"slots={','.join(f's{n}' for n in range(17))}"), 400, "bad-request", id="17 slots"),
        pytest.param(*ads(f"slots=top&page={'x' * 8192}"), 400, "bad-request", id="query above 8 KB"),
        pytest.param(*ads(f"slots=top&kv.{'k' * 21}=1"), 400, "bad-request", id="long key"),
        pytest.param(*ads(f"slots=top&kv.k={'v' * 41}"), 400, "bad-request", id="long value"),
        pytest.param(*ads("slots=top&" + "&".join(f"kv.k{n}=1" for n in range(33))), 400, "bad-request", id="33 pairs"),
        pytest.param(*ads("slots=top&kv.k=%ff"), 400, "bad-request", id="not UTF-8"),
        pytest.param("POST", "/v1/events", b"x" * (16 * 1024 + 1), 400, "too-large", id="body above 16 KB"),
        pytest.param("POST", "/v1/events", b"impression A\n" * 65, 400, "bad-request", id="65 lines"),
        pytest.param("POST", "/v1/events", b"\xff\x00", 400, "bad-request", id="nothing readable"),
        pytest.param("POST", "/v1/events", b"", 400, "bad-request", id="no body"),
        pytest.param("GET", "/v1/events", b"", 405, "method", id="events by GET"),
        pytest.param("GET", f"/v1/c/{FORGED}", b"", 404, "unknown-token", id="malformed token on click"),
        pytest.param("GET", "/v1/views/nobody?article=1", b"", 404, "unknown-site", id="views of unknown site"),
        pytest.param("GET", "/v1/views/other", b"", 400, "bad-request", id="views of no article"),
        pytest.param("GET", "/v1/slots/nobody/top", b"", 404, "unknown-site", id="slot of unknown site"),
        pytest.param("GET", "/v1/slots/other/nothing", b"", 404, "unknown-slot", id="unknown slot alone"),
    ],
)
async def test_bad_input_is_answered_with_its_reason(
    outcome: Outcome, paper: Paper, method: str, path: str, body: bytes, status: int, error: str
) -> None:
    answer = await paper.ask(method, path, BROWSER, body)
    assert (answer.status, json.loads(answer.body)["error"]) == (status, error)


async def test_an_unknown_slot_beside_a_known_one_is_empty(outcome: Outcome, paper: Paper) -> None:
    answer = await paper.ask("GET", "/v1/ads?site=haber&slots=in-article,nothing", BROWSER)
    page = json.loads(answer.body)
    assert page["slots"]["in-article"]["campaign"]
    assert page["slots"]["nothing"] is None
    assert page["why"] == {"nothing": "unknown-slot"}


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [("https://www.haber.example", True), ("https://haber.example.evil.example", False), ("null", False)],
)
async def test_only_the_sites_own_pages_may_read_an_answer(
    outcome: Outcome, paper: Paper, origin: str, allowed: bool
) -> None:
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{paper.port}") as client:
        answer = await client.get("/v1/ads?site=haber&slots=nothing", headers={"origin": origin, **BROWSER})
    assert answer.headers.get("access-control-allow-origin") == (origin if allowed else None)


async def test_a_malformed_token_in_an_event_is_told_only_to_the_metrics(outcome: Outcome, paper: Paper) -> None:
    before = await forged_impressions(paper)
    answer = await paper.ask("POST", "/v1/events", BROWSER, f"impression {FORGED}".encode())
    assert answer.status == 204
    # The workers tell each other what they counted now and then.
    async with asyncio.timeout(FRESH_SECONDS * PATIENCE):
        while await forged_impressions(paper) != before + 1:
            await asyncio.sleep(0.1)


async def forged_impressions(paper: Paper) -> float:
    metrics = (await paper.ask("GET", "/metrics", {})).body.decode()
    name = 'adserver_events_total{kind="impression",outcome="forged"} '
    [line] = [line for line in metrics.splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))
