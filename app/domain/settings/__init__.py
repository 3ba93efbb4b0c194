"""The typed settings of each policy: frozen dataclasses, versioned, one file per policy.

A module here that declares `SETTINGS` is found by `policy_settings()`: forms, site file and tables are drawn from that."""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PolicySettingsType:
    """How a policy's settings are named and shown. `fields` of `type` carry metadata: title, unit, help."""

    name: str  # in site files and tables: "export_boost"
    type: type
    title: str
    summary: str
    version: int = 1


@cache
def policy_settings() -> Mapping[str, PolicySettingsType]:
    """Policy name → its settings type."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found = sorted((module.SETTINGS for module in modules), key=lambda each: each.name)
    return MappingProxyType({each.name: each for each in found})


@dataclass(frozen=True)
class SettingsBook:
    """The settings of every policy of one site; what the owner never touched has its defaults."""

    by_name: Mapping[str, Any]

    def of(self, settings_type: type[T]) -> T:
        """The settings of that type."""
        for name, kind in policy_settings().items():
            if kind.type is settings_type:
                return cast(T, self.by_name.get(name) or settings_type())
        raise KeyError(f"{settings_type.__name__} is not a policy's settings")
