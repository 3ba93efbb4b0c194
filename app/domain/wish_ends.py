"""What ends an owner's wish before its minute: a charge that is reached, or a price that passed a figure."""

from dataclasses import dataclass

from app.domain.opinions import Charge, Command, Discharge, Hold
from app.domain.present_price import present_price
from app.domain.reasons import Reason, because
from app.domain.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class EndsWhen:
    """`soc_pct`: charging ends at it or above, discharging at it or below. `price_c`: charging and holding end when a bought kWh costs more
    than it, discharging when a sold one earns less. None: only the time ends it."""

    soc_pct: float | None = None
    price_c: float | None = None


def ended_by(command: Command, ends: EndsWhen, snapshot: Snapshot) -> Reason | None:
    """Why the wish is over, None while it is not. What is not known ends nothing: its minute does."""
    return _by_charge(command, ends, snapshot) or _by_price(command, ends, snapshot)


def _by_charge(command: Command, ends: EndsWhen, snapshot: Snapshot) -> Reason | None:
    soc_pct = snapshot.live.soc_pct if snapshot.live is not None else None
    if ends.soc_pct is None or soc_pct is None:
        return None
    is_reached = (isinstance(command, Charge) and soc_pct >= ends.soc_pct) or (isinstance(command, Discharge) and soc_pct <= ends.soc_pct)
    return because("owner_wish_reached", soc_pct=soc_pct) if is_reached else None


def _by_price(command: Command, ends: EndsWhen, snapshot: Snapshot) -> Reason | None:
    price = present_price(snapshot)
    if ends.price_c is None or price is None:
        return None
    bought, sold = price.import_c_per_kwh, price.feed_in_c_per_kwh
    if isinstance(command, Charge | Hold) and bought is not None and bought > ends.price_c:
        return because("owner_wish_too_dear", price_c=bought, limit_c=ends.price_c)
    if isinstance(command, Discharge) and sold is not None and sold < ends.price_c:
        return because("owner_wish_too_cheap", price_c=sold, limit_c=ends.price_c)
    return None
