"""What a plan may expect: the stored forecast made right by the home's own history, and a marked estimate where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.control.forecasts.measured import HALF_HOUR, solar_history
from app.control.forecasts.place import place_of
from app.control.forecasts.rows import newest, power_of, temperatures_of
from app.control.forecasts.setup import setup_of, source_of
from app.domain.forecasts import solar_correction, solar_estimate
from app.domain.forecasts.error_band import ErrorSample, learn_band
from app.domain.forecasts.series import PowerInterval, TemperatureInterval, cut_to, gaps, in_order
from app.domain.forecasts.solar_correction import SolarCorrection, SolarSample, learn_correction
from app.domain.forecasts.solar_estimate import learn_estimate
from app.domain.forecasts.sun import Place
from app.models.site import Site
from app.models.site_forecast import LOAD, SOLAR, TEMPERATURE, SiteForecastSample


@dataclass(frozen=True, slots=True)
class PowerOutlook:
    """Solar or load ahead, W. `forecast` comes from a source or the learnt habits and is `issued_at` old; `estimate` fills what it leaves
    open. Both are in order and share no time."""

    forecast: tuple[PowerInterval, ...]
    estimate: tuple[PowerInterval, ...] = ()
    issued_at: datetime | None = None  # None where all is an estimate
    source: str | None = None
    learnt_from_days: int = 0  # days of own history in the correction; 0: as the source gave it

    @property
    def intervals(self) -> tuple[PowerInterval, ...]:
        """All of it, in order."""
        return in_order((*self.forecast, *self.estimate))

    def is_estimate_at(self, instant: datetime) -> bool:
        """Whether nothing better than the estimate is known of an instant."""
        return any(each.start <= instant < each.end for each in self.estimate)


class _Sample(NamedTuple):
    """A half-hour as it was forecast, and what came."""

    start: datetime
    lead_min: int
    forecast_w: float
    measured_w: float


def solar_ahead(session: Session, site: Site, now: datetime, until: datetime) -> PowerOutlook | None:
    """The sun from now to `until`; None where there is neither a forecast nor enough history for an estimate."""
    place = place_of(session, site)
    connection = source_of(session, site.id)
    row = newest(session, site.id, SOLAR, setup_of(connection)) if connection is not None else None
    forecast: tuple[PowerInterval, ...] = ()
    days = 0
    if row is not None and connection is not None:
        samples = _samples(session, site.id, row.setup, now)
        correction = _correction(samples, place, now)
        days = correction.days if correction is not None else 0
        forecast = _with_band(_corrected(cut_to(power_of(row), now, until), correction), samples, correction, row.issued_at)
    estimate = _estimate(session, site.id, place, now, gaps(forecast, now, until))
    if not forecast and not estimate:
        return None
    if row is None or not forecast:
        return PowerOutlook((), estimate)
    return PowerOutlook(forecast, estimate, row.issued_at, row.source, days)


def load_ahead(session: Session, site: Site, now: datetime, until: datetime) -> PowerOutlook | None:
    """The load from now to `until`, as far as it was learnt; None before there is a forecast that reaches beyond now."""
    row = newest(session, site.id, LOAD)
    forecast = cut_to(power_of(row), now, until) if row is not None else ()
    return PowerOutlook(forecast, (), row.issued_at, row.source) if row is not None and forecast else None


def temperatures_ahead(session: Session, site: Site, now: datetime) -> tuple[TemperatureInterval, ...]:
    """The temperatures that are not over, of the newest forecast; empty where there is none."""
    row = newest(session, site.id, TEMPERATURE)
    return tuple(each for each in temperatures_of(row) if each.end > now) if row is not None else ()


def _samples(session: Session, site_id: int, setup: str, now: datetime) -> list[_Sample]:
    row = SiteForecastSample
    query = select(row.start, row.lead_min, row.forecast_w, row.measured_w).where(
        row.site_id == site_id,
        row.quantity == SOLAR,
        row.setup == setup,
        row.start >= now - solar_correction.LEARNT_FROM,
        row.is_held_back.is_(False),
        or_(row.forecast_w > 0, row.measured_w > 0),
    )
    return [_Sample(*found) for found in session.execute(query)]


def _correction(samples: Sequence[_Sample], place: Place | None, now: datetime) -> SolarCorrection | None:
    """Learnt from each half-hour once, at the shortest lead time that is known of it."""
    shortest: dict[datetime, _Sample] = {}
    for sample in samples:
        if sample.start not in shortest or sample.lead_min < shortest[sample.start].lead_min:
            shortest[sample.start] = sample
    if place is None:
        return None
    known = [SolarSample(each.start, each.start + HALF_HOUR, each.forecast_w, each.measured_w) for each in shortest.values()]
    return learn_correction(known, place, now)


def _corrected(intervals: Sequence[PowerInterval], correction: SolarCorrection | None) -> tuple[PowerInterval, ...]:
    return tuple(intervals) if correction is None else tuple(correction.corrected(each) for each in intervals)


def _with_band(
    intervals: tuple[PowerInterval, ...],
    samples: Sequence[_Sample],
    correction: SolarCorrection | None,
    issued_at: datetime,
) -> tuple[PowerInterval, ...]:
    """The source's own band where it gives one, else what its errors were at each lead time, after the correction."""
    if all(each.low_w is not None and each.high_w is not None for each in intervals):
        return intervals
    past = [
        ErrorSample(
            timedelta(minutes=each.lead_min),
            each.forecast_w * (correction.ratio_at(each.start + HALF_HOUR / 2) if correction is not None else 1.0),
            each.measured_w,
        )
        for each in samples
    ]
    band = learn_band(past)
    if band is None:
        return intervals
    return tuple(each if each.low_w is not None else band.around(replace(each, high_w=None), issued_at) for each in intervals)


def _estimate(
    session: Session, site_id: int, place: Place | None, now: datetime, holes: Sequence[tuple[datetime, datetime]]
) -> tuple[PowerInterval, ...]:
    if place is None or not holes:
        return ()
    found = learn_estimate(solar_history(session, site_id, now - solar_estimate.LEARNT_FROM, now), place, now)
    if found is None:
        return ()
    return tuple(found.between(start, end) for hole in holes for start, end in _half_hours_in(*hole))


def _half_hours_in(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The stretch cut at each half-hour."""
    pieces = []
    while start < end:
        following = start + timedelta(seconds=HALF_HOUR.total_seconds() - start.timestamp() % HALF_HOUR.total_seconds())
        pieces.append((start, min(following, end)))
        start = following
    return pieces
