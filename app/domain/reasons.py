"""Why: a code and its figures are stored; the sentence is made in one place when someone reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of `app.domain.sentences` with the figures of the moment (JSON values; instants as aware datetimes)."""

    code: str
    params: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __hash__(self) -> int:
        return hash((self.code, tuple(sorted((key, str(value)) for key, value in self.params.items()))))


def because(code: str, **params: Any) -> Reason:
    """`Reason(code, params)`, short to write."""
    return Reason(code, MappingProxyType(params))
