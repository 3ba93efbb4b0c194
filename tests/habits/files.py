"""What the tests of this folder read: the files around the program, as text and as tables."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILES = ("docker-compose.yml", "docker-compose.build.yml", "docker-compose.unraid.yml")


def text(path: str) -> str:
    """The content of a file of the checkout."""
    return (ROOT / path).read_text(encoding="utf-8")


def compose(path: str) -> dict[str, Any]:
    """A Docker Compose file as Python values."""
    content = yaml.safe_load(text(path))
    assert isinstance(content, dict)
    return content


def environment_example() -> dict[str, str]:
    """Name to value of each line of .env.example."""
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", text(".env.example"), re.MULTILINE))


def guides() -> list[str]:
    """Every page of documentation, as a path inside the checkout."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(str(page.relative_to(ROOT)) for page in pages)
