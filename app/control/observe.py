"""From the tables to a frozen snapshot: what is stale becomes None on the way."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.control import market_link
from app.control.connections import brand_of, load
from app.control.observed_inverters import inverter_names, inverter_views
from app.control.observed_market import spot_price
from app.control.planning import store
from app.control.price_rows import stored_intervals
from app.control.trials import TEST_AXIS, tests_running
from app.domain.charges import NO_CHARGES, StandingCharges
from app.domain.codec import from_json
from app.domain.opinions import BATTERY, Axis, Command, Limit, Priority, Wish
from app.domain.overrides import PriceOverride, overridden
from app.domain.power import LiveReading
from app.domain.prices import PriceBook, without_overlap
from app.domain.reasons import because
from app.domain.settings import SettingsBook, policy_settings
from app.domain.settings.aemo_spike import AemoSpike
from app.domain.settings.optimizer import Optimizer
from app.domain.settings.supply_charges import SupplyCharges
from app.domain.snapshot import BatteryView, OwnersChange, SiteLimits, Snapshot, StandingLimit, StandingWish
from app.domain.tariffs.time_of_use import TimeOfUse
from app.models.connection import Connection
from app.models.control import DeviceState, OwnerWish, PolicyWish, StandDown, TariffUpload
from app.models.energy import Reading
from app.models.policy_settings import PolicySettings
from app.models.price import PriceFeed
from app.models.site import CONTROL_ON, Site
from app.models.tariffs import PriceOverride as OverrideRow

PERIOD = timedelta(minutes=5)
SKEW = timedelta(seconds=90)  # how far a vendor's clock may be ahead of ours
# Where the source sees a whole day ahead, the past decides nothing but the age of the present price. Where it does not, each half-hour
# of the clock needs a price that was known once, and of some days the newest is the one of two days ago.
LOOK_BACK, LONG_LOOK_BACK = timedelta(hours=2), timedelta(hours=49)
WHOLE_DAY = timedelta(hours=25, minutes=30)


def observe(session: Session, site: Site, now: datetime) -> Snapshot:
    """Everything known about `site` at `now`."""
    retailer = load(session, site.id, "retailer")
    battery = load(session, site.id, "battery")
    feed = feed_row(session, retailer) if retailer else None
    zone = ZoneInfo(site.timezone)
    settings = settings_of(session, site.id)
    wishes, limits = before(session, site.id)
    plan = store.newest_row(session, site.id, now) if settings.of(Optimizer).enabled else None
    return Snapshot(
        now=now,
        zone=zone,
        currency=site.currency,
        is_control_on=site.control == CONTROL_ON,
        settings=settings,
        retailer=brand_of("retailer", retailer.brand).title if retailer else "",
        estimates=estimated_book(session, site, feed, now) if feed else None,
        prices=price_book(session, retailer, now, feed=feed) if retailer and feed else None,
        live=live_reading(session, site.id, battery, now) if battery else None,
        battery=battery_view(session, battery) if battery else None,
        limits=SiteLimits(site.max_import_w, site.max_export_w),
        owner_wishes=owner_wishes(session, site.id, now),
        before=wishes,
        limits_before=limits,
        stood_down=stood_down(session, site.id),
        tariff_uploads_in_period=uploads_in_period(session, site.id, now),
        charges=charges_of(settings, feed),
        plan=from_json(TimeOfUse, feed.plan) if feed and feed.plan else None,
        inverters=inverter_views(session, site.id, now),
        spot=spot_price(session, settings.of(AemoSpike), now),
        tests=tests_running(session, site.id, now),
        battery_plan=store.next_hours(store.plan_of(plan), now) if plan is not None else None,
        plan_problem=store.problem_of(session, site.id) if settings.of(Optimizer).enabled else None,
    )


def settings_of(session: Session, site_id: int) -> SettingsBook:
    """The site's policy settings, each in its type."""
    kinds = policy_settings()
    rows = session.execute(select(PolicySettings.policy, PolicySettings.values).where(PolicySettings.site_id == site_id))
    return SettingsBook({policy: from_json(kinds[policy].type, values) for policy, values in rows if policy in kinds})


