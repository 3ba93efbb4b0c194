"""The settings of a Huawei SUN2000: where each stands, how it is written, and what the inverter takes.

Source: Huawei, Solar Inverter Modbus Interface Definitions. Raw values; the ranges of the cut-off charges are those that owners report."""

from collections.abc import Mapping

_SETTINGS: Mapping[int, tuple[str, int, tuple[int, int] | frozenset[int]]] = {  # kind, factory, range or values
    40125: ("s16", 1000, (0, 1000)),
    40126: ("u32", 5000, (0, 5500)),
    47075: ("u32", 5000, (0, 5000)),
    47077: ("u32", 5000, (0, 5000)),
    47081: ("u16", 1000, (900, 1000)),
    47082: ("u16", 50, (0, 200)),
    47083: ("u16", 0, (0, 1440)),
    47086: ("u16", 2, frozenset(range(6))),
    47087: ("u16", 0, (0, 1)),
    47088: ("u16", 500, (200, 1000)),
    47100: ("u16", 0, (0, 2)),
    47101: ("u16", 500, (0, 1000)),
    47102: ("u16", 0, (0, 1000)),
    47242: ("u32", 5000, (0, 50_000)),
    47244: ("u32", 5000, (0, 50_000)),
    47246: ("u16", 0, (0, 1)),
    47247: ("u32", 0, (0, 5000)),
    47249: ("u32", 0, (0, 5000)),
    47415: ("u16", 0, frozenset({0, 1, 5, 6, 7})),
    47416: ("s32", 70_000, (-1_000_000, 1_000_000)),
    47418: ("s16", 1000, (-1000, 1000)),
    47589: ("s16", 0, (0, 10)),
    47675: ("s32", 0, (-1_000_000, 1_000_000)),
}
KINDS: Mapping[int, str] = {address: kind for address, (kind, _factory, _allowed) in _SETTINGS.items()}
FACTORY: Mapping[int, int] = {address: factory for address, (_kind, factory, _allowed) in _SETTINGS.items()}
RANGES: Mapping[int, tuple[int, int] | frozenset[int]] = {address: allowed for address, (_kind, _factory, allowed) in _SETTINGS.items()}


def setting_at(address: int, count: int) -> dict[int, str]:
    """Address → kind of the settings that `count` registers from `address` are; empty where they are not settings through and through."""
    found: dict[int, str] = {}
    end = address + count
    while address < end:
        kind = KINDS.get(address)
        size = 2 if kind in ("u32", "s32") else 1
        if kind is None or address + size > end:
            return {}
        found[address] = kind
        address += size
    return found
