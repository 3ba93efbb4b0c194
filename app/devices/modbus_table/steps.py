"""What a step of a sequence may write: a number, a word of the setting, or one of the placeholders, with a scale where need be."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import PlainValidator, WithJsonSchema

PLACEHOLDERS: Final = {
    "power_w": frozenset({"charge", "discharge"}),
    "power_pct": frozenset({"charge", "discharge"}),
    "floor_pct": frozenset({"discharge"}),
    "ceiling_pct": frozenset({"charge"}),
    "max_w": frozenset({"limit_export", "limit_power"}),
    "max_pct": frozenset({"limit_export", "limit_power"}),
    "seconds": frozenset({"self_consume", "hold", "charge", "discharge"}),
}
"""Placeholder → the commands in which it has a value."""

OF_POWER: Final = frozenset({"power_w", "power_pct"})
OF_LIMIT: Final = frozenset({"max_w", "max_pct"})
OF_RATED: Final = frozenset({"power_pct", "max_pct"})  # percent of the rated power


@dataclass(frozen=True, slots=True)
class Constant:
    """A number in the setting's unit."""

    value: float


@dataclass(frozen=True, slots=True)
class Word:
    """One of the setting's words."""

    word: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What a placeholder stands for at that moment, times `scale`."""

    placeholder: str
    scale: float = 1.0


Written = Constant | Word | Filled
_ALLOWED: Final = f"a number, a word of the setting, a placeholder ({', '.join(PLACEHOLDERS)}) or {{from: a placeholder, scale: a number}}"


def _written(value: Any) -> Written:
    match value:
        case Constant() | Word() | Filled():
            return value
        case bool():
            pass
        case int() | float() if abs(value) <= 1e9:
            return Constant(float(value))
        case str() if value in PLACEHOLDERS:
            return Filled(value)
        case str() if value:
            return Word(value)
        case {"from": str(name), "scale": (int() | float()) as scale, **rest} if not rest and name in PLACEHOLDERS:
            if not isinstance(scale, bool) and 1e-6 <= abs(scale) <= 1e6:
                return Filled(name, float(scale))
    raise ValueError(f"write {_ALLOWED}")


StepValue = Annotated[Written, PlainValidator(_written), WithJsonSchema({})]
