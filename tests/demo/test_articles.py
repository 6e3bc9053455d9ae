from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adserver.demo.articles import Section, edition, slug, stories
from adserver.demo.pictures import SCENES

MOMENTS = st.integers(1_767_225_600, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(now=MOMENTS)
def test_articles_are_from_the_last_five_days_newest_first(now: datetime) -> None:
    published = [article.published for article in edition(now).articles]
    assert now - timedelta(days=5) < published[-1]
    assert published[0] <= now
    assert published == sorted(published, reverse=True)


@given(now=MOMENTS)
def test_articles_move_by_a_day_and_keep_their_time_of_day(now: datetime) -> None:
    before = {article.story.id: article.published for article in edition(now).articles}
    for article in edition(now + timedelta(hours=6)).articles:
        assert article.published.timetz() == before[article.story.id].timetz()
        assert article.published - before[article.story.id] in (timedelta(0), timedelta(days=1))


def test_every_section_has_news() -> None:
    assert len(stories()) >= 18
    assert set(Counter(story.section for story in stories())) == set(Section)


@pytest.mark.parametrize("story", stories(), ids=lambda story: story.id)
def test_story_is_complete(story) -> None:
    assert len(story.paragraphs) >= 5
    assert story.picture in SCENES
    assert min(len(text) for text in (story.title, story.spot, story.alt, story.source, *story.tags)) > 1


def test_ids_are_unique() -> None:
    assert len({story.id for story in stories()}) == len(stories())


def test_related_news_are_of_the_section_then_of_the_province() -> None:
    news = edition(datetime(2026, 11, 24, 12, tzinfo=UTC))
    article = next(article for article in news.of(Section.KULTUR) if article.story.city == "Isparta")
    related = news.related(article, 4)
    assert article not in related
    assert [other.story.section for other in related[:2]] == [Section.KULTUR, Section.KULTUR]
    assert [other.story.city for other in related[2:]] == ["Isparta", "Isparta"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Gönüllü itfaiyeciler", "gonullu-itfaiyeciler"),
        ("Işık, İzmir’de ŞÇĞÜÖ!", "isik-izmir-de-scguo"),
        ("“son saat”", "son-saat"),
    ],
)
def test_slug_has_ascii_letters_only(text: str, address: str) -> None:
    assert slug(text) == address
