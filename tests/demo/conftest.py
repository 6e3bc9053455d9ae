"""The demo's creatives, drawn once a session, and its inventory file beside them."""

from pathlib import Path

import pytest

from adserver.demo.creatives import draw_missing


@pytest.fixture(scope="session")
def creatives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("creatives")
    draw_missing(folder)
    return folder
