from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adserver.counting.counter import AnyCounter, Counter, ViewCounter
from adserver.counting.events import Metric
from adserver.decision.build import build_index
from adserver.decision.index import DecisionIndex
from adserver.demo.articles import edition
from adserver.demo.history import DAYS, days, readings_of
from adserver.inventory.model import (
    AdvertiserId,
    AnyOf,
    Campaign,
    CampaignId,
    Creative,
    CreativeId,
    CreativeKind,
    Inventory,
    Site,
    SiteId,
    Size,
    Slot,
    SlotId,
    Tier,
)

NOW = datetime(2026, 11, 24, 17, 20, tzinfo=UTC)
SITE = Site(SiteId(1), "demo-haber", "Demo", ("localhost",), "Europe/Istanbul", "tr")
SLOTS = [
    Slot(SlotId(number), SITE.id, name, "REKLAM", (Size(300, 250),))
    for number, name in enumerate(("top", "in-article", "footer"), 1)
]
MOMENTS = st.integers(1_767_225_600, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def campaign(number: int, slots: tuple[Slot, ...], **more) -> Campaign:
    creative = Creative(
        CreativeId(number), CampaignId(number), "c", CreativeKind.IMAGE, Size(300, 250), "https://x.example"
    )
    ids = tuple(slot.id for slot in slots)
    return Campaign(CampaignId(number), AdvertiserId(1), f"c{number}", "C", Tier.STANDARD, ids, (creative,), **more)


@pytest.fixture(scope="module")
def index() -> DecisionIndex:
    campaigns = [
        campaign(1, (SLOTS[0],)),
        campaign(2, (SLOTS[1],), targeting={"city": AnyOf(("Mersin",))}),
        campaign(3, (SLOTS[0],), starts=NOW - timedelta(days=3)),
    ]
    return build_index(Inventory([SITE], SLOTS, [], campaigns, {}))


def first_days(index: DecisionIndex, now: datetime, count: int) -> list[dict[AnyCounter, int]]:
    return list(islice(days(index, SITE, readings_of(edition(now).articles, now), now), count))


def sums(counts: Mapping[AnyCounter, int]) -> dict[tuple, dict[str, int]]:
    """Net sums by all that a counter names but its metric."""
    found: dict[tuple, dict[str, int]] = defaultdict(lambda: dict.fromkeys(Metric, 0))
    for counter, amount in counts.items():
        if isinstance(counter, Counter) and counter.rejection is None:
            found[counter._replace(metric=Metric.REQUEST)][counter.metric] += amount
    return found


@settings(max_examples=15)
@given(now=MOMENTS)
def test_figures_fit_together(index: DecisionIndex, now: datetime) -> None:
    (counts,) = first_days(index, now, 1)
    assert all(amount >= 0 for amount in counts.values())
    for figures in sums(counts).values():
        assert figures[Metric.IMPRESSION] <= figures[Metric.REQUEST] - figures[Metric.UNFILLED]
        assert figures[Metric.VIEWABLE] <= figures[Metric.IMPRESSION]
        assert figures[Metric.CLICK] <= figures[Metric.IMPRESSION]


@settings(max_examples=3)
@given(now=MOMENTS)
def test_the_past_is_30_days_and_ends_before_the_current_hour(index: DecisionIndex, now: datetime) -> None:
    *_, last = every = first_days(index, now, DAYS + 1)
    assert len(every) == DAYS
    current = int(now.timestamp()) // 3600
    hours = {counter.hour for counts in every for counter in counts}
    assert max(hours, default=0) < current
    assert min(hours) > current - 24 * DAYS - 1
    assert all(counter.hour > current - 25 for counter in last)


def test_the_past_is_the_same_every_time(index: DecisionIndex) -> None:
    assert first_days(index, NOW, 2) == first_days(index, NOW, 2)


def test_campaigns_keep_to_their_targeting_and_dates(index: DecisionIndex) -> None:
    every = first_days(index, NOW, DAYS)
    shown = [counter for counts in every for counter in counts if isinstance(counter, Counter)]
    assert {counter.city for counter in shown if counter.creative_id == 2} == {"Mersin"}
    begins = int((NOW - timedelta(days=3)).timestamp()) // 3600
    assert min(counter.hour for counter in shown if counter.creative_id == 3) >= begins


def test_viewability_and_clicks_are_those_of_a_news_site(index: DecisionIndex) -> None:
    totals = dict.fromkeys(Metric, 0)
    for counts in first_days(index, NOW, 7):
        for figures in sums(counts).values():
            totals = {metric: totals[metric] + figures[metric] for metric in Metric}
    assert 0.55 < totals[Metric.VIEWABLE] / totals[Metric.IMPRESSION] < 0.75
    assert 0.001 < totals[Metric.CLICK] / totals[Metric.IMPRESSION] < 0.01


def test_evenings_are_busier_than_nights_and_weekends_calmer(index: DecisionIndex) -> None:
    requests: dict[datetime, int] = defaultdict(int)
    for counts in first_days(index, NOW, 14):
        for counter, amount in counts.items():
            if isinstance(counter, Counter) and counter.metric is Metric.REQUEST and counter.slot_id == 1:
                requests[datetime.fromtimestamp(counter.hour * 3600 + 3 * 3600, UTC)] += amount
    by_hour = [sum(n for hour, n in requests.items() if hour.hour == wanted) for wanted in range(24)]
    assert by_hour[21] > 8 * by_hour[4]
    workdays = sum(n for hour, n in requests.items() if hour.weekday() < 5) / 10
    weekends = sum(n for hour, n in requests.items() if hour.weekday() >= 5) / 4
    assert weekends < 0.9 * workdays


def test_events_are_refused_for_several_reasons(index: DecisionIndex) -> None:
    reasons = {c.rejection for counts in first_days(index, NOW, 3) for c in counts if isinstance(c, Counter)}
    assert len(reasons - {None}) >= 4


def test_articles_are_read_only_once_they_are_out(index: DecisionIndex) -> None:
    news = edition(NOW).articles
    published = {article.story.id: article.published for article in news}
    views = [
        counter for counts in first_days(index, NOW, DAYS) for counter in counts if isinstance(counter, ViewCounter)
    ]
    for view in views:
        assert view.article not in published or view.hour * 3600 >= published[view.article].timestamp() - 3600
    since_long = {article for article, moment in published.items() if NOW - moment > timedelta(hours=2)}
    assert since_long <= {view.article for view in views}
