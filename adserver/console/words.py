"""A reader's language: its texts, and its way to write numbers, dates and money."""

import io
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, format_percent
from babel.support import NullTranslations, Translations

ENGLISH, TURKISH = "en", "tr"
LANGUAGES: Mapping[str, str] = {TURKISH: "Türkçe", ENGLISH: "English"}
NOTHING = "–"


class Words:
    """One language. What is None is written as a dash."""

    def __init__(self, language: str, translations: NullTranslations) -> None:
        self.language = language
        self.translations = translations
        self._locale = Locale(language)

    def text(self, message: str) -> str:
        """Return the translation of an English text."""
        return str(self.translations.ugettext(message))

    def number(self, value: int | Decimal | None) -> str:
        """1,234 or 1.234"""
        return NOTHING if value is None else format_decimal(value, locale=self._locale)

    def percent(self, ratio: float | None, decimals: int = 1) -> str:
        """12.5% or %12,5; a ratio of 1 is a hundred per cent."""
        if ratio is None:
            return NOTHING
        digits = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
        return format_percent(ratio, f"%{digits}" if self.language == TURKISH else f"{digits}%", locale=self._locale)

    def money(self, micros: int | None, currency: str | None) -> str:
        """₺45.00 or ₺45,00"""
        if micros is None or currency is None:
            return NOTHING
        # The English locale knows the sign of the lira only as TRY.
        return str(format_currency(Decimal(micros).scaleb(-6), currency, locale=self._locale)).replace("TRY", "₺")

    def day(self, day: date | None) -> str:
        """24 November 2026 or 24 Kasım 2026"""
        return NOTHING if day is None else format_date(day, "d MMMM y", locale=self._locale)

    def short_day(self, day: date) -> str:
        """24 Nov or 24 Kas"""
        return format_date(day, "d MMM", locale=self._locale)

    def month(self, day: date) -> str:
        """November 2026 or Kasım 2026"""
        return format_date(day, "MMMM y", locale=self._locale)

    def moment(self, moment: datetime | None, zone: str) -> str:
        """24 November 2026 13:05 or 24 Kasım 2026 13:05, as clocks in the zone say."""
        if moment is None:
            return NOTHING
        return format_datetime(moment, "d MMMM y HH:mm", tzinfo=ZoneInfo(zone), locale=self._locale)


@cache
def words_of(language: str) -> Words:
    """Return the language's words; English is what the texts in the code are written in."""
    return Words(language, NullTranslations() if language == ENGLISH else _read_catalogue(language))


def choose_language(asked: str | None, remembered: str | None, accepted: str) -> str:
    """Return the language asked for, or that of the cookie, or the best of an Accept-Language header, or English."""
    for language in (asked, remembered, *_by_preference(accepted)):
        if language is not None and language in LANGUAGES:
            return language
    return ENGLISH


def _read_catalogue(language: str) -> Translations:
    source = files("adserver") / "locales" / language / "LC_MESSAGES" / "adserver.po"
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source.read_bytes()), locale=language))
    compiled.seek(0)
    return Translations(compiled)


def _by_preference(accepted: str) -> list[str]:
    """Return the languages of "tr-TR,tr;q=0.9,en;q=0.8" without their regions, best first."""
    weighted = []
    for part in accepted.split(","):
        tag, _, weight = part.partition(";q=")
        weighted.append((_weight(weight), tag.strip().lower().partition("-")[0]))
    return [tag for weight, tag in sorted(weighted, key=lambda pair: -pair[0]) if weight > 0]


def _weight(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
