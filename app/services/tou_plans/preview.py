"""What a plan would do: the prices of the next 24 hours and what the battery would be sent, as if it were in use now."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from app.control.connections import brand_of, load
from app.control.observe import observe, overrides_since
from app.control.surroundings import Surroundings
from app.domain.overrides import overridden
from app.domain.policies.tariff_sync import why_missing
from app.domain.prices import PriceBook
from app.domain.sentences import sentence
from app.domain.settings.supply_charges import SupplyCharges
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import Missing, RollingTariff, Slot, half_hour_start
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.time_of_use import clock_label, half_hours
from app.domain.tariffs.todays import next_day, todays_tariff
from app.feeds.retailers.custom_tou import BRAND, CustomTouFields, plan_of
from app.models.site import Site
from app.services.tariff_view import payload_of
from app.transports.errors import VendorError

_BACK, _AHEAD = timedelta(hours=2), timedelta(hours=48)


@dataclass(frozen=True, slots=True)
class DayStretch:
    """Half-hours of one local date that are alike: what the owner pays and is paid, and what the battery would be told, c/kWh."""

    day: date
    hours: str  # "16:30–21:00"
    import_c: float
    feed_in_c: float
    told_import_c: float
    told_feed_in_c: float


@dataclass(frozen=True, slots=True)
class Preview:
    """`battery` is empty without one; `payload` None where nothing would be sent, with the reason in `problem` if it is a failure."""

    stretches: tuple[DayStretch, ...]  # of the next 24 hours
    battery: str
    keeps_whole_plan: bool  # the battery takes the plan of the whole year; otherwise the next 24 hours
    payload: Any
    problem: str

    @property
    def is_shaped(self) -> bool:
        """The battery is told other prices than the owner's."""
        return any((each.import_c, each.feed_in_c) != (each.told_import_c, each.told_feed_in_c) for each in self.stretches)


def preview(around: Surroundings, session: Session, site: Site, fields: CustomTouFields, now: datetime) -> Preview:
    """From what is stored alone: no vendor is asked."""
    snapshot = _as_if(session, site, observe(session, site, now), fields, now)
    battery = load(session, site.id, "battery")
    title = brand_of("battery", battery.brand).title if battery is not None else ""
    day, sent = next_day(snapshot), todays_tariff(snapshot)
    if not isinstance(day, Shaped) or not isinstance(sent, Shaped):
        why = sentence(why_missing(day), snapshot.zone) if isinstance(day, Missing) else "no prices"
        return Preview((), title, False, None, why)
    payload, problem = None, ""
    try:
        payload = payload_of(around, session, site, sent.result, now)
    except VendorError as error:
        problem = error.for_people()
    return Preview(_stretches(day), title, not isinstance(sent.result, RollingTariff), payload, problem)


def _as_if(session: Session, site: Site, snapshot: Snapshot, fields: CustomTouFields, now: datetime) -> Snapshot:
    """The snapshot with the plan's prices in place of the retailer's; prices that hold once hold here too."""
    plan, start, until = plan_of(fields), half_hour_start(now - _BACK), half_hour_start(now + _AHEAD)
    prices = half_hours(plan, snapshot.zone, start, until, BRAND.key)
    return replace(
        snapshot,
        retailer=BRAND.title,
        prices=PriceBook(overridden(prices, overrides_since(session, site.id, start)), now, until, is_published_ahead=True),
        estimates=None,
        plan=plan,
        charges=snapshot.settings.of(SupplyCharges).entered.or_else(fields.charges()),
    )


def _stretches(day: Shaped[RollingTariff]) -> tuple[DayStretch, ...]:
    """In the order in which they come."""
    pairs = sorted(zip(day.original.slots, day.result.slots, strict=True), key=lambda pair: pair[0].start)
    found = []
    for key, run in groupby(pairs, key=_prices):
        slots = [own for own, _ in run]
        found.append(DayStretch(slots[0].date, f"{slots[0].label}–{clock_label(slots[-1].index + 1)}", *key[1:]))
    return tuple(found)


def _prices(pair: tuple[Slot, Slot]) -> tuple[date, float, float, float, float]:
    own, told = pair
    return own.date, own.import_c_per_kwh, own.feed_in_c_per_kwh, told.import_c_per_kwh, told.feed_in_c_per_kwh
