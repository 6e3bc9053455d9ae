from datetime import UTC, datetime, timedelta

import pytest

from adserver.reporting.delivery import CampaignState, Pace, campaign_state, delivery_indicator, pace, time_share

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("starts", "ends", "is_paused", "state"),
    [
        pytest.param(None, None, False, CampaignState.RUNNING, id="open"),
        pytest.param(NOW, NOW + HOUR, False, CampaignState.RUNNING, id="first moment"),
        pytest.param(NOW - HOUR, NOW, False, CampaignState.ENDED, id="the end is exclusive"),
        pytest.param(NOW + HOUR, None, False, CampaignState.SCHEDULED, id="to come"),
        pytest.param(NOW + HOUR, None, True, CampaignState.PAUSED, id="paused before its start"),
        pytest.param(None, NOW - HOUR, True, CampaignState.ENDED, id="paused and over"),
    ],
)
def test_state_of_a_campaign(
    starts: datetime | None, ends: datetime | None, is_paused: bool, state: CampaignState
) -> None:
    assert campaign_state(starts, ends, NOW, is_paused=is_paused) == state


def test_time_over_stays_between_nothing_and_all() -> None:
    assert time_share(NOW + HOUR, NOW + 2 * HOUR, NOW) == 0
    assert time_share(NOW - HOUR, NOW + 3 * HOUR, NOW) == 0.25
    assert time_share(NOW - 2 * HOUR, NOW - HOUR, NOW) == 1


def test_time_over_of_an_open_campaign_is_unknown() -> None:
    assert time_share(None, NOW, NOW) is None


def test_delivery_indicator_is_goal_share_to_time_share() -> None:
    assert delivery_indicator(delivered=300, goal=1000, elapsed=0.25) == 1.2


@pytest.mark.parametrize(
    ("delivered", "elapsed", "expected"),
    [
        (440, 0.5, Pace.BEHIND),
        (460, 0.5, Pace.ON_TRACK),
        (560, 0.5, Pace.AHEAD),
        (1000, 0.5, Pace.REACHED),
        (0, 0.0, None),
        (5, None, None),
    ],
)
def test_pace_in_a_word(delivered: int, elapsed: float | None, expected: Pace | None) -> None:
    assert pace(delivered, 1000, elapsed) == expected
