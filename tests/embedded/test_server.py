"""What of a server's output is told to the operator."""

from pathlib import Path

import pytest

from adserver.embedded.server import log_fault

LOG = Path("/data/logs/server.log")


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        pytest.param(
            "PANIC:  could not write to file: No space left on device\nLOG:  terminated",
            "no space left on the disk of /data",
            id="a full disk",
        ),
        pytest.param(
            "LOG:  begin\nFATAL:  the database system is starting up\nFATAL:  could not map shared memory\nLOG:  end",
            "could not map shared memory (see /data/logs/server.log)",
            id="the fault, not our own questions",
        ),
        pytest.param(
            "initdb: error: could not look up user", "could not look up user (see /data/logs/server.log)", id="initdb"
        ),
        pytest.param("Killed\n", "Killed (see /data/logs/server.log)", id="something else"),
        pytest.param("", "it ended without a word (see /data/logs/server.log)", id="nothing"),
    ],
)
def test_fault_is_one_line(output, fault):
    assert log_fault(output, LOG) == fault
