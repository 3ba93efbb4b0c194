"""One home: sun, load and Powerwall, stepped through time, with the meter's record of it."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.simulators.load import HouseLoad
from app.simulators.powerwall import Flow, Powerwall
from app.simulators.sun import Sun

BUCKET_S = 300
_STEP_S = 60


@dataclass(slots=True)
class EnergyBucket:
    """Energy of five minutes in Wh, by where it came from and went to."""

    solar_wh: float = 0.0
    solar_to_home_wh: float = 0.0
    solar_to_battery_wh: float = 0.0
    solar_to_grid_wh: float = 0.0
    battery_to_home_wh: float = 0.0
    battery_to_grid_wh: float = 0.0
    grid_to_home_wh: float = 0.0
    grid_to_battery_wh: float = 0.0

    def add(self, flow: Flow, hours: float) -> None:
        """Add `hours` of `flow`: the sun serves the house first, then the battery, then the grid."""
        solar_w, load_w = flow.solar_w, flow.load_w
        charge_w, discharge_w = max(0.0, -flow.battery_w), max(0.0, flow.battery_w)
        solar_home = min(solar_w, load_w)
        solar_battery = min(solar_w - solar_home, charge_w)
        battery_home = min(discharge_w, load_w - solar_home)
        self.solar_wh += solar_w * hours
        self.solar_to_home_wh += solar_home * hours
        self.solar_to_battery_wh += solar_battery * hours
        self.solar_to_grid_wh += max(0.0, solar_w - solar_home - solar_battery) * hours
        self.battery_to_home_wh += battery_home * hours
        self.battery_to_grid_wh += (discharge_w - battery_home) * hours
        self.grid_to_home_wh += max(0.0, load_w - solar_home - battery_home) * hours
        self.grid_to_battery_wh += (charge_w - solar_battery) * hours

    @property
    def import_wh(self) -> float:
        return self.grid_to_home_wh + self.grid_to_battery_wh

    @property
    def export_wh(self) -> float:
        return self.solar_to_grid_wh + self.battery_to_grid_wh


@dataclass(frozen=True, slots=True)
class Reading:
    """Powers of the minute that ends at `at` (W; `grid_w` + import, `battery_w` + discharging) and the charge at its end."""

    at: datetime
    solar_w: float
    grid_w: float
    battery_w: float
    load_w: float
    soc_pct: float


class Household:
    """Steps the home to the present whenever somebody looks; safe to share between threads."""

    def __init__(self, start: datetime, powerwall: Powerwall, sun: Sun, load: HouseLoad, keep: timedelta = timedelta(days=3)) -> None:
        self.powerwall = powerwall
        self.started_at = self._at = start.astimezone(UTC)
        self.buckets: dict[int, EnergyBucket] = {}
        self.readings: deque[Reading] = deque()
        self.lock = powerwall.lock
        self._sun, self._load, self._keep = sun, load, keep
        self.flow = self._peek()

    @property
    def at(self) -> datetime:
        """The instant to which the home has been stepped."""
        return self._at

    def settle_down(self) -> None:
        """Keep the state and forget how it came about: the record begins at the present step."""
        with self.lock:
            self.started_at = self._at
            self.buckets.clear()
            self.readings.clear()

    def step_to(self, now: datetime, step_s: int = _STEP_S) -> None:
        """Integrate to `now` in steps of at most `step_s` that end at whole steps and where settings change.

        An earlier `now` does nothing.
        """
        with self.lock:
            while self._at < now:
                epoch = self._at.timestamp()
                seconds = step_s - epoch % step_s
                end = min(now, self._at + timedelta(seconds=seconds))
                change = self.powerwall.next_change()
                if change is not None and self._at < change < end:
                    end = change
                self._step(end, epoch)
            self.powerwall.run_changes(now)

    def _step(self, end: datetime, epoch: float) -> None:
        seconds = (end - self._at).total_seconds()
        self.powerwall.run_changes(self._at)
        flow = self.powerwall.dispatch(self._load.power_w(self._at), self._sun.power_w(self._at), seconds, self._at)
        bucket = int(epoch) // BUCKET_S * BUCKET_S
        energy = self.buckets.get(bucket)
        if energy is None:
            energy = self.buckets[bucket] = EnergyBucket()
            self._forget(bucket)
        energy.add(flow, seconds / 3600)
        self._at, self.flow = end, flow
        if end.second == 0 and end.microsecond == 0:
            soc_pct = self.powerwall.pack.soc_pct
            self.readings.append(Reading(end, flow.solar_w, flow.grid_w, flow.battery_w, flow.load_w, soc_pct))

    def _forget(self, bucket: int) -> None:
        keep_s = self._keep.total_seconds()
        if len(self.buckets) > keep_s // BUCKET_S + 288:
            for old in [start for start in self.buckets if start < bucket - keep_s]:
                del self.buckets[old]
        oldest = self._at - self._keep
        while self.readings and self.readings[0].at < oldest:
            self.readings.popleft()

    def _peek(self) -> Flow:
        """The flow of the first moment, without running it."""
        load_w, solar_w = self._load.power_w(self._at), self._sun.power_w(self._at)
        return Flow(solar_w, 0.0, load_w - solar_w, load_w)
