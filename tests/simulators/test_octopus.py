"""Octopus' REST answers: rates of every kind of product, when they are published, pages, products, regions, errors, faults."""

import base64
import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.simulators import effects as e
from app.simulators.effects import Effect
from app.simulators.faults import Faults
from app.simulators.in_process import InProcess
from app.simulators.octopus import OctopusService
from app.simulators.octopus_answers import with_vat
from app.simulators.octopus_products import intelligent_flux_export
from app.simulators.pace import SimulatedPace
from app.simulators.service import Request, Response
from app.simulators.world import World

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 7, 14, 12, 10, tzinfo=UTC)
"""13:10 in London, ten minutes into a half-hour, before the day's publication."""
AGILE, OUTGOING = "AGILE-24-10-01", "AGILE-OUTGOING-19-05-13"
TIME_OF_USE = [
    "GO-VAR-22-10-14", "INTELLI-VAR-24-10-29", "COSY-22-12-08", "FLUX-IMPORT-23-02-14", "FLUX-EXPORT-23-02-14",
    "INTELLI-FLUX-IMPORT-23-07-14", "OUTGOING-PRIME-FIX-12M-26-06-23",
]  # fmt: skip


class Bench:
    """The service on a clock of its own, without sockets."""

    def __init__(self, now: datetime = NOON, seed: int = 3) -> None:
        self.clock = SimulatedPace(now)
        self.faults = Faults(self.clock.now)
        self.service = OctopusService(self.clock, self.faults, seed)

    def ask(self, path: str, headers: dict[str, str] | None = None, method: str = "GET", **query: object) -> Response:
        return self.service.handle(Request(method, f"/v1{path}", {key: str(value) for key, value in query.items()}, headers or {}))

    def json(self, path: str, **query: object) -> dict:
        answer = self.ask(path, **query)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def rates(self, product: str = AGILE, region: str = "C", **query: object) -> list[dict]:
        """Every rate of the span, oldest first."""
        body = self.json(rates_path(product, region), page_size=1500, **query)
        assert body["next"] is None
        return body["results"][::-1]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def rates_path(product: str, region: str = "C", kind: str = "standard-unit-rates", registers: int = 1) -> str:
    return f"/products/{product}/electricity-tariffs/E-{registers}R-{product}-{region}/{kind}/"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def at(row: dict, key: str = "valid_from") -> datetime:
    return datetime.fromisoformat(row[key])


# -- Agile ------------------------------------------------------------------------------------------------------------


def test_a_rate_is_pence_with_and_without_tax_for_a_span_in_utc(bench):
    body = bench.json(rates_path(AGILE))
    assert set(body) == {"count", "next", "previous", "results"}
    assert len(body["results"]) == 100
    for row in body["results"]:
        assert set(row) == {"value_exc_vat", "value_inc_vat", "valid_from", "valid_to", "payment_method"}
        assert row["valid_from"].endswith(("00:00Z", "30:00Z"))
        assert at(row, "valid_to") - at(row) == timedelta(minutes=30)
        assert row["value_inc_vat"] == pytest.approx(row["value_exc_vat"] * 1.05, abs=1e-4)
        assert row["payment_method"] is None
    assert all(newer["valid_from"] == older["valid_to"] for older, newer in pairwise(body["results"][::-1]))
    assert (with_vat(17.34, 5), with_vat(-1.8, 5)) == (18.207, -1.89)


@pytest.mark.parametrize(
    ("published", "first", "last", "slots"),
    [
        ("2026-01-14T16:05", "2026-01-14T23:00", "2026-01-15T23:00", 48),
        ("2026-07-14T15:05", "2026-07-14T22:00", "2026-07-15T22:00", 48),
        ("2026-03-28T16:05", "2026-03-28T23:00", "2026-03-29T22:00", 46),
        ("2026-10-24T15:05", "2026-10-24T22:00", "2026-10-25T23:00", 50),
    ],
)
def test_a_batch_runs_from_23_to_23_in_london_and_appears_five_past_four(published, first, last, slots):
    bench = Bench(utc(published) - timedelta(seconds=1))
    assert at(bench.rates(period_from=utc(first) - timedelta(hours=1))[-1], "valid_to") == utc(first)
    bench.clock.advance(1)
    batch = bench.rates(period_from=utc(first))
    assert len(batch) == slots
    assert (at(batch[0]), at(batch[-1], "valid_to")) == (utc(first), utc(last))
    assert bench.service.known_until(AGILE, bench.clock.now()) == utc(last)


def test_the_hour_of_publication_can_be_set(bench):
    bench.service.publication.agile_at = time(20, 30)
    bench.clock.advance_to(utc("2026-07-14T19:29:59"))
    assert at(bench.rates(period_from=NOON)[-1], "valid_to") == utc("2026-07-14T22:00")
    bench.clock.advance(1)
    assert at(bench.rates(period_from=NOON)[-1], "valid_to") == utc("2026-07-15T22:00")


