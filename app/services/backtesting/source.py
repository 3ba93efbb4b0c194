"""The series of a backtest: a home's own records or a file, joined with prices. What is missing stays missing, and is counted."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.spans import DAY, midnight
from app.models.energy import EnergyInterval
from app.models.site import Site
from app.optimizer.past import Series
from app.services.backtesting.csv_file import measured_from_csv
from app.services.backtesting.meter import Energy, FileRefused, Measured, NotBacktestable
from app.services.backtesting.nem12 import is_nem12, measured_from_nem12
from app.services.backtesting.prices import Prices

MOST_DAYS = 1096
LARGEST_FILE = 5_000_000
MEASURED_SHARE = 0.9  # of an interval: with less, its mean power says little


@dataclass(frozen=True)
class Span:
    """Whole local days, `last` included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        return midnight(self.first, zone).astimezone(UTC), midnight(self.last + DAY, zone).astimezone(UTC)


def own_records(session: Session, site: Site, span: Span, minutes: int) -> Measured:
    """What the home's devices measured; an interval of which less than nine tenths were measured is a gap."""
    start, end = span.bounds(ZoneInfo(site.timezone))
    rows = session.execute(
        select(EnergyInterval.start, EnergyInterval.covered_s, EnergyInterval.load_wh, EnergyInterval.solar_wh)
        .where(
            *(EnergyInterval.site_id == site.id, EnergyInterval.minutes == minutes),
            *(EnergyInterval.start >= start, EnergyInterval.start < end),
            EnergyInterval.covered_s >= MEASURED_SHARE * minutes * 60,
        )
        .order_by(EnergyInterval.start)
    )
    whole_s = minutes * 60
    return Measured(
        minutes,
        {row[0]: Energy(max(row[2], 0.0) * whole_s / row[1], max(row[3], 0.0) * whole_s / row[1]) for row in rows},
    )


def recorded_days(session: Session, site: Site, minutes: int, now: datetime) -> Span:
    """The whole days of the records, up to yesterday. Raises NotBacktestable where there are none."""
    zone = ZoneInfo(site.timezone)
    first = session.scalar(
        select(func.min(EnergyInterval.start)).where(EnergyInterval.site_id == site.id, EnergyInterval.minutes == minutes)
    )
    yesterday = now.astimezone(zone).date() - DAY
    if first is None or first.astimezone(zone).date() > yesterday:
        raise NotBacktestable("no whole day of this home is recorded yet")
    return Span(first.astimezone(zone).date(), yesterday)


def measured_from_file(content: str, zone: ZoneInfo, minutes: int) -> Measured:
    """A file of either form, in steps of `minutes`. Raises FileRefused."""
    if len(content) > LARGEST_FILE:
        raise FileRefused([f"the file is larger than {LARGEST_FILE // 1_000_000} MB"])
    measured = measured_from_nem12(content) if is_nem12(content) else measured_from_csv(content, zone)
    measured = measured.in_steps(minutes)
    if not measured.energy:
        raise FileRefused(["no interval of the file is whole"])
    return measured


def span_of_file(measured: Measured, zone: ZoneInfo) -> Span:
    """The local days that the file touches."""
    return Span(min(measured.energy).astimezone(zone).date(), max(measured.energy).astimezone(zone).date())


def within(measured: Measured, span: Span, zone: ZoneInfo) -> Measured:
    """The part of it that lies in `span`."""
    start, end = span.bounds(zone)
    starts = list(measured.energy)
    inside = starts[bisect_left(starts, start) : bisect_left(starts, end)]
    return Measured(measured.minutes, {each: measured.energy[each] for each in inside}, measured.notes)


def series_of(measured: Measured, prices: Prices, zone: ZoneInfo) -> Series:
    """Measured and priced. Raises NotBacktestable where nothing is both."""
    starts = [start for start in measured.energy if start in prices.by_start]
    if not starts:
        raise NotBacktestable("no interval of this time is both measured and priced")
    hours, energy = measured.minutes / 60, [measured.energy[start] for start in starts]
    priced = [prices.by_start[start] for start in starts]
    return Series(
        interval_h=hours,
        slots=[int(start.timestamp()) // (measured.minutes * 60) for start in starts],
        days=[start.astimezone(zone).date() for start in starts],
        load_kw=[each.load_wh / 1000 / hours for each in energy],
        solar_kw=[each.solar_wh / 1000 / hours for each in energy],
        import_price_per_kwh=[each.import_c / 100 for each in priced],
        export_price_per_kwh=[each.feed_in_c / 100 for each in priced],
        is_published=prices.is_published,
    )


def intervals_in(span: Span, zone: ZoneInfo, minutes: int) -> int:
    """How many intervals the days have: 46 to 50 half-hours each."""
    start, end = span.bounds(zone)
    return (end - start) // timedelta(minutes=minutes)
