"""Pages, errors and what is asked, at a service that answers what the test says."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.feeds.retailers.octopus.client import MOST_PAGES, DayAndNight, NotKnown, OctopusClient
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable, VendorError
from tests.feeds.octopus.payloads import NOW, URL, Scripted, at, listed, rates_path, row

PATH = rates_path("AGILE-24-10-01")


def charges(service: Scripted) -> list[Any]:
    return OctopusClient(service.context(), "test").charges(PATH, NOW, NOW + timedelta(hours=24))


def paged(link: Any) -> Scripted:
    """A list of three pages; `link` is what the first calls the next."""
    first, second, third = row("12:00", "12:30"), row("12:30", "13:00"), row("13:00", "13:30")
    pages = {
        None: listed(first, following=link),
        "2": listed(second, following=f"{URL}{PATH}?page=3&page_size=1500"),
        "3": listed(third),
    }
    return Scripted({PATH: lambda query: pages[query.get("page")]})


@pytest.mark.parametrize(
    "link",
    [
        f"{URL}{PATH}?page=2",
        f"https://api.octopus.energy/v1{PATH}?page=2&period_from=2026-07-14T12%3A10%3A00Z",
        "?page=2",
        f"/v1{PATH}?page=2",
    ],
    ids=["here", "the vendor", "the query alone", "the path alone"],
)
def test_all_pages_are_read_from_the_place_that_was_asked_first(link: str) -> None:
    service = paged(link)
    assert [each["valid_from"][11:16] for each in charges(service)] == ["12:00", "12:30", "13:00"]
    assert service.budget.calls == 3
    span = {"period_from": "2026-07-14T12:10:00Z", "period_to": "2026-07-15T12:10:00Z", "page_size": "1500"}
    assert [request.query for request in service.requests] == [span, {**span, "page": "2"}, {**span, "page": "3"}]


@pytest.mark.parametrize(
    "link",
    [
        f"https://elsewhere.test/v1{PATH}?page=2",
        f"https://api.octopus.energy.elsewhere.test/v1{PATH}?page=2",
        f"{URL}/products/?page=2",
        f"{URL}{PATH}",
        f"{URL}{PATH}?page=second",
        f"{URL}{PATH}?page=%C2%B2",
        "http://[",
        2,
        {},
    ],
)
def test_a_next_page_somewhere_else_or_without_a_number_is_not_followed(link: Any) -> None:
    service = paged(link)
    with pytest.raises(AnswerNotUnderstood):
        charges(service)
    assert len(service.requests) == 1


def test_a_list_that_never_ends_is_given_up() -> None:
    service = Scripted({PATH: listed(row("12:00", "12:30"), following=f"{URL}{PATH}?page=1")})
    with pytest.raises(AnswerNotUnderstood, match="the list has no end"):
        charges(service)
    assert len(service.requests) == MOST_PAGES


def test_a_list_of_as_many_pages_as_are_allowed_is_read() -> None:
    def page(query: dict[str, str]) -> dict[str, Any]:
        number = int(query.get("page", "1"))
        return listed(row("12:00", "12:30"), following=f"{URL}{PATH}?page={number + 1}" if number < MOST_PAGES else None)

    assert len(charges(Scripted({PATH: page}))) == MOST_PAGES


@pytest.mark.parametrize("body", [[], {}, {"results": None}, {"results": {}}, "rates", 7])
def test_what_is_no_list_is_not_understood(body: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        charges(Scripted({PATH: lambda query: body}))


@pytest.mark.parametrize(
    ("status", "error"),
    [(404, NotKnown), (400, DayAndNight), (401, Unreachable), (403, Unreachable), (409, RequestRefused), (502, Unreachable)],
)
def test_an_error_has_a_name_and_none_asks_for_a_key(status: int, error: type[VendorError]) -> None:
    with pytest.raises(error) as caught:
        charges(Scripted({PATH: status}))
    assert "token" not in str(caught.value)


def test_the_newest_charge_is_one_row_of_all_times() -> None:
    service = Scripted({PATH: listed(row("12:00", "12:30"))})
    assert OctopusClient(service.context(), "test").newest_charge(PATH) == row("12:00", "12:30")
    assert [request.query for request in service.requests] == [{"page_size": "1"}]
    assert OctopusClient(Scripted({PATH: listed()}).context(), "test").newest_charge(PATH) is None


def test_regions_are_letters_without_what_is_no_region() -> None:
    answer = listed({"group_id": "_H"}, {"group_id": "_C"}, {"group_id": "_I"}, {"group_id": 3}, None, {"group_id": "_C"})
    service = Scripted({"/industry/grid-supply-points/": answer})
    assert OctopusClient(service.context(), "test").regions("SW1A 1AA") == ["C", "H"]
    assert service.requests[0].query == {"postcode": "SW1A 1AA"}


def test_only_products_for_households_of_the_own_brand_are_asked_for() -> None:
    service = Scripted({"/products/": listed({"code": "A"}, None, "B")})
    assert OctopusClient(service.context(), "test").products() == [{"code": "A"}]
    assert service.requests[0].query == {"brand": "OCTOPUS_ENERGY", "is_business": "false"}


def test_a_product_that_is_no_object_is_not_understood() -> None:
    with pytest.raises(AnswerNotUnderstood):
        OctopusClient(Scripted({"/products/A/": []}).context(), "test").product("A")


def test_times_are_sent_in_utc() -> None:
    service = Scripted({PATH: listed()})
    OctopusClient(service.context(), "test").charges(PATH, at("12:00").astimezone(ZoneInfo("Europe/London")), at("13:00"))
    assert service.requests[0].query["period_from"] == "2026-07-14T12:00:00Z"