def test_published_prices_stay_as_they_are(bench):
    before = bench.rates(period_from=NOON)
    bench.clock.advance(6 * 3600)
    assert bench.rates(period_from=NOON)[: len(before)] == before


def test_a_half_hour_of_agile_is_twice_wholesale_and_twelve_pence_more_in_the_evening(bench):
    bench.clock.advance(6 * 3600)
    rates = bench.rates(period_from=NOON)
    assert len(rates) == 68
    for row in rates:
        adder_p = 12 if 16 <= at(row).astimezone(LONDON).hour < 19 else 0
        wholesale_p = bench.service.market.wholesale_p(int(at(row).timestamp()))
        assert row["value_exc_vat"] == pytest.approx(2.0 * wholesale_p + adder_p, abs=0.006)
        assert row["value_exc_vat"] == bench.service.agile_p_exc_vat(at(row))
    evening = [row for row in bench.rates(region="P", period_from=NOON) if at(row).astimezone(LONDON).hour == 17]
    assert (
        evening[0]["value_exc_vat"] == bench.service.agile_p_exc_vat(at(evening[0]), "P") != bench.service.agile_p_exc_vat(at(evening[0]))
    )


def a_year_of_agile(seed: int) -> dict[datetime, float]:
    service = Bench(seed=seed).service
    return {start: service.agile_p_exc_vat(start) for start in (utc("2026-01-01") + timedelta(minutes=30 * i) for i in range(365 * 48))}


def test_some_nights_are_below_zero_some_evenings_at_the_cap_and_most_prices_ordinary():
    prices = a_year_of_agile(1)
    nights: dict[date, float] = {}
    for start, price in prices.items():
        if start.hour < 6:
            nights[start.date()] = min(price, nights.get(start.date(), price))
    assert 10 < sum(price < 0 for price in nights.values()) < 100
    assert -15 < min(prices.values()) < -5
    assert max(prices.values()) == 95.23
    ordinary = sorted(prices.values())[len(prices) // 10 : -len(prices) // 10]
    assert 0 < ordinary[0] < ordinary[-1] < 35


def test_older_versions_have_lower_caps_and_their_rates_stop_where_their_customers_were_moved(bench):
    evenings = [utc("2023-01-01T17:30") + timedelta(days=day) for day in range(60)]
    dear = max(evenings, key=bench.service.agile_p_exc_vat)
    caps = {code: bench.service.p_exc_vat(code, dear) for code in ("AGILE-18-02-21", "AGILE-22-08-31", "AGILE-FLEX-22-11-25")}
    assert caps == {"AGILE-18-02-21": 33.33, "AGILE-22-08-31": 74.28, "AGILE-FLEX-22-11-25": 95.23}
    last = bench.json(rates_path("AGILE-FLEX-22-11-25"))["results"][0]
    assert last["valid_to"] == "2025-01-01T00:00:00Z"
    assert bench.rates("AGILE-FLEX-22-11-25", period_from=NOON) == []
    assert len(bench.rates("AGILE-FLEX-22-11-25", period_from="2024-12-31T22:40Z", period_to="2026-01-01T00:00Z")) == 3
    [fixed] = bench.json(rates_path("OUTGOING-FIX-12M-19-05-13"))["results"]
    assert (fixed["valid_from"], fixed["valid_to"]) == ("2019-05-12T23:00:00Z", "2025-10-25T23:00:00Z")
    assert bench.json("/products/AGILE-FLEX-22-11-25/")["single_register_electricity_tariffs"] == {}


def test_agile_outgoing_pays_by_the_half_hour_too(bench):
    rates, imports = bench.rates(OUTGOING, period_from=NOON), bench.rates(period_from=NOON)
    assert [row["valid_from"] for row in rates] == [row["valid_from"] for row in imports]
    assert [row["value_exc_vat"] for row in rates] == [bench.service.agile_outgoing_p_exc_vat(at(row)) for row in rates]
    assert all(row["value_inc_vat"] == pytest.approx(row["value_exc_vat"] * 1.05, abs=1e-4) for row in rates)
    evening = next(row for row in rates if at(row).astimezone(LONDON).hour == 17)
    assert 0 < evening["value_exc_vat"] < bench.service.agile_p_exc_vat(at(evening))


def test_export_without_tax_can_be_set(bench):
    bench.rates(OUTGOING, period_from=NOON)
    bench.service.export_vat_pct = 0
    assert all(row["value_inc_vat"] == row["value_exc_vat"] for row in bench.rates(OUTGOING, period_from=NOON))
    assert bench.rates(period_from=NOON)[0]["value_inc_vat"] != bench.rates(period_from=NOON)[0]["value_exc_vat"]


# -- the other kinds of product ---------------------------------------------------------------------------------------


def test_go_has_a_row_for_the_night_and_one_for_the_day(bench):
    rates = bench.rates("GO-VAR-22-10-14", period_from="2026-07-14T00:00Z", period_to="2026-07-15T23:30Z")
    spans = [(row["valid_from"], row["valid_to"]) for row in rates]
    assert spans == [
        ("2026-07-13T23:30:00Z", "2026-07-14T04:30:00Z"),
        ("2026-07-14T04:30:00Z", "2026-07-14T23:30:00Z"),
        ("2026-07-14T23:30:00Z", "2026-07-15T04:30:00Z"),
        ("2026-07-15T04:30:00Z", "2026-07-15T23:30:00Z"),
    ]
    cheap, dear = rates[0]["value_inc_vat"], rates[1]["value_inc_vat"]
    assert cheap < 10 < 20 < dear
    assert [row["value_inc_vat"] for row in rates] == [cheap, dear, cheap, dear]


@pytest.mark.parametrize(
    ("now", "night", "hours"),
    [
        ("2026-03-28T12:00", ("2026-03-29T00:30:00Z", "2026-03-29T04:30:00Z"), 4),
        ("2026-10-24T12:00", ("2026-10-24T23:30:00Z", "2026-10-25T05:30:00Z"), 6),
    ],
)
def test_a_night_is_an_hour_shorter_in_spring_and_longer_in_autumn(now, night, hours):
    rates = Bench(utc(now)).rates("GO-VAR-22-10-14", period_from=utc(now), period_to=utc(now) + timedelta(days=1))
    row = min(rates, key=lambda row: row["value_exc_vat"])
    assert (row["valid_from"], row["valid_to"]) == night
    assert at(row, "valid_to") - at(row) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("product", "windows"),
    [
        ("FLUX-IMPORT-23-02-14", ["02:00", "05:00", "16:00", "19:00"]),
        ("FLUX-EXPORT-23-02-14", ["02:00", "05:00", "16:00", "19:00"]),
        ("INTELLI-VAR-24-10-29", ["05:30", "23:30"]),
        ("COSY-22-12-08", ["00:00", "04:00", "07:00", "13:00", "16:00", "19:00", "22:00"]),
        ("OUTGOING-PRIME-FIX-12M-26-06-23", ["16:00", "19:00"]),
    ],
)
def test_a_block_begins_where_the_price_changes_by_the_clock_in_london(bench, product, windows):
    rates = bench.rates(product, period_from=datetime(2026, 7, 15, tzinfo=LONDON), period_to=datetime(2026, 7, 16, tzinfo=LONDON))
    begins = [at(row).astimezone(LONDON) for row in rates]
    assert [f"{start:%H:%M}" for start in begins if start.date() == date(2026, 7, 15)] == windows
    assert all(a["value_inc_vat"] != b["value_inc_vat"] for a, b in pairwise(rates))


