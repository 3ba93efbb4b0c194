"""Tests by name, "control/test_loop.py::test_…": what a table points to must exist."""

import ast
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]


def exists(name: str) -> bool:
    """Whether a file under tests/ has a test of that name."""
    file, _, function = name.partition("::")
    return function in _tests_of(file)


@cache
def _tests_of(file: str) -> frozenset[str]:
    path = TESTS / file
    if not path.exists():
        return frozenset()
    return frozenset(node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef))
