"""The commands as an operator runs them: what they print, and how they exit."""

import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner

from adserver import __version__
from adserver.cli import COMMANDS, main
from adserver.console.accounts import find_by_api_key, find_by_password
from adserver.embedded.directory import data_directory, locked
from tests.process.running import running, wait_for

ADSERVER = (sys.executable, "-m", "adserver")

INVENTORY = """
sites:
  - key: haber
    name: Haber
    domains: [haber.example]
    timezone: Europe/Istanbul
    language: tr
    slots:
      - {name: top, label: REKLAM ALANI, sizes: [728x90]}
"""


def run(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ADSERVER_")}
    environment = clean | {f"ADSERVER_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [*ADSERVER, *arguments],
        input=stdin, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.fixture
def servers_set(database: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    """Settings that name the session's servers."""
    return {
        "database_url": database,
        "redis_url": redis_url,
        "secret_key": "0123456789abcdef0123456789abcdef",
        "data_dir": str(tmp_path),
    }


def test_version():
    assert run("--version").stdout == f"adserver {__version__}\n"


def test_help_names_every_command_and_is_quick():
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = run("--help")
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 1  # 0.1 s
    assert set(COMMANDS) <= set(re.findall(r"^  ([a-z-]+)  ", done.stdout, re.MULTILINE))


def test_help_imports_none_of_the_service():
    script = "import sys, adserver.cli; print([m for m in ('asyncpg', 'redis', 'uvicorn', 'PIL') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    done = CliRunner().invoke(main, [name, "--help"], prog_name="adserver")
    assert (done.exit_code, done.output.startswith(f"Usage: adserver {name} ")) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("no-such-command",), id="a command that there is not"),
        pytest.param(("serve", "--port", "70000"), id="a port that there is not"),
        pytest.param(("flush",), id="flush without saying once"),
        pytest.param(("report", "--from", "2026-11-02", "--to", "2026-11-01"), id="days in the wrong order"),
        pytest.param(("report", "--from", "2026-11-02", "--to", "today"), id="no day"),
        pytest.param(("report", "--from", "2026-11-01", "--to", "2026-11-01", "--by", "moon"), id="no dimension"),
        pytest.param(("apply", "no-such-file.yaml"), id="a file that there is not"),
        pytest.param(("user", "add", "a@b.example", "--role", "king"), id="a role that there is not"),
        pytest.param(("user", "add", "a@b.example", "--role", "admin", "--generate", "--password-stdin"), id="both"),
    ],
)
def test_wrong_usage_exits_with_2(arguments):
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("Usage:")


def test_every_wrong_setting_is_a_line_and_exits_with_2():
    done = run("migrate", port="x", workers="0")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "adserver: ADSERVER_PORT: must be a whole number from 0 to 65535",
        "adserver: ADSERVER_WORKERS: must be a whole number from 1 to 64",
    ]


def test_misspelt_setting_is_warned_of(servers_set):
    done = run("export", **servers_set, prot="8000")
    assert done.returncode == 0
    assert done.stderr == "adserver: warning: there is no setting ADSERVER_PROT\n"


@pytest.mark.parametrize("command", [("migrate",), ("export",), ("serve",)], ids=" ".join)
def test_postgres_that_does_not_answer_is_one_line(servers_set, command):
    done = run(*command, **servers_set | {"database_url": "postgresql://127.0.0.1:1/none", "port": "0"})
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"adserver: .*Connect call failed \('127\.0\.0\.1', 1\).*\n", done.stderr)


def test_redis_that_does_not_answer_is_one_line(servers_set):
    done = run("flush", "--once", **servers_set | {"redis_url": "redis://127.0.0.1:1"})
    assert done.returncode == 1
    assert re.fullmatch(r"adserver: Redis: .*127\.0\.0\.1:1.*\n", done.stderr)


def test_migrate_says_what_it_applied_and_then_nothing_more(empty_database, servers_set):
    settings = servers_set | {"database_url": empty_database}
    first, second = run("migrate", **settings), run("migrate", **settings)
    assert first.stdout.splitlines()[0] == "applied 001_inventory"
    assert second.stdout == "the schema is up to date\n"


@pytest.mark.parametrize("command", [("export",), ("serve", "--port", "0")], ids=" ".join)
def test_old_schema_is_refused_with_what_to_do(empty_database, servers_set, command):
    done = run(*command, **servers_set | {"database_url": empty_database})
    assert done.returncode == 1
    assert re.fullmatch(r"adserver: the schema lacks 001_inventory, .*: run adserver migrate, or .*\n", done.stderr)


