import re
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from adserver.console import labels
from adserver.console.words import choose_language, words_of
from adserver.counting.events import EventKind, Rejection

PACKAGE = Path(str(files("adserver")))
PLACEHOLDER = re.compile(r"%\(\w+\)s")
TR, EN = words_of("tr"), words_of("en")


@pytest.fixture(scope="module")
def messages() -> set[str]:
    """Every text that the pages mark for translation."""
    found = extract_from_dir(
        PACKAGE,
        method_map=[("console/**.py", "python"), ("templates/console/**.html", "jinja2")],
        options_map={"templates/console/**.html": {"newstyle_gettext": "true", "silent": "false"}},
        keywords={**DEFAULT_KEYWORDS, "text": None, "N_": None},
    )
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (PACKAGE / "locales" / "tr" / "LC_MESSAGES" / "adserver.po").open("rb") as source:
        return read_po(source, locale="tr", abort_invalid=True)


def test_no_text_is_untranslated(messages: set[str], catalogue: Catalog) -> None:
    translated = {message.id for message in catalogue if message.id and message.string and not message.fuzzy}
    assert len(messages) > 100
    assert messages - translated == set()


def test_no_translation_is_left_over(messages: set[str], catalogue: Catalog) -> None:
    assert {message.id for message in catalogue if message.id} - messages == set()


def test_translations_have_the_placeholders_of_their_texts(catalogue: Catalog) -> None:
    for message in catalogue:
        assert sorted(PLACEHOLDER.findall(str(message.string))) == sorted(PLACEHOLDER.findall(str(message.id)))


def test_every_refused_event_has_words() -> None:
    assert labels.REASONS.keys() == {rejection.value for rejection in Rejection}
    assert labels.EVENTS.keys() == {kind.value for kind in EventKind}


def test_turkish_is_written_as_turks_write() -> None:
    assert TR.number(1234567) == "1.234.567"
    assert TR.percent(0.125) == "%12,5"
    assert TR.percent(0.0055, 2) == "%0,55"
    assert TR.percent(0.694, 0) == "%69"
    assert TR.money(1_234_500_000, "TRY") == "₺1.234,50"
    assert TR.day(date(2026, 11, 24)) == "24 Kasım 2026"
    assert TR.short_day(date(2026, 8, 5)) == "5 Ağu"
    assert TR.month(date(2026, 12, 1)) == "Aralık 2026"
    assert TR.moment(datetime(2026, 11, 24, 21, 5, tzinfo=UTC), "Europe/Istanbul") == "25 Kasım 2026 00:05"
    assert TR.text("Log in") == "Giriş yap"


def test_english_is_written_as_the_english_write() -> None:
    assert EN.number(1234567) == "1,234,567"
    assert EN.percent(0.125) == "12.5%"
    assert EN.money(1_234_500_000, "TRY") == "₺1,234.50"
    assert EN.money(45_000_000, "EUR") == "€45.00"
    assert EN.day(date(2026, 11, 24)) == "24 November 2026"
    assert EN.text("Log in") == "Log in"


def test_what_is_unknown_is_a_dash() -> None:
    assert [TR.number(None), TR.percent(None), TR.money(None, "TRY"), TR.money(5, None), TR.day(None)] == ["–"] * 5
    assert TR.moment(None, "UTC") == "–"


@pytest.mark.parametrize(
    ("asked", "remembered", "accepted", "language"),
    [
        pytest.param("tr", "en", "en", "tr", id="asked for"),
        pytest.param(None, "tr", "en", "tr", id="remembered"),
        pytest.param("xx", "yy", "tr-TR,tr;q=0.9,en;q=0.8", "tr", id="accepted"),
        pytest.param(None, None, "tr;q=0.5,en;q=0.9", "en", id="preferred"),
        pytest.param(None, None, "tr;q=0", "en", id="refused"),
        pytest.param(None, None, "de,tr;q=nonsense", "en", id="nothing of ours"),
        pytest.param(None, None, "", "en", id="nothing said"),
    ],
)
def test_language_of_a_page(asked: str | None, remembered: str | None, accepted: str, language: str) -> None:
    assert choose_language(asked, remembered, accepted) == language
