"""One file per policy: a pure function from a snapshot to an opinion. A module here that declares `POLICY` is found by `policies()`."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from app.domain.opinions import Opinion
from app.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy's name (also of its settings) and its judgement."""

    name: str
    judge: Callable[[Snapshot], Opinion]


@cache
def policies() -> tuple[Policy, ...]:
    """All policies, by name."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return tuple(sorted((module.POLICY for module in modules), key=lambda policy: policy.name))
