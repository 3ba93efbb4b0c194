"""What is known of a home's battery: from the owner's settings, else from the device. What nobody says is named, not guessed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.domain.baselines import BatteryModel
from app.domain.settings import SettingsBook
from app.domain.settings.own_battery import OwnBattery
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState

_FIGURES = {"usable_wh": "usable capacity", "max_charge_w": "highest charging power", "max_discharge_w": "highest discharging power"}


@dataclass(frozen=True)
class KnownBattery:
    """None where neither the owner nor the device says."""

    connection: Connection | None
    usable_wh: float | None
    max_charge_w: float | None
    max_discharge_w: float | None
    reserve_pct: float | None  # the owner's
    round_trip_pct: float
    wear_c_per_kwh: float | None
    soh_pct: float | None  # as the device says
    facts_at: datetime | None
    is_capacity_entered: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """What keeps the battery from being simulated, in words."""
        return tuple(words for name, words in _FIGURES.items() if not getattr(self, name))

    @property
    def model(self) -> BatteryModel | None:
        """For a simulation; None while something is missing."""
        if not self.usable_wh or not self.max_charge_w or not self.max_discharge_w:
            return None
        floor_wh = (self.reserve_pct or 0.0) / 100.0 * self.usable_wh
        return BatteryModel(self.usable_wh, floor_wh, self.max_charge_w, self.max_discharge_w, self.round_trip_pct)


def known_battery(session: Session, site_id: int, settings: SettingsBook) -> KnownBattery:
    """Of the site's first battery. Decrypts no secret."""
    connection = session.scalars(
        select(Connection)
        .where(Connection.site_id == site_id, Connection.role == "battery")
        .options(defer(Connection.secrets))
        .order_by(Connection.id)
        .limit(1)
    ).first()
    own = settings.of(OwnBattery)
    facts = connection.facts if connection is not None else {}
    return KnownBattery(
        connection=connection,
        usable_wh=own.usable_wh or _figure(facts.get("capacity_wh")),
        max_charge_w=own.max_charge_w or _figure(facts.get("max_charge_w")),
        max_discharge_w=own.max_discharge_w or _figure(facts.get("max_discharge_w")),
        reserve_pct=_reserve_pct(session, connection) if connection is not None else None,
        round_trip_pct=own.round_trip_pct,
        wear_c_per_kwh=own.wear_c_per_kwh,
        soh_pct=_figure(facts.get("soh_pct")),
        facts_at=connection.facts_at if connection is not None else None,
        is_capacity_entered=own.usable_wh is not None,
    )


def _reserve_pct(session: Session, connection: Connection) -> float | None:
    """What will be given back where PowerSync steers, else what the device holds."""
    baseline, state = session.get(Baseline, connection.id), session.get(DeviceState, connection.id)
    settings = baseline.settings if baseline is not None else state.found if state is not None else None
    return _figure((settings or {}).get("reserve_pct"))


def _figure(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