def test_export_of_what_was_applied_changes_nothing(servers_set, tmp_path):
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY)
    assert run("apply", str(file), "--dry-run", **servers_set).stdout.endswith("Plan: 2 to create.\n")
    assert run("apply", str(file), **servers_set).stdout.endswith("Plan: 2 to create.\n")
    file.write_text(run("export", **servers_set).stdout)
    assert run("apply", str(file), **servers_set).stdout == "Plan: nothing changes.\n"


def test_every_fault_of_a_file_is_a_line_with_its_place(servers_set, tmp_path):
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY.replace("728x90", "wide").replace("Europe/Istanbul", "Mars"))
    done = run("apply", str(file), **servers_set)
    assert (done.returncode, done.stdout) == (1, "")
    assert [line.split(": ")[:3] for line in done.stderr.splitlines()] == [
        ["adserver", str(file), "line 6"],
        ["adserver", str(file), "line 9"],
    ]


def test_report_prints_json(servers_set):
    done = run("report", "--from", "2026-11-01", "--to", "2026-11-30", "--format", "json", **servers_set)
    assert json.loads(done.stdout)["totals"]["impressions"] == 0


def test_report_of_an_unknown_campaign_is_one_line(servers_set):
    done = run("report", "--from", "2026-11-01", "--to", "2026-11-30", "--campaign", "none", **servers_set)
    assert (done.returncode, done.stderr) == (1, "adserver: there is no campaign 'none'\n")


async def test_user_is_added_with_the_password_of_standard_input(servers_set, connection: asyncpg.Connection):
    arguments = ("user", "add", "Editor@haber.example", "--role", "admin", "--password-stdin")
    assert run(*arguments, stdin="a long password\n", **servers_set).returncode == 0
    assert await find_by_password(connection, "editor@haber.example", "a long password") is not None
    again = run(*arguments, stdin="a long password\n", **servers_set)
    assert (again.returncode, again.stderr) == (1, "adserver: there is an account editor@haber.example already\n")


async def test_generated_password_is_printed_and_works(servers_set, connection: asyncpg.Connection):
    done = run("user", "add", "editor@haber.example", "--role", "viewer", "--generate", **servers_set)
    password = done.stdout.split()[-1]
    assert await find_by_password(connection, "editor@haber.example", password) is not None


async def test_api_key_is_printed_and_works(servers_set, connection: asyncpg.Connection):
    secret = run("api-key", "add", "import", "--role", "trafficker", **servers_set).stdout.strip()
    account = await find_by_api_key(connection, secret)
    assert account is not None
    assert account.name == "import"


def test_flush_says_how_much_it_stored(servers_set):
    assert run("flush", "--once", **servers_set).stdout == "0 batches stored\n"


def test_check_finds_nothing_wrong_with_our_own_servers(servers_set):
    done = run("check", **servers_set)
    assert done.returncode == 0
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}


def test_check_names_every_fault(empty_database, servers_set):
    done = run("check", **servers_set | {"database_url": empty_database, "redis_url": "redis://127.0.0.1:1"}, prot="1")
    faults = [line for line in done.stdout.splitlines() if line.startswith("fault")]
    assert done.returncode == 1
    assert [fault.split()[1] for fault in faults] == ["configuration:", "schema:", "Redis:"]


def test_command_starts_embedded_servers_for_its_duration(data_dir):
    assert run("migrate", data_dir=str(data_dir)).stdout.startswith("applied 001_inventory")
    assert run("export", data_dir=str(data_dir)).stdout == "sites: []\nadvertisers: []\n"
    assert not (data_dir / "postgres" / "postmaster.pid").exists()


def test_second_service_on_a_data_directory_is_one_line(data_dir):
    with locked(data_directory(data_dir)):
        done = run("serve", "--port", "0", data_dir=str(data_dir))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"adserver: {data_dir} is in use by process {os.getpid()}\n"


def test_taken_port_is_one_line(servers_set):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port, **servers_set)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(rf"adserver: cannot listen on 127\.0\.0\.1 port {port}: the port is taken: .*\n", done.stderr)


def test_service_of_the_real_parts_runs_stops_and_finds_its_data_again(data_dir, tmp_path):
    settings = {"ADSERVER_DATA_DIR": str(data_dir)}
    serve = (*ADSERVER, "serve", "--port", "0")
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY)
    with running(serve, settings, tmp_path) as service:
        assert wait_for(lambda: service.get("/ready"))
        assert run("apply", str(file), data_dir=str(data_dir)).returncode == 0
        wait_for(lambda: '"unknown-slot"' in service.get("/v1/ads?site=haber&slots=none"))
        assert service.stop(signal.SIGTERM) == 0
    with running(serve, settings, tmp_path) as service:
        service.stop(signal.SIGKILL)
    with running(serve, settings, tmp_path) as service:
        assert '"no-candidates"' in service.get("/v1/ads?site=haber&slots=top")
        assert service.stop(signal.SIGINT) == 0
    assert "Traceback" not in service.errors.read_text()
