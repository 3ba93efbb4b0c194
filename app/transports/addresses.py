"""Which hosts a driver may call: devices in the owner's own network, and nothing that would make PowerSync a scanner or a messenger.

A device on this very computer (127.0.0.1) can be named in a site file, as whoever writes one is at home here. A page refuses it, and so is
a name that leads there: behind it stand this computer's own services."""

import ipaddress
import socket
from typing import Final

from app.transports.errors import RequestRefused, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_OWN_NETWORKS: Final = tuple(
    ipaddress.ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")
)
_FOR_DOCUMENTS: Final = tuple(ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"))


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


def why_not_from_a_page(host: str) -> str | None:
    """Why a host that was typed into a page is not taken, in words; None where it is. Names are looked at when they are called."""
    literal = as_literal(host)
    if literal is None:
        return f"{host} is not an address; write four numbers, such as 192.168.1.20" if _looks_like_a_number(host) else None
    return None if is_in_own_network(literal) else _outside(host)


def is_in_own_network(address: Address) -> bool:
    """A private address (or one that is kept for documents). Link-local ones, behind which clouds keep their secrets, are none."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address.version == network.version and address in network for network in (*_OWN_NETWORKS, *_FOR_DOCUMENTS))


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
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(vendor, f"nobody in your network knows the name {host}") from error
    return [ipaddress.ip_address(each[4][0]) for each in found]


def _looks_like_a_number(host: str) -> bool:
    """Forms that a resolver would take for an address: 2130706433, 0x7f.1, 0177.0.0.1."""
    parts = host.lower().rstrip(".").split(".")
    return all(part.isdigit() or part.startswith("0x") for part in parts)


def _outside(host: str) -> str:
    return f"{host} is not a device in your own network; enter an address such as 192.168.1.20"