def test_flux_is_cheap_before_dawn_and_dear_in_the_evening_both_ways(bench):
    for product in ("FLUX-IMPORT-23-02-14", "FLUX-EXPORT-23-02-14"):
        dawn, noon, evening = (bench.service.p_exc_vat(product, utc(f"2026-07-15T{hour}:00")) for hour in ("02", "12", "16"))
        assert dawn < noon < evening


@settings(max_examples=40)
@given(day=st.dates(date(2026, 7, 1), date(2027, 12, 31)), product=st.sampled_from([*TIME_OF_USE, "SILVER-25-09-02", AGILE]))
@example(day=date(2026, 10, 24), product="COSY-22-12-08")
@example(day=date(2027, 3, 27), product="INTELLI-VAR-24-10-29")
def test_the_prices_of_two_days_follow_one_another_without_gap_or_overlap(day, product):
    midnight = datetime(day.year, day.month, day.day, tzinfo=LONDON)
    bench = Bench(midnight.astimezone(UTC) + timedelta(hours=18))
    rates = bench.rates(product, period_from=midnight)
    assert at(rates[0]) <= midnight < at(rates[0], "valid_to")
    assert all(a["valid_to"] == b["valid_from"] for a, b in pairwise(rates))
    assert at(rates[-1], "valid_to") >= datetime.combine(day + timedelta(days=1), time(22, 30), LONDON)
    assert all(row["value_exc_vat"] == bench.service.p_exc_vat(product, at(row)) for row in rates)


def test_prices_by_the_hour_change_with_the_quarter_at_midnight_in_london():
    rates = Bench(utc("2026-09-30T12:00")).rates("GO-VAR-22-10-14", period_from="2026-09-30T12:00Z", period_to="2026-10-01T12:00Z")
    assert [row["valid_from"][5:16] for row in rates] == ["09-30T04:30", "09-30T23:00", "09-30T23:30", "10-01T04:30"]
    assert rates[0]["value_exc_vat"] != rates[1]["value_exc_vat"] == rates[3]["value_exc_vat"]


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-07-14T12:00", {"2026-07-13T23:00:00Z": 24}),
        ("2026-07-14T15:05", {"2026-07-13T23:00:00Z": 24, "2026-07-14T23:00:00Z": 24}),
        ("2026-03-29T18:00", {"2026-03-29T00:00:00Z": 23, "2026-03-29T23:00:00Z": 24}),
        ("2026-10-25T12:00", {"2026-10-24T23:00:00Z": 25}),
    ],
)
def test_tracker_has_one_price_a_local_day(now, days):
    bench = Bench(utc(now))
    rates = bench.rates("SILVER-25-09-02", period_from=utc(now))
    assert {row["valid_from"]: (at(row, "valid_to") - at(row)) / timedelta(hours=1) for row in rates} == days
    local_days = [at(row).astimezone(LONDON).date() for row in rates]
    assert [row["value_exc_vat"] for row in rates] == [bench.service.tracker_p_exc_vat(day) for day in local_days]


