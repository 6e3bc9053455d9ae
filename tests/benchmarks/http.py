"""Our addresses beside an empty ASGI handler on the same uvicorn, in turn, in one run: the ratio is what holds.

    python -m tests.benchmarks.http [--rounds 3] [--seconds 5] [--connections 1,32,256] [--what beacon,decision]
                                     [--campaigns 2000] [--half]

`--half` also asks half as fast as it could, each reader waiting for a moment of his own between two requests, and
prints how long answers take then, beside those of the empty handler at the same rate.

Needs wrk (Debian's package of that name). Each beacon carries a token of its own, signed beforehand; Valkey runs with
`appendfsync always`.
"""

import argparse
import asyncio
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import asyncpg

from adserver.counting.counter import pack_subject
from adserver.counting.token import AdToken, TokenKeys
from adserver.delivery.device import Device
from adserver.embedded import EmbeddedPostgres, EmbeddedValkey
from adserver.inventory.apply import apply_file
from adserver.inventory.folding import PROVINCES
from adserver.schema import migrate
from tests.benchmarks.inventory import write_inventory

SECRET = "b" * 32
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

# Each thread takes every second token, so that none is sent twice.
BEACONS = """
local counter = 0
function setup(thread) thread:set("offset", counter); counter = counter + 1 end
function init(args)
  tokens = {}
  for line in io.lines("%(tokens)s") do tokens[#tokens + 1] = line end
  at = offset + 1
end
function request()
  local token = tokens[at]
  at = at + 1
  if at > #tokens then at = 1 end
  return wrk.format("POST", "/v1/events", {["User-Agent"] = "%(agent)s"}, "impression " .. token)
end
"""
# Readers of 81 provinces by Zipf, on four widths, of a day's articles in ten sections: 3 million different requests.
DECISIONS = """
local cities, weights, whole = {%(cities)s}, {}, 0
local sections = {"yerel", "spor", "ekonomi", "dunya", "kultur", "saglik", "egitim", "afet", "siyaset", "yasam"}
local widths = {390, 412, 1366, 1920}
for place = 1, #cities do whole = whole + 1 / place; weights[place] = whole end
local function city()
  local at = math.random() * whole
  for place = 1, #cities do if at < weights[place] then return cities[place] end end
  return cities[1]
end
function request()
  local article = math.floor(300 ^ math.random())
  return wrk.format("GET", "/v1/ads?site=demo-haber&slots=top,in-article,footer&page=https%%3A%%2F%%2Fh.example%%2F"
    .. article .. "&w=" .. widths[math.random(#widths)] .. "&article=" .. article .. "&kv.city=" .. city()
    .. "&kv.section=" .. sections[article %% #sections + 1] .. "&kv.temperature=" .. math.random(5, 30),
    {["User-Agent"] = "%(agent)s", ["Accept-Language"] = "tr-TR,tr;q=0.9"})
end
"""
EMPTY_POST = """
wrk.method = "POST"
wrk.body = "impression AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
wrk.headers["User-Agent"] = "%(agent)s"
"""
EMPTY_GET = 'wrk.headers["User-Agent"] = "%(agent)s"'


class Run(NamedTuple):
    """Requests a second, median and 99th percentile in ms, the worker's CPU µs a request, answers that were not 2xx or
    3xx."""

    rate: float
    p50: float
    p99: float
    cpu: float
    errors: int


class Worker(NamedTuple):
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def empty(scope, receive, send) -> None:
    """The limit: reads the body as we must, answers 204."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": [(b"cache-control", b"no-store")]})
    await send({"type": "http.response.body", "body": b""})


def empty_app(settings: object) -> object:
    """A factory, as the worker wants one."""
    return empty


@contextmanager
def serving(factory: str, environment: dict[str, str]) -> Iterator[Worker]:
    """Run one worker process."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    command = [sys.executable, "-m", "adserver.process.worker", "--fd", str(listener.fileno()), "--app", factory]
    process = subprocess.Popen(command, pass_fds=[listener.fileno()], env={**os.environ, **environment})
    try:
        port = listener.getsockname()[1]
        wait_until_ready(port)
        yield Worker(port, process.pid)
    finally:
        process.terminate()
        process.wait()
        listener.close()


def wait_until_ready(port: int) -> None:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the worker did not become ready")


def wrk(worker: Worker, script: Path, connections: int, seconds: int) -> Run:
    url = f"http://127.0.0.1:{worker.port}/"
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url]
    before = worker.cpu_seconds()
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu = worker.cpu_seconds() - before
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    requests = int(re.search(r"(\d+) requests in", text)[1])
    p50, p99 = (percentile(text, percent) for percent in (50, 99))
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return Run(rate, p50, p99, cpu / requests * 1e6, int(errors[1]) if errors else 0)


