"""A small web application, flusher and service in the place of ours: what is tested here is how they are run."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from adserver.process.log import configure_logging
from adserver.process.service import Plan, run_service
from adserver.settings import Settings, read_settings


def create_app(settings: Settings):
    async def app(scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            note("worker stopped")
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] == "/slow":
            note("slow request begun")
            await asyncio.sleep(0.5)
        body = {
            "/pid": str(os.getpid()),
            "/secret": str(settings.secret_key),
            "/servers": f"{settings.database_url} {settings.redis_url}",
            "/metrics-folder": os.environ["PROMETHEUS_MULTIPROC_DIR"],
        }.get(scope["path"], "ok")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body.encode()})

    return app


def create_broken_app(settings: Settings):
    raise SystemExit(7)


def note(text: str) -> None:
    with (Path(os.environ["ADSERVER_DATA_DIR"]) / "notes").open("a") as file:
        file.write(f"{text}\n")


def flush(arguments: list[str]) -> None:
    if arguments == ["--once"]:
        note("last flush")
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    note(f"flusher {os.getpid()} started")
    signal.sigwait([signal.SIGTERM])
    note("flusher stopped")


def serve(app: str) -> None:
    configure_logging("info", "supervisor")
    plan = Plan(
        announce=lambda address: print(address, flush=True),
        app=f"tests.process.standin:{app}",
        flusher="tests.process.standin",
        planner="tests.process.standin_planner",
        migrate=True,
    )
    asyncio.run(run_service(read_settings(os.environ), os.environ, plan))


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        flush(sys.argv[1:])
