import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import fmean

import aemo_to_tariff
import pytest

from app.domain.tariffs.half_hourly import SLOTS
from app.feeds.network_tariffs import table
from app.feeds.network_tariffs.distributors import DISTRIBUTORS
from app.feeds.network_tariffs.rates import RateRefused
from app.feeds.network_tariffs.table import TableRates

HALF_HOUR = timedelta(minutes=30)
EVERY = [(key, code) for key, each in DISTRIBUTORS.items() for code in each.codes if code not in each.unusable]


def nem(label: str) -> datetime:
    """The start of the 5-minute interval with that label on 20 November 2026."""
    return datetime.fromisoformat(f"2026-11-20T{label}:00+10:00").astimezone(UTC) - timedelta(minutes=5)


def rates(key: str, code: str) -> TableRates:
    return TableRates(DISTRIBUTORS[key], code)


def straight(key: str, code: str, start: datetime) -> float:
    """What the library itself says, asked on the network's clock for the end of 5 minutes."""
    local = start.astimezone(DISTRIBUTORS[key].zone)
    return float(aemo_to_tariff.spot_to_tariff(local + timedelta(minutes=5), key, code, 0, dlf=1, mlf=1, market=1))


@pytest.mark.parametrize(
    ("key", "code", "label", "rate_c"),
    [
        ("energex", "6900", "16:00", 0.4774),
        ("energex", "6900", "16:05", 21.4863),
        ("energex", "6900", "09:00", 6.6759),
        ("energex", "8400", "18:00", 10.3301),
        ("ausgrid", "EA025", "14:00", 5.8927),
        ("ausgrid", "EA025", "14:05", 35.7680),
        ("sapn", "RTOU", "18:00", 23.4630),
    ],
)
def test_the_measured_rates_are_met(key: str, code: str, label: str, rate_c: float) -> None:
    assert rates(key, code).rate_c(nem(label)) == pytest.approx(rate_c, abs=5e-5)


@pytest.mark.parametrize(
    ("key", "code", "label", "paid_c"),
    [
        ("sapn", "RESELE", "18:00", 24.1392),
        ("ausgrid", "EA029", "18:00", 14.7692),
        ("ausgrid", "EA029", "12:00", 9.6892),
        ("energex", "6900", "18:00", 10.9192),
        ("powercor", "PRTOU", "18:00", 10.9192),
    ],
)
def test_the_library_is_the_one_that_was_measured(key: str, code: str, label: str, paid_c: float) -> None:
    end = nem(label) + timedelta(minutes=5)
    assert aemo_to_tariff.spot_to_feed_in_tariff(end, key, code, 100) == pytest.approx(paid_c, abs=5e-5)


def test_the_mean_of_a_day_is_that_of_its_48_half_hours() -> None:
    assert rates("energex", "6900").day_mean_c(nem("12:00")) == pytest.approx(8.47, abs=5e-5)


def test_every_tariff_has_a_plausible_rate_in_each_half_hour_of_the_year() -> None:
    year = [datetime(2026, 6, 30, 14, 30, tzinfo=UTC) + HALF_HOUR * number for number in range(365 * 48)]
    for key, code in EVERY:
        found = set(map(rates(key, code).rate_c, year))
        assert all(math.isfinite(rate) and 0 <= rate <= 50 for rate in found), (key, code)
        assert max(found) > 0.5, (key, code)


def test_what_is_kept_for_a_month_is_what_the_library_says_at_each_instant() -> None:
    dice = random.Random(4)
    first = datetime(2026, 7, 1, 14, tzinfo=UTC)
    for key, code in EVERY:
        tariff = rates(key, code)
        for _ in range(150):
            start = first + timedelta(minutes=5 * dice.randrange(364 * 288))
            assert tariff.rate_c(start) == straight(key, code, start), (key, code, start)


@pytest.mark.parametrize(
    ("key", "code", "year"),
    [
        ("ausgrid", "EA025", 2026),
        ("endeavour", "N71", 2026),
        ("essential", "BLNT3AU", 2027),
        ("sapn", "SBTOU", 2026),
        ("powercor", "PRCER", 2027),
    ],
)
def test_days_of_changing_clocks_and_of_changing_seasons_are_those_of_the_library(key: str, code: str, year: int) -> None:
    tariff, zone = rates(key, code), DISTRIBUTORS[key].zone
    sundays = (date(2026, 10, 4), date(2027, 4, 4))
    months = [date(year, month, 1) for month in range(7 if year == 2026 else 1, 13)]
    for day in (*sundays, *months):
        start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) - timedelta(hours=1)
        for _ in range(28 * 12):
            assert tariff.rate_c(start) == straight(key, code, start), (start, key, code)
            start += timedelta(minutes=5)


def test_prices_change_with_the_year_of_the_table_at_local_midnight() -> None:
    tariff = rates("ausgrid", "EA010")
    midnight = datetime(2026, 6, 30, 14, tzinfo=UTC)
    assert tariff.rate_c(midnight - HALF_HOUR) == pytest.approx(11.881, abs=1e-3)
    assert tariff.rate_c(midnight) == pytest.approx(13.973, abs=1e-3)


