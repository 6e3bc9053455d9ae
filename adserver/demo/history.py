"""The demo's past: 30 days of figures as if readers had come, made of chance that is the same every time.

Each hour some readers ask our own decision for ads; each of them stands for many. So the past obeys tiers, targeting
and dates as the present does.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import NamedTuple

from adserver.counting.counter import SECONDS_AN_HOUR, AnyCounter, Counter, ViewCounter
from adserver.counting.events import Metric, Rejection
from adserver.counting.ledger import ArticleReaders
from adserver.decision.choose import decide
from adserver.decision.index import DecisionIndex
from adserver.decision.request import AdRequest, Decision
from adserver.demo.articles import Article, Section
from adserver.demo.audience import (
    ARTICLE_SHARE,
    ISTANBUL,
    PEAK_PAGES_A_MINUTE,
    VIEWPORTS,
    Reader,
    draw_reader,
    pace,
    pick,
    whole,
)
from adserver.demo.surroundings import weather
from adserver.inventory.model import CreativeId, Site

DAYS = 30
READERS_AN_HOUR = 10
FORGOTTEN_HOURS = 11.0
"""After so long an article is read a third as often as when it was new."""

_SECTIONS = {
    "anasayfa": 22,
    Section.GUNDEM: 22,
    Section.YEREL: 17,
    Section.SPOR: 13,
    Section.EKONOMI: 10,
    Section.YASAM: 9,
    Section.KULTUR: 5,
    Section.AFET: 2,
}
_REFUSED = {
    Rejection.DECLARED_BOT: 55,
    Rejection.DUPLICATE: 26,
    Rejection.EXPIRED: 11,
    Rejection.PREFETCH: 6,
    Rejection.BLANK_USER_AGENT: 2,
}
_REFUSED_SHARE = 0.021


class Habit(NamedTuple):
    """What becomes of the ads in a slot: the share that is rendered, and of these the share that is viewable."""

    rendered: float
    viewable: float


# The lower on the page, the fewer readers come near enough for the picture to load.
_HABITS = {"top": Habit(0.96, 0.66), "in-article": Habit(0.83, 0.73), "footer": Habit(0.52, 0.58)}


class Reading(NamedTuple):
    """An article that is read, from its publication on."""

    article: str
    published: datetime


def days(
    index: DecisionIndex, site: Site, readings: Sequence[Reading], now: datetime
) -> Iterator[dict[AnyCounter, int]]:
    """Yield the counts of each day before `now`, oldest first; the hour that `now` is in has none."""
    midnight = now.astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
    for ago in range(DAYS - 1, -1, -1):
        start = midnight - timedelta(days=ago)
        hours = (start + timedelta(hours=hour) for hour in range(24))
        counts: dict[AnyCounter, int] = defaultdict(int)
        for hour in hours:
            if hour + timedelta(hours=1) <= now:
                _add_hour(counts, index, site, readings, hour)
        yield counts


def readings_of(articles: Sequence[Article], now: datetime) -> list[Reading]:
    """Return the articles of the site and those of the weeks before, which it no longer shows."""
    oldest = min(article.published for article in articles)
    archived = [
        Reading(str(2398 - number), oldest - timedelta(hours=5 * number + 6))
        for number in range(int((oldest - now + timedelta(days=DAYS)) / timedelta(hours=5)))
    ]
    return [*(Reading(article.story.id, article.published) for article in articles), *archived]


def _add_hour(
    counts: dict[AnyCounter, int], index: DecisionIndex, site: Site, readings: Sequence[Reading], hour: datetime
) -> None:
    draw = Random(hour.astimezone(UTC).isoformat())
    pages = PEAK_PAGES_A_MINUTE * 60 * pace(hour) * draw.uniform(0.92, 1.08)
    for _ in range(READERS_AN_HOUR):
        _add_page(counts, index, site, hour, draw, whole(draw, pages / READERS_AN_HOUR))
    _add_views(counts, site, readings, hour, draw, pages * ARTICLE_SHARE)


def _add_page(
    counts: dict[AnyCounter, int], index: DecisionIndex, site: Site, hour: datetime, draw: Random, pages: int
) -> None:
    """Decide once for a reader's page and count it as if it had been read `pages` times."""
    reader, section = draw_reader(draw), pick(draw, _SECTIONS)
    moment = hour + timedelta(minutes=draw.randrange(60))
    slots = ("top", "footer") if section == "anasayfa" else ("top", "in-article", "footer")
    request = AdRequest(site, slots, _attributes(reader, section, moment), moment, VIEWPORTS[reader.device])
    for decision in decide(index, request, draw.random):
        _add_decision(counts, decision, reader, hour, draw, pages)