def test_a_variable_product_has_two_open_rows_for_those_who_pay_differently(bench):
    newest = bench.json(rates_path("VAR-22-11-01"), period_from=NOON)["results"]
    assert [(row["payment_method"], row["valid_to"]) for row in newest] == [("NON_DIRECT_DEBIT", None), ("DIRECT_DEBIT", None)]
    assert newest[0]["valid_from"] == newest[1]["valid_from"] == "2026-06-30T23:00:00Z"
    assert newest[0]["value_inc_vat"] > newest[1]["value_inc_vat"]
    assert newest[0]["value_exc_vat"] == bench.service.p_exc_vat("VAR-22-11-01", NOON, payment_method="NON_DIRECT_DEBIT")
    older = bench.json(rates_path("VAR-22-11-01"))["results"][2:4]
    assert {row["valid_to"] for row in older} == {"2026-06-30T23:00:00Z"}
    fixed = bench.json(rates_path("OE-FIX-12M-25-12-02"))["results"]
    assert {(row["valid_from"], row["valid_to"]) for row in fixed} == {("2025-12-02T00:00:00Z", None)}
    assert len(fixed) == 2


def test_a_change_of_a_variable_price_is_announced_a_fortnight_before(bench):
    bench.clock.advance_to(utc("2026-09-16T22:59"))
    assert bench.json(rates_path("VAR-22-11-01"), period_from=bench.clock.now())["count"] == 2
    bench.clock.advance_to(utc("2026-09-16T23:01"))
    rows = bench.json(rates_path("VAR-22-11-01"), period_from=bench.clock.now())["results"]
    assert [row["valid_to"] for row in rows] == [None, None, "2026-09-30T23:00:00Z", "2026-09-30T23:00:00Z"]


def test_day_and_night_have_addresses_of_their_own(bench):
    day, night = (
        bench.json(rates_path("VAR-22-11-01", "C", kind, registers=2))["results"][0] for kind in ("day-unit-rates", "night-unit-rates")
    )
    assert day["value_inc_vat"] > 1.5 * night["value_inc_vat"]


def test_a_day_costs_a_standing_charge_for_import_and_nothing_for_export(bench):
    [charge] = bench.json(rates_path(AGILE, kind="standing-charges"))["results"]
    assert 40 < charge["value_exc_vat"] == bench.service.p_exc_vat(AGILE, NOON, register="standing") < 60
    assert (charge["valid_from"], charge["valid_to"]) == ("2024-09-30T23:00:00Z", None)
    assert bench.json(rates_path(OUTGOING, kind="standing-charges"))["results"][0]["value_inc_vat"] == 0


# -- spans and pages --------------------------------------------------------------------------------------------------


def test_a_span_holds_what_is_valid_at_some_time_in_it(bench):
    rates = bench.rates(period_from="2026-07-14T10:15:00Z", period_to="2026-07-14T11:30:00Z")
    assert [row["valid_from"][11:16] for row in rates] == ["10:00", "10:30", "11:00"]
    assert bench.rates(period_from="2026-07-14T11:30:00Z", period_to="2026-07-14T11:30:00Z") == []
    assert bench.rates(period_from="2026-07-20T00:00:00Z") == []


def test_a_time_without_a_zone_is_londons(bench):
    bare = bench.rates(period_from="2026-07-14T10:00", period_to="2026-07-14T11:00")
    assert [row["valid_from"][11:16] for row in bare] == ["09:00", "09:30"]
    assert bare == bench.rates(period_from="2026-07-14T10:00+01:00", period_to="2026-07-14T10:00Z")


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"period_from": "yesterday"}, "period_from"),
        ({"period_to": "14/07/2026"}, "period_to"),
        ({"period_from": "2026-07-15T00:00Z", "period_to": "2026-07-14T00:00Z"}, "period_from"),
    ],
)
def test_a_span_that_cannot_be_is_refused_with_the_name_of_the_parameter(bench, query, key):
    answer = bench.ask(rates_path(AGILE), **query)
    assert (answer.status, list(json.loads(answer.body))) == (400, [key])


@pytest.mark.parametrize(("asked", "given_"), [({}, 100), ({"page_size": 7}, 7), ({"page_size": 9000}, 1500), ({"page_size": "all"}, 100)])
def test_a_page_has_a_hundred_rows_unless_asked_and_never_more_than_1500(bench, asked, given_):
    assert len(bench.json(rates_path(AGILE), **asked)["results"]) == given_


