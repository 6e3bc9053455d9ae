from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adserver.demo.audience import CITIES, pace
from adserver.demo.surroundings import DEFAULT_PROVINCE, Sky, markets, provinces, weather

MOMENTS = st.integers(1_767_225_600, 1_893_456_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def test_there_are_81_provinces() -> None:
    assert len(set(provinces())) == 81


def test_readers_live_in_provinces() -> None:
    assert set(CITIES) <= set(provinces())


@given(now=MOMENTS, name=st.sampled_from(provinces()))
def test_weather_is_one_of_a_temperate_country(now: datetime, name: str) -> None:
    found = weather(name, now)
    assert found.province == name
    assert [day.day for day in found.days] == [now.date() + timedelta(days=ahead) for ahead in range(5)]
    assert all(-30 < day.low < day.high < 50 for day in found.days)
    assert found.days[0].low <= found.temperature <= found.days[0].high


@given(now=MOMENTS, name=st.sampled_from(provinces()))
def test_it_does_not_snow_in_warm_weather(now: datetime, name: str) -> None:
    assert all(day.low < 4 for day in weather(name, now).days if day.sky is Sky.SNOW)


def test_an_alias_names_its_province_and_nonsense_the_default_one() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert weather("k.maraş", now).province == "Kahramanmaraş"
    assert weather("<script>", now).province == weather(None, now).province == DEFAULT_PROVINCE


@given(day=st.dates(date(2026, 1, 1)))
def test_markets_move_a_few_per_cent_a_day(day: date) -> None:
    assert [market.name for market in markets(day)] == ["Dolar", "Euro", "Gram altın", "BİST 100"]
    assert all(abs(market.change) < 0.05 for market in markets(day))


@given(moment=MOMENTS)
def test_pace_is_a_share_of_the_peak(moment: datetime) -> None:
    assert 0 < pace(moment) <= 1
