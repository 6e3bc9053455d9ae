import numpy as np
import pytest

from tests.benchmarks.delivery.level import corrected
from tests.planning.examples import traffic


def test_without_a_past_the_forecast_stands() -> None:
    forecast = traffic()
    assert corrected(forecast, np.zeros((4, 0))).requests.tolist() == forecast.requests.tolist()


def test_hours_ahead_of_each_slot_rise_to_what_comes() -> None:
    came = np.full((4, 48), 130.0)
    came[2:] = 100.0
    found = corrected(traffic(hours=60), came, slots=2).requests
    assert found[:2, 48:] == pytest.approx(np.full((2, 12), 130.0), rel=0.05)
    assert found[2:, 48:] == pytest.approx(np.full((2, 12), 100.0), rel=0.01)
    assert found[:, :48].tolist() == np.full((4, 48), 100.0).tolist()