def percentile(text: str, percent: int) -> float:
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def sign_tokens(path: Path, count: int) -> None:
    keys, issued, issuer = TokenKeys(SECRET), int(time.time()), time.time_ns()
    subjects = [pack_subject(1, 1 + creative, Device.MOBILE, "Antalya") for creative in range(50)]
    with path.open("w") as file:
        for sequence in range(count):
            file.write(keys.sign_ad(AdToken(issuer, sequence, issued, subjects[sequence % 50])) + "\n")


def measure(workers: dict[str, Worker], folder: Path, what: str, options: argparse.Namespace, connections: int) -> None:
    runs: dict[str, list[Run]] = {"empty": [], "adserver": []}
    tokens = folder / "tokens"
    for _ in range(options.rounds):
        for who, worker in workers.items():
            if what == "beacon" and who == "adserver":
                sign_tokens(tokens, 20_000 * options.seconds)
            path = write_script(folder, what, who)
            runs[who].append(wrk(worker, path, connections, options.seconds))
    pairs = zip(runs["adserver"], runs["empty"], strict=True)
    ratio, cpu_ratio = map(statistics.median, zip(*[(a.rate / b.rate, b.cpu / a.cpu) for a, b in pairs], strict=True))
    ours, limit = (Run(*map(statistics.median, zip(*runs[who], strict=True))) for who in ("adserver", "empty"))
    print(
        f"{what:9} {connections:>5} {ours.rate:>11,.0f} {limit.rate:>9,.0f} {ratio:>6.2f}"
        f" {ours.cpu:>8.0f} {limit.cpu:>9.0f} {cpu_ratio:>6.2f} {ours.p99:>8.1f} {limit.p99:>9.1f}"
        f" {ours.errors:>7.0f}",
        flush=True,
    )
    if options.half and what == "decision":
        pause = 2_000 * connections / ours.rate
        delay = f"function delay() return math.random(0, {2 * pause:.0f}) end"
        paths = {who: write_script(folder, what, who, delay) for who in workers}
        halves: dict[str, list[Run]] = {who: [] for who in workers}
        for _ in range(options.rounds):
            for who, worker in workers.items():
                halves[who].append(wrk(worker, paths[who], connections, options.seconds))
        for who, half in halves.items():
            rate, p50, p99, *_ = map(statistics.median, zip(*half, strict=True))
            told = f"median {p50:.2f} ms, p99 {p99:.2f} ms, {p99 / p50:.1f} times the median"
            print(f"  {who} at {rate:,.0f}/s: {told}", flush=True)


def write_script(folder: Path, what: str, who: str, more: str = "") -> Path:
    path = folder / f"{who}.lua"
    cities = ", ".join(f'"{quote(city)}"' for city in PROVINCES)
    path.write_text(SCRIPTS[what, who] % {"tokens": folder / "tokens", "agent": BROWSER, "cities": cities} + more)
    return path


HEAD = (
    f"{'':9} {'conn.':>5} {'adserver/s':>11} {'empty/s':>9} {'ratio':>6} {'CPU µs':>8} {'empty µs':>9} {'ratio':>6}"
    f" {'p99 ms':>8} {'empty p99':>9} {'errors':>7}"
)
SCRIPTS = {
    ("beacon", "adserver"): BEACONS,
    ("beacon", "empty"): EMPTY_POST,
    ("decision", "adserver"): DECISIONS,
    ("decision", "empty"): EMPTY_GET,
}


async def prepare(postgres_url: str, folder: Path, campaigns: int) -> None:
    connection = await asyncpg.connect(postgres_url)
    await migrate(connection)
    await apply_file(connection, write_inventory(folder, campaigns), prune=False, dry_run=False)
    await connection.close()


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", default="1,32,256")
    parser.add_argument("--what", default="beacon,decision")
    parser.add_argument("--campaigns", type=int, default=2_000)
    parser.add_argument("--half", action="store_true")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing: apt-get install wrk")
    folder = Path(tempfile.mkdtemp(prefix="adserver-benchmark-"))
    folder.chmod(0o711)
    postgres, valkey = EmbeddedPostgres(folder), EmbeddedValkey(folder)
    postgres_url, redis_url = await asyncio.gather(postgres.start(), valkey.start())
    try:
        await prepare(postgres_url, folder, options.campaigns)
        environment = {
            "ADSERVER_DATABASE_URL": postgres_url,
            "ADSERVER_REDIS_URL": redis_url,
            "ADSERVER_SECRET_KEY": SECRET,
        }
        with (
            serving("tests.benchmarks.http:empty_app", environment) as empty_worker,
            serving("adserver.app:create_app", environment) as worker,
        ):
            workers = {"empty": empty_worker, "adserver": worker}
            print(HEAD)
            for connections in map(int, options.connections.split(",")):
                for what in options.what.split(","):
                    measure(workers, folder, what, options, connections)
    finally:
        await asyncio.gather(postgres.stop(), valkey.stop())
        shutil.rmtree(folder)


if __name__ == "__main__":
    asyncio.run(main())
