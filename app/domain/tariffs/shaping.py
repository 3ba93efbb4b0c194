"""What the battery is told may differ from what the owner is billed: boost, chip, spike protection, demand surcharge, in this order.

Preview and upload call the same `shape`, so they cannot disagree."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time

from app.domain.prices import Spike
from app.domain.settings import SettingsBook
from app.domain.settings.chip_mode import ChipMode
from app.domain.settings.demand import Demand
from app.domain.settings.export_boost import ExportBoost
from app.domain.settings.spike_protection import SpikeProtection
from app.domain.tariffs.half_hourly import RollingTariff, Slot
from app.domain.windows import Window

SPIKE_MARGIN_C = 100.0  # buying in a spike must look worse than any sale


@dataclass(frozen=True, slots=True)
class Shaping:
    """One step and the tariff after it."""

    name: str  # of the policy: "export_boost"
    tariff: RollingTariff
    changed: frozenset[int]  # slots that this step changed


@dataclass(frozen=True, slots=True)
class Shaped:
    """From the retailer's prices to what is sent, step by step. Steps that are switched off are left out."""

    original: RollingTariff
    steps: tuple[Shaping, ...]

    @property
    def result(self) -> RollingTariff:
        """What is sent."""
        return self.steps[-1].tariff if self.steps else self.original


def shape(tariff: RollingTariff, settings: SettingsBook) -> Shaped:
    """All shaping that the owner switched on."""
    boost, chip = settings.of(ExportBoost), settings.of(ChipMode)
    spike, demand = settings.of(SpikeProtection), settings.of(Demand)
    steps: list[Shaping] = []

    def then(name: str, change: Callable[[Slot], Slot]) -> None:
        before = steps[-1].tariff if steps else tariff
        slots = tuple(change(slot) for slot in before.slots)
        changed = frozenset(slot.index for slot, old in zip(slots, before.slots, strict=True) if slot != old)
        steps.append(Shaping(name, replace(before, slots=slots), changed))

    if boost.enabled and (boost.offset_c or boost.minimum_c):
        then("export_boost", lambda slot: boosted(slot, boost))
    after_boost = steps[-1].tariff if steps else tariff
    if chip.enabled:
        then("chip_mode", lambda slot: chipped(slot, chip))
    if spike.enabled:
        ceiling_c = max(slot.feed_in_c_per_kwh for slot in after_boost.slots) + SPIKE_MARGIN_C
        then("spike_protection", lambda slot: protected(slot, ceiling_c))
    if demand.enabled and demand.surcharge_c:
        then("demand", lambda slot: surcharged(slot, demand))
    return Shaped(tariff, tuple(steps))


def boosted(slot: Slot, settings: ExportBoost) -> Slot:
    """Inside the window, from the threshold on: offset added, raised to the minimum."""
    if not _inside(slot, Window(settings.start, settings.end)) or slot.feed_in_c_per_kwh < settings.threshold_c:
        return slot
    return replace(slot, feed_in_c_per_kwh=max(slot.feed_in_c_per_kwh + settings.offset_c, settings.minimum_c))


def chipped(slot: Slot, settings: ChipMode) -> Slot:
    """Inside the window: 0 unless the price is at or above the threshold. A price at the threshold is left as it is."""
    if not _inside(slot, Window(settings.start, settings.end)) or slot.feed_in_c_per_kwh >= settings.threshold_c:
        return slot
    return replace(slot, feed_in_c_per_kwh=0.0)


def protected(slot: Slot, ceiling_c: float) -> Slot:
    """A slot flagged on its own date costs at least `ceiling_c`; others, and dearer ones, stay."""
    if slot.spike is Spike.NONE or slot.import_c_per_kwh >= ceiling_c:
        return slot
    return replace(slot, import_c_per_kwh=ceiling_c)


def surcharged(slot: Slot, settings: Demand) -> Slot:
    """A slot inside a demand window of its own date costs the surcharge more."""
    if not any(_inside(slot, window) for window in settings.windows):
        return slot
    return replace(slot, import_c_per_kwh=slot.import_c_per_kwh + settings.surcharge_c)


def _inside(slot: Slot, window: Window) -> bool:
    return window.covers(slot.date, time(slot.index // 2, slot.index % 2 * 30))