def test_pages_lead_from_one_to_the_next_and_back(bench):
    query = {"page_size": 20, "period_from": "2026-07-13T22:00:00Z"}
    first = bench.json(rates_path(AGILE), **query)
    assert first["count"] == 48
    assert first["next"] == f"http://octopus.test/v1{rates_path(AGILE)}?page=2&page_size=20&period_from=2026-07-13T22%3A00%3A00Z"
    second, third = (bench.json(rates_path(AGILE), page=number, **query) for number in (2, 3))
    assert second["previous"] == first["next"].replace("page=2&", "")
    assert (third["next"], len(third["results"])) == (None, 8)
    rows = [*first["results"], *second["results"], *third["results"]]
    assert [row["valid_from"] for row in rows] == sorted({row["valid_from"] for row in rows}, reverse=True)
    assert len(rows) == 48
    assert [bench.ask(rates_path(AGILE), page=number, **query).status for number in (0, 4, "last")] == [404, 404, 404]


# -- products ---------------------------------------------------------------------------------------------------------


def listed(bench: Bench, **query: object) -> list[dict]:
    first = bench.json("/products/", **query)
    pages = [bench.json("/products/", page=number, **query)["results"] for number in range(2, -(-first["count"] // 10) + 1)]
    return [*first["results"], *(product for page in pages for product in page)]


def test_the_list_has_pages_and_tells_of_each_product(bench):
    first = bench.json("/products/")
    assert len(first["results"]) == 10 < first["count"]
    assert first["next"] == "http://octopus.test/v1/products/?page=2"
    products = {product["code"]: product for product in listed(bench)}
    assert len(products) == first["count"]
    agile = products[AGILE]
    assert set(agile) >= {
        "code", "direction", "full_name", "display_name", "description", "is_variable", "is_green", "is_tracker", "is_prepay",
        "is_business", "is_restricted", "brand", "available_from", "available_to", "links",
    }  # fmt: skip
    assert (agile["direction"], agile["available_from"], agile["available_to"]) == ("IMPORT", "2024-10-01T00:00:00+01:00", None)
    assert agile["links"] == [{"href": f"http://octopus.test/v1/products/{AGILE}/", "method": "GET", "rel": "self"}]
    assert products[OUTGOING]["direction"] == "EXPORT"


def test_the_current_version_is_the_newest_open_one_of_the_brand_for_homes(bench):
    products = listed(bench)
    every = [product["code"] for product in products if product["code"].startswith("AGILE-")]
    assert {"AGILE-18-02-21", "AGILE-FLEX-22-11-25", OUTGOING, AGILE} < set(every)
    assert max(every, key=lambda code: code[-8:]) != AGILE
    current = [
        product
        for product in products
        if product["code"].startswith("AGILE-") and product["direction"] == "IMPORT"
        if product["brand"] == "OCTOPUS_ENERGY" and not product["is_business"]
        if product["available_to"] is None or datetime.fromisoformat(product["available_to"]) > NOON
    ]  # fmt: skip
    assert [product["code"] for product in current] == [AGILE]


def test_the_list_is_narrowed_by_kind_brand_and_day(bench):
    def codes(**query: object) -> set[str]:
        return {product["code"] for product in listed(bench, **query)}

    assert codes(is_tracker="true") == {"SILVER-FLEX-BB-23-02-08", "SILVER-25-09-02"}
    assert codes(is_business="true") == {"AGILE-BUS-25-06-01"}
    assert codes(is_prepay="true") == {"PREPAY-VAR-18-09-21"}
    assert codes(brand="COOP_ENERGY") == {"AGILE-COOP-25-03-01"}
    assert codes(is_variable="false") | codes(is_variable="true") == codes()
    assert not codes(is_green="false") & codes(is_green="true")
    then = codes(available_at="2023-01-01T00:00Z")
    assert "AGILE-FLEX-22-11-25" in then
    assert not then & {"AGILE-18-02-21", AGILE}
    assert "AGILE-FLEX-22-11-25" not in codes(available_at="2026-07-14T00:00Z")
    bench.service.lists_retired = False
    assert "AGILE-FLEX-22-11-25" not in codes()


def test_a_product_that_is_still_to_come_is_not_listed():
    assert "OUTGOING-PRIME-FIX-12M-26-06-23" not in {product["code"] for product in listed(Bench(utc("2026-06-01T12:00")))}


def test_a_product_has_a_tariff_in_each_of_the_fourteen_regions_and_links_to_its_rates(bench):
    body = bench.json(f"/products/{AGILE}/")
    tariffs = body["single_register_electricity_tariffs"]
    assert "".join(tariffs) == "_A_B_C_D_E_F_G_H_J_K_L_M_N_P"
    tariff = tariffs["_C"]["direct_debit_monthly"]
    assert tariff["code"] == "E-1R-AGILE-24-10-01-C"
    assert tariff["standard_unit_rate_inc_vat"] == with_vat(bench.service.agile_p_exc_vat(NOON), 5)
    assert tariff["standing_charge_inc_vat"] == with_vat(bench.service.p_exc_vat(AGILE, NOON, register="standing"), 5)
    links = {link["rel"]: link["href"] for link in tariff["links"]}
    assert set(links) == {"standard_unit_rates", "standing_charges"}
    for href in links.values():
        assert bench.json(href.removeprefix("http://octopus.test/v1"))["count"]
    assert body["dual_register_electricity_tariffs"] == {}


def test_a_flexible_product_has_both_kinds_of_meter(bench):
    body = bench.json("/products/VAR-22-11-01/")
    tariff = body["dual_register_electricity_tariffs"]["_P"]["direct_debit_monthly"]
    assert tariff["code"] == "E-2R-VAR-22-11-01-P"
    assert [link["rel"] for link in tariff["links"]] == ["day_unit_rates", "night_unit_rates", "standing_charges"]
    assert tariff["day_unit_rate_inc_vat"] > tariff["night_unit_rate_inc_vat"]
    assert body["single_register_electricity_tariffs"]["_P"]


def test_intelligent_flux_has_no_export_side_until_one_is_added(bench):
    code = "INTELLI-FLUX-EXPORT-23-07-14"
    assert bench.ask(f"/products/{code}/").status == bench.ask(rates_path(code)).status == 404
    assert bench.rates("INTELLI-FLUX-IMPORT-23-07-14", period_from=NOON)
    bench.service.products[code] = intelligent_flux_export(seed=3)
    assert bench.rates(code, period_from=NOON)


# -- regions, accounts, errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("postcode", "groups"),
    [("SW1A1AA", ["_C"]), ("sw1a 1aa", ["_C"]), ("EH1 1YZ", ["_N"]), ("SY1 1AA", ["_D", "_E", "_K"]), ("JE2 3AB", []), ("nowhere", [])],
)
def test_a_postcode_lies_in_one_group_several_or_none(bench, postcode, groups):
    body = bench.json("/industry/grid-supply-points/", postcode=postcode)
    assert body == {"count": len(groups), "next": None, "previous": None, "results": [{"group_id": group} for group in groups]}


def test_without_a_postcode_all_groups_are_told(bench):
    assert bench.json("/industry/grid-supply-points/")["count"] == 14


def test_the_account_opens_to_its_key_alone(bench):
    account = bench.service.account
    path = f"/accounts/{account.number}/"

    def basic(key: str) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}

    for headers in (None, basic("sk_live_wrong"), {"authorization": f"Bearer {account.api_key}"}):
        refused = bench.ask(path, headers)
        assert (refused.status, list(json.loads(refused.body))) == (401, ["detail"])
    body = json.loads(bench.ask(path, basic(account.api_key)).body)
    imports, exports = body["properties"][0]["electricity_meter_points"]
    assert (imports["is_export"], exports["is_export"]) == (False, True)
    assert imports["agreements"][-1] == {"tariff_code": "E-1R-AGILE-24-10-01-C", "valid_from": "2024-11-05T00:00:00Z", "valid_to": None}
    assert bench.ask("/accounts/A-00000000/", basic(account.api_key)).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/products/AGILE-99-01-01/",
        "/products/agile/",
        rates_path("AGILE-99-01-01"),
        rates_path(AGILE, "I"),
        rates_path(AGILE).replace(f"E-1R-{AGILE}", f"E-1R-{OUTGOING}"),
        rates_path(AGILE, kind="day-unit-rates", registers=2),
        rates_path(AGILE, kind="weekend-unit-rates"),
        "/nothing/",
        "/nothing",
    ],
)
def test_what_is_not_there_is_404_with_a_detail(bench, path):
    answer = bench.ask(path)
    assert (answer.status, json.loads(answer.body)) == (404, {"detail": "Not found."})


