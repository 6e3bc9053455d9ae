"""How long the demo takes to start, and how much memory it holds with its simulated readers.

python -m tests.benchmarks.demo [--seconds 60]
"""

import argparse
import asyncio

import psutil

from tests.end_to_end.demo import running_demo
from tests.end_to_end.folder import new_folder

MEGABYTE = 1_000_000


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long readers come before it is measured")
    seconds = parser.parse_args().seconds
    with new_folder() as folder:
        async with running_demo(folder / "data") as demo:
            print(f"ready after {demo.seconds:.1f} s on an empty directory", flush=True)
            await asyncio.sleep(seconds)
            print_memory(demo.process.pid)
        async with running_demo(folder / "data") as demo:
            print(f"ready after {demo.seconds:.1f} s the next time")


def print_memory(pid: int) -> None:
    """Print what each process holds. RSS counts shared pages in every process, PSS shares them out."""
    supervisor = psutil.Process(pid)
    rss_sum = pss_sum = 0
    print(f"{'RSS MB':>8} {'PSS MB':>8}  process")
    for process in [supervisor, *supervisor.children(recursive=True)]:
        memory = process.memory_full_info()
        rss_sum, pss_sum = rss_sum + memory.rss, pss_sum + memory.pss
        command = " ".join(process.cmdline())[-70:]
        print(f"{memory.rss / MEGABYTE:8.1f} {memory.pss / MEGABYTE:8.1f}  {command}")
    print(f"{rss_sum / MEGABYTE:8.1f} {pss_sum / MEGABYTE:8.1f}  all")


if __name__ == "__main__":
    asyncio.run(main())
