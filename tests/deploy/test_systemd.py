import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def test_systemd_accepts_the_unit(root: Path, tmp_path: Path, program: Callable[[str], str]) -> None:
    unit = tmp_path / "adserver.service"
    text = (root / "deploy" / "systemd" / "adserver.service").read_text()
    unit.write_text(text.replace("/opt/adserver/bin/adserver", sys.executable))
    verify: list[str | Path] = [program("systemd-analyze"), "verify", "--man=no", unit]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(unit) not in done.stderr