@pytest.mark.parametrize(
    ("registers", "kind", "detail"),
    [
        (2, "standard-unit-rates", "This tariff has day and night rates, not standard."),
        (1, "day-unit-rates", "This tariff has standard rates, not day and night."),
        (1, "night-unit-rates", "This tariff has standard rates, not day and night."),
    ],
)
def test_rates_of_the_other_kind_of_meter_are_refused(bench, registers, kind, detail):
    answer = bench.ask(rates_path("VAR-22-11-01", kind=kind, registers=registers))
    assert (answer.status, json.loads(answer.body)) == (400, {"detail": detail})


def test_a_path_without_its_last_slash_leads_to_the_one_with_it(bench):
    answer = bench.ask(rates_path(AGILE).rstrip("/"), period_from="2026-07-14T10:00:00Z", page_size=5)
    assert answer.status == 301
    assert answer.headers["Location"] == f"/v1{rates_path(AGILE)}?period_from=2026-07-14T10%3A00%3A00Z&page_size=5"
    assert bench.ask("/products").headers["Location"] == "/v1/products/"


def test_nothing_can_be_written(bench):
    assert bench.ask("/products/", method="POST").status == 405


@pytest.mark.parametrize("code", [400, 401, 403, 404, 429])
def test_an_error_has_a_detail(bench, code):
    bench.faults.add(e.Status(code, retry_after_s=30))
    answer = bench.ask(rates_path(AGILE))
    assert answer.status == code
    assert json.loads(answer.body)["detail"]
    assert answer.headers["Retry-After"] == "30"


