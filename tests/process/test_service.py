"""The supervisor: what runs, what is started again, and how it stops. Applications and flusher are stand-ins."""

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.process.running import Running, running, wait_for
from tests.servers import free_port

Service = Callable[..., AbstractContextManager[Running]]


@pytest.fixture
def folder(new_data_dir: Path) -> Path:
    new_data_dir.mkdir(mode=0o711)
    return new_data_dir


@pytest.fixture
def service(folder: Path, database: str, redis_url: str) -> Service:
    """Starts a service on the session's servers; keywords are further settings."""

    def start(app: str = "create_app", **settings: str) -> AbstractContextManager[Running]:
        environment = {
            "ADSERVER_DATA_DIR": str(folder),
            "ADSERVER_DATABASE_URL": database,
            "ADSERVER_REDIS_URL": redis_url,
            "ADSERVER_SECRET_KEY": "0123456789abcdef0123456789abcdef",
            "ADSERVER_PORT": "0",
        }
        environment |= {f"ADSERVER_{name.upper()}": value for name, value in settings.items()}
        return running([sys.executable, "-m", "tests.process.standin", "serve", app], environment, folder)

    return start


def notes(folder: Path) -> list[str]:
    return (folder / "notes").read_text().splitlines()


def flusher_pids(folder: Path) -> list[int]:
    return [int(line.split()[1]) for line in notes(folder) if line.endswith("started")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signal_stops_the_workers_then_flushes_and_ends_with_0(service, folder, number):
    with service() as running:
        assert running.get("/") == "ok"
        wait_for(partial(flusher_pids, folder))
        assert running.stop(number) == 0
    assert notes(folder)[1:] == ["worker stopped", "flusher stopped", "last flush"]


def test_request_that_is_being_answered_is_answered_before_the_end(service, folder):
    with service() as running:
        address = running.address.removeprefix("http://localhost:")
        with socket.create_connection(("127.0.0.1", int(address)), timeout=20) as client:
            client.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            wait_for(lambda: "slow request begun" in notes(folder))
            running.process.send_signal(signal.SIGTERM)
            with client.makefile("rb") as answer:
                assert answer.read().endswith(b"\r\n\r\nok")
        assert running.process.wait(20) == 0


def test_killed_worker_is_started_again(service):
    with service(workers="2") as running:
        pid = running.get("/pid")
        os.kill(int(pid), signal.SIGKILL)
        pids = {running_pid for _ in range(20) if (running_pid := wait_for(partial(running.get, "/pid")))}
        assert pid not in pids
        wait_for(lambda: "web worker" in running.errors.read_text())
        assert "ended (SIGKILL) and is started again in 0.1 s" in running.errors.read_text()
        assert running.stop(signal.SIGTERM) == 0


def test_killed_flusher_is_started_again(service, folder):
    with service():
        (pid,) = wait_for(partial(flusher_pids, folder))
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(flusher_pids(folder)) == 2)


def test_killed_planner_is_started_again(service, folder):
    with service():
        pids = lambda: (folder / "planners").read_text().split()  # noqa: E731
        os.kill(int(wait_for(pids)[0]), signal.SIGKILL)
        wait_for(lambda: len(pids()) == 2)


def test_live_figures_of_a_killed_worker_are_removed_and_its_counts_are_kept(service):
    with service() as running:
        pid, metrics = int(running.get("/pid")), Path(running.get("/metrics-folder"))
        (metrics / f"gauge_livesum_{pid}.db").write_bytes(b"")
        (metrics / f"counter_{pid}.db").write_bytes(b"")
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not (metrics / f"gauge_livesum_{pid}.db").exists())
        assert (metrics / f"counter_{pid}.db").exists()


def test_metrics_begin_anew_with_the_service(service):
    with service() as running:
        leftover = Path(running.get("/metrics-folder")) / "counter_1.db"
        leftover.write_bytes(b"")
        running.stop(signal.SIGTERM)
    with service():
        assert not leftover.exists()


def test_after_kill_9_of_the_supervisor_its_children_end_and_the_same_port_serves_again(service, folder):
    port = str(free_port())
    with service(port=port) as running:
        wait_for(partial(flusher_pids, folder))
        running.stop(signal.SIGKILL)
        with service(port=port) as second:
            assert second.get("/") == "ok"
            wait_for(lambda: notes(folder).count("flusher stopped") == 1)
            assert second.stop(signal.SIGTERM) == 0


def test_worker_that_cannot_start_ends_the_service_with_its_exit_code(service):
    with service("create_broken_app") as running:
        assert running.process.wait(20) == 1
        assert "web worker 1 ended before the service was ready (exit code 7)" in running.errors.read_text()


def test_workers_know_the_servers_and_the_secret(service, database, redis_url):
    with service() as running:
        assert running.get("/servers") == f"{database} {redis_url}"
        assert running.get("/secret") == "0123456789abcdef0123456789abcdef"


def test_embedded_servers_are_kept_running_and_their_secret_is_kept(service, data_dir):
    settings = {"data_dir": str(data_dir), "database_url": "", "redis_url": "", "secret_key": ""}
    with service(**settings) as running:
        secret = running.get("/secret")
        assert (data_dir / "secret-key").read_text().strip() == secret
        assert (data_dir / "secret-key").stat().st_mode & 0o077 == 0
        for pid_file in (data_dir / "postgres" / "postmaster.pid", data_dir / "run" / "valkey.pid"):
            pid = pid_file.read_text().split()[0]
            os.kill(int(pid), signal.SIGKILL)
            wait_for(lambda pid=pid, file=pid_file: file.read_text().split()[:1] not in ([], [pid]))
        assert running.stop(signal.SIGTERM) == 0
    with service(**settings) as running:
        assert running.get("/secret") == secret
