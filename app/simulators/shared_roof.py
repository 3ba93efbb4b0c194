"""A home whose sun comes over two ways: panels at the battery's own inverter, and a string inverter beside it."""

from datetime import datetime

from app.simulators.household import Household
from app.simulators.places import Place
from app.simulators.sun import Sky, SolarArray
from app.simulators.sungrow_string import StringQuirks, SungrowString

INVERTER_PEAK_W = 5_000.0


class SharedRoof:
    """As `SolarArray` of `peak_w`, of which up to 5 kW hang on a Sungrow SG: what that makes is part of the home's solar."""

    def __init__(self, place: Place, sky: Sky, peak_w: float, started_at: datetime) -> None:
        beside_w = min(INVERTER_PEAK_W, peak_w)
        self._own = SolarArray(place, sky, peak_w - beside_w)
        quirks = StringQuirks(has_meter=False)  # the battery's gateway meters the home
        self.inverter = SungrowString(started_at, quirks=quirks, sun=SolarArray(place, sky, beside_w))

    def power_w(self, at: datetime) -> float:
        """What both could make at `at` (W, ≥ 0)."""
        return self._own.power_w(at) + self.inverter.power_w(at)

    def joins(self, household: Household) -> None:
        """From now on the inverter tells of what that home takes: without a grid, or where nothing may be fed in, not all of it."""

        def taken() -> float:
            flow = household.flow
            possible_w = flow.solar_w + flow.curtailed_w
            return flow.solar_w / possible_w if possible_w > 0 else 1.0

        self.inverter.taken = taken
