"""Solar curtailment at the battery: nothing is exported while feeding in earns nothing or costs money."""

from datetime import timedelta

from app.domain.opinions import BatteryLimits, Binding, Limit, Nothing, Opinion, Unknown
from app.domain.policies import Policy
from app.domain.present_price import COMMANDS_END_AFTER, present_price
from app.domain.reasons import because
from app.domain.settings.solar_curtailment import SolarCurtailment
from app.domain.snapshot import Snapshot

NAME = "solar_curtailment"
RELEASED_ABOVE_C = 0.2  # above the threshold: a price that wavers around it does not switch to and fro
LEAST_TIME = timedelta(minutes=5)


def keep_solar_at_home(snapshot: Snapshot) -> Opinion:
    """Forbid export while the feed-in price is at or below the owner's limit. An unknown price keeps what is in force until that ends."""
    settings = snapshot.settings.of(SolarCurtailment)
    if not settings.enabled or snapshot.battery is None:
        return Nothing()
    price = present_price(snapshot)
    if price is None or price.feed_in_c_per_kwh is None:
        return Unknown(because("no_feed_in_price"))
    feed_in_c, limit_c = price.feed_in_c_per_kwh, settings.feed_in_at_or_below_c
    earlier = snapshot.standing_limit(NAME)
    if feed_in_c > limit_c:
        is_over = earlier is None or (feed_in_c > limit_c + RELEASED_ABOVE_C and snapshot.now - earlier.began_at >= LEAST_TIME)
        if is_over:
            return Nothing(because("export_pays", feed_in_c=feed_in_c, limit_c=limit_c))
    reason = because("export_stopped", feed_in_c=feed_in_c, limit_c=limit_c)
    expires_at = price.end + COMMANDS_END_AFTER
    return Limit(BatteryLimits(max_export_w=0), Binding.ECONOMIC, reason, expires_at, gives_way=True)


POLICY = Policy(NAME, keep_solar_at_home)
