"""Roll-ups and retention: raw readings for 60 days, 5-minute energy for 13 months, half-hourly energy for ever, snapshots for 30 days."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.control.connections import load
from app.control.forecast_quality import forget_before
from app.control.forecasts.rows import forget as forget_forecasts
from app.control.observe import price_book
from app.control.planning.store import forget_old
from app.domain.energy import HOLDS_FOR, Energy, PowerSample, integrate
from app.domain.prices import PriceBook
from app.domain.tariffs.half_hourly import mean_price
from app.domain.units import cost_c
from app.models.control import JournalEntry, OwnerWish, TariffUpload
from app.models.energy import EnergyInterval, Reading
from app.models.price import Price
from app.models.site import Site
from app.models.tariffs import PriceOverride
from app.services.backtesting.requests import forget_old as forget_backtests

FIVE_MINUTES, HALF_HOUR = timedelta(minutes=5), timedelta(minutes=30)
CATCH_UP = timedelta(days=2)  # how far back a roll-up looks for readings that it has not seen
LATE = timedelta(minutes=40)  # settled prices and late readings of this time are taken in again
READINGS_KEPT = timedelta(days=60)
FIVE_MINUTES_KEPT = timedelta(days=396)
SNAPSHOTS_KEPT = timedelta(days=30)
UPLOADS_KEPT = timedelta(days=30)
FINE_PRICES_KEPT = timedelta(days=396)


def roll_up_all(session: Session, now: datetime) -> None:
    """Bring the energy records of all sites up to `now`. Commits per site."""
    for site in session.scalars(select(Site)).all():
        roll_up(session, site, now)
        session.commit()


def roll_up(session: Session, site: Site, now: datetime) -> None:
    """Integrate the readings since the last roll-up into 5-minute and half-hourly records. The caller commits."""
    newest = session.scalar(select(func.max(EnergyInterval.start)).where(EnergyInterval.site_id == site.id, EnergyInterval.minutes == 5))
    since = max(newest - LATE, now - CATCH_UP) if newest else now - CATCH_UP
    start, end = _floor(since, HALF_HOUR), _floor(now, FIVE_MINUTES)
    samples = _samples(session, site.id, start - HOLDS_FOR, end)
    if not samples:
        return
    retailer = load(session, site.id, "retailer")
    prices = price_book(session, retailer, now, since=start - HALF_HOUR) if retailer else None
    fine = [each for each in integrate(samples, start, end, FIVE_MINUTES) if each.covered_s > 0]
    for each in fine:
        session.merge(energy_row(site.id, 5, each, prices))
    by_half_hour: dict[datetime, list[EnergyInterval]] = {}
    session.flush()
    rows = session.scalars(
        select(EnergyInterval)
        .where(EnergyInterval.site_id == site.id, EnergyInterval.minutes == 5, EnergyInterval.start >= start)
        .order_by(EnergyInterval.start)
    )
    for row in rows:
        by_half_hour.setdefault(_floor(row.start, HALF_HOUR), []).append(row)
    for half_hour, parts in by_half_hour.items():
        session.merge(half_hour_row(site.id, half_hour, parts))


def _samples(session: Session, site_id: int, start: datetime, end: datetime) -> list[PowerSample]:
    rows = session.execute(
        select(Reading.taken_at, Reading.solar_w, Reading.grid_w, Reading.battery_w, Reading.load_w, Reading.soc_pct)
        .where(Reading.site_id == site_id, Reading.taken_at >= start, Reading.taken_at < end)
        .order_by(Reading.taken_at)
    )
    return [PowerSample(*row) for row in rows]


def energy_row(site_id: int, minutes: int, energy: Energy, prices: PriceBook | None) -> EnergyInterval:
    """The record of one interval, with what it cost and earned where its price is known."""
    end = energy.start + timedelta(minutes=minutes)
    price = mean_price(prices.between(energy.start, end), energy.start, end) if prices else None
    return EnergyInterval(
        site_id=site_id,
        minutes=minutes,
        start=energy.start,
        covered_s=round(energy.covered_s),
        solar_wh=round(energy.solar_wh, 2),
        import_wh=round(energy.import_wh, 2),
        export_wh=round(energy.export_wh, 2),
        charge_wh=round(energy.charge_wh, 2),
        discharge_wh=round(energy.discharge_wh, 2),
        load_wh=round(energy.load_wh, 2),
        soc_pct=energy.soc_pct,
        import_cost_c=round(cost_c(energy.import_wh, price.import_c), 4) if price else None,
        feed_in_earned_c=round(cost_c(energy.export_wh, price.feed_in_c), 4) if price else None,
    )


def half_hour_row(site_id: int, start: datetime, parts: list[EnergyInterval]) -> EnergyInterval:
    """The record of a half-hour from those of its 5 minutes, in order."""
    priced = all(part.import_cost_c is not None and part.feed_in_earned_c is not None for part in parts)
    return EnergyInterval(
        site_id=site_id,
        minutes=30,
        start=start,
        covered_s=sum(part.covered_s for part in parts),
        solar_wh=sum(part.solar_wh for part in parts),
        import_wh=sum(part.import_wh for part in parts),
        export_wh=sum(part.export_wh for part in parts),
        charge_wh=sum(part.charge_wh for part in parts),
        discharge_wh=sum(part.discharge_wh for part in parts),
        load_wh=sum(part.load_wh for part in parts),
        soc_pct=parts[-1].soc_pct,
        import_cost_c=sum(part.import_cost_c or 0.0 for part in parts) if priced else None,
        feed_in_earned_c=sum(part.feed_in_earned_c or 0.0 for part in parts) if priced else None,
    )


def _floor(instant: datetime, length: timedelta) -> datetime:
    return instant - timedelta(seconds=instant.timestamp() % length.total_seconds())


def clean(session: Session, now: datetime) -> None:
    """Delete what has been kept long enough. Baselines, leases and half-hourly energy are never touched. Commits."""
    session.execute(delete(Reading).where(Reading.taken_at < now - READINGS_KEPT))
    session.execute(delete(EnergyInterval).where(EnergyInterval.minutes == 5, EnergyInterval.start < now - FIVE_MINUTES_KEPT))
    session.execute(delete(Price).where(Price.minutes == 5, Price.start < now - FINE_PRICES_KEPT))
    session.execute(
        update(JournalEntry).where(JournalEntry.at < now - SNAPSHOTS_KEPT, JournalEntry.snapshot.is_not(None)).values(snapshot=None)
    )
    session.execute(delete(PriceOverride).where(PriceOverride.end < now - FIVE_MINUTES_KEPT))
    forget_before(session, (now - FIVE_MINUTES_KEPT).date())
    forget_forecasts(session, now)
    forget_old(session, now)
    forget_backtests(session, now)
    session.execute(delete(OwnerWish).where(OwnerWish.expires_at < now - SNAPSHOTS_KEPT))
    session.commit()
    _thin_uploads(session, now)


def _thin_uploads(session: Session, now: datetime) -> None:
    """Of uploads older than 30 days the last of each day stays."""
    last_of_day: dict[tuple[int, str], int] = {}
    old = session.execute(
        select(TariffUpload.id, TariffUpload.site_id, TariffUpload.at).where(TariffUpload.at < now - UPLOADS_KEPT).order_by(TariffUpload.at)
    ).all()
    for upload_id, site_id, at in old:
        last_of_day[site_id, at.date().isoformat()] = upload_id
    kept = set(last_of_day.values())
    gone = [upload_id for upload_id, _, _ in old if upload_id not in kept]
    for first in range(0, len(gone), 500):
        session.execute(delete(TariffUpload).where(TariffUpload.id.in_(gone[first : first + 500])))
    session.commit()
