"""The cells: charge, losses and limits."""

from dataclasses import dataclass

_TAPER_FROM_PCT = 95.0


@dataclass
class BatteryPack:
    """A pack seen from its AC side. What is stored falls short by `one_way_efficiency` in each direction (0.95² ≈ 0.90 round trip)."""

    capacity_wh: float = 13_500.0
    soc_pct: float = 50.0
    max_charge_w: float = 5_000.0
    max_discharge_w: float = 10_000.0
    one_way_efficiency: float = 0.95

    def charge_limit_w(self, seconds: float, to_pct: float = 100.0) -> float:
        """The most that the pack takes over the next `seconds` (W, ≥ 0): room, power and the taper near full."""
        room_wh = max(0.0, to_pct - self.soc_pct) / 100 * self.capacity_wh
        taper = 1.0
        if self.soc_pct > _TAPER_FROM_PCT:
            taper = max(0.1, (100 - self.soc_pct) / (100 - _TAPER_FROM_PCT))
        return min(self.max_charge_w * taper, room_wh / self.one_way_efficiency / (seconds / 3600))

    def discharge_limit_w(self, seconds: float, floor_pct: float = 0.0) -> float:
        """The most that the pack gives over the next `seconds` (W, ≥ 0) without falling below `floor_pct`."""
        stored_wh = max(0.0, self.soc_pct - floor_pct) / 100 * self.capacity_wh
        return min(self.max_discharge_w, stored_wh * self.one_way_efficiency / (seconds / 3600))

    def run(self, battery_w: float, seconds: float) -> None:
        """Run at `battery_w` (+ discharging, − charging) for `seconds`; the caller has asked for the limits."""
        energy_wh = battery_w * seconds / 3600
        stored_wh = energy_wh / self.one_way_efficiency if energy_wh > 0 else energy_wh * self.one_way_efficiency
        self.soc_pct = max(0.0, min(100.0, self.soc_pct - stored_wh / self.capacity_wh * 100))