def _attributes(reader: Reader, section: str, moment: datetime) -> Mapping[str, tuple[str, ...]]:
    outside = weather(reader.city, moment, days=1)
    return {
        "city": (reader.city,),
        "device": (reader.device,),
        "section": (section,),
        "weather": (outside.sky,),
        "temperature": (str(outside.temperature),),
    }


def _add_decision(
    counts: dict[AnyCounter, int], decision: Decision, reader: Reader, hour: datetime, draw: Random, pages: int
) -> None:
    if decision.slot is None:
        return
    creative = decision.creative.id if decision.creative else CreativeId(0)
    counter = Counter(_unix_hour(hour), decision.slot.id, creative, Metric.REQUEST, None, reader.city, reader.device)
    counts[counter] += pages
    if decision.creative is None:
        counts[counter._replace(metric=Metric.UNFILLED)] += pages
        return
    habit = _HABITS[decision.name]
    impressions = min(pages, whole(draw, pages * habit.rendered * draw.uniform(0.95, 1.04)))
    viewable = min(impressions, whole(draw, impressions * habit.viewable * draw.uniform(0.93, 1.07)))
    clicks = min(impressions, whole(draw, impressions * click_rate(creative) * draw.uniform(0.6, 1.4)))
    for metric, amount in ((Metric.IMPRESSION, impressions), (Metric.VIEWABLE, viewable), (Metric.CLICK, clicks)):
        counts[counter._replace(metric=metric)] += amount
    refused = counter._replace(metric=Metric.IMPRESSION, rejection=pick(draw, _REFUSED))
    counts[refused] += whole(draw, pages * _REFUSED_SHARE)


def click_rate(creative: CreativeId) -> float:
    """Return a creative's own click-through rate: from 0.15 % to 0.75 %."""
    return 0.0015 + 0.006 * Random(creative).random() ** 2


def _add_views(
    counts: dict[AnyCounter, int], site: Site, readings: Sequence[Reading], hour: datetime, draw: Random, pages: float
) -> None:
    """Share the hour's article pages among the articles out by then: the newer, the more."""
    interest = {reading.article: _interest(reading, hour) for reading in readings if reading.published <= hour}
    total = sum(interest.values())
    for article, share in interest.items():
        if views := whole(draw, pages * share / total):
            counts[ViewCounter(_unix_hour(hour), site.id, article)] += views


def readers_of(counts: Mapping[AnyCounter, int]) -> list[ArticleReaders]:
    """Return how many readers the views of a day's counts stand for: some read an article more than once."""
    views: dict[tuple[date, int, str], int] = defaultdict(int)
    for counter, amount in counts.items():
        if isinstance(counter, ViewCounter) and counter.rejection is None:
            moment = datetime.fromtimestamp(counter.hour * SECONDS_AN_HOUR, ISTANBUL)
            views[moment.date(), counter.site_id, counter.article] += amount
    return [
        ArticleReaders(*article, math.ceil(amount / (1.04 + 0.1 * Random(article[2]).random())))
        for article, amount in views.items()
    ]


def _interest(reading: Reading, hour: datetime) -> float:
    age = (hour - reading.published) / timedelta(hours=1)
    return (0.25 + Random(reading.article).random() ** 2) * math.exp(-age / FORGOTTEN_HOURS)


def _unix_hour(hour: datetime) -> int:
    return int(hour.timestamp()) // SECONDS_AN_HOUR
