"""How good the forecasts of a home were: each half-hour that is over, as it was forecast at several lead times."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.control.forecasts.measured import HALF_HOUR, half_hours, load_w, may_be_held_back, solar_w
from app.control.forecasts.rows import issued_between, power_of
from app.domain.forecasts.series import PowerInterval, mean_power
from app.models.energy import EnergyInterval
from app.models.site_forecast import LOAD, SOLAR, SiteForecast, SiteForecastSample, SiteForecastScore

LEADS_MIN = (30, 60, 120, 240, 480, 720, 1440)
SETTLES_WITHIN = timedelta(minutes=10)  # after the end of the half-hour: late readings
CATCH_UP = timedelta(hours=24)
OLDEST_ISSUE = {SOLAR: timedelta(hours=13), LOAD: timedelta(hours=26)}  # before the lead time; older ones were outlived
DARK_SHARE, DARK_W = 0.03, 300.0  # of such a forecast less than 3 % came: switched off or broken, not cloudy


def score(session: Session, site_id: int, now: datetime) -> int:
    """Compare the half-hours since the last comparison; returns the number of samples. Commits."""
    count = sum(_score(session, site_id, quantity, now) for quantity in (SOLAR, LOAD))
    session.commit()
    return count


def _score(session: Session, site_id: int, quantity: str, now: datetime) -> int:
    last = session.scalar(
        select(func.max(SiteForecastSample.start)).where(SiteForecastSample.site_id == site_id, SiteForecastSample.quantity == quantity)
    )
    since = now - CATCH_UP if last is None else max(now - CATCH_UP, last + HALF_HOUR)
    rows = half_hours(session, site_id, since, now - HALF_HOUR - SETTLES_WITHIN + timedelta(seconds=1))
    if not rows:
        return 0
    longest = timedelta(minutes=LEADS_MIN[-1]) + OLDEST_ISSUE[quantity]
    issues = _Issues(issued_between(session, site_id, quantity, rows[0].start - longest, rows[-1].start), OLDEST_ISSUE[quantity])
    return sum(_compare(session, row, quantity, issues) for row in rows)


class _Issues:
    """The forecasts of some days, each opened once."""

    def __init__(self, rows: Sequence[SiteForecast], oldest: timedelta) -> None:
        self._rows, self._oldest = rows, oldest
        self._opened: dict[int, tuple[PowerInterval, ...]] = {}

    def at_lead(self, start: datetime, lead: timedelta) -> tuple[SiteForecast, float] | None:
        """The last forecast issued at least `lead` before a half-hour, and its mean over that; None where there is none."""
        issued = next((row for row in reversed(self._rows) if row.issued_at <= start - lead), None)
        if issued is None or issued.issued_at < start - lead - self._oldest:
            return None
        if issued.id not in self._opened:
            self._opened[issued.id] = power_of(issued)
        mean = mean_power(self._opened[issued.id], start, start + HALF_HOUR)
        return None if mean is None else (issued, mean.power_w)


def _compare(session: Session, row: EnergyInterval, quantity: str, issues: _Issues) -> int:
    measured_w = solar_w(row) if quantity == SOLAR else load_w(row)
    count = 0
    for lead_min in LEADS_MIN:
        found = issues.at_lead(row.start, timedelta(minutes=lead_min))
        if found is None:
            continue
        issued, forecast_w = found
        is_dark = forecast_w >= DARK_W and measured_w < DARK_SHARE * forecast_w
        held_back = quantity == SOLAR and (may_be_held_back(row) or is_dark)
        sample = partial(SiteForecastSample, site_id=row.site_id, quantity=quantity, start=row.start, lead_min=lead_min, setup=issued.setup)
        session.add(sample(forecast_w=round(forecast_w, 1), measured_w=round(measured_w, 1), is_held_back=held_back))
        if not held_back:
            _add(session, row, quantity, lead_min, forecast_w, measured_w)
        count += 1
    return count


def _add(session: Session, row: EnergyInterval, quantity: str, lead_min: int, forecast_w: float, measured_w: float) -> None:
    key = (row.site_id, quantity, row.start.date(), lead_min)
    total = session.get(SiteForecastScore, key)
    if total is None:
        total = SiteForecastScore(
            site_id=key[0], quantity=key[1], day=key[2], lead_min=key[3], count=0, sum_w=0.0, abs_sum_w=0.0, measured_sum_w=0.0
        )
        session.add(total)
        session.flush()
    total.count += 1
    total.sum_w += forecast_w - measured_w
    total.abs_sum_w += abs(forecast_w - measured_w)
    total.measured_sum_w += measured_w
