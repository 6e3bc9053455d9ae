"""Planning takes time, chance and data as values; what serves readers does without its arrays."""

import ast
from pathlib import Path

import pytest

import adserver

PACKAGE = Path(adserver.__file__).parent
PLANNING = sorted((PACKAGE / "planning").glob("*.py"))
PURE = {"collections.abc", "dataclasses", "datetime", "typing", "numpy", "numpy.random", "numpy.typing"}
OURS = ("adserver.planning", "adserver.inventory.model")


@pytest.mark.parametrize("path", PLANNING, ids=lambda path: path.name)
def test_planning_imports_no_input_output_and_no_clock(path: Path) -> None:
    imported = _imported(path)
    assert {name for name in imported - PURE if not name.startswith(OURS)} == set()
    called = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    names = {func.attr for func in called if isinstance(func, ast.Attribute)}
    names |= {f"{func.id}()" for func in called if isinstance(func, ast.Name)}
    assert names & {"now", "utcnow", "today", "fromtimestamp", "default_rng", "open()"} == set()


@pytest.mark.parametrize("folder", ["decision", "delivery"])
def test_what_serves_readers_imports_no_planning(folder: str) -> None:
    for path in (PACKAGE / folder).glob("*.py"):
        assert {name for name in _imported(path) if name.startswith(("numpy", "adserver.planning"))} == set()


def _imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return imported | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
