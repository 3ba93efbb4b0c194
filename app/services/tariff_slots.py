"""The 48 half-hours of the tariff page: what the retailer says, what each step makes of it, what was sent, what the battery holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, cast
from zoneinfo import ZoneInfo

from app.devices.capabilities import Battery, ShowsTariff
from app.domain.codec import from_json
from app.domain.opinions import NO_LIMITS, FollowTariff
from app.domain.prices import Quality
from app.domain.tariffs.half_hourly import SLOTS, RollingTariff, rolling_places, slot_index, slot_label
from app.domain.tariffs.seasonal import Tariff
from app.domain.tariffs.shaping import Shaped
from app.models.control import DeviceState, TariffUpload

ACTS_ON_IMPORT = frozenset({"spike_protection", "demand"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Both prices of a slot, c/kWh; None where unknown."""

    import_c: float | None
    feed_in_c: float | None


NOTHING_KNOWN = Pair(None, None)


@dataclass(frozen=True, slots=True)
class StepCell:
    """The price that one shaping step leaves in a slot, and whether it changed it."""

    price_c: float
    is_changed: bool


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One half-hour of the clock, in the order in which they come."""

    label: str  # "16:30 – 17:00"
    date: date
    is_now: bool
    is_estimate: bool
    retail: Pair
    steps: tuple[StepCell, ...]
    sent: Pair
    held: Pair
    is_taken_over: bool  # what is held is the plan of another command: it is not measured by what was sent

    @property
    def import_differs(self) -> bool:
        """The battery holds another import price than was sent, and should not."""
        return not self.is_taken_over and _differ(self.sent.import_c, self.held.import_c)

    @property
    def feed_in_differs(self) -> bool:
        return not self.is_taken_over and _differ(self.sent.feed_in_c, self.held.feed_in_c)


def slot_rows(
    zone: ZoneInfo, now: datetime, tariff: Shaped[RollingTariff] | None, shown: "Shown", *, is_taken_over: bool
) -> tuple[SlotRow, ...]:
    """The 48 half-hours from the running one on."""
    places = rolling_places(zone, now)
    running = slot_index(now.astimezone(zone))
    return tuple(
        SlotRow(
            label=f"{slot_label(index)} – {slot_label((index + 1) % SLOTS)}",
            date=places[index].date,
            is_now=index == running,
            is_estimate=tariff is not None and tariff.original.slots[index].quality is Quality.ESTIMATE,
            retail=_pair(tariff.original, places[index].date, index) if tariff else NOTHING_KNOWN,
            steps=_cells(tariff, index) if tariff else (),
            sent=shown.sent[index],
            held=shown.held[index],
            is_taken_over=is_taken_over,
        )
        for index in (*range(running, SLOTS), *range(running))
    )


def _cells(tariff: Shaped[RollingTariff], index: int) -> tuple[StepCell, ...]:
    cells = []
    for step in tariff.steps:
        slot = step.tariff.slots[index]
        price_c = slot.import_c_per_kwh if step.name in ACTS_ON_IMPORT else slot.feed_in_c_per_kwh
        cells.append(StepCell(price_c, index in step.changed))
    return tuple(cells)


def _pair(tariff: Tariff, day: date, index: int) -> Pair:
    """What a tariff says for a half-hour of the clock; a year's plan goes by the date."""
    priced = tariff.slots[index] if isinstance(tariff, RollingTariff) else tariff.block_at(day, index)
    return Pair(priced.import_c_per_kwh, priced.feed_in_c_per_kwh) if priced else NOTHING_KNOWN


def _differ(sent_c: float | None, held_c: float | None) -> bool:
    return sent_c is not None and held_c is not None and abs(sent_c - held_c) >= 0.005


@dataclass(frozen=True)
class Shown:
    """Per slot of the clock what was sent and what is held, in the battery's own reading where it can show its tariff."""

    sent: tuple[Pair, ...]
    held: tuple[Pair, ...]
    target: Mapping[str, Any] | None  # the settings that were sent

    @classmethod
    def of(cls, upload: TariffUpload | None, state: DeviceState | None, driver: Battery | None, now: datetime, zone: ZoneInfo) -> "Shown":
        nothing = (NOTHING_KNOWN,) * SLOTS
        tariff = _tariff_of(upload)
        dates = [place.date for place in rolling_places(zone, now)]
        moments = [datetime.combine(day, _clock(index)) for index, day in enumerate(dates)]
        sent = held = nothing
        target: Mapping[str, Any] | None = None
        if tariff is not None:
            sent = tuple(_pair(tariff, day, index) for index, day in enumerate(dates))
        if driver is not None and tariff is not None and FollowTariff in driver.abilities.commands:
            target = driver.target(FollowTariff(tariff), NO_LIMITS, {}, now=now, until=None, zone=zone)
        if driver is not None and isinstance(driver, ShowsTariff):
            if target is not None:
                sent = _rates(driver, target, moments)
            if state is not None and state.found is not None:
                held = _rates(driver, state.found, moments)
        return cls(sent, held, target)


def _rates(driver: ShowsTariff, settings: Mapping[str, Any], moments: list[datetime]) -> tuple[Pair, ...]:
    return tuple(Pair(each.import_c_per_kwh, each.feed_in_c_per_kwh) for each in driver.tariff_rates(settings, moments))


def _clock(index: int) -> time:
    return time(index // 2, index % 2 * 30)


def _tariff_of(upload: TariffUpload | None) -> Tariff | None:
    if upload is None:
        return None
    try:
        return cast(Tariff, from_json(Tariff, upload.tariff))  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        return None  # written by a release whose tariffs looked different: nothing is shown rather than a guess
