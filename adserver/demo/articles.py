"""The demo's news: stories from the data files, published lately whatever day it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from adserver.demo.audience import ISTANBUL
from adserver.inventory.folding import fold

_TO_ASCII = str.maketrans("çğıöşüâîû", "cgiosuaiu")


class Section(StrEnum):
    """The value stands in addresses and is the key-value `section` of the tag."""

    GUNDEM = "gundem"
    YEREL = "yerel"
    EKONOMI = "ekonomi"
    SPOR = "spor"
    YASAM = "yasam"
    KULTUR = "kultur"
    AFET = "afet"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Section.GUNDEM: "Gündem",
    Section.YEREL: "Yerel",
    Section.EKONOMI: "Ekonomi",
    Section.SPOR: "Spor",
    Section.YASAM: "Yaşam",
    Section.KULTUR: "Kültür Sanat",
    Section.AFET: "Afet",
}


@dataclass(frozen=True, slots=True)
class Story:
    """What an editor wrote. It appears each day at `at`, `days_ago` days before the newest ones."""

    id: str
    section: Section
    title: str
    spot: str
    picture: str
    alt: str
    city: str
    source: str
    tags: tuple[str, ...]
    paragraphs: tuple[str, ...]
    is_lead: bool
    days_ago: int
    at: time


@dataclass(frozen=True, slots=True)
class Article:
    """A story with the moment at which it was published, in Istanbul's time."""

    story: Story
    published: datetime

    @property
    def path(self) -> str:
        return f"/demo/haber/{slug(self.story.title)}-{self.story.id}"


@dataclass(frozen=True, slots=True)
class Edition:
    """All articles as they stand at one moment, newest first."""

    articles: Sequence[Article]

    def find(self, article_id: str) -> Article | None:
        return next((article for article in self.articles if article.story.id == article_id), None)

    def of(self, section: Section) -> list[Article]:
        return [article for article in self.articles if article.story.section is section]

    def leads(self) -> list[Article]:
        return [article for article in self.articles if article.story.is_lead]

    def related(self, article: Article, count: int) -> list[Article]:
        """The nearest others: same section first, then same province, then the newest."""
        own = article.story
        others = [other for other in self.articles if other is not article]
        others.sort(key=lambda other: (other.story.section != own.section, other.story.city != own.city))
        return others[:count]


def edition(now: datetime) -> Edition:
    """Return the news as published before `now`: the articles' times of day stay, their days follow `now`."""
    local = now.astimezone(ISTANBUL)
    articles = [Article(story, _latest(story, local)) for story in stories()]
    return Edition(sorted(articles, key=lambda article: article.published, reverse=True))


def _latest(story: Story, local: datetime) -> datetime:
    today = datetime.combine(local.date(), story.at, ISTANBUL)
    return today - timedelta(days=story.days_ago + (today > local))


@cache
def stories() -> tuple[Story, ...]:
    """Read all stories of the data files, in the order of the files' names."""
    folder = files("adserver.demo") / "data" / "articles"
    texts = [entry.read_text("utf-8") for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)]
    return tuple(_story(item) for text in texts for item in yaml.safe_load(text))


def _story(item: dict[str, Any]) -> Story:
    return Story(
        id=item["id"],
        section=Section(item["section"]),
        title=item["title"],
        spot=item["spot"],
        picture=item["picture"],
        alt=item["alt"],
        city=item["city"],
        source=item["source"],
        tags=tuple(item["tags"]),
        paragraphs=tuple(paragraph.strip() for paragraph in item["text"].split("\n\n") if paragraph.strip()),
        is_lead=item.get("lead", False),
        days_ago=item["day"],
        at=time.fromisoformat(item["time"]),
    )


def slug(text: str) -> str:
    """Return the text as it stands in an address: "Gönüllü itfaiyeciler" becomes "gonullu-itfaiyeciler"."""
    letters = fold(text).translate(_TO_ASCII)
    return "-".join("".join(letter if letter.isascii() and letter.isalnum() else " " for letter in letters).split())
