"""AEMO spike: the battery sells while the wholesale price of the owner's region is extreme, whatever the retailer."""

from datetime import datetime

from app.domain.opinions import BATTERY, Discharge, Nothing, Opinion, Priority, Unknown, Wish
from app.domain.policies import Policy
from app.domain.present_price import COMMANDS_END_AFTER
from app.domain.reasons import because
from app.domain.settings.aemo_spike import AemoSpike
from app.domain.snapshot import Snapshot, SpotPrice
from app.domain.source_chain import FRESH_FOR
from app.domain.told import told_until

NAME = "aemo_spike"
ENDS_BELOW = 20.0  # $/MWh under the threshold: a price that wavers around it does not switch to and fro
SELLING_FROM_W = 100.0
ROOM_TO_BEGIN_PCT = 2.0  # above the floor: so that it does not begin for a minute


def sell_the_spike(snapshot: Snapshot) -> Opinion:
    """Discharge from the threshold on until the price is 20 $/MWh below it again, down to the owner's floor.

    A battery that sells already by a plan of its own is left alone. A missing wholesale price starts nothing."""
    settings = snapshot.settings.of(AemoSpike)
    tested_until = snapshot.tests.get(NAME)
    if not settings.enabled and tested_until is None:
        return Nothing()
    if snapshot.battery is None or Discharge.__name__ not in snapshot.battery.commands:
        return Nothing(because("battery_cannot_sell"))
    spot = snapshot.spot
    if tested_until is None and (spot is None or snapshot.now - spot.end > FRESH_FOR):
        return Unknown(because("no_spot_price", region=settings.region))
    earlier = snapshot.standing(NAME, BATTERY)
    if tested_until is None and spot is not None and not _is_spike(spot, settings, earlier):
        return Nothing(because("spot_below", region=spot.region, per_mwh=spot.per_mwh, threshold=settings.threshold_per_mwh))
    return _sell(snapshot, settings, earlier, spot, tested_until)


def _is_spike(spot: SpotPrice, settings: AemoSpike, earlier: Wish | None) -> bool:
    return spot.per_mwh >= settings.threshold_per_mwh - (ENDS_BELOW if earlier is not None else 0.0)


def _sell(snapshot: Snapshot, settings: AemoSpike, earlier: Wish | None, spot: SpotPrice | None, tested_until: datetime | None) -> Opinion:
    live = snapshot.live
    if live is None or live.soc_pct is None:
        return Unknown(because("charge_unknown"))
    if live.soc_pct <= settings.least_soc_pct + (0.0 if earlier is not None else ROOM_TO_BEGIN_PCT):
        return Nothing(because("spike_at_floor", soc_pct=live.soc_pct, least_pct=settings.least_soc_pct))
    sells_already = (live.battery_w or 0.0) > SELLING_FROM_W and (live.grid_w or 0.0) < -SELLING_FROM_W
    if earlier is None and sells_already:
        return Nothing(because("spike_sells_already"))
    if tested_until is not None:
        reason, expires_at = because("spike_test", until=tested_until), tested_until
    else:
        assert spot is not None  # noqa: S101 - without a test there is one
        reason = because("spike", region=spot.region, per_mwh=spot.per_mwh, threshold=settings.threshold_per_mwh)
        expires_at = spot.end + COMMANDS_END_AFTER
    return Wish(BATTERY, Discharge(), Priority.GRID_EVENT, reason, expires_at, told_until=told_until(snapshot.now, earlier))


POLICY = Policy(NAME, sell_the_spike)