def charges_of(settings: SettingsBook, feed: PriceFeed | None) -> StandingCharges:
    """The supply charges: what the owner entered wins over what the retailer states."""
    stated = StandingCharges(feed.daily_charge_c, feed.monthly_charge_c) if feed else NO_CHARGES
    return settings.of(SupplyCharges).entered.or_else(stated)


def price_book(
    session: Session, retailer: Connection, now: datetime, since: datetime | None = None, feed: PriceFeed | None = None
) -> PriceBook | None:
    """The prices of a retailer connection from as long ago as they can decide something (or `since`) to as far as it sees; None before
    the first have arrived. `feed`: its row, where the caller has it already."""
    feed = feed or feed_row(session, retailer)
    if feed is None or feed.as_of is None:
        return None
    sees_a_day = feed.known_until is not None and feed.known_until >= now + WHOLE_DAY
    since = since or now - (LOOK_BACK if sees_a_day else LONG_LOOK_BACK)
    stored = without_overlap(stored_intervals(session, feed, retailer.brand, since, None))
    return PriceBook(
        intervals=overridden(stored, overrides_since(session, retailer.site_id, since)),
        as_of=feed.as_of,
        known_until=feed.known_until,
        is_published_ahead=feed.is_published_ahead,
        channels=frozenset(feed.channels.split(",")),
    )


def estimated_book(session: Session, site: Site, feed: PriceFeed, now: datetime) -> PriceBook | None:
    """What the market lets the retailer's prices be estimated at, with the owner's own prices in it; None while they are not needed."""
    book = market_link.estimates(session, feed, ZoneInfo(site.timezone), now)
    if book is None:
        return None
    return replace(book, intervals=overridden(book.intervals, overrides_since(session, site.id, now - LOOK_BACK)))


def overrides_since(session: Session, site_id: int, since: datetime) -> list[PriceOverride]:
    """The prices that the owner entered for stretches of time that end after `since`, in the order in which they were entered."""
    rows = session.scalars(
        select(OverrideRow).where(OverrideRow.site_id == site_id, OverrideRow.end > since).order_by(OverrideRow.created_at, OverrideRow.id)
    )
    return [PriceOverride(row.start, row.end, row.import_c, row.feed_in_c, row.note) for row in rows]


def feed_row(session: Session, retailer: Connection) -> PriceFeed | None:
    """The feed of a retailer connection; None before its first answer."""
    return session.scalars(select(PriceFeed).where(PriceFeed.connection_id == retailer.id)).one_or_none()


def live_reading(session: Session, site_id: int, battery: Connection, now: datetime) -> LiveReading | None:
    """The newest reading while it is fresh: not older than 2 minutes, or 2.5 polls where the device is asked less often."""
    # A clock that was set back leaves readings of the future behind: they say nothing about now.
    newest = select(func.max(Reading.taken_at)).where(Reading.site_id == site_id, Reading.taken_at <= now + SKEW).scalar_subquery()
    row = session.scalars(select(Reading).where(Reading.site_id == site_id, Reading.taken_at == newest)).one_or_none()
    if row is None or now - row.taken_at > reading_fresh_for(battery):
        return None
    return LiveReading(
        taken_at=row.taken_at,
        source=battery.brand,
        solar_w=row.solar_w,
        grid_w=row.grid_w,
        battery_w=row.battery_w,
        load_w=row.load_w,
        soc_pct=row.soc_pct,
        on_grid=row.on_grid,
    )


def reading_fresh_for(battery: Connection) -> timedelta:
    """How old a reading of this connection may be."""
    return timedelta(seconds=max(120.0, 2.5 * brand_of("battery", battery.brand).as_linked(battery.config).poll_s))


