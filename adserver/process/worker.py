"""A web worker: `python -m adserver.process.worker --fd N --app MODULE:FACTORY` serves the inherited socket N."""

import argparse
import gc
import os
import socket
import sys
from importlib import import_module

import uvicorn

from adserver.delivery.hot import HotAddresses
from adserver.delivery.protocol import HotProtocol
from adserver.process.log import configure_logging
from adserver.settings import SettingsError, read_settings

GRACE_SECONDS = 5
COLLECTING = (50_000, 20, 100)
"""When Python looks for cycles. Events that wait for their batch are many objects and no garbage: with its own 700,
at 256 connections half of a beacon's time went into looking at them again and again."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM, with the application that the factory makes of the settings in the environment."""
    parser = argparse.ArgumentParser(prog="python -m adserver.process.worker")
    parser.add_argument("--fd", type=int, required=True, help="the number of the listening socket")
    parser.add_argument("--app", required=True, metavar="MODULE:FACTORY", help="what makes the application of settings")
    options = parser.parse_args(arguments)
    try:
        settings = read_settings(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(settings.log_level, "worker")
    module, _, factory = options.app.partition(":")
    gc.set_threshold(*COLLECTING)
    app = getattr(import_module(module), factory)(settings)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=HotProtocol if isinstance(app, HotAddresses) else "httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=options.fd)])
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
