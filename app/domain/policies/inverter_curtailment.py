"""Curtailment of the solar inverters beside the battery: off, or down to what the home takes, while feeding in costs money."""

from app.domain.opinions import Curtail, Nothing, Opinion, Priority, Unknown, Wish
from app.domain.policies import InverterPolicy
from app.domain.policies.solar_curtailment import LEAST_TIME, NAME, RELEASED_ABOVE_C
from app.domain.power import LiveReading
from app.domain.present_price import COMMANDS_END_AFTER, present_price
from app.domain.prices import PriceInterval
from app.domain.reasons import because
from app.domain.settings.solar_curtailment import LOAD_FOLLOWING, SolarCurtailment
from app.domain.snapshot import InverterView, Snapshot

EXPORTS_FROM_W = 100.0  # below this a flow to the grid is the noise of the meter
STEP_W = 50
WORTH_SENDING_W = 200  # a limit that would move less stays, unless the home exports


def limit_inverter(snapshot: Snapshot, inverter: InverterView) -> Opinion:
    """Curtail one inverter while feeding in costs money and the battery does not take its sun."""
    settings = snapshot.settings.of(SolarCurtailment)
    if not settings.enabled:
        return Nothing()
    price = present_price(snapshot)
    if price is None or price.feed_in_c_per_kwh is None or price.import_c_per_kwh is None:
        return Unknown(because("no_feed_in_price"))
    is_paid_to_import = price.import_c_per_kwh < 0
    if not is_paid_to_import and not _costs(snapshot, inverter, price.feed_in_c_per_kwh, settings):
        return Nothing(because("export_pays", feed_in_c=price.feed_in_c_per_kwh, limit_c=settings.inverters_below_c))
    if is_paid_to_import:
        return _wish(inverter, 0, price, "inverter_paid_to_import")
    live = snapshot.live
    if live is None or live.grid_w is None or inverter.ac_w is None:
        return _without_reading(snapshot, inverter)
    if _battery_takes_it(snapshot, live, settings):
        return Nothing(because("battery_takes_the_sun", soc_pct=live.soc_pct))
    if settings.inverters_to != LOAD_FOLLOWING or inverter.limits_export or not inverter.can_limit:
        return _wish(inverter, 0, price, "inverter_curtailed")
    return _wish(inverter, _followed_w(snapshot, inverter, live, settings), price, "inverter_follows_home")


def _costs(snapshot: Snapshot, inverter: InverterView, feed_in_c: float, settings: SolarCurtailment) -> bool:
    """Whether feeding in is below the owner's limit, with a little patience once the inverter is curtailed."""
    earlier = snapshot.before.get(f"{NAME}:{inverter.key}")
    if earlier is None:
        return feed_in_c < settings.inverters_below_c
    return feed_in_c < settings.inverters_below_c + RELEASED_ABOVE_C or snapshot.now - earlier.began_at < LEAST_TIME


def _without_reading(snapshot: Snapshot, inverter: InverterView) -> Opinion:
    """No reading starts no curtailment and ends none: at night an inverter is silent, and a lost reading proves nothing."""
    if snapshot.standing(f"{NAME}:{inverter.key}", inverter.axis) is not None:
        return Unknown(because("inverter_not_read", name=inverter.name))
    return Nothing(because("inverter_silent", name=inverter.name))


def _battery_takes_it(snapshot: Snapshot, live: LiveReading, settings: SolarCurtailment) -> bool:
    """Whether the battery has room and no sun is left over for the grid."""
    if snapshot.battery is None or live.soc_pct is None or live.grid_w is None:
        return False
    return live.soc_pct < settings.inverters_run_below_soc_pct and live.grid_w > -EXPORTS_FROM_W


def _followed_w(snapshot: Snapshot, inverter: InverterView, live: LiveReading, settings: SolarCurtailment) -> int:
    """What this inverter may make so that the home takes all of it, W: its share of what all of them may.

    What the battery gives counts as room: it falls to nothing by itself when the sun takes its place. What it takes stays its own."""
    makes_w = sum(each.ac_w or 0.0 for each in snapshot.inverters)
    grid_w, from_battery_w = live.grid_w or 0.0, max(live.battery_w or 0.0, 0.0)
    room_w = max(0.0, makes_w + grid_w + from_battery_w - settings.margin_w)
    count = max(1, len(snapshot.inverters))
    share = (inverter.ac_w or 0.0) / makes_w if makes_w > 0 else 1 / count
    wanted_w = int(room_w * share) // STEP_W * STEP_W
    if inverter.rated_w is not None:
        wanted_w = min(wanted_w, int(inverter.rated_w))
    earlier = snapshot.standing(f"{NAME}:{inverter.key}", inverter.axis)
    if earlier is not None and isinstance(earlier.command, Curtail):
        exports = grid_w < -EXPORTS_FROM_W
        if abs(earlier.command.max_w - wanted_w) < WORTH_SENDING_W and not (exports and wanted_w < earlier.command.max_w):
            return earlier.command.max_w
    return wanted_w


def _wish(inverter: InverterView, max_w: int, price: PriceInterval, code: str) -> Wish:
    reason = because(code, name=inverter.name, feed_in_c=price.feed_in_c_per_kwh, import_c=price.import_c_per_kwh, max_w=max_w)
    return Wish(inverter.axis, Curtail(max_w), Priority.AUTOMATION, reason, expires_at=price.end + COMMANDS_END_AFTER)


POLICY = InverterPolicy(NAME, limit_inverter)
