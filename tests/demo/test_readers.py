import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE

from tests.servers import free_port

READERS = ("-m", "adserver.demo.readers", "--per-minute", "60000", "--base-url")
SECONDS = 30

# Starts its arguments as a child, says the child's number, and ends.
FORGETFUL_PARENT = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); sys.stdin.read()"


async def first_request(port: int) -> str:
    """Answer nothing and return the first line that a reader sends."""
    asked: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode()
        if not asked.done():
            asked.set_result(line)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", port), asyncio.timeout(SECONDS):
        return await asked


async def test_readers_come_when_the_server_is_there_again_and_stop_when_told() -> None:
    port = free_port()
    readers = await asyncio.create_subprocess_exec(sys.executable, *READERS, f"http://127.0.0.1:{port}")
    try:
        assert (await first_request(port)).startswith("GET /demo/?il=")
        readers.send_signal(signal.SIGTERM)
        async with asyncio.timeout(SECONDS):
            assert await readers.wait() == 0
    finally:
        if readers.returncode is None:
            readers.kill()
            await readers.wait()


async def test_readers_end_with_their_parent() -> None:
    port = free_port()
    command = (sys.executable, *READERS, f"http://127.0.0.1:{port}")
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FORGETFUL_PARENT, *command, stdin=PIPE, stdout=PIPE
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    await first_request(port)
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(SECONDS):
        while is_alive(child):
            await asyncio.sleep(0.05)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