@pytest.mark.parametrize(
    ("key", "code", "start", "rate_c", "in_utc_c"),
    [
        ("evoenergy", "015", datetime(2026, 8, 31, 21, tzinfo=UTC), 7.733, 17.4647),  # 1 September in Canberra: spring has no peak
        ("essential", "BLNT3AU", datetime(2026, 7, 17, 21, tzinfo=UTC), 7.0731, 22.6017),  # a Saturday in Sydney, Friday in UTC
    ],
)
def test_month_and_weekday_are_those_of_the_networks_clock(key: str, code: str, start: datetime, rate_c: float, in_utc_c: float) -> None:
    assert rates(key, code).rate_c(start) == pytest.approx(rate_c, abs=5e-5)
    asked_in_utc = aemo_to_tariff.spot_to_tariff(start + timedelta(minutes=5), key, code, 0, dlf=1, mlf=1, market=1)
    assert asked_in_utc == pytest.approx(in_utc_c, abs=5e-5)


@pytest.fixture
def host_in() -> Iterator[Callable[[str], None]]:
    before = os.environ.get("TZ")

    def move(zone: str) -> None:
        os.environ["TZ"] = zone
        time.tzset()
        table._rates_of_days.cache_clear()

    yield move
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()
    table._rates_of_days.cache_clear()


def test_the_clock_of_the_computer_does_not_matter(host_in: Callable[[str], None]) -> None:
    days = [datetime(2026, month, day, tzinfo=UTC) for month in (7, 10, 12) for day in (1, 4, 31)]

    def all_of_them() -> list[float]:
        return [rates(key, code).rate_c(day + HALF_HOUR * slot) for key, code in EVERY for day in days for slot in range(0, SLOTS, 3)]

    host_in("UTC")
    here = all_of_them()
    for zone in ("America/New_York", "Pacific/Auckland"):
        host_in(zone)
        assert all_of_them() == here


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        rates("ausgrid", "EA025").rate_c(datetime(2026, 11, 20, 4))  # noqa: DTZ001


@pytest.mark.parametrize(("key", "code"), [("energex", "96200"), ("ergon", "ERTDEMT1"), ("united", "URSTOU"), ("ausnet", "NEE11")])
def test_a_code_has_no_price_before_the_table_has_it(key: str, code: str) -> None:
    with pytest.raises(RateRefused, match=f"no prices of {code} of .* before July 2026"):
        rates(key, code).rate_c(datetime(2026, 6, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (float("nan"), "has no rate of EA025 of Ausgrid at 00:00 that can be believed"),
        (float("inf"), "that can be believed"),
        (101.0, "that can be believed"),
        (-51.0, "that can be believed"),
        (5.586606750833143, "that can be believed"),
        (41.0, "a day's mean is 41.0 c/kWh"),
        (-1.0, "a day's mean is -1.0 c/kWh"),
        ("much", "gives no rate of EA025 of Ausgrid at 00:00"),
        (None, "gives no rate"),
        (KeyError("EA025"), "gives no rate"),
        (ZeroDivisionError(), "gives no rate"),
    ],
)
def test_what_the_library_cannot_mean_is_refused(monkeypatch: pytest.MonkeyPatch, answer: object, words: str) -> None:
    def says(*_args: object, **_factors: float) -> object:
        if isinstance(answer, Exception):
            raise answer
        return answer

    table._rates_of_days.cache_clear()
    monkeypatch.setattr(aemo_to_tariff, "spot_to_tariff", says)
    with pytest.raises(RateRefused, match=words):
        rates("ausgrid", "EA025").rate_c(nem("12:00"))


def test_what_the_library_prints_goes_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    rates("ausgrid", "EA025").rate_c(nem("12:00"))
    from aemo_to_tariff import ausgrid, convert

    for module in (aemo_to_tariff, ausgrid, convert):
        exec("print('Interval Time')", vars(module))
    assert capsys.readouterr().out == ""
    print("ours")
    assert capsys.readouterr().out == "ours\n"


def test_a_year_of_half_hours_asks_the_library_for_each_month_once(monkeypatch: pytest.MonkeyPatch) -> None:
    table._rates_of_days.cache_clear()
    asked = []
    library = aemo_to_tariff.spot_to_tariff
    monkeypatch.setattr(aemo_to_tariff, "spot_to_tariff", lambda *args, **factors: asked.append(args) or library(*args, **factors))
    for tariff in (rates("sapn", "RTOU"), rates("sapn", "RTOU")):
        start = datetime(2026, 6, 30, 14, 30, tzinfo=UTC)
        fmean(tariff.rate_c(start + HALF_HOUR * number) for number in range(365 * 48))
    assert len(asked) == 12 * 2 * SLOTS


def test_the_library_is_loaded_by_the_first_price_and_not_before() -> None:
    program = (
        "import sys\n"
        "from app.feeds.network_tariffs.fields import NetworkTariff\n"
        "from zoneinfo import ZoneInfo\n"
        "from datetime import datetime, UTC\n"
        "rates = NetworkTariff(distributor='ausgrid', tariff='EA025').rates(ZoneInfo('UTC'))\n"
        "before = 'aemo_to_tariff' in sys.modules\n"
        "rates.rate_c(datetime(2026, 11, 20, tzinfo=UTC))\n"
        "print(before, 'aemo_to_tariff' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "False True\n"


def test_gst_is_added_where_the_table_may_lack_it() -> None:
    plain, taxed = (TableRates(DISTRIBUTORS["powercor"], "PRTOU", factor) for factor in (1.0, 1.1))
    assert plain.rate_c(nem("18:00")) == pytest.approx(22.09)
    assert taxed.rate_c(nem("18:00")) == pytest.approx(24.299)
    assert taxed.day_mean_c(nem("18:00")) == pytest.approx(1.1 * plain.day_mean_c(nem("18:00")))
