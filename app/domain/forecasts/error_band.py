"""How far forecasts of a site were off at each lead time, and the band that this gives around the next one."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate

from app.domain.forecasts.quantiles import HIGH, LOW, quantile
from app.domain.forecasts.series import PowerInterval

LEAST_SAMPLES = 40  # per lead time: 4 of them lie outside on each side
CUSHION_SHARE = 0.05  # of the largest forecast seen; keeps small powers from having huge ratios


@dataclass(frozen=True, slots=True)
class ErrorSample:
    """A mean power that was forecast `lead` ahead, and what came, W."""

    lead: timedelta
    forecast_w: float
    measured_w: float


@dataclass(frozen=True, slots=True)
class ErrorBand:
    """For lead times in order: what came as shares of what was forecast, each with `cushion_w` added, in 8 of 10 cases."""

    leads: tuple[timedelta, ...]
    lows: tuple[float, ...]  # ≤ 1, falling
    highs: tuple[float, ...]  # ≥ 1, rising
    cushion_w: float

    def around(self, interval: PowerInterval, now: datetime) -> PowerInterval:
        """The interval with the band of its lead time from `now`. A power of 0 keeps a band of 0: at night there is no sun."""
        if interval.power_w <= 0:
            return replace(interval, low_w=0.0, high_w=0.0)
        lead, power_w = max(interval.start - now, timedelta(0)), interval.power_w
        low_w = (power_w + self.cushion_w) * self._at(self.lows, lead) - self.cushion_w
        high_w = (power_w + self.cushion_w) * self._at(self.highs, lead) - self.cushion_w
        return replace(interval, low_w=min(power_w, max(0.0, low_w)), high_w=max(power_w, high_w))

    def _at(self, values: tuple[float, ...], lead: timedelta) -> float:
        """Between the lead times that were learnt; before the first and after the last as there."""
        after = bisect_left(self.leads, lead)
        if after == 0 or after == len(self.leads):
            return values[min(after, len(values) - 1)]
        share = (lead - self.leads[after - 1]) / (self.leads[after] - self.leads[after - 1])
        return values[after - 1] * (1 - share) + values[after] * share


def learn_band(samples: Sequence[ErrorSample]) -> ErrorBand | None:
    """From forecasts and what came; None while no lead time has 40 samples in which either was above 0.

    The band never narrows with the lead time: where a longer one looks better, that is chance."""
    by_lead: dict[timedelta, list[ErrorSample]] = defaultdict(list)
    for sample in samples:
        if sample.forecast_w > 0 or sample.measured_w > 0:
            by_lead[sample.lead].append(sample)
    leads = sorted(lead for lead, found in by_lead.items() if len(found) >= LEAST_SAMPLES)
    if not leads:
        return None
    cushion_w = CUSHION_SHARE * max(max(each.forecast_w, each.measured_w) for lead in leads for each in by_lead[lead])
    shares = [[(each.measured_w + cushion_w) / (each.forecast_w + cushion_w) for each in by_lead[lead]] for lead in leads]
    lows = accumulate((min(1.0, quantile(each, LOW)) for each in shares), min)
    highs = accumulate((max(1.0, quantile(each, HIGH)) for each in shares), max)
    return ErrorBand(tuple(leads), tuple(lows), tuple(highs), cushion_w)
