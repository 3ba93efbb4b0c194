"""Which hosts are called: devices in the owner's own network, looked up anew for each call."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from app.transports.addresses import lan_address, why_not_from_a_page
from app.transports.errors import RequestRefused, Unreachable

OUTSIDE = [
    "8.8.8.8",
    "169.254.169.254",  # where clouds keep their secrets
    "100.100.100.200",
    "fd00:ec2::254",
    "[fe80::1]",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
]
SPELT_OTHERWISE = ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "192.168.1"]
HERE = ["127.0.0.1", "127.8.9.1", "localhost", "LOCALHOST", "::1", "[::1]"]
OWN = ["192.168.1.20", "10.0.0.4", "172.31.255.1", "100.101.2.3", "fd12::7", "192.0.2.7"]

Names = Callable[..., None]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Makes the resolver answer: each look-up takes the next answer, the last one stays."""

    def answer_with(*answers: list[str]) -> None:
        left = list(answers)

        def look_up(*_: Any, **__: Any) -> list[Any]:
            found = left.pop(0) if len(left) > 1 else left[0]
            if not found:
                raise socket.gaierror(socket.EAI_NONAME, "no such name")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in found]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)

    return answer_with


@pytest.mark.parametrize("host", OUTSIDE)
def test_what_is_not_in_the_own_network_is_refused_by_page_and_call(host: str) -> None:
    assert "not a device in your own network" in str(why_not_from_a_page(host))
    with pytest.raises(RequestRefused, match="not a device in your own network"):
        lan_address("Inverter", host)


@pytest.mark.parametrize("host", SPELT_OTHERWISE)
def test_a_number_that_a_resolver_would_take_for_an_address_is_refused(host: str) -> None:
    assert "write four numbers" in str(why_not_from_a_page(host, allows_this_computer=True))
    with pytest.raises(RequestRefused, match="write four numbers"):
        lan_address("Inverter", host)


@pytest.mark.parametrize("host", HERE)
def test_this_computer_is_called_for_a_site_file_and_named_by_no_page_unless_that_is_allowed(host: str) -> None:
    assert lan_address("Inverter", host)
    assert why_not_from_a_page(host) is not None
    assert why_not_from_a_page(host, allows_this_computer=True) is None


@pytest.mark.parametrize("host", OWN)
def test_a_device_in_the_own_network_is_taken(host: str) -> None:
    assert why_not_from_a_page(host) is None
    assert lan_address("Inverter", host) == host


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "8.8.8.8"])
def test_a_name_that_leads_elsewhere_is_refused_by_page_and_call(address: str, names: Names) -> None:
    names([address])
    assert "not a device in your own network" in str(why_not_from_a_page("inverter.example", allows_this_computer=True))
    with pytest.raises(RequestRefused):
        lan_address("Inverter", "inverter.example")


def test_one_bad_address_among_good_ones_is_enough_to_refuse_a_name(names: Names) -> None:
    names(["192.168.1.20", "127.0.0.1"])
    assert why_not_from_a_page("inverter.lan") is not None


def test_a_name_in_the_own_network_is_taken_and_its_address_called(names: Names) -> None:
    names(["192.168.1.20"])
    assert why_not_from_a_page("inverter.lan") is None
    assert lan_address("Inverter", "inverter.lan") == "192.168.1.20"


def test_a_name_that_leads_to_this_computer_later_on_is_refused_when_it_is_called(names: Names) -> None:
    names(["192.168.1.20"], ["127.0.0.1"])
    assert why_not_from_a_page("inverter.example") is None
    with pytest.raises(RequestRefused):
        lan_address("Inverter", "inverter.example")


def test_a_name_that_nobody_knows_is_told(names: Names) -> None:
    names([])
    assert why_not_from_a_page("invertre.lan") == "nobody in your network knows the name invertre.lan"
    with pytest.raises(Unreachable):
        lan_address("Inverter", "invertre.lan")
