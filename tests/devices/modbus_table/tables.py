"""The tables that the tests load: the two of the documentation, and one of a device without a timer."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from app.devices.modbus_table.text import data_from

_DOCS = Path(__file__).resolve().parents[3] / "docs" / "modbus"
HYBRID = (_DOCS / "example-hybrid.yaml").read_text(encoding="utf-8")
INVERTER = (_DOCS / "example-inverter.yaml").read_text(encoding="utf-8")
WITHOUT_TIMER = (Path(__file__).parent / "without_timer.yaml").read_text(encoding="utf-8")


def changed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    """A table with `change` made to its data."""
    data = deepcopy(data_from(text))
    change(data)
    return yaml.safe_dump(data, sort_keys=False)
