"""Runs a module as a child of the supervisor: `python -m adserver.process.child MODULE ARGUMENT…`.

The child's standard input is a pipe that the supervisor holds open. It ends when the supervisor does, even by
`kill -9`, and then the child stops as if it had been asked to: an orphan would keep the port.
"""

import os
import runpy
import signal
import sys
import threading
import time

STOP_SECONDS = 10.0


def main() -> None:
    threading.Thread(target=_stop_with_supervisor, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _stop_with_supervisor() -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