@pytest.mark.parametrize("code", [500, 502, 503])
def test_the_edge_answers_with_a_page(bench, code):
    bench.faults.add(e.Status(code), count=1)
    answer = bench.ask(rates_path(AGILE))
    assert (answer.status, answer.headers["Content-Type"]) == (code, "text/html")
    assert bench.ask(rates_path(AGILE)).status == 200


# -- faults in the rates ----------------------------------------------------------------------------------------------


def test_half_hours_are_missing_and_the_count_says_so(bench):
    whole = bench.rates(period_from=NOON)
    bench.faults.add(e.PriceGap(half_hours=2, ahead_half_hours=1))
    left = bench.rates(period_from=NOON)
    assert [row["valid_from"][11:16] for row in whole if row not in left] == ["12:30", "13:00"]
    assert bench.json(rates_path(AGILE), period_from=NOON)["count"] == len(whole) - 2


def test_a_gap_takes_the_whole_block_of_a_product_with_few_prices(bench):
    bench.faults.add(e.PriceGap(half_hours=1, ahead_half_hours=0))
    rates = bench.rates("GO-VAR-22-10-14", period_from=NOON, period_to="2026-07-15T12:00Z")
    assert [row["valid_from"] for row in rates] == ["2026-07-14T23:30:00Z", "2026-07-15T04:30:00Z"]


def test_the_horizon_is_short(bench):
    bench.faults.add(e.ShortHorizon(hours=3))
    assert bench.rates(period_from=NOON)[-1]["valid_from"] == "2026-07-14T15:00:00Z"
    assert len(bench.rates("VAR-22-11-01", period_from=NOON)) == 2


@pytest.mark.parametrize("value", ["null", "nan", "infinity", "text", "absent", "absurd"])
@pytest.mark.parametrize("product", [AGILE, OUTGOING])
def test_a_price_is_no_price(bench, value, product):
    whole = bench.rates(product, period_from=NOON)
    bench.faults.add(e.BadPrice(value, half_hours=1, ahead_half_hours=1))
    rates = bench.rates(product, period_from=NOON)
    assert [index for index, row in enumerate(rates) if str(row) != str(whole[index])] == [1]
    for key in ("value_inc_vat", "value_exc_vat"):
        price = rates[1].get(key, "absent")
        assert {
            "null": price is None,
            "nan": isinstance(price, float) and math.isnan(price),
            "infinity": price == math.inf,
            "text": price == "n/a",
            "absent": price == "absent",
            "absurd": price == 987_654.0,
        }[value]


def test_a_field_has_another_name(bench):
    bench.faults.add(e.RenamedField("value_inc_vat", "unit_rate"))
    row = bench.rates(period_from=NOON)[0]
    assert "value_inc_vat" not in row
    assert row["unit_rate"] == with_vat(row["value_exc_vat"], 5)


def test_what_is_frozen_learns_nothing_of_the_next_day(bench):
    before = bench.json(rates_path(AGILE))
    bench.faults.add(e.Frozen())
    bench.clock.advance(8 * 3600)
    assert bench.json(rates_path(AGILE)) == before
    bench.faults.clear()
    assert bench.json(rates_path(AGILE))["count"] == before["count"] + 48
    bench.faults.add(e.Frozen(age_s=8 * 3600))
    assert bench.json(rates_path(AGILE)) == before


def test_the_next_day_can_come_late_or_be_left_out(bench):
    number = bench.faults.add(e.LatePublication(minutes=240))
    bench.clock.advance_to(utc("2026-07-14T19:04:59"))
    assert bench.rates(period_from=NOON)[-1]["valid_to"] == "2026-07-14T22:00:00Z"
    assert len(bench.rates("SILVER-25-09-02", period_from=NOON)) == 1
    bench.clock.advance(1)
    assert bench.rates(period_from=NOON)[-1]["valid_to"] == "2026-07-15T22:00:00Z"
    assert len(bench.rates("SILVER-25-09-02", period_from=NOON)) == 2
    bench.faults.remove(number)
    bench.faults.add(e.LatePublication(minutes=1440))
    bench.clock.advance_to(utc("2026-07-15T10:00"))
    assert bench.rates(period_from=NOON)[-1]["valid_to"] == "2026-07-14T22:00:00Z"


def test_faults_in_rates_leave_the_rest_alone(bench):
    products, charges = bench.json("/products/"), bench.json(rates_path(AGILE, kind="standing-charges"))
    for effect in (
        e.PriceGap(100, 0),
        e.BadPrice(half_hours=100),
        e.RenamedField("code", "id"),
        e.ShortHorizon(0.1),
        e.Frozen(86_400 * 400),
    ):
        bench.faults.add(effect)
    assert bench.json("/products/") == products
    assert bench.json(rates_path(AGILE, kind="standing-charges")) == charges
    assert bench.rates(period_from=NOON) == []


