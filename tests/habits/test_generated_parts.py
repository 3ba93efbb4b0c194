"""What the documentation tells about systems, addresses and tables is what the program has."""

import importlib.util
import subprocess
import sys
from types import ModuleType

import pytest

from .files import ROOT, text


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "scripts" / "generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", ["README.md", ".env.example", "DATABASE.md"])
def test_a_file_with_generated_parts_is_up_to_date(generator: ModuleType, path: str) -> None:
    assert generator.filled(path, text(path)) == text(path), "run python scripts/generate_docs.py"


@pytest.mark.parametrize("path", ["README.md", ".env.example", "DATABASE.md"])
def test_a_stale_part_is_made_anew_and_the_rest_stays(generator: ModuleType, path: str) -> None:
    stale = "\n".join(
        "stale" if line.startswith(("| Amber", "| `baseline`", "AMBER_API_URL=")) else line for line in text(path).split("\n")
    )
    assert stale != text(path)
    assert generator.filled(path, stale) == text(path)


def test_a_file_without_its_marks_is_named(generator: ModuleType) -> None:
    with pytest.raises(generator.OutOfPlace, match=r"DATABASE\.md needs one <!-- generated:tables -->"):
        generator.filled("DATABASE.md", text("DATABASE.md").replace("generated:tables", "generated:other"))


def test_the_generator_says_that_nothing_is_to_be_done() -> None:
    outcome = subprocess.run([sys.executable, "scripts/generate_docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")
