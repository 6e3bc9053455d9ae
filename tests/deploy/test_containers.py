import os
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

SECRETS = {"ADSERVER_SECRET_KEY": "a-key-of-at-least-thirty-two-characters", "POSTGRES_PASSWORD": "a-password"}


@pytest.fixture(scope="module")
def compose(root: Path, program: Callable[[str], str]) -> Callable[[dict[str, str]], subprocess.CompletedProcess[str]]:
    """Run `docker compose config`, which needs no engine: the plugin where it is, else Debian's docker-compose."""
    plugin = ["docker", "compose"]
    command = plugin if _succeeds([*plugin, "version"]) else [program("docker-compose")]

    def config(secrets: dict[str, str]) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if name not in SECRETS} | secrets
        arguments = [*command, "-f", str(root / "deploy" / "compose.yaml"), "config"]
        return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)

    return config


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def services(root: Path) -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((root / "deploy" / "compose.yaml").read_text())["services"]
    return services


@pytest.fixture(scope="module")
def instructions(root: Path) -> list[tuple[str, str]]:
    text = (root / "deploy" / "Containerfile").read_text().replace("\\\n", " ")
    parted = [line.partition(" ") for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in parted]


def test_compose_accepts_the_file(compose: Callable[[dict[str, str]], subprocess.CompletedProcess[str]]) -> None:
    done = compose(SECRETS)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", SECRETS)
def test_compose_stops_where_a_secret_is_missing(
    compose: Callable[[dict[str, str]], subprocess.CompletedProcess[str]], missing: str
) -> None:
    done = compose({name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode != 0
    assert "write deploy/.env first" in done.stderr


def test_valkey_keeps_every_answered_event(services: dict[str, Any]) -> None:
    command = " ".join(services["valkey"]["command"])
    assert command == "valkey-server --appendonly yes --appendfsync always --maxmemory-policy noeviction"
    assert services["valkey"]["volumes"] == ["valkey:/data"]


def test_service_waits_for_both_servers(services: dict[str, Any]) -> None:
    assert services["adserver"]["depends_on"] == {
        "postgres": {"condition": "service_healthy"},
        "valkey": {"condition": "service_healthy"},
    }


def test_every_source_of_the_image_exists_and_reaches_the_build(
    root: Path, instructions: list[tuple[str, str]]
) -> None:
    sources = [source for name, rest in instructions if name == "COPY" and "--from" not in rest
               for source in shlex.split(rest)[:-1]]  # fmt: skip
    let_through = (root / "deploy" / "Containerfile.dockerignore").read_text().splitlines()
    assert [source for source in sources if not (root / source).exists() or f"!{source}" not in let_through] == []


def test_image_runs_as_a_user_that_is_not_root(instructions: list[tuple[str, str]]) -> None:
    assert [rest for name, rest in instructions if name == "USER"] == ["10001"]


def test_image_says_whether_it_is_alive(instructions: list[tuple[str, str]]) -> None:
    [health] = [rest for name, rest in instructions if name == "HEALTHCHECK"]
    assert "/live" in health


def test_what_waits_for_valkey_outlives_the_container(root: Path) -> None:
    service = yaml.safe_load((root / "deploy" / "compose.yaml").read_text())["services"]["adserver"]
    assert service["volumes"] == ["adserver:/var/lib/adserver"]
    assert "ADSERVER_DATA_DIR=/var/lib/adserver" in (root / "deploy" / "Containerfile").read_text()