# -- the same again ---------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_prices_in_any_order_of_asking():
    starts = [NOON.replace(minute=0) + timedelta(minutes=30 * step) for step in range(500)]
    forward, backward, other = (Bench(seed=seed).service for seed in (3, 3, 4))
    prices = [forward.agile_p_exc_vat(start) for start in starts]
    assert prices == [backward.agile_p_exc_vat(start) for start in reversed(starts)][::-1]
    assert prices != [other.agile_p_exc_vat(start) for start in starts]
    assert Bench().ask("/products/").body == Bench().ask("/products/").body


def test_only_the_prices_that_are_asked_for_are_worked_out():
    bench = Bench()
    worked_out = bench.service.market._kept.cache_info
    bench.json("/products/")
    assert worked_out().currsize == 0
    assert bench.json(rates_path(AGILE))["count"] > 30_000
    assert worked_out().currsize == 100


def test_an_answer_is_kept_until_something_new_is_published(bench):
    kept = bench.ask(rates_path(AGILE)).body
    bench.clock.advance(60)
    assert bench.ask(rates_path(AGILE)).body is kept
    bench.clock.advance(6 * 3600)
    assert bench.ask(rates_path(AGILE)).body is not kept


# -- in a world -------------------------------------------------------------------------------------------------------


@pytest.fixture
def london() -> Iterator[World]:
    with World(SimulatedPace(NOON), seed=3, zone="Europe/London") as world:
        yield world


def test_a_home_in_london_lives_on_octopus(london):
    site = london.site_file(control="watch")
    assert (site["timezone"], site["currency"]) == ("Europe/London", "GBP")
    assert site["retailer"] == {"brand": "octopus", "product": "agile", "region": "C", "export_product": "agile_outgoing"}
    assert london.environment()["OCTOPUS_API_URL"] == london.octopus_url
    assert london.powerwall.acting["tariff_content_v2"]["currency"] == "GBP"


def test_the_sun_of_london_shines_long_in_july_and_the_home_lives_by_it(london):
    london.household.step_to(NOON + timedelta(days=1))
    sunny = {datetime.fromtimestamp(start, LONDON).hour for start, bucket in london.household.buckets.items() if bucket.solar_wh > 0}
    assert {6, 13, 20} <= sunny
    assert not sunny & {0, 1, 2, 3, 23}
    assert all(
        bucket.solar_to_home_wh + bucket.grid_to_home_wh + bucket.battery_to_home_wh > 0 for bucket in london.household.buckets.values()
    )


def test_next_links_lead_through_all_pages_over_http(london):
    address = f"{london.octopus_url}{rates_path(AGILE)}?period_from=2026-07-10T00:00:00Z"
    rows, pages = [], 0
    while address:
        body = requests.get(address, timeout=2).json()
        rows += body["results"]
        address, pages = body["next"], pages + 1
    assert (len(rows), pages) == (236, 3)
    assert len({row["valid_from"] for row in rows}) == 236


def test_a_redirect_keeps_the_question_over_http(london):
    answer = requests.get(f"{london.octopus_url}{rates_path(AGILE).rstrip('/')}", {"period_from": "2026-07-14T10:00:00Z"}, timeout=2)
    assert [step.status_code for step in answer.history] == [301]
    assert answer.json()["count"] == 24


@pytest.mark.parametrize("effect", [e.Silence(), e.Reset(), e.Refused()])
def test_an_answer_is_lost_on_the_line(london, effect: Effect):
    number = london.faults.add(effect)
    with pytest.raises((requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)):
        requests.get(f"{london.octopus_url}{rates_path(AGILE)}", timeout=2)
    london.faults.remove(number)
    assert requests.get(f"{london.octopus_url}{rates_path(AGILE)}", timeout=2).ok


def test_pages_and_redirects_work_without_sockets_too():
    world = World(SimulatedPace(NOON), zone="Europe/London")
    with requests.Session() as session:
        session.mount("http://octopus.test", InProcess(world.octopus, world.clock))
        body = session.get(f"http://octopus.test/v1{rates_path(AGILE).rstrip('/')}", params={"page_size": 5}, timeout=2).json()
        assert session.get(body["next"], timeout=2).json()["previous"] == f"http://octopus.test/v1{rates_path(AGILE)}?page_size=5"


def test_a_given_port_is_used_and_an_australian_home_can_ask_too():
    with World(SimulatedPace(NOON)) as first:
        port = int(first.octopus_url.split(":")[2].removesuffix("/v1"))
        assert first.site_file()["retailer"]["brand"] == "amber"
        assert first.retailer_entry("octopus")["product"] == "agile"
    with World(SimulatedPace(NOON), octopus_port=port) as second:
        assert second.octopus_url == first.octopus_url
        assert requests.get(f"{second.octopus_url}/products/", timeout=2).ok
