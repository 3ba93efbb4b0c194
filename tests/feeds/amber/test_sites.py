"""Which site of an account is meant, and what the form shows."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.domain.brands import Choice
from app.feeds.retailers.amber import BRAND, AmberFields
from app.feeds.retailers.amber.sites import chosen_site, masked, site_choices, sites_from
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import Context
from app.transports.errors import CredentialsRefused, RequestRefused
from tests.feeds.amber.payloads import NOW


def site(site_id: str, status: str = "active", channels: Any = ("general", "feedIn"), **other: Any) -> dict[str, Any]:
    listed = [{"identifier": "E1", "type": kind, "tariff": "6900"} for kind in channels]
    return {"id": site_id, "nmi": "3120012345", "network": "Energex", "status": status, "channels": listed, "intervalLength": 5, **other}


def test_active_comes_before_pending_before_closed() -> None:
    sites = sites_from([site("C", "closed"), site("P", "pending"), site("N", "new"), site("A")])
    assert [each.site_id for each in sites] == ["A", "P", "N", "C"]


def test_the_only_active_site_is_taken_when_none_is_named() -> None:
    assert chosen_site(sites_from([site("C", "closed"), site("P", "pending"), site("A")]), "").site_id == "A"


@pytest.mark.parametrize(
    ("items", "site_id", "said"),
    [
        ([site("A", nmi="3120011111"), site("B", nmi="3120022222")], "", r"several active sites.*A \(Energex, NMI 312•••1111.*312•••2222"),
        ([site("C", "closed")], "", r"no active site.*312•••2345, closed"),
        ([], "", "no active site.*no site at all"),
        ([site("A")], "B", r"no site B; it has A \("),
        ([site("C", "closed")], "C", "is closed"),
    ],
)
def test_a_choice_that_cannot_be_made_names_the_sites(items: list[dict[str, Any]], site_id: str, said: str) -> None:
    with pytest.raises(RequestRefused, match=said):
        chosen_site(sites_from(items), site_id)


def test_a_pending_site_can_be_chosen_by_name() -> None:
    assert chosen_site(sites_from([site("P", "pending")]), "P").status == "pending"


@pytest.mark.parametrize(
    ("channels", "has_feed_in"),
    [(["general", "feedIn"], True), (["general"], False), (["general", "controlledLoad"], False), ([], True), ([["odd"]], False)],
)
def test_only_a_list_of_other_channels_says_that_there_is_no_feed_in(channels: Any, has_feed_in: bool) -> None:
    assert sites_from([site("A", channels=channels)])[0].has_feed_in is has_feed_in


@pytest.mark.parametrize(
    "damage", [{"channels": None}, {"channels": 7}, {"nmi": None}, {"network": 3}, {"status": None}, {"intervalLength": "5"}]
)
def test_a_site_in_an_odd_form_is_still_a_site(damage: dict[str, Any]) -> None:
    (found,) = sites_from([{**site("A"), **damage}])
    assert (found.has_feed_in, found.interval_min, found.is_usable) == (True, 5, True)


def test_what_has_no_id_is_no_site() -> None:
    assert sites_from([{}, {"id": 5}, {"id": ""}]) == []


def test_the_middle_of_a_meter_number_is_masked() -> None:
    assert (masked("3120012345"), masked("31200123456"), masked("1234"), masked("")) == ("312•••2345", "312•••3456", "•••", "•••")


@pytest.mark.parametrize(
    ("network", "zone"),
    [
        ("Energex", "Australia/Brisbane"),
        ("Ausgrid", "Australia/Sydney"),
        ("SA Power Networks", "Australia/Adelaide"),
        ("United Energy", "Australia/Melbourne"),
        ("Elsewhere", None),
    ],
)
def test_the_time_zone_is_proposed_from_the_distributor(network: str, zone: str | None) -> None:
    assert sites_from([site("A", network=network)])[0].timezone == zone


def test_the_form_offers_the_accounts_sites_with_one_call() -> None:
    clock = SimulatedPace(NOW)
    with World(clock) as world:
        account = world.amber.account
        offered = site_choices(AmberFields(token=account.token), Context(clock, world.environment()))
        closed, five, thirty = account.sites
    assert offered == [
        Choice(five.id, "Ausgrid, NMI 312•••2345", "active, billed every 5 minutes", "Australia/Sydney", True),
        Choice(thirty.id, "Ausgrid, NMI 312•••7890", "active, no feed-in, billed every 30 minutes", "Australia/Sydney", True),
        Choice(closed.id, "Ausgrid, NMI 312•••1111", "closed, billed every 5 minutes", "Australia/Sydney", False),
    ]
    assert len(world.amber.requests) == 1


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_wrong_token_is_told_in_words_after_one_call(refusal: int) -> None:
    clock = SimulatedPace(NOW)
    with World(clock) as world:
        world.amber.refusal = refusal
        with pytest.raises(
            CredentialsRefused, match=r"make a new one at app[.]amber[.]com[.]au › Settings › Developers and enter it under Devices"
        ):
            site_choices(AmberFields(token="psk_wrong"), Context(clock, world.environment()))
    assert len(world.amber.requests) == 1


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"token": ""},
        {"token": "  "},
        {"token": "a b"},
        {"token": "a\r\nb"},
        {"token": "t–t"},
        {"token": "t", "site_id": "../x"},
        {"token": "t", "site_id": "a?b"},
        {"token": "t", "price_model": "best"},
        {"token": "t", "extra": 1},
        {"token": 5},
    ],
)
def test_fields_that_cannot_be_right_are_refused_without_showing_the_token(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AmberFields(**values)


def test_blanks_around_a_copied_token_are_dropped() -> None:
    assert AmberFields(token=" psk_1 \n").token.get_secret_value() == "psk_1"  # type: ignore[arg-type]


def test_every_field_has_a_title_and_an_explanation() -> None:
    for field in AmberFields.model_fields.values():
        assert field.title
        assert field.description
    assert set(BRAND.choices) <= set(AmberFields.model_fields)
