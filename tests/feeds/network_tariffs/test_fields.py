from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from app.feeds.network_tariffs.fields import NetworkTariff

SYDNEY, ADELAIDE = ZoneInfo("Australia/Sydney"), ZoneInfo("Australia/Adelaide")


def manual(**given: Any) -> NetworkTariff:
    return NetworkTariff.model_validate({"manual": given})


def at(tariff: NetworkTariff, local: str, zone: ZoneInfo = SYDNEY) -> float:
    return tariff.rates(zone).rate_c(datetime.fromisoformat(local).replace(tzinfo=zone).astimezone(UTC))


def test_a_flat_rate_gets_the_other_fees_and_gst() -> None:
    assert at(manual(flat_c=8.0, other_c=1.5, gst=True), "2026-11-20 18:00") == pytest.approx(10.45)
    assert at(manual(flat_c=8.0, other_c=1.5, gst=False), "2026-11-20 18:00") == pytest.approx(9.5)


@pytest.mark.parametrize(
    ("local", "rate_c"),
    [("09:55", 5), ("10:00", 2), ("14:59", 2), ("15:00", 5), ("15:59", 5), ("16:00", 15), ("20:59", 15), ("21:00", 5), ("00:00", 5)],
)
def test_the_usual_three_rates_hold_by_the_local_clock(local: str, rate_c: float) -> None:
    for day in ("2026-11-20", "2026-07-18", "2026-10-04", "2027-04-04"):
        for zone in (SYDNEY, ADELAIDE):
            assert at(manual(other_c=0, gst=False), f"{day} {local}", zone) == rate_c


def test_windows_can_be_moved_across_midnight_and_to_weekdays() -> None:
    tariff = manual(peak_c=20, peak_start="22:00", peak_end="01:00", peak_days="weekdays", other_c=0, gst=False)
    assert [at(tariff, f"2026-11-20 {clock}") for clock in ("21:30", "22:00", "23:30")] == [5, 20, 20]  # a Friday
    assert [at(tariff, f"2026-11-21 {clock}") for clock in ("00:30", "22:30")] == [5, 5]
    assert [at(tariff, f"2026-11-23 {clock}") for clock in ("00:30", "01:00")] == [20, 5]


def test_the_mean_of_a_day_has_48_half_hours_of_the_clock_also_where_clocks_change() -> None:
    mean_c = (10 * 15 + 10 * 2 + 28 * 5) / 48
    rates = manual(other_c=0, gst=False).rates(SYDNEY)
    for day in ("2026-11-20", "2026-10-04", "2027-04-04"):
        noon = datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=SYDNEY)
        assert rates.day_mean_c(noon) == pytest.approx(mean_c)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"flat_c": 0.08}, "0.08 looks like dollars: did you mean 8 c?"),
        ({"flat_c": 0.085}, "0.085 looks like dollars: did you mean 8.5 c?"),
        ({"peak_c": 0.15, "shoulder_c": 0.05, "off_peak_c": 0.02}, "0.15 looks like dollars: did you mean 15 c?"),
        ({"peak_c": 0.15, "off_peak_c": 0}, "0.15 looks like dollars: did you mean 15 c?"),
        ({"off_peak_c": 0.02}, "0.02 looks like dollars: did you mean 2 c?"),
        ({"peak_start": "14:00"}, "peak and off-peak both cover 14:00"),
        ({"peak_start": "21:00"}, "the peak begins and ends at 21:00"),
        ({"off_peak_start": "15:00"}, "the off-peak begins and ends at 15:00"),
        ({"peak_start": "16:15"}, "half-hour"),
        ({"peak_c": 101}, "less than or equal to 100"),
        ({"flat_c": -51}, "greater than or equal to -50"),
        ({"flat_c": float("nan")}, "finite"),
        ({"flat": 8}, "Extra inputs"),
    ],
)
def test_rates_that_cannot_be_meant_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words.replace("?", r"\?")):
        manual(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"flat_c": 0},
        {"flat_c": 1},
        {"peak_c": 15, "shoulder_c": 5, "off_peak_c": 0.5},
        {"peak_c": 0, "shoulder_c": 0, "off_peak_c": 0},
        {"flat_c": 8, "other_c": 0.5},
    ],
)
def test_small_rates_beside_large_ones_are_what_they_are(given: dict[str, Any]) -> None:
    tariff = manual(**given)
    assert NetworkTariff.model_validate_json(tariff.model_dump_json()) == tariff


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "write distributor and tariff, or manual"),
        ({"distributor": "ausgrid"}, "write distributor and tariff, or manual"),
        ({"tariff": "EA025"}, "write distributor and tariff, or manual"),
        ({"distributor": "ausgrid", "tariff": "EA025", "manual": {"flat_c": 8}}, "distributor and tariff and manual are given"),
        ({"distributor": "ausgrid", "tariff": "EA999"}, "not a tariff of Ausgrid"),
        ({"distributor": "ausgrid", "tariff": True}, "not a tariff code"),
        ({"distributor": "citipower", "tariff": "C1R"}, "enter them by hand"),
        ({"distributor": "ausgrid", "tariff": "EA025", "gst_in_table": "included"}, "gst_in_table is for AusNet, Jemena, Powercor"),
        ({"manual": {"flat_c": 8}, "gst_in_table": "excluded"}, "gst_in_table is for"),
        ({"manual": {"flat_c": 8}, "other_c": 3}, "other fees stand in manual"),
    ],
)
def test_a_tariff_is_one_of_the_table_or_by_hand(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        NetworkTariff.model_validate(given)


@pytest.mark.parametrize(("said", "rate_c"), [(None, 24.299), ("excluded", 24.299), ("included", 22.09)])
def test_gst_of_an_unconfirmed_table_is_the_owners_setting(said: str | None, rate_c: float) -> None:
    tariff = NetworkTariff.model_validate({"distributor": "powercor", "tariff": "PRTOU", "gst_in_table": said})
    assert at(tariff, "2026-11-20 18:00", ZoneInfo("Australia/Melbourne")) == pytest.approx(rate_c)


def test_the_tables_windows_go_by_the_networks_clock_wherever_the_home_says_it_is() -> None:
    tariff = NetworkTariff.model_validate({"distributor": "energex", "tariff": "ntc6900"})
    evening = datetime(2026, 11, 20, 6, tzinfo=UTC)
    for zone in (ZoneInfo("Australia/Brisbane"), SYDNEY, ZoneInfo("UTC")):
        assert tariff.rates(zone).rate_c(evening) == pytest.approx(21.4863, abs=5e-5)
        assert tariff.rates(zone).rate_c(evening - timedelta(minutes=5)) == pytest.approx(0.4774, abs=5e-5)
