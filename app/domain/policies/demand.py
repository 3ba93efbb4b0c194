"""Demand window: no charging from the grid while the peak is billed. Shoulder and off-peak windows forbid nothing: they may be always."""

from app.domain.opinions import BatteryLimits, Binding, Limit, Nothing, Opinion
from app.domain.policies import Policy
from app.domain.reasons import because
from app.domain.settings.demand import Demand
from app.domain.snapshot import Snapshot


def spare_the_peak(snapshot: Snapshot) -> Opinion:
    """Forbid grid charging inside the owner's peak windows."""
    settings = snapshot.settings.of(Demand)
    if not (settings.enabled and settings.block_grid_charging):
        return Nothing()
    local = snapshot.local(snapshot.now)
    for window in settings.peak_windows:
        if window.covers(local.date(), local.time()):
            reason = because("demand_window", until=window.end.strftime("%H:%M"))
            return Limit(BatteryLimits(grid_charging_allowed=False), Binding.ECONOMIC, reason)
    return Nothing()


POLICY = Policy("demand", spare_the_peak)
