"""Tariff sync: the battery follows the retailer's prices of the next 24 hours, or keeps the plan of the whole year."""

from datetime import datetime, timedelta

from app.domain.opinions import BATTERY, FollowTariff, Nothing, Opinion, Priority, Unknown, Wish
from app.domain.policies import Policy
from app.domain.prices import PriceBook, PriceInterval, Quality
from app.domain.reasons import Reason, because
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import Snapshot
from app.domain.source_chain import FRESH_FOR, Step, newest_actual
from app.domain.tariffs.half_hourly import Missing
from app.domain.tariffs.seasonal import Tariff, moved_c
from app.domain.tariffs.todays import prices_ahead, sources, todays_tariff

SECOND_UPLOAD_FROM_C = 0.5  # how far a slot must have moved to be worth the second upload of a 5-minute period
UPLOADS_PER_PERIOD = 2


def follow_prices(snapshot: Snapshot) -> Opinion:
    """Give the battery the shaped tariff of the next 24 hours, or of the whole year where it keeps such a plan.

    A price that is missing or old gives Unknown: the battery keeps the tariff that it has until that one's prices are too old to trust."""
    settings = snapshot.settings.of(TariffSync)
    if not settings.enabled:
        return Nothing(because("tariff_sync_off"))
    if snapshot.battery is not None and FollowTariff.__name__ not in snapshot.battery.commands:
        return Nothing(because("battery_takes_no_tariff"))
    prices, shaped = prices_ahead(snapshot), todays_tariff(snapshot)
    if prices is None or shaped is None:
        return Unknown(because("no_prices"))
    source = sources(snapshot)
    is_market = source.step is Step.MARKET
    present = source.present if is_market else newest_actual(prices, snapshot.now)
    if present is None or snapshot.now - present.end > FRESH_FOR:
        return Unknown(because("prices_old", since=present.end if present else prices.as_of))
    if isinstance(shaped, Missing):
        return Unknown(why_missing(shaped))
    chosen = worth_sending(shaped.result, snapshot, settings, present)
    if chosen is None:
        return Unknown(because("waits_for_settled_price"))
    replan = settings.mode_toggle and present.quality is Quality.SETTLED and _is_quiet(snapshot)
    reason = because(
        "follows_market" if is_market else "follows_prices",
        retailer=snapshot.retailer,
        import_c=present.import_c_per_kwh,
        feed_in_c=present.feed_in_c_per_kwh,
        known_until=prices.known_until,
        market_from=source.market_from,
    )
    return Wish(BATTERY, FollowTariff(chosen, replan), Priority.TARIFF_SYNC, reason, expires_at=_trusted_until(snapshot, prices, settings))


def worth_sending(tariff: Tariff, snapshot: Snapshot, settings: TariffSync, present: PriceInterval) -> Tariff | None:
    """`tariff`, or the one that the battery follows already where a further upload is not due; None where there is neither.

    Twice in 5 minutes at most, the second time only when a slot moved by 0.5 c or the kind of tariff changed; with settled prices only, not
    before the price is settled."""
    earlier = snapshot.standing("tariff_sync", BATTERY)
    followed = earlier.command.tariff if earlier and isinstance(earlier.command, FollowTariff) else None
    is_settled = present.quality is Quality.SETTLED and present.start <= snapshot.now < present.end
    if settings.settled_prices_only and not is_settled:
        return followed
    if followed is None:
        return tariff
    if snapshot.tariff_uploads_in_period == 0:
        return tariff
    if snapshot.tariff_uploads_in_period < UPLOADS_PER_PERIOD and moved_c(tariff, followed) >= SECOND_UPLOAD_FROM_C:
        return tariff
    return followed


def why_missing(missing: Missing) -> Reason:
    """The reason for the owner."""
    if missing.is_too_short:
        return because("horizon_short", known_until=missing.known_until)
    return because("prices_missing", half_hours=list(missing.half_hours), count=len(missing.half_hours))


def _trusted_until(snapshot: Snapshot, prices: PriceBook, settings: TariffSync) -> datetime:
    """Until when the tariff may stay without new prices: published prices while they last, forecasts for the owner's time at most."""
    if prices.known_until is None:
        return prices.as_of
    if prices.is_published_ahead or snapshot.plan is not None:
        return prices.known_until
    return min(prices.known_until, prices.as_of + timedelta(hours=settings.forecast_max_age_h))


def _is_quiet(snapshot: Snapshot) -> bool:
    """Neither exporting nor charging: switching the mode for a moment then costs nothing. Unknown counts as not quiet."""
    live = snapshot.live
    if live is None or live.grid_w is None or live.battery_w is None:
        return False
    return live.grid_w >= 0 and live.battery_w >= 0


POLICY = Policy("tariff_sync", follow_prices)
