import numpy as np
import pytest

from tests.benchmarks.delivery.level import corrected
from tests.planning.examples import traffic


def test_without_a_past_the_forecast_stands() -> None:
    forecast = traffic()
    assert corrected(forecast, np.zeros((4, 0))) is forecast


def test_hours_ahead_rise_to_what_comes() -> None:
    found = corrected(traffic(hours=60), np.full((4, 48), 130.0)).requests
    assert found[:, 48:] == pytest.approx(np.full((4, 12), 130.0), rel=0.01)
    assert found[:, :48].tolist() == np.full((4, 48), 100.0).tolist()


def test_a_burst_that_is_over_says_nothing_of_tomorrow() -> None:
    came = np.full((4, 48), 100.0)
    came[:, 30:34] = 1000.0
    assert corrected(traffic(hours=96), came).requests[:, 60:] == pytest.approx(np.full((4, 36), 100.0), rel=0.01)


def test_today_counts_for_the_next_hours_and_less_for_tomorrow() -> None:
    came = np.full((4, 72), 100.0)
    came[:, 62:] = 150.0
    found = corrected(traffic(hours=120), came).requests[0, 72:]
    assert found[0] > 140
    assert found[47] < 110


def test_a_signature_that_comes_more_often_is_expected_more_often() -> None:
    came = np.full((4, 48), 100.0)
    came[0], came[1] = 150.0, 50.0
    found = corrected(traffic(hours=60), came).requests[:, 50]
    assert found[0] > found[2] > found[1]


def test_no_traffic_at_all_is_no_error() -> None:
    assert corrected(traffic(0.0, hours=10), np.zeros((4, 5))).requests.tolist() == np.zeros((4, 10)).tolist()