def battery_view(session: Session, battery: Connection) -> BatteryView:
    """What is stored of the battery's settings."""
    state = session.get(DeviceState, battery.id)
    brand = brand_of("battery", battery.brand)
    capabilities = brand.able(battery.config)
    return BatteryView(
        commands=capabilities,
        settings=_without_plans(state.found) if state and state.found is not None else None,
        settings_at=state.found_at if state else None,
        has_power_setpoint="power_setpoint" in capabilities,
        takes_weekly_plan="weekly_plan" in capabilities,
        modes_that_ignore_tariffs=brand.modes_that_ignore_tariffs,
    )


def _without_plans(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that are a single value: what a battery does with a whole plan decides nothing here."""
    return {name: value for name, value in settings.items() if isinstance(value, str | int | float)}


def owner_wishes(session: Session, site_id: int, now: datetime) -> tuple[StandingWish, ...]:
    """The owner's buttons that are alive, the newest first: with equal rank the last press counts."""
    rows = session.scalars(
        select(OwnerWish)
        .where(
            OwnerWish.site_id == site_id,
            OwnerWish.ended_at.is_(None),
            OwnerWish.expires_at > now,
            OwnerWish.axis.not_like(f"{TEST_AXIS}%"),
        )
        .order_by(OwnerWish.created_at.desc(), OwnerWish.id.desc())
    ).all()
    names = inverter_names(session, site_id) if any(row.axis.startswith("inverter") for row in rows) else {}
    return tuple(
        StandingWish(
            Wish(
                axis=_axis(row.axis),
                command=_command(row.command),
                priority=Priority.OWNER,
                reason=because(_OWNER_CODES[row.command["is"]], until=row.expires_at, **names.get(row.axis, {})),
                expires_at=row.expires_at,
            ),
            began_at=row.created_at,
        )
        for row in rows
    )


_OWNER_CODES = {
    "Charge": "owner_charge",
    "Discharge": "owner_discharge",
    "Hold": "owner_hold",
    "SelfConsume": "owner_self_consume",
    "Curtail": "owner_curtail",
    "Run": "owner_run",
}


def _axis(text: str) -> Axis:
    kind, _, key = text.partition(":")
    return Axis(kind, key) if key else (BATTERY if kind == "battery" else Axis(kind))


def _command(value: Mapping[str, Any]) -> Command:
    return from_json(Command, value)  # type: ignore[arg-type]


def before(session: Session, site_id: int) -> tuple[dict[str, StandingWish], dict[str, StandingLimit]]:
    """What each policy wished at the last tick, and which limits were set."""
    wishes: dict[str, StandingWish] = {}
    limits: dict[str, StandingLimit] = {}
    for row in session.scalars(select(PolicyWish).where(PolicyWish.site_id == site_id)):
        opinion = _opinion(json.dumps(row.wish))
        if isinstance(opinion, Wish):
            wishes[row.policy] = StandingWish(opinion, row.began_at)
        else:
            limits[row.policy] = StandingLimit(opinion, row.began_at)
    return wishes, limits


@lru_cache(maxsize=256)  # the same wish stands for many ticks, and its tariff is long to read
def _opinion(text: str) -> Wish | Limit:
    return from_json(Wish | Limit, json.loads(text))  # type: ignore[arg-type]


def stood_down(session: Session, site_id: int) -> dict[str, OwnersChange]:
    """The policies that wait because somebody changed a setting that they need."""
    rows = session.scalars(select(StandDown).where(StandDown.site_id == site_id))
    return {row.policy: OwnersChange(row.policy, frozenset(change["field"] for change in row.changes), row.seen_at) for row in rows}


def uploads_in_period(session: Session, site_id: int, now: datetime) -> int:
    """Tariffs sent in the running 5 minutes of the market."""
    began = now - timedelta(seconds=now.timestamp() % PERIOD.total_seconds())
    return (
        session.scalar(select(func.count()).select_from(TariffUpload).where(TariffUpload.site_id == site_id, TariffUpload.at >= began)) or 0
    )
