import re
import subprocess
from pathlib import Path

import asyncpg
import pytest
from PIL import Image

from adserver.cli import COMMANDS
from adserver.inventory.apply import apply_file
from adserver.settings import PREFIX, SETTINGS


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    return (root / "README.md").read_text("utf-8")


def test_settings_table_has_every_setting_with_its_default_and_purpose(readme: str) -> None:
    section = readme.split("\n## Settings\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith(f"| `{PREFIX}")]
    defaults = [f"`{setting.default}`" if setting.default else "" for setting in SETTINGS]
    assert rows == [
        f"| `{PREFIX}{setting.name}` | {default} | {setting.purpose} |"
        for setting, default in zip(SETTINGS, defaults, strict=True)
    ]


def test_every_command_is_described(readme: str) -> None:
    section = readme.split("\n## Commands\n")[1].split("\n## ")[0]
    assert [name for name in COMMANDS if f"`adserver {name}" not in section] == []


async def test_inventory_file_is_one_that_can_be_applied(
    readme: str, connection: asyncpg.Connection, tmp_path: Path
) -> None:
    [example] = re.findall(r"```yaml\n(.*?)```", readme, re.DOTALL)
    file = tmp_path / "inventory.yaml"
    file.write_text(example, "utf-8")
    Image.new("RGB", (728, 90)).save(tmp_path / "zeytin-728.png")
    plan = await apply_file(connection, file, prune=False, dry_run=True)
    assert len(plan.changes) == 9


@pytest.mark.parametrize(("extras", "program"), [("embedded", "adserver demo"), ("embedded,test", "pytest")])
def test_command_is_one_line_that_is_complete_by_itself(readme: str, extras: str, program: str) -> None:
    install = f".venv/bin/pip install -q -c deploy/constraints.txt -e '.[{extras}]'"
    command = f"python3 -m venv .venv && {install} && .venv/bin/{program}"
    assert readme.splitlines().count(command) == 1


def test_ci_runs_the_test_command_word_for_word(root: Path, readme: str) -> None:
    done = subprocess.run(["bash", ".ci/run", "--print"], cwd=root, capture_output=True, text=True, check=True)
    assert [line for line in readme.splitlines() if line.endswith("/pytest")] == done.stdout.splitlines()


def test_every_file_that_is_linked_exists(root: Path, readme: str) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)]+)\)", readme)
    assert targets != []
    assert [target for target in targets if not (root / target.partition("#")[0]).exists()] == []
