"""Everything that a plan rests on, for each step from now on, with what it had to do without."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.forecasts.outlook import PowerOutlook, load_ahead, solar_ahead
from app.domain.forecasts.series import PowerInterval
from app.domain.planning.power_course import power_course, repeated_days
from app.domain.planning.price_course import PricePoint, price_course
from app.domain.prices import PriceInterval
from app.domain.reasons import Reason, because
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import Snapshot
from app.domain.source_chain import sourced
from app.domain.tariffs.time_of_use import half_hours
from app.models.energy import EnergyInterval
from app.models.site import Site

STEP = timedelta(minutes=5)
AHEAD = timedelta(hours=48)
HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Inputs:
    """One value per step; powers are means, W."""

    starts: tuple[datetime, ...]
    prices: tuple[PricePoint, ...]
    solar_w: tuple[float, ...]
    load_w: tuple[float, ...]
    is_estimate: tuple[bool, ...]  # its price or its sun
    is_known: tuple[bool, ...]  # whether its price is published, not foretold
    notes: tuple[Reason, ...]

    @property
    def until(self) -> datetime:
        return self.starts[-1] + STEP


def gather(session: Session, site: Site, snapshot: Snapshot, ahead: timedelta = AHEAD) -> Inputs | Reason:
    """The inputs from the running 5 minutes on, or why there can be no plan."""
    first = snapshot.now - timedelta(seconds=snapshot.now.timestamp() % STEP.total_seconds())
    starts = tuple(first + number * STEP for number in range(int(ahead / STEP)))
    until = starts[-1] + STEP
    prices = _prices(snapshot, starts)
    if prices is None:
        return because("plan_needs_prices")
    load_w, load_notes = _load(session, site, starts, until)
    if load_w is None:
        return because("plan_needs_load")
    solar_w, solar_estimated, solar_notes = _solar(session, site, starts, until)
    price_notes = _price_notes(prices, starts)
    return Inputs(
        starts=starts,
        prices=tuple(prices),
        solar_w=_with_present(solar_w, snapshot.live.solar_w if snapshot.live else None),
        load_w=_with_present(load_w, snapshot.live.load_w if snapshot.live else None),
        is_estimate=tuple(price.is_estimate or estimated for price, estimated in zip(prices, solar_estimated, strict=True)),
        is_known=_known(snapshot, tuple(prices)),
        notes=(*price_notes, *solar_notes, *load_notes),
    )


def _prices(snapshot: Snapshot, starts: tuple[datetime, ...]) -> list[PricePoint] | None:
    """The retailer's prices, continued by estimates from the market; those of a whole plan for as long as asked."""
    if snapshot.prices is None:
        return None
    longest = timedelta(hours=snapshot.settings.of(TariffSync).forecast_max_age_h)
    book = sourced(snapshot.prices, snapshot.estimates, snapshot.now, longest).prices
    if book is None:
        return None
    found = price_course(book, snapshot.zone, starts, snapshot.now)
    if found is None or snapshot.plan is None or not any(point.is_estimate for point in found):
        return found
    intervals = half_hours(snapshot.plan, snapshot.zone, starts[0] - HALF_HOUR, starts[-1] + HALF_HOUR, snapshot.retailer)
    by_start = {interval.start: interval for interval in intervals}
    return [point if not point.is_estimate else _of_plan(by_start, start, point) for point, start in zip(found, starts, strict=True)]


def _of_plan(by_start: Mapping[datetime, PriceInterval], start: datetime, otherwise: PricePoint) -> PricePoint:
    interval = by_start.get(start - timedelta(seconds=start.timestamp() % HALF_HOUR.total_seconds()))
    if interval is None or interval.import_c_per_kwh is None or interval.feed_in_c_per_kwh is None:
        return otherwise
    return PricePoint(interval.import_c_per_kwh, interval.feed_in_c_per_kwh, is_estimate=False)


def _price_notes(prices: list[PricePoint], starts: tuple[datetime, ...]) -> tuple[Reason, ...]:
    first = next((start for point, start in zip(prices, starts, strict=True) if point.is_estimate), None)
    return (because("plan_prices_estimated", known_until=first),) if first is not None else ()


def _solar(
    session: Session, site: Site, starts: tuple[datetime, ...], until: datetime
) -> tuple[list[float], list[bool], tuple[Reason, ...]]:
    outlook = solar_ahead(session, site, starts[0], until)
    if outlook is None:
        return [0.0] * len(starts), [True] * len(starts), (because("plan_no_solar_forecast"),)
    powers = power_course(outlook.intervals, starts, STEP)
    estimated = [power is None or outlook.is_estimate_at(start + STEP / 2) for power, start in zip(powers, starts, strict=True)]
    notes = (because("plan_solar_estimated"),) if outlook.issued_at is None else ()
    return [power or 0.0 for power in powers], estimated, notes


def _load(session: Session, site: Site, starts: tuple[datetime, ...], until: datetime) -> tuple[list[float] | None, tuple[Reason, ...]]:
    outlook: PowerOutlook | None = load_ahead(session, site, starts[0], until)
    powers = power_course(outlook.intervals, starts, STEP) if outlook is not None else [None] * len(starts)
    notes: tuple[Reason, ...] = ()
    if any(power is None for power in powers):
        earlier = repeated_days(_measured_load(session, site.id, starts[0] - timedelta(days=8), starts[0]), starts, STEP)
        powers = [power if power is not None else before for power, before in zip(powers, earlier, strict=True)]
        notes = (because("plan_load_from_yesterday"),) if outlook is None else ()
    known = [power for power in powers if power is not None]
    if not known:
        return None, notes
    mean = sum(known) / len(known)
    return [mean if power is None else power for power in powers], notes


def _measured_load(session: Session, site_id: int, start: datetime, end: datetime) -> list[PowerInterval]:
    """Half-hours of which at least half was measured."""
    rows = session.execute(
        select(EnergyInterval.start, EnergyInterval.load_wh, EnergyInterval.covered_s)
        .where(
            EnergyInterval.site_id == site_id,
            EnergyInterval.minutes == 30,
            EnergyInterval.start >= start,
            EnergyInterval.start < end,
            EnergyInterval.covered_s >= 900,
        )
        .order_by(EnergyInterval.start)
    )
    return [PowerInterval(row.start, row.start + HALF_HOUR, max(0.0, row.load_wh) * 3600 / row.covered_s) for row in rows]


def _known(snapshot: Snapshot, prices: tuple[PricePoint, ...]) -> tuple[bool, ...]:
    """The running price, and all that a retailer has published ahead."""
    is_published = snapshot.plan is not None or (snapshot.prices is not None and snapshot.prices.is_published_ahead)
    return tuple(number == 0 or (is_published and not point.is_estimate) for number, point in enumerate(prices))


def _with_present(powers: list[float], measured_w: float | None) -> tuple[float, ...]:
    """What is measured now holds for the running step."""
    return tuple(powers) if measured_w is None else (max(0.0, measured_w), *powers[1:])
