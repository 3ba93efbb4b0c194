"""What an owner may enter, and what is told about the rest."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.feeds.registry import retailer_brands
from app.feeds.retailers.octopus.fields import OctopusFields
from app.feeds.retailers.octopus.regions import REGIONS


def fields(**entered: Any) -> OctopusFields:
    return OctopusFields(**{"product": "agile", "region": "C", **entered})


def test_the_entry_of_a_site_file_is_understood() -> None:
    brand = retailer_brands()["octopus"]
    entry = {"product": "agile", "region": "C", "export_product": "agile_outgoing"}
    read = brand.fields(**entry)
    assert {name: getattr(read, name) for name in entry} == entry
    assert (read.payment_method, read.include_vat, read.export_fixed_c) == ("direct_debit", True, None)
    assert brand.fields(**read.model_dump(mode="json")) == read
    assert (brand.title, brand.vendor, brand.capabilities) == ("Octopus Energy", "Octopus", {"ahead"})
    [base] = brand.base_urls
    assert (base.env, base.default) == ("OCTOPUS_API_URL", "https://api.octopus.energy/v1")


def test_there_are_fourteen_regions_without_i_and_o() -> None:
    assert "".join(REGIONS) == "ABCDEFGHJKLMNP"


@pytest.mark.parametrize("written", ["C", "c", "_C", "_c", " C "])
def test_a_region_may_be_written_as_the_service_writes_it(written: str) -> None:
    assert fields(region=written).region == "C"


@pytest.mark.parametrize(("written", "kept"), [("sw1a1aa", "SW1A1AA"), (" Sw1a  1aA", "SW1A 1AA"), ("m1", "M1"), ("ec1y 8aa", "EC1Y 8AA")])
def test_a_postcode_stands_in_for_the_region(written: str, kept: str) -> None:
    assert OctopusFields(product="go", postcode=written).postcode == kept


@pytest.mark.parametrize("method", ["DIRECT_DEBIT", "direct_debit"])
def test_the_way_of_paying_may_be_written_as_the_service_writes_it(method: str) -> None:
    assert fields(payment_method=method).payment_method == "direct_debit"


def test_a_tariff_code_tells_version_and_region() -> None:
    read = OctopusFields(
        product="agile",
        product_code=" e-1r-agile-24-10-01-h",
        export_product="outgoing",
        export_product_code="E-1R-OUTGOING-VAR-24-10-26-H",
    )
    assert (read.product_code, read.region, read.export_product_code) == ("AGILE-24-10-01", "H", "OUTGOING-VAR-24-10-26")
    assert OctopusFields(product="agile", product_code="E-1R-AGILE-24-10-01-H", postcode="SW1A 1AA").region == ""


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"region": ""}, "the region is needed, or the postcode to find it by"),
        ({"region": "I"}, "a region is one of the letters A to P; there is no I and no O"),
        ({"region": "O"}, "a region is one of the letters A to P; there is no I and no O"),
        ({"region": "London"}, "a region is one of the letters A to P; there is no I and no O"),
        ({"region": "", "postcode": "London"}, "a postcode looks like SW1A 1AA"),
        ({"product": "custom"}, "with Custom the version is needed: the code on your bill"),
        ({"product": "economy"}, "Input should be 'agile'"),
        ({"product_code": "GO-VAR-22-10-14"}, "GO-VAR-22-10-14 is no version of this product; choose Custom for it"),
        ({"product_code": "AGILE-OUTGOING-19-05-13"}, "AGILE-OUTGOING-19-05-13 is an export product"),
        ({"product": "custom", "product_code": "FLUX-EXPORT-23-02-14"}, "FLUX-EXPORT-23-02-14 is an export product"),
        ({"product_code": "AGILE/../.."}, "String should match pattern"),
        ({"product_code": "E-1R-AGILE-24-10-01-H"}, "E-1R-AGILE-24-10-01-H is a tariff of region H, not of C"),
        ({"product_code": "E-2R-VAR-22-11-01-C", "product": "custom"}, "when the night rate holds depends on the meter"),
        ({"export_product": "custom"}, "with Custom the export version is needed: the code on your bill"),
        ({"export_product_code": "OUTGOING-VAR-24-10-26"}, "an export version needs its export product"),
        ({"export_product": "flux", "export_product_code": "OUTGOING-VAR-24-10-26"}, "is no version of this product"),
        ({"export_product": "outgoing", "export_fixed_c": 4.1}, "only one of the two is paid"),
        ({"export_product": "intelligent_flux"}, "comes only with the product Intelligent Flux"),
        ({"export_fixed_c": -1.0}, "greater than or equal to 0"),
        ({"export_fixed_c": float("nan")}, ""),
        ({"payment_method": "cash"}, "Input should be 'direct_debit'"),
        ({"token": "sk_live"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused_in_words(entered: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        fields(**entered)
    assert said in str(caught.value)


@pytest.mark.parametrize("code", ["INTELLI-VAR-24-10-29", "IOG-SMB-VAR-24-10-29", "INTELLI-VAR-22-10-14"])
def test_intelligent_go_has_gone_by_two_names(code: str) -> None:
    assert fields(product="intelligent_go", product_code=code).product_code == code


def test_the_form_says_that_extra_times_for_the_car_are_not_counted() -> None:
    assert "23:30 to 05:30 only" in str(OctopusFields.model_fields["product"].description)


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ValidationError):
        OctopusFields.model_validate("agile")
