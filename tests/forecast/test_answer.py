"""What comes, and what can still be sold, from Postgres."""

from datetime import datetime, timedelta
from decimal import Decimal

import asyncpg
import pytest

from adserver.forecast.answer import Answer, answer
from adserver.forecast.question import Question, QuestionError, read_size, read_wish
from tests.forecast.conftest import FOOTER, IMPRESSIONS_AN_HOUR, TOP, add_campaign

A_DAY_IN_A_SLOT = 24 * IMPRESSIONS_AN_HOUR


def question(
    now: datetime, *wishes: str, days: int = 5, slots: tuple[str, ...] = (), sizes: tuple[str, ...] = ()
) -> Question:
    """Of the days after today."""
    first = now.date() + timedelta(days=1)
    return Question(
        first,
        first + timedelta(days=days - 1),
        "haber",
        slots,
        tuple(map(read_size, sizes)),
        tuple(map(read_wish, wishes)),
    )


async def ask(connection: asyncpg.Connection, now: datetime, *wishes: str, **more: object) -> Answer:
    return await answer(connection, question(now, *wishes, **more), now, with_bookings=True)  # type: ignore[arg-type]


def left(found: Answer) -> float:
    assert found.available is not None
    return found.available.impressions


@pytest.mark.parametrize(
    ("wishes", "more", "days_of_a_slot"),
    [
        ((), {}, 10),
        ((), {"slots": ("top",)}, 5),
        ((), {"slots": ("haber/top", "haber/footer")}, 10),
        ((), {"sizes": ("970x250",)}, 5),
        (("city=Van",), {}, 5),
        (("city=VAN", "city=Muş"), {}, 10),
        (("city!=Van",), {}, 5),
        (("city=Van", "device=mobile"), {}, 4),
        (("hours=00:00-12:00",), {}, 5),
        (("city=Ankara",), {}, 0),
    ],
    ids=[
        "all",
        "a slot",
        "slots",
        "a size",
        "a city",
        "either city",
        "not a city",
        "two dimensions",
        "hours",
        "nowhere",
    ],
)
async def test_impressions_to_come(
    paper: asyncpg.Connection, now: datetime, wishes: tuple[str, ...], more: dict[str, object], days_of_a_slot: float
) -> None:
    found = await ask(paper, now, *wishes, **more)
    assert found.expected.impressions == pytest.approx(days_of_a_slot * A_DAY_IN_A_SLOT, rel=0.01)
    assert left(found) == pytest.approx(found.expected.impressions, rel=0.01)
    assert found.expected.low <= found.expected.impressions <= found.expected.high


async def test_what_rests_on_it_is_told(paper: asyncpg.Connection, now: datetime) -> None:
    found = await ask(paper, now, "weather=açık", slots=("top",))
    assert found.slots == ("haber/top",)
    assert found.unknown == ("weather",)
    assert found.noted == 10_000
    assert found.history_weeks == pytest.approx(4, abs=0.02)
    assert found.error is not None
    assert found.error.weekly < 0.01


async def test_viewable_clicks_and_pages_follow_the_slots_own_rates(paper: asyncpg.Connection, now: datetime) -> None:
    expected = (await ask(paper, now)).expected
    assert expected.viewable / expected.impressions == pytest.approx(0.5, abs=0.01)
    assert expected.clicks / expected.impressions == pytest.approx(1 / 90, rel=0.02)
    assert expected.pages == pytest.approx(5 * 24 * 100, rel=0.01)


async def test_what_is_booked_elsewhere_takes_nothing(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "mus", now, targeting='{"city": ["Muş"]}')
    found = await ask(paper, now, "city=Van")
    assert left(found) == pytest.approx(5 * A_DAY_IN_A_SLOT, rel=0.01)
    assert found.available is not None
    assert found.available.contending == 0


async def test_what_is_booked_moves_aside_as_far_as_it_can(paper: asyncpg.Connection, now: datetime) -> None:
    # Ten days of both slots are 20 days of a slot; 12 of them are booked, 5 of which fit beside Van's first five days.
    await add_campaign(paper, "all", now, goal=("impressions", 12 * A_DAY_IN_A_SLOT))
    found = await ask(paper, now, "city=Van")
    assert left(found) == pytest.approx(5 * A_DAY_IN_A_SLOT, rel=0.02)
    assert found.available is not None
    assert found.available.booked == pytest.approx(12 * A_DAY_IN_A_SLOT)


