"""The other products, export, ways of paying, and lists of a day and a night price."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from app.domain.charges import StandingCharges
from app.domain.prices import PriceInterval
from app.simulators.octopus_products import intelligent_flux_export
from app.transports.errors import RequestRefused
from tests.feeds.octopus.home import AGILE, BOTH, HALF_HOUR, LONDON, OUTGOING, Home, ahead, feed_at, p
from tests.feeds.octopus.payloads import NOW, Scripted, at, detail, listed, rates_path, row


@pytest.mark.parametrize(
    ("product", "code"),
    [
        ("go", "GO-VAR-22-10-14"),
        ("intelligent_go", "INTELLI-VAR-24-10-29"),
        ("flux", "FLUX-IMPORT-23-02-14"),
        ("intelligent_flux", "INTELLI-FLUX-IMPORT-23-07-14"),
        ("cosy", "COSY-22-12-08"),
        ("tracker", "SILVER-25-09-02"),
    ],
)
@pytest.mark.parametrize("day", ["2026-07-14", "2026-03-29", "2026-10-25", "2026-06-30"])
def test_each_product_is_expanded_to_half_hours(product: str, code: str, day: str) -> None:
    now = at(f"{day} 11:40")
    home = Home(now, product=product)
    answer = home.fetch()
    assert all(a.end == b.start for a, b in pairwise(answer.intervals))
    assert {interval.end - interval.start for interval in answer.intervals} == {HALF_HOUR}
    assert all(interval.import_c_per_kwh == p(home, code, interval.start) for interval in answer.intervals)
    assert answer.intervals[0].start == at(f"{day} 11:30") - timedelta(hours=48)
    midnight = datetime.fromisoformat(day).replace(tzinfo=LONDON) + timedelta(days=1)
    assert (
        answer.known_until == answer.intervals[-1].end == (midnight if product == "tracker" else at(f"{day} 11:30") + timedelta(hours=48))
    )


def test_tracker_has_one_price_a_day_and_tomorrows_once_it_is_out() -> None:
    home = Home(at("2026-07-14 15:10"), product="tracker")
    answer = home.fetch()
    assert answer.known_until == at("2026-07-15 23:00")
    prices = {interval.start.astimezone(LONDON).date(): interval.import_c_per_kwh for interval in answer.intervals}
    assert all(interval.import_c_per_kwh == prices[interval.start.astimezone(LONDON).date()] for interval in answer.intervals)
    assert len(set(prices.values())) == 4


@pytest.mark.parametrize(
    ("export", "code"),
    [
        ("agile_outgoing", OUTGOING),
        ("outgoing", "OUTGOING-VAR-24-10-26"),
        ("outgoing_prime", "OUTGOING-PRIME-FIX-12M-26-06-23"),
        ("flux", "FLUX-EXPORT-23-02-14"),
    ],
)
def test_each_export_product_pays_for_feed_in(export: str, code: str) -> None:
    home = Home(export_product=export)
    intervals = ahead(home.fetch(), NOW)
    assert all(interval.feed_in_c_per_kwh == p(home, code, interval.start) for interval in intervals)


def test_half_hours_of_go_and_flux_export_agree_with_the_service_on_every_day_of_a_year() -> None:
    home = Home(at("2026-01-02 12:10"), product="go", export_product="flux")
    seen: dict[datetime, PriceInterval] = {}
    for day in range(0, 366, 2):
        now = at("2026-01-02 12:10") + timedelta(days=day)
        seen |= {interval.start: interval for interval in ahead(home.fetch_at(now), now)}
    assert len(seen) >= 365 * 48
    wrong = [
        start
        for start, interval in seen.items()
        if abs((interval.import_c_per_kwh or 0) - home.service.p_exc_vat("GO-VAR-22-10-14", start) * 1.05) > 2e-4
        or abs((interval.feed_in_c_per_kwh or 0) - home.service.p_exc_vat("FLUX-EXPORT-23-02-14", start) * 1.05) > 2e-4
    ]
    assert wrong == []


def test_intelligent_flux_pays_what_it_costs_where_its_export_has_no_product() -> None:
    home = Home(product="intelligent_flux", export_product="intelligent_flux")
    answer = home.fetch()
    assert "/products/INTELLI-FLUX-EXPORT-23-07-14/" in home.asked()
    assert all(interval.feed_in_c_per_kwh == interval.import_c_per_kwh for interval in answer.intervals)
    without_vat = Home(product="intelligent_flux", export_product="intelligent_flux", include_vat=False)
    for interval in without_vat.fetch().intervals:
        assert interval.feed_in_c_per_kwh == pytest.approx(1.05 * (interval.import_c_per_kwh or 0.0), abs=1e-3)


def test_and_what_the_product_says_where_there_is_one() -> None:
    home = Home(product="intelligent_flux", export_product="intelligent_flux")
    export = intelligent_flux_export(3)
    home.service.products[export.code] = export
    [running, *_] = ahead(home.fetch(), NOW)
    assert running.feed_in_c_per_kwh == p(home, export.code, NOW) != running.import_c_per_kwh


def test_no_other_export_falls_back_on_the_import_price() -> None:
    home = Home(product="flux", export_product="flux", export_product_code="FLUX-EXPORT-99-01-01")
    with pytest.raises(RequestRefused, match="there is no product FLUX-EXPORT-99-01-01"):
        home.fetch()


def test_without_an_export_product_nothing_is_paid_and_that_is_known() -> None:
    answer = Home().fetch()
    assert {interval.feed_in_c_per_kwh for interval in answer.intervals} == {0.0}
    assert answer.channels == {"import"}


def test_an_export_rate_by_hand_is_paid() -> None:
    answer = Home(export_fixed_c=4.1).fetch()
    assert {interval.feed_in_c_per_kwh for interval in answer.intervals} == {4.1}
    assert answer.channels == {"import", "feed_in"}


@pytest.mark.parametrize("method", ["DIRECT_DEBIT", "NON_DIRECT_DEBIT"])
def test_the_way_of_paying_chooses_rates_and_standing_charge(method: str) -> None:
    home = Home(product="custom", product_code="VAR-22-11-01", payment_method=method)
    answer = home.fetch()
    assert ahead(answer, NOW)[0].import_c_per_kwh == p(home, "VAR-22-11-01", NOW, payment_method=method)
    assert answer.charges == StandingCharges(daily_c=p(home, "VAR-22-11-01", NOW, register="standing", payment_method=method))
    assert answer.known_until == at("12:00") + timedelta(hours=48)


def test_the_standing_charge_follows_vat_and_belongs_to_the_import_product() -> None:
    home = Home(include_vat=False, **BOTH)
    assert home.fetch().charges == StandingCharges(daily_c=home.service.p_exc_vat(AGILE, NOW, register="standing"))


DAY, NIGHT = row("2026-07-05 23:00", None, 30.371355), row("2026-07-05 23:00", None, 6.89997)


def split(code: str, kinds: tuple[str, ...]) -> dict[str, Any]:
    """A product whose rates are one list for the day and one for the night; it shows links of `kinds`."""
    return {
        f"/products/{code}/": detail(code, kinds),
        rates_path(code): 400,
        rates_path(code, "day-unit-rates"): listed(DAY),
        rates_path(code, "night-unit-rates"): listed(NIGHT),
        rates_path(code, "standing-charges"): listed(row("2026-07-05 23:00", None, 50.0)),
    }


@pytest.mark.parametrize("kinds", [("day-unit-rates", "night-unit-rates"), ("standard-unit-rates",)], ids=["by its links", "by a refusal"])
@pytest.mark.parametrize(
    ("product", "code", "night"),
    [("intelligent_go", "IOG-SMB-VAR-24-10-29", ("23:30", "05:30")), ("go", "GO-VAR-22-10-14", ("00:30", "05:30"))],
)
def test_go_and_intelligent_go_have_their_night_by_the_clock_in_london(
    product: str, code: str, night: tuple[str, str], kinds: tuple[str, ...]
) -> None:
    service = Scripted(split(code, kinds))
    answer = feed_at(service, product=product, product_code=code).fetch_ahead(NOW)
    cheap = [interval for interval in ahead(answer, NOW) if interval.import_c_per_kwh == 6.89997]
    local = [interval.start.astimezone(LONDON) for interval in cheap]
    assert f"{local[0]:%H:%M}" == night[0]
    assert {f"{(start + HALF_HOUR):%H:%M}" for start in local} & {night[1], "06:00"} == {night[1]}
    assert len(cheap) == 2 * (12 if product == "intelligent_go" else 10)
    assert {interval.import_c_per_kwh for interval in answer.intervals} == {30.371355, 6.89997}
    assert answer.charges == StandingCharges(daily_c=50.0)


def test_a_meter_with_two_registers_is_refused_in_words() -> None:
    code = "VAR-22-11-01"
    service = Scripted(split(code, ("standard-unit-rates",)))
    with pytest.raises(RequestRefused, match="when the night rate holds depends on the meter, and Octopus does not tell it"):
        feed_at(service, product="custom", product_code=code).fetch_ahead(NOW)


def test_a_dispatch_of_the_car_is_never_counted_as_cheap() -> None:
    home = Home(product="intelligent_go")
    intervals = home.fetch().intervals
    cheapest = min(interval.import_c_per_kwh or 99.0 for interval in intervals)
    cheap = {interval.start.astimezone(LONDON).strftime("%H:%M") for interval in intervals if interval.import_c_per_kwh == cheapest}
    assert cheap == {"23:30", *(f"0{hour}:{minute}" for hour in range(5) for minute in ("00", "30")), "05:00"}
    assert not [path for path in home.asked() if "dispatch" in path or "graphql" in path]
