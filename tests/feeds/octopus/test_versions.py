"""Region and version: what is found, and what the owner is told where it is not."""

import pytest

from app.transports.errors import AnswerNotUnderstood, RequestRefused
from tests.feeds.octopus.home import AGILE, BOTH, OUTGOING, Home, ahead, feed_at, p
from tests.feeds.octopus.payloads import NOW, Scripted, at, detail, listed, rates_path, row


def test_a_postcode_in_one_region_is_enough() -> None:
    home = Home(postcode="SW1A 1AA")
    assert ahead(home.fetch(), NOW)[0].import_c_per_kwh == p(home, AGILE, NOW, "C")


def test_one_on_a_border_and_one_nowhere_are_told_with_what_there_is() -> None:
    with pytest.raises(RequestRefused) as several:
        Home(postcode="SY1 1AA").fetch()
    assert str(several.value) == (
        "Octopus: the postcode lies in one of several regions, D (Merseyside and North Wales), E (West Midlands), K (South Wales); "
        "enter the letter of your region"
    )
    with pytest.raises(RequestRefused, match="the postcode is in no region that Octopus knows; enter the letter of your region"):
        Home(postcode="QQ1 1AA").fetch()


def test_the_letter_goes_before_the_postcode() -> None:
    home = Home(region="H", postcode="SW1A 1AA")
    assert ahead(home.fetch(), NOW)[0].import_c_per_kwh == p(home, AGILE, NOW, "H")
    assert not [path for path in home.asked() if "industry" in path]


@pytest.mark.parametrize("size", [1, 4, 100])
def test_the_version_is_found_on_whichever_page_it_stands(size: int) -> None:
    home = Home(**BOTH)
    home.service.products_per_page = size
    home.fetch()
    assert [path for path in home.asked() if path.count("/") == 3] == [f"/products/{AGILE}/", f"/products/{OUTGOING}/"]


def test_an_owner_on_an_older_version_has_its_prices() -> None:
    now = at("2024-10-20 12:10")
    home = Home(now, product_code="AGILE-FLEX-22-11-25")
    assert ahead(home.fetch(), now)[0].import_c_per_kwh == p(home, "AGILE-FLEX-22-11-25", now)
    assert "/products/" not in home.asked()


def test_a_version_that_is_over_is_said_to_be_over() -> None:
    home = Home(product_code="AGILE-FLEX-22-11-25")
    with pytest.raises(RequestRefused) as caught:
        home.fetch()
    assert str(caught.value) == (
        "Octopus: the prices of AGILE-FLEX-22-11-25 ended on 1 January 2025: choose the newer version, "
        "or leave the version empty for the one that new customers get"
    )


def test_a_version_is_late_for_a_day_before_it_is_over() -> None:
    home = Home(at("2025-01-01 23:00"), product_code="AGILE-FLEX-22-11-25")
    assert home.fetch().known_until == at("2025-01-01 00:00")
    with pytest.raises(RequestRefused, match="ended on 1 January 2025"):
        home.fetch_at(at("2025-01-02 00:00"))


def test_an_export_version_that_is_over_is_said_to_be_over() -> None:
    home = Home(export_product="outgoing", export_product_code="OUTGOING-FIX-12M-19-05-13")
    with pytest.raises(RequestRefused, match="the prices of OUTGOING-FIX-12M-19-05-13 ended on 26 October 2025"):
        home.fetch()


def test_a_code_that_nobody_knows_is_said_to_be_unknown() -> None:
    with pytest.raises(RequestRefused, match="there is no product AGILE-99-01-01; the code of yours stands on your bill"):
        Home(product_code="AGILE-99-01-01").fetch()


def test_an_export_product_is_not_taken_for_import() -> None:
    home = Home(product="custom", product_code="GO-VAR-22-10-14", export_product="custom", export_product_code=AGILE)
    with pytest.raises(RequestRefused, match="AGILE-24-10-01 is an import product, not an export product"):
        home.fetch()


def test_a_version_without_any_price_is_said_to_be_wrong() -> None:
    code = "AGILE-27-01-01"
    service = Scripted({f"/products/{code}/": {}, rates_path(code): listed(), rates_path(code, "standing-charges"): listed()})
    with pytest.raises(RequestRefused, match="AGILE-27-01-01 has never had a price; check the code on your bill"):
        feed_at(service, product_code=code).fetch_ahead(NOW)


def test_a_price_for_others_alone_is_said_to_be_for_others() -> None:
    code = "OE-FIX-12M-25-12-02"
    rates = listed(row("2025-12-02 00:00", None, 25.0, "DIRECT_DEBIT"))
    service = Scripted({f"/products/{code}/": detail(code), rates_path(code): rates, rates_path(code, "standing-charges"): listed()})
    with pytest.raises(RequestRefused, match="OE-FIX-12M-25-12-02 has no price for your way of paying; choose the other one"):
        feed_at(service, product="custom", product_code=code, payment_method="non_direct_debit").fetch_ahead(NOW)
    assert {each.import_c_per_kwh for each in feed_at(service, product="custom", product_code=code).fetch_ahead(NOW).intervals} == {25.0}


def test_prices_that_have_not_begun_do_not_cover_the_present() -> None:
    code = "OE-FIX-12M-26-08-01"
    everything = {rates_path(code): lambda query: listed() if "period_from" in query else listed(row("2026-08-01 00:00", None))}
    service = Scripted({f"/products/{code}/": detail(code), rates_path(code, "standing-charges"): listed(), **everything})
    with pytest.raises(AnswerNotUnderstood, match="do not cover the present"):
        feed_at(service, product="custom", product_code=code).fetch_ahead(NOW)