async def test_what_cannot_move_aside_is_not_sold_twice(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(
        paper, "van", now, days=6, targeting='{"city": ["Van"]}', goal=("impressions", 4 * A_DAY_IN_A_SLOT)
    )
    found = await ask(paper, now, "city=Van")
    # Six days from now are 6 days of a slot in Van, of which the first is nearly over for who asks from tomorrow on.
    assert 2 * A_DAY_IN_A_SLOT * 0.7 < left(found) < 2.2 * A_DAY_IN_A_SLOT


async def test_delivered_impressions_are_booked_no_more(paper: asyncpg.Connection, now: datetime) -> None:
    creative = await add_campaign(
        paper, "van", now, targeting='{"city": ["Van"]}', goal=("impressions", 40 * A_DAY_IN_A_SLOT)
    )
    assert left(await ask(paper, now, "city=Van")) == pytest.approx(0, abs=1)
    await paper.execute(
        "insert into hourly (hour, slot_id, creative_id, requests, impressions) "
        "values (date_trunc('hour', $1, 'UTC'), 1, $2, $3, $3)",
        now - timedelta(hours=1), creative, 40 * A_DAY_IN_A_SLOT - 10,
    )  # fmt: skip
    assert left(await ask(paper, now, "city=Van")) > 0.99 * 5 * A_DAY_IN_A_SLOT


async def test_a_viewable_goal_needs_more_impressions_than_viewables(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(
        paper, "van", now, targeting='{"city": ["Van"]}', slots=(TOP, FOOTER), goal=("viewable", A_DAY_IN_A_SLOT)
    )
    found = await ask(paper, now, "city=Van")
    assert found.available is not None
    assert found.available.booked == pytest.approx(2 * A_DAY_IN_A_SLOT, rel=0.02)


async def test_a_sponsorship_takes_its_share_first(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "sponsor", now, tier="sponsorship", goal=("share", Decimal("0.25")), slots=(TOP,))
    assert left(await ask(paper, now, slots=("top",))) == pytest.approx(0.75 * 5 * A_DAY_IN_A_SLOT, rel=0.01)
    assert left(await ask(paper, now, slots=("footer",))) == pytest.approx(5 * A_DAY_IN_A_SLOT, rel=0.01)


async def test_standard_and_house_campaigns_give_way(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "standard", now, tier="standard", goal=("impressions", 10**9))
    await add_campaign(paper, "house", now, tier="house", goal=None)
    assert left(await ask(paper, now)) == pytest.approx(10 * A_DAY_IN_A_SLOT, rel=0.01)


async def test_overbooked_leaves_nothing_and_says_how_much_is_short(paper: asyncpg.Connection, now: datetime) -> None:
    await add_campaign(paper, "all", now, goal=("impressions", 30 * A_DAY_IN_A_SLOT))
    found = await ask(paper, now)
    assert found.available is not None
    assert found.available.impressions == pytest.approx(0, abs=1)
    assert found.available.short == pytest.approx(10 * A_DAY_IN_A_SLOT, rel=0.02)


async def test_daily_figures_stand_in_where_no_sample_is(paper: asyncpg.Connection, now: datetime) -> None:
    await paper.execute("delete from traffic")
    await paper.execute(
        "insert into daily (day, slot_id, creative_id, city, device, requests) "
        "select $1, slot, 0, city, 'mobile', 500 from unnest('{1,2}'::int[]) slot, unnest('{Van,Muş}'::text[]) city",
        now.date(),
    )
    found = await ask(paper, now, "city=Van")
    assert found.expected.impressions == pytest.approx(5 * A_DAY_IN_A_SLOT, rel=0.01)


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ({"site": "gazete"}, "there is no site 'gazete'"),
        ({"slots": ("top", "gone")}, "there is no slot 'haber/gone'; write site/slot"),
        ({"sizes": ("300x250",)}, "none of the slots takes one of the sizes"),
        ({"last": -1, "first": -3}, "is over"),
    ],
)
async def test_faults_are_told(paper: asyncpg.Connection, now: datetime, asked: dict[str, object], fault: str) -> None:
    days = {
        name: now.date() + timedelta(days=int(str(asked.pop(name, other))))
        for name, other in (("first", 1), ("last", 2))
    }
    sizes = tuple(map(read_size, asked.pop("sizes", ())))  # type: ignore[call-overload]
    wrong = Question(**{"site": "haber", "sizes": sizes, **days, **asked})  # type: ignore[arg-type]
    with pytest.raises(QuestionError, match=fault):
        await answer(paper, wrong, now, with_bookings=True)


async def test_an_empty_installation_expects_nothing(connection: asyncpg.Connection, now: datetime) -> None:
    await connection.execute(
        "insert into site (key, name, domains, timezone, language) values ('haber', 'H', '{h.example}', 'UTC', 'tr');"
        "insert into slot (site_id, name, label, sizes) values (1, 'top', '', '{728x90}')"
    )
    found = await ask(connection, now)
    assert found.expected.impressions == 0
    assert left(found) == 0
    assert found.error is None
