"""What a day is computed with besides its energy and its prices."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from app.domain.baselines import BatteryModel
from app.domain.bill_rules import BillRules
from app.domain.settings import SettingsBook
from app.domain.settings.demand import Demand
from app.models.connection import Connection
from app.services.battery_model import KnownBattery
from app.transports.errors import CredentialsRefused

VERSION = 1  # of the computation: a new one makes every day anew
_UNKNOWN = "-" * 8


@dataclass(frozen=True)
class Basis:
    """`is_plan_known` is False where the retailer's fields cannot be read: then no money is counted."""

    demand: Demand
    model: BatteryModel | None
    rules: BillRules | None
    is_plan_known: bool

    @cached_property
    def fingerprint(self) -> str:
        """Two halves: the battery, and the rest. The reserve is not in it: a day keeps the one that it had."""
        model = self.model
        parts = (round(model.usable_wh, -2), model.max_charge_w, model.max_discharge_w, model.round_trip_pct) if model else None
        return (_hash(parts) if parts else _UNKNOWN) + (_hash((VERSION, self.demand, self.rules)) if self.is_plan_known else _UNKNOWN)

    def outdates(self, fingerprint: str) -> bool:
        """Whether a day made with `fingerprint` is to be made anew. What is not known just now outdates nothing."""
        if self.model is None and fingerprint[:8] != _UNKNOWN:
            return False
        return self.is_plan_known and fingerprint != self.fingerprint


def basis_of(
    settings: SettingsBook, battery: KnownBattery, retailer: Connection | None, rules_of: Callable[[Connection], BillRules | None]
) -> Basis:
    """Of one site as it is set now."""
    rules, is_plan_known = None, True
    if retailer is not None:
        try:
            rules = rules_of(retailer)
        except CredentialsRefused:
            is_plan_known = False
    return Basis(settings.of(Demand), battery.model, rules, is_plan_known)


def _hash(parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:8]
