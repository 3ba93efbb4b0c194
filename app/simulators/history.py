"""The past of a simulated world: settled prices and meter readings up to an instant, for a database that starts with a history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.simulators.battery import BatteryPack
from app.simulators.household import Household, Reading
from app.simulators.load import HouseLoad
from app.simulators.market import SLOT_S
from app.simulators.powerwall import Powerwall
from app.simulators.sun import SolarArray
from app.simulators.world import SETTLING, World, owners_plan


@dataclass(frozen=True, slots=True)
class SettledPrice:
    """The final prices of [start, end), c/kWh with GST; `feed_in_c_per_kwh` is positive when the owner is paid."""

    start: datetime
    end: datetime
    import_c_per_kwh: float
    feed_in_c_per_kwh: float
    spot_c_per_kwh: float
    renewables_pct: float


@dataclass(frozen=True, slots=True)
class PreparedHistory:
    """Prices and readings of a span, in order of time; each iterator can be used once."""

    prices: Iterator[SettledPrice]
    readings: Iterator[Reading]


def prepared_day(world: World, until: datetime, *, days: float = 1, reading_minutes: int = 5) -> PreparedHistory:
    """What the `days` before `until` were like in `world`: settled prices of 5 minutes, a reading each `reading_minutes`.

    `reading_minutes` is 1, 5, 15, 30 or 60. Where the world has recorded its home (since its start and its `history_days` before
    that) these are its own readings; earlier ones come from the same home under the owner's own plan, run again for the purpose
    (a year takes some seconds).
    """
    until = until.astimezone(UTC)
    start = until - timedelta(days=days)
    return PreparedHistory(_prices(world, start, until), _readings(world, start, until, reading_minutes))


def _prices(world: World, start: datetime, until: datetime) -> Iterator[SettledPrice]:
    market = world.market
    for index in range(-int(-start.timestamp() // SLOT_S), int(until.timestamp()) // SLOT_S):
        spot_c = market.settled_c(index)
        begins = datetime.fromtimestamp(index * SLOT_S, UTC)
        yield SettledPrice(
            begins,
            begins + timedelta(seconds=SLOT_S),
            round(market.import_c(index, spot_c), 5),
            round(market.feed_in_c(spot_c), 5),
            spot_c,
            round(market.renewables_pct(index), 4),
        )


def _readings(world: World, start: datetime, until: datetime, minutes: int) -> Iterator[Reading]:
    recorded_from = world.household.started_at
    if start < recorded_from:
        yield from _relived(world, start, min(until, recorded_from), minutes)
    world.household.step_to(min(until, world.clock.now()))
    with world.household.lock:
        recorded = list(world.household.readings)
    yield from (reading for reading in recorded if start < reading.at <= until and reading.at.minute % minutes == 0)


def _relived(world: World, start: datetime, until: datetime, minutes: int) -> Iterator[Reading]:
    """The same home again, without the world's Powerwall."""
    place, zone = world.market.place, ZoneInfo(world.zone)
    live = world.powerwall.pack
    pack = BatteryPack(live.capacity_wh, 50, live.max_charge_w, live.max_discharge_w, live.one_way_efficiency)
    home = Household(
        start - SETTLING,
        Powerwall(zone, world.seed, owners_plan(), pack),
        SolarArray(place, world.sky, world.solar_peak_w),
        HouseLoad(zone, world.seed, world.load_scale),
        keep=timedelta(hours=1),
    )
    step_s = min(minutes, 5) * 60
    home.step_to(start, step_s)
    at = start.replace(minute=start.minute // minutes * minutes, second=0, microsecond=0) + timedelta(minutes=minutes)
    while at <= until:
        home.step_to(at, step_s)
        flow = home.flow
        yield Reading(at, flow.solar_w, flow.grid_w, flow.battery_w, flow.load_w, home.powerwall.pack.soc_pct)
        at += timedelta(minutes=minutes)
