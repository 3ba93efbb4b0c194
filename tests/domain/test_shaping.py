"""What the battery is told: each step alone, their order, their dates."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.domain.prices import Quality, Spike
from app.domain.settings import SettingsBook
from app.domain.settings.chip_mode import ChipMode
from app.domain.settings.demand import Demand, DemandPeriod, DemandWindow
from app.domain.settings.export_boost import ExportBoost
from app.domain.settings.spike_protection import SpikeProtection
from app.domain.tariffs.half_hourly import RollingTariff, Slot
from app.domain.tariffs.seasonal import seasonal
from app.domain.tariffs.shaping import shape
from app.domain.windows import Days
from tests.domain.plans import two_seasons

FRIDAY = date(2026, 11, 20)


def a_tariff(import_c: float = 30.0, feed_in_c: float = 8.0, spikes: tuple[int, ...] = (), tomorrow_until: int = 28) -> RollingTariff:
    return RollingTariff(
        "Australia/Sydney",
        "AUD",
        tuple(
            Slot(
                index,
                FRIDAY + timedelta(days=index < tomorrow_until),
                datetime(2026, 11, 20, tzinfo=UTC),
                import_c,
                feed_in_c,
                Quality.FORECAST,
                Spike.SPIKE if index in spikes else Spike.NONE,
            )
            for index in range(48)
        ),
    )


BOOST = ExportBoost(enabled=True, offset_c=5.0, minimum_c=20.0, threshold_c=10.0)


@pytest.mark.parametrize(("price_c", "seen_c"), [(18.0, 23.0), (12.0, 20.0), (10.0, 20.0), (5.0, 5.0), (-3.0, -3.0)])
def test_boost_inside_its_window(price_c: float, seen_c: float) -> None:
    slots = shape(a_tariff(feed_in_c=price_c), SettingsBook({"export_boost": BOOST})).result.slots
    assert slots[34].feed_in_c_per_kwh == slots[41].feed_in_c_per_kwh == seen_c
    assert slots[33].feed_in_c_per_kwh == slots[42].feed_in_c_per_kwh == price_c


def test_boost_without_offset_and_minimum_does_nothing() -> None:
    shaped = shape(a_tariff(), SettingsBook({"export_boost": ExportBoost(enabled=True)}))
    assert shaped.steps == ()


@pytest.mark.parametrize(("price_c", "seen_c"), [(8.0, 0.0), (30.0, 30.0), (35.0, 35.0)])
def test_chip_holds_back_below_its_threshold(price_c: float, seen_c: float) -> None:
    slots = shape(a_tariff(feed_in_c=price_c), SettingsBook({"chip_mode": ChipMode(enabled=True)})).result.slots
    assert slots[44].feed_in_c_per_kwh == slots[0].feed_in_c_per_kwh == slots[11].feed_in_c_per_kwh == seen_c
    assert slots[12].feed_in_c_per_kwh == slots[43].feed_in_c_per_kwh == price_c


def test_spike_protection_raises_only_flagged_slots_above_every_sale() -> None:
    tariff = a_tariff(import_c=85.0, feed_in_c=2129.0, spikes=(35,))
    slots = shape(tariff, SettingsBook({"spike_protection": SpikeProtection(enabled=True)})).result.slots
    assert slots[35].import_c_per_kwh == 2229.0
    assert slots[36].import_c_per_kwh == 85.0
    assert slots[35].feed_in_c_per_kwh == 2129.0


def test_spike_protection_counts_the_boosted_sale_and_not_the_chipped_one() -> None:
    tariff = a_tariff(import_c=85.0, feed_in_c=21.0, spikes=(0, 35))
    book = SettingsBook(
        {
            "spike_protection": SpikeProtection(enabled=True),
            "export_boost": BOOST,
            "chip_mode": ChipMode(enabled=True, start=time(0), end=time(0)),
        }
    )
    shaped = shape(tariff, book)
    assert [step.name for step in shaped.steps] == ["export_boost", "chip_mode", "spike_protection"]
    assert shaped.result.slots[35].import_c_per_kwh == shaped.result.slots[0].import_c_per_kwh == 126.0
    assert shaped.result.slots[35].feed_in_c_per_kwh == 0.0


def test_spike_protection_never_lowers() -> None:
    tariff = a_tariff(import_c=2500.0, feed_in_c=2129.0, spikes=(35,))
    assert shape(tariff, SettingsBook({"spike_protection": SpikeProtection(enabled=True)})).result.slots[35].import_c_per_kwh == 2500.0


def test_the_demand_surcharge_falls_on_the_slots_own_date() -> None:
    demand = Demand(enabled=True, surcharge_c=200.0, windows=(DemandWindow(time(14), time(20), Days.WEEKDAYS),))
    tariff = a_tariff(tomorrow_until=32)  # slots before 16:00 hold Saturday's prices
    slots = shape(tariff, SettingsBook({"demand": demand})).result.slots
    assert slots[28].import_c_per_kwh == 30.0, "Saturday 14:00 is not billed"
    assert slots[32].import_c_per_kwh == 230.0, "Friday 16:00 is"
    assert slots[39].import_c_per_kwh == 230.0
    assert slots[40].import_c_per_kwh == 30.0


def test_a_demand_rate_stands_beside_the_price_without_changing_it() -> None:
    demand = Demand(enabled=True, windows=(DemandWindow(time(14), time(20), Days.WEEKDAYS, rate_c_per_kw=39.485),), apply_to="both")
    shaped = shape(a_tariff(tomorrow_until=32), SettingsBook({"demand": demand}))
    assert {slot.index for slot in shaped.result.slots if slot.demand_c_per_kw == 39.485} == set(range(32, 40)) == shaped.steps[0].changed
    assert {slot.import_c_per_kwh for slot in shaped.result.slots} == {30.0}
    assert shaped.result.demand_applies_to == "both"


def test_a_demand_charge_without_rate_and_surcharge_is_no_step() -> None:
    assert shape(a_tariff(), SettingsBook({"demand": Demand(enabled=True)})).steps == ()


def test_spike_protection_is_not_for_the_plan_of_a_year() -> None:
    year = seasonal(two_seasons(), "Australia/Sydney", "AUD")
    shaped = shape(year, SettingsBook({"spike_protection": SpikeProtection(enabled=True)}))
    assert (shaped.steps, shaped.result) == ((), year)


def test_boost_and_chip_shape_the_plan_of_a_year_in_their_order() -> None:
    everything = SettingsBook({"export_boost": BOOST, "chip_mode": ChipMode(enabled=True, start=time(19), end=time(23), threshold_c=21.0)})
    shaped = shape(seasonal(two_seasons(), "Australia/Sydney", "AUD"), everything)
    assert [step.name for step in shaped.steps] == ["export_boost", "chip_mode"]
    told = [shaped.result.block_at(FRIDAY, slot) for slot in (33, 34, 37, 38, 40, 42, 46)]
    assert [block.feed_in_c_per_kwh for block in told if block] == [14.0, 20.0, 20.0, 0.0, 0.0, 0.0, 4.0]


def test_each_step_names_what_it_changed() -> None:
    shaped = shape(a_tariff(feed_in_c=12.0), SettingsBook({"export_boost": BOOST}))
    assert shaped.steps[0].changed == frozenset(range(34, 42))
    assert shaped.original.slots[34].feed_in_c_per_kwh == 12.0


def test_switched_off_steps_change_nothing() -> None:
    tariff = a_tariff()
    everything_off = SettingsBook({"export_boost": replace(BOOST, enabled=False), "chip_mode": ChipMode()})
    assert shape(tariff, everything_off).result == tariff


def test_the_surcharge_is_for_the_peak_alone_and_the_rates_are_for_each_window() -> None:
    windows = (
        DemandWindow(time(16), time(20), name=DemandPeriod.PEAK, rate_c_per_kw=40.0),
        DemandWindow(time(7), time(16), name=DemandPeriod.SHOULDER, rate_c_per_kw=15.0),
    )
    demand = Demand(enabled=True, surcharge_c=200.0, windows=windows)
    slots = shape(a_tariff(), SettingsBook({"demand": demand})).result.slots
    assert {slot.label for slot in slots if slot.import_c_per_kwh == 230.0} == {slot.label for slot in slots if 32 <= slot.index < 40}
    assert {(slot.index, slot.demand_c_per_kw) for slot in slots if slot.demand_c_per_kw} == {
        (index, 15.0 if index < 32 else 40.0) for index in range(14, 40)
    }
