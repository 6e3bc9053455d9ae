"""The core takes time, chance and data as values: it imports nothing that could fetch them."""

import ast
from pathlib import Path

import pytest

import adserver

PACKAGE = Path(adserver.__file__).parent
CORE = [*(PACKAGE / "decision").glob("*.py"), PACKAGE / "inventory/model.py", PACKAGE / "inventory/folding.py"]
PURE = {
    *("array", "bisect", "collections", "collections.abc", "dataclasses", "datetime", "decimal", "enum", "functools"),
    *("itertools", "operator", "re", "typing", "unicodedata", "zoneinfo"),
}
OURS = ("adserver.decision", "adserver.inventory.model", "adserver.inventory.folding")
CLOCKS = frozenset({"now", "utcnow", "today", "fromtimestamp"})


@pytest.mark.parametrize("path", CORE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_core_imports_no_input_output_clock_or_chance(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported - PURE if not name.startswith(OURS)} == set()
    called = [node.func for node in nodes if isinstance(node, ast.Call)]
    assert {func.attr for func in called if isinstance(func, ast.Attribute)} & CLOCKS == set()
    assert "open" not in {func.id for func in called if isinstance(func, ast.Name)}
