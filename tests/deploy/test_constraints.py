"""deploy/constraints.txt pins what the two extras bring on every machine that the product runs on, and no more."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version


class Machine(NamedTuple):
    python: str
    system: str
    processor: str

    def markers(self, extra: str) -> dict[str, str]:
        return {
            "extra": extra,
            "python_version": ".".join(self.python.split(".")[:2]),
            "python_full_version": self.python,
            "sys_platform": self.system,
            "platform_system": {"linux": "Linux", "darwin": "Darwin"}[self.system],
            "platform_machine": self.processor,
            "platform_python_implementation": "CPython",
            "implementation_name": "cpython",
            "os_name": "posix",
        }


MACHINES = [
    Machine(python, system, processor)
    for python in ("3.11.0", "3.11.7", "3.12.0", "3.13.0", "3.14.0")
    for system, processors in (("linux", ("x86_64", "aarch64")), ("darwin", ("x86_64", "arm64")))
    for processor in processors
]


@pytest.fixture(scope="module")
def pins(root: Path) -> dict[str, Version]:
    lines = (root / "deploy" / "constraints.txt").read_text().splitlines()
    parted = [line.partition("==") for line in lines if not line.startswith("#")]
    return {name: Version(version) for name, _, version in parted}


def test_every_distribution_of_the_extras_is_pinned_and_no_other(pins: dict[str, Version]) -> None:
    wanted = {canonicalize_name(need.name) for machine in MACHINES for need in _needs(machine)}
    assert sorted(wanted - {"adserver"}) == sorted(pins)


def test_every_pin_is_a_version_that_is_allowed(pins: dict[str, Version]) -> None:
    needs = {need for machine in MACHINES for need in _needs(machine) if need.name != "adserver"}
    refused = [str(need) for need in needs if pins[canonicalize_name(need.name)] not in need.specifier]
    assert refused == []


def test_constraints_are_sorted_and_name_no_address(root: Path) -> None:
    lines = [line for line in (root / "deploy" / "constraints.txt").read_text().splitlines() if line[0] != "#"]
    names = [line.partition("==")[0] for line in lines]
    assert names == sorted(names)
    assert [line for line in lines if "/" in line or line.startswith("-")] == []


def _needs(machine: Machine) -> Iterator[Requirement]:
    """Walk what adserver[embedded,test] needs on a machine, each distribution and extra once."""
    pending = [Requirement("adserver[embedded,test]")]
    seen: set[tuple[str, str]] = set()
    while pending:
        need = pending.pop()
        yield need
        for extra in {"", *need.extras}:
            step = (canonicalize_name(need.name), extra)
            if step not in seen:
                seen.add(step)
                pending += _requirements(need.name, machine.markers(extra))


def _requirements(name: str, markers: dict[str, str]) -> list[Requirement]:
    try:
        texts = requires(name) or []
    except PackageNotFoundError:  # needed on another machine than this one
        return []
    needs = [Requirement(text) for text in texts]
    return [need for need in needs if need.marker is None or need.marker.evaluate(markers)]
