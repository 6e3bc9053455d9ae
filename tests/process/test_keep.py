"""When what ended is started again."""

import pytest

from adserver.process.keep import describe_exit, next_pause


@pytest.mark.parametrize(
    ("pause", "ran", "expected"),
    [
        pytest.param(0.0, 11.0, 0.0, id="at once after a long run"),
        pytest.param(0.0, 1.0, 0.1, id="soon after the first short run"),
        pytest.param(0.1, 1.0, 0.2, id="later after each further one"),
        pytest.param(8.0, 1.0, 10.0, id="but not later than that"),
        pytest.param(10.0, 11.0, 0.0, id="a long run is forgiven all"),
    ],
)
def test_pause(pause, ran, expected):
    assert next_pause(pause, ran) == expected


@pytest.mark.parametrize(("code", "words"), [(-9, "SIGKILL"), (3, "exit code 3"), (0, "exit code 0")])
def test_exit_is_told_in_words(code, words):
    assert describe_exit(code) == words
