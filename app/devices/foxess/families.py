"""Registers of FoxESS hybrid inverters, by family.

Source: FoxESS, Modbus protocol of H1, KH and H3, and of H3 Pro and H3 Smart. Addresses are wire addresses; 32-bit values have their high
word first. The first three keep figures in input registers, the others keep all in holding registers.

No register of the feed-in limit is confirmed for any family, so that none is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.devices.register_settings import Setting, SettingsTable
from app.devices.registers import Kind, Point, Space
from app.domain.sentences import percent

MODE, LEAST_SOC_PCT, MOST_SOC_PCT = "mode", "least_soc_pct", "most_soc_pct"
LARGEST_W: Final = 30_000
Words = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Family:
    """Where one family keeps what."""

    live: tuple[Point, ...]  # grid_w and battery_w in the signs of the app
    strings: tuple[str, ...]
    capacity_kwh: Point | None
    settings: SettingsTable
    self_use: int
    enable: Point
    timeout_s: Point
    power_w: Point  # + discharging


def _settings(mode_at: int, modes: Mapping[int, str], least_at: int, most_at: int | None) -> SettingsTable:
    def mode_in_words(value: float) -> str:
        return modes.get(round(value), f"mode {value:.0f}")

    charge = [Setting(Point(LEAST_SOC_PCT, least_at, least=10, most=100), "lowest charge", percent)]
    if most_at is not None:
        charge.append(Setting(Point(MOST_SOC_PCT, most_at, least=10, most=100), "highest charge", percent))
    return SettingsTable((Setting(Point(MODE, mode_at, least=min(modes), most=max(modes)), "work mode", mode_in_words), *charge))


def _older(*, soc_at: int, battery_at: int, grid_sign: int, most_soc_at: int | None) -> Family:
    def figure(name: str, address: int, kind: Kind, scale: float, least: float) -> Point:
        return Point(name, address, kind, scale, Space.INPUT, least=least, most=100 if name == "soc_pct" else 32_000)

    return Family(
        live=(
            figure("soc_pct", soc_at, Kind.U16, 1, 0),
            figure("battery_w", battery_at, Kind.S16, 1, -32_000),
            figure("grid_w", 31008, Kind.S16, grid_sign, -32_000),
            figure("load_w", 31016, Kind.S16, 1, 0),
            figure("string_1_w", 31002, Kind.U16, 1, 0),
            figure("string_2_w", 31005, Kind.U16, 1, 0),
        ),
        strings=("string_1_w", "string_2_w"),
        capacity_kwh=None,
        settings=_settings(41000, {0: "self use", 1: "feed-in first", 2: "backup"}, 41009, most_soc_at),
        self_use=0,
        enable=Point("remote", 44000, least=0, most=1),
        timeout_s=Point("remote_s", 44001, least=60, most=65_000),
        power_w=Point("remote_w", 44002, Kind.S16, least=-LARGEST_W, most=LARGEST_W),
    )


_H3_PRO: Final = Family(
    live=(
        Point("soc_pct", 37612, least=0, most=100),
        Point("battery_w", 39237, Kind.S32, least=-100_000, most=100_000),
        Point("grid_w", 38814, Kind.S32, -0.1, least=-100_000, most=100_000),  # tenths of a watt, + export
        *(Point(f"string_{n}_w", 39277 + 2 * n, Kind.S32, least=0, most=100_000) for n in (1, 2, 3)),
    ),
    strings=("string_1_w", "string_2_w", "string_3_w"),
    capacity_kwh=Point("capacity_kwh", 37635, scale=0.01, least=0.5, most=500),
    settings=_settings(49203, {1: "self use", 2: "feed-in first", 3: "backup", 4: "peak shaving"}, 46611, None),
    self_use=1,
    enable=Point("remote", 46001, least=0, most=1),
    timeout_s=Point("remote_s", 46002, least=60, most=65_000),
    power_w=Point("remote_w", 46003, Kind.S32, least=-LARGEST_W, most=LARGEST_W),
)

FAMILIES: Final[Mapping[str, Family]] = {
    "h1": _older(soc_at=31024, battery_at=31022, grid_sign=1, most_soc_at=None),
    "kh": _older(soc_at=31024, battery_at=31022, grid_sign=-1, most_soc_at=None),
    "h3": _older(soc_at=31038, battery_at=31036, grid_sign=1, most_soc_at=41010),
    "h3_pro": _H3_PRO,
}
