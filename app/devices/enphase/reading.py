"""What the gateway measures.

Source: GET /production.json?details=1: `production` and `consumption` are lists; a meter is `type` "eim" with its `measurementType`, `wNow`
in W and an `activeCount` of 0 where it is not fitted. net-consumption is + import. Without a production meter the sum of the inverters
counts, which is up to 5 minutes old."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from app.devices.enphase.vendor import VENDOR
from app.transports.errors import AnswerNotUnderstood

LARGEST_W: Final = 350_000.0
_UNMETERED_AGE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Measured:
    """W; `grid_w` + import, None without a consumption meter. `age`: how old the figures may be at most."""

    solar_w: float  # ≥ 0
    grid_w: float | None
    age: timedelta = timedelta(0)

    @property
    def load_w(self) -> float | None:
        """What the home uses, as far as there is no battery."""
        return None if self.grid_w is None else self.solar_w + self.grid_w


def measured_from(body: Any) -> Measured:
    """Raises AnswerNotUnderstood."""
    if not isinstance(body, Mapping):
        raise AnswerNotUnderstood(VENDOR, "its production is not an object")
    net = _meter(body.get("consumption"), "net-consumption")
    grid_w = _power_w(net, "net-consumption") if net is not None else None
    made = _meter(body.get("production"), "production")
    if made is not None:
        return Measured(max(0.0, _power_w(made, "production")), grid_w)  # a meter shows some watts of use at night
    inverters = next((each for each in _entries(body.get("production")) if each.get("type") == "inverters"), None)
    if inverters is None:
        raise AnswerNotUnderstood(VENDOR, "it tells neither of a production meter nor of inverters")
    return Measured(max(0.0, _power_w(inverters, "inverters")), grid_w, _UNMETERED_AGE)


def _meter(entries: Any, measures: str) -> Mapping[str, Any] | None:
    found = (each for each in _entries(entries) if each.get("type") == "eim" and each.get("measurementType") == measures)
    return next((each for each in found if each.get("activeCount") != 0), None)


def _entries(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _power_w(entry: Mapping[str, Any], name: str) -> float:
    power_w = entry.get("wNow")
    if isinstance(power_w, bool) or not isinstance(power_w, int | float) or abs(power_w) > LARGEST_W:
        raise AnswerNotUnderstood(VENDOR, f"its figure of {name} cannot be")
    return float(power_w)
