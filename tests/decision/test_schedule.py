from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.decision.examples import NOW, SITE, any_of, ask, campaign, creative, index_of, shown

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("start_at", [-2, 0, 1], ids=["before", "between", "after"])
def test_campaign_runs_from_its_start_until_its_end(start_at: int) -> None:
    index = index_of(campaign(1, starts=NOW, ends=NOW + SECOND))
    shown(index, ask(now=NOW + start_at * SECOND))  # whatever was kept from another moment must not be used
    moments = [NOW - SECOND / 1000, NOW, NOW + SECOND * 0.999, NOW + SECOND, NOW - SECOND]
    assert [shown(index, ask(now=now)) == ["k1"] for now in moments] == [False, True, True, False, False]


def test_campaign_without_dates_always_runs() -> None:
    index = index_of(campaign(1), campaign(2, starts=NOW, ends=NOW + SECOND))
    assert [shown(index, ask(now=NOW + step * SECOND))[0] for step in (-1, 0, 1)] == ["k1", "k1", "k1"]


def test_dates_in_other_zones_are_the_same_instants() -> None:
    istanbul = datetime.fromisoformat("2026-11-24T12:30:00+03:00")
    index = index_of(campaign(1, starts=istanbul))
    assert [shown(index, ask(now=now)) for now in (NOW - SECOND, NOW)] == [["no-candidates"], ["k1"]]


def test_hours_follow_changes_of_the_clocks() -> None:
    berlin = replace(SITE, timezone="Europe/Berlin")
    index = index_of(campaign(1, targeting={"hours": any_of("sun 03:00-04:00")}), site=berlin)
    spring = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)  # a second later it is 03:00 instead of 02:00
    moments = [spring, spring + SECOND, spring + timedelta(hours=1), spring + timedelta(hours=1, seconds=1)]
    assert [shown(index, ask(now=now)) == ["k1"] for now in moments] == [False, True, True, False]


def test_hour_that_the_clocks_repeat_holds_twice() -> None:
    berlin = replace(SITE, timezone="Europe/Berlin")
    index = index_of(campaign(1, targeting={"hours": any_of("sun 02:00-03:00")}), site=berlin)
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 in summer time; an hour later it is 02:00 again
    moments = [autumn - SECOND, autumn, autumn + timedelta(hours=2) - SECOND, autumn + timedelta(hours=2)]
    assert [shown(index, ask(now=now)) == ["k1"] for now in moments] == [False, True, True, False]


def test_hour_that_the_clocks_leave_out_never_holds() -> None:
    berlin = replace(SITE, timezone="Europe/Berlin")
    index = index_of(campaign(1, targeting={"hours": any_of("sun 02:00-03:00")}), site=berlin)
    spring = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    night = [spring + timedelta(minutes=15 * step) for step in range(12)]
    assert {shown(index, ask(now=now))[0] for now in night} == {"no-candidates"}


def test_creatives_hours_follow_changes_of_the_clocks() -> None:
    berlin = replace(SITE, timezone="Europe/Berlin")
    index = index_of(campaign(1, creatives=[creative(10, hours=("sun 03:00-04:00",))]), site=berlin)
    spring = datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)
    assert [shown(index, ask(now=now)) == ["k1"] for now in (spring, spring + SECOND)] == [False, True]


def test_dates_and_hours_must_both_hold() -> None:
    hours = {"hours": any_of("tue 12:30-12:32")}
    index = index_of(campaign(1, starts=NOW + 30 * SECOND, ends=NOW + 90 * SECOND, targeting=hours))
    moments = [NOW + step * SECOND for step in (0, 29, 30, 59, 60, 89, 90, 120)]
    running = [False, False, True, True, True, True, False, False]
    assert [shown(index, ask(now=now)) == ["k1"] for now in moments] == running
    assert [shown(index, ask(now=now)) == ["k1"] for now in reversed(moments)] == running[::-1]
