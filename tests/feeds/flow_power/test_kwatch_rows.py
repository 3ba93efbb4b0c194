import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.prices import Quality
from app.feeds.retailers.flow_power.kwatch_rows import ReadPrices, read_prices, reading_of
from app.transports.errors import AnswerNotUnderstood
from tests.feeds.flow_power.views import SYDNEY

NOW = datetime(2026, 11, 20, 7, 57, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def read(answer: Any, times: Any = "start_utc", minutes: int = 5, zone: ZoneInfo = SYDNEY) -> ReadPrices:
    return read_prices(answer, timedelta(minutes=minutes), Quality.SETTLED, reading_of(times, zone), NOW)


def starts(answer: Any, times: Any = "start_utc", minutes: int = 5) -> list[str]:
    return [f"{interval.start:%d %H:%M}" for interval in read(answer, times, minutes).intervals]


ROW = {"timestamp": "2026-11-20T07:50:00", "price": 118.42}


@pytest.mark.parametrize(
    "answer",
    [
        [ROW],
        {"data": [ROW]},
        {"result": [ROW], "status": "ok"},
        {"items": [ROW], "count": 1},
        {"2026-11-20T07:50:00": 118.42},
        [{"Key": "2026-11-20 07:50", "Value": "118.42"}],
        [{"periodDateTime": "2026/11/20 07:50:00", "RRP": 118.42}],
        [{"SETTLEMENT_DATE": "2026/11/20 07:50:00", "Rrp": 118.42, "REGIONID": "NSW1"}],
        [{"timestamp": "2026-11-20T17:50:00+10:00", "price": 118.42}],
        [{"timestamp": "2026-11-20T07:50:00Z", "price": 118.42}],
    ],
)
def test_each_form_that_has_been_seen_is_understood(answer: Any) -> None:
    found = read(answer)
    assert found.refused == ()
    (interval,) = found.intervals
    assert (interval.start, interval.end) == (datetime(2026, 11, 20, 7, 50, tzinfo=UTC), datetime(2026, 11, 20, 7, 55, tzinfo=UTC))
    assert interval.spot_c_per_kwh == interval.import_c_per_kwh == pytest.approx(11.842)


@pytest.mark.parametrize(
    ("times", "written"),
    [
        ("start_utc", "2026-11-20T07:50:00"),
        ("end_utc", "2026-11-20T07:55:00"),
        ("start_nem", "2026-11-20T17:50:00"),
        ("end_nem", "2026-11-20T17:55:00"),
        ("start_local", "2026-11-20T18:50:00"),
        ("end_local", "2026-11-20T18:55:00"),
        ("end_utc", "2026-11-20T17:55:00+10:00"),
        ("start_local", "2026-11-20T07:50:00Z"),
    ],
)
def test_a_time_means_what_the_setting_and_its_own_offset_say(times: str, written: str) -> None:
    assert starts([{"timestamp": written, "price": 1}], times) == ["20 07:50"]


def test_the_end_of_a_half_hour_is_30_minutes_after_its_start() -> None:
    assert starts([{"timestamp": "2026-11-20T18:00:00", "price": 1}], "end_nem", 30) == ["20 07:30"]


def test_rows_come_in_order_whatever_theirs_is() -> None:
    rows = [{"time": f"2026-11-20T07:{minute}:00", "price": minute} for minute in (50, 40, 45)]
    assert starts(rows) == ["20 07:40", "20 07:45", "20 07:50"]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**ROW, "price": None}, "price is missing or not a number"),
        ({**ROW, "price": "n/a"}, "price is missing or not a number"),
        ({**ROW, "price": True}, "price is missing or not a number"),
        ({**ROW, "price": "1e5"}, "price is missing or not a number"),
        ({"timestamp": "2026-11-20T07:50:00", "cost": 1}, "price is missing"),
        ({**ROW, "value": 3}, "price is missing"),  # two figures: which one is the price, nobody said
        ({**ROW, "price": 987_654.0}, "beyond the market's limits"),
        ({**ROW, "price": -1000.01}, "beyond the market's limits"),
        ({**ROW, "price": float("nan")}, "beyond the market's limits"),
        ({**ROW, "timestamp": None}, "time is missing"),
        ({**ROW, "timestamp": 1_795_161_000}, "time is missing"),
        ({**ROW, "timestamp": "today"}, "time is not an instant"),
        ({**ROW, "timestamp": "2026-11-20T07:51:00"}, "not on the 5 minutes"),
        ({**ROW, "timestamp": "2031-11-20T07:50:00"}, "out of reach"),
        ({**ROW, "timestamp": "0001-01-01T00:00:00+14:00"}, "not an instant"),
        ("a row", "time is missing"),
    ],
)
def test_a_row_in_another_form_is_left_out_and_named(row: Any, words: str) -> None:
    good = {"timestamp": "2026-11-20T07:45:00", "price": -1000}
    found = read([good, row])
    assert [interval.start.minute for interval in found.intervals] == [45]
    assert len(found.refused) == 1
    assert words in found.refused[0]
    assert found.refused[0].startswith("price 2: ")


def test_prices_up_to_the_markets_cap_are_believed() -> None:
    assert read([{**ROW, "price": 23_200}]).intervals[0].spot_c_per_kwh == 2320


def test_two_prices_for_one_interval_are_none() -> None:
    found = read([ROW, {**ROW, "price": 90}, {**ROW, "timestamp": "2026-11-20T07:45:00"}, ROW])
    assert [interval.start.minute for interval in found.intervals] == [45]
    assert found.refused == ("two prices for 2026-11-20 07:50Z",)
    assert len(read([ROW, ROW]).intervals) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"2026-11-20T07:50:00": 1}},
        {"a": [ROW], "b": [ROW]},
        [{"cost": 1}],
        {"message": "no data"},
        [{"timestamp": "2026-11-20T07:50:00", "cost": 1}] * 3,
    ],
)
def test_an_answer_without_a_price_list_is_not_understood(answer: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        read(json.loads(json.dumps(answer)))


def test_an_empty_list_is_empty() -> None:
    assert read([]) == read({"data": []}) == read({}) == ReadPrices((), ())


def test_a_long_list_of_mistakes_is_cut_short() -> None:
    refused = read([ROW, *[{**ROW, "price": None}] * 100]).refused
    assert len(refused) == 21
    assert refused[-1] == "and 80 more"
