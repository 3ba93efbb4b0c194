"""Which hosts a driver may call: devices in the owner's own network, and nothing that would make PowerSync a scanner or a messenger.

A device on this very computer (127.0.0.1) can be named in a site file, as whoever writes one is at home here. A page refuses it, and so is
a name that leads there: behind it stand this computer's own services."""

import ipaddress
from collections.abc import Iterable
from typing import Final

from app.transports.errors import RequestRefused, Unreachable, VendorError
from app.transports.names import resolve

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_OWN_NETWORKS: Final = tuple(
    ipaddress.ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
_FOR_DOCUMENTS: Final = tuple(ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))
_CLOUD_SECRETS: Final = tuple(ipaddress.ip_network(each) for each in ("fd00:ec2::/32", "100.100.100.200/32"))  # of AWS and Alibaba
_LOOK_UP_S: Final = 3.0


def lan_address(vendor: str, host: str) -> str:
    """The address of `host`, looked up once for this call: what is checked is what is called.

    Raises RequestRefused for an address outside the owner's network, Unreachable for a name that nobody knows."""
    literal = as_literal(host)
    if literal is not None:
        if not (is_in_own_network(literal) or literal.is_loopback):
            raise RequestRefused(vendor, _outside(host))
        return str(literal)
    addresses = _looked_up(vendor, host)
    if not all(is_in_own_network(address) for address in addresses):
        raise RequestRefused(vendor, _outside(host))
    return str(addresses[0])


def why_not_from_a_page(host: str, *, allows_this_computer: bool = False) -> str | None:
    """Why a host that was typed into a page is not taken, in words; None where it is. A name is looked up, and again whenever it is called:
    it may lead elsewhere by then. `allows_this_computer`: 127.0.0.1 is taken, as where devices are simulated."""
    literal = as_literal(host)
    if literal is not None:
        is_taken = is_in_own_network(literal) or (allows_this_computer and literal.is_loopback)
        return None if is_taken else _outside(host)
    try:
        lan_address("", host)
    except VendorError as error:
        return error.message
    return None


def is_in_own_network(address: Address) -> bool:
    """A private address (or one that is kept for documents). Those behind which clouds keep their secrets are none: link-local ones, and
    two that stand among private ones."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return _is_in(address, (*_OWN_NETWORKS, *_FOR_DOCUMENTS)) and not _is_in(address, _CLOUD_SECRETS)


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def as_literal(host: str) -> Address | None:
    """The address that `host` spells out; None for a name."""
    try:
        return ipaddress.ip_address("127.0.0.1" if host.casefold() == "localhost" else host.strip("[]"))
    except ValueError:
        return None


def _looked_up(vendor: str, host: str) -> list[Address]:
    if _looks_like_a_number(host):
        raise RequestRefused(vendor, f"{host} is not an address; write four numbers, such as 192.168.1.20")
    try:
        found = resolve(host, None, _LOOK_UP_S)
    except OSError as error:
        raise Unreachable(vendor, f"nobody in your network knows the name {host}") from error
    return [ipaddress.ip_address(each[4][0]) for each in found]


def _looks_like_a_number(host: str) -> bool:
    """Forms that a resolver would take for an address: 2130706433, 0x7f.1, 0177.0.0.1."""
    parts = host.lower().rstrip(".").split(".")
    return all(part.isdigit() or part.startswith("0x") for part in parts)


def _outside(host: str) -> str:
    return f"{host} is not a device in your own network; enter an address such as 192.168.1.20"
