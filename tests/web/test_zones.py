"""The clock that is proposed for a home whose retailer asks for no key."""

from typing import Any

import pytest

from app.services.connecting import Draft
from app.web.zones import zone_of_fields
from tests.conftest import NOW


@pytest.mark.parametrize(
    ("brand", "values", "zone"),
    [
        ("octopus", {"product": "agile", "region": "C"}, "Europe/London"),
        ("aemo", {"region": "SA1"}, "Australia/Adelaide"),
        ("agl", {"import_c": 31}, "Australia/Sydney"),
    ],
)
def test_the_clock_of_the_retailer_or_of_its_region_is_proposed(brand: str, values: dict[str, Any], zone: str) -> None:
    assert zone_of_fields(Draft(1, "retailer", brand, values, (), NOW)) == zone
