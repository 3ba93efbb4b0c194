"""One file per policy: a pure function from a snapshot to an opinion. A module here that declares `POLICY` is found by `policies()`."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from app.domain.opinions import Opinion
from app.domain.snapshot import InverterView, Snapshot


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy's name (also of its settings) and its judgement."""

    name: str
    judge: Callable[[Snapshot], Opinion]


@dataclass(frozen=True, slots=True)
class InverterPolicy:
    """A policy that judges each solar inverter of a home by itself."""

    name: str
    judge: Callable[[Snapshot, InverterView], Opinion]


@cache
def policies() -> tuple[Policy | InverterPolicy, ...]:
    """All policies, by name."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    return tuple(sorted((module.POLICY for module in modules), key=lambda policy: policy.name))


def opinions_on(snapshot: Snapshot) -> dict[str, Opinion]:
    """What every policy thinks of `snapshot`; one that judges inverters is named for each, as "solar_curtailment:7"."""
    opinions: dict[str, Opinion] = {}
    for policy in policies():
        if isinstance(policy, InverterPolicy):
            opinions |= {f"{policy.name}:{each.key}": policy.judge(snapshot, each) for each in snapshot.inverters}
        else:
            opinions[policy.name] = policy.judge(snapshot)
    return opinions


def policy_name(opinion_name: str) -> str:
    """ "solar_curtailment:7" → "inverter_curtailment"."""
    return opinion_name.partition(":")[0]
