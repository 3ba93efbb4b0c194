"""From all opinions to what should be: the highest wish per axis, narrowed by all limits that bind it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.opinions import (
    BATTERY,
    NO_LIMITS,
    Axis,
    BatteryLimits,
    Binding,
    Charge,
    Command,
    Discharge,
    Hold,
    Limit,
    Opinion,
    Priority,
    SelfConsume,
    Unknown,
    Wish,
)
from app.domain.reasons import Reason, because
from app.domain.snapshot import Snapshot, StandingLimit, StandingWish

OWNER = "owner"  # stands for a policy's name where the owner's button wishes


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an axis should do: whose wish, what became of it under the limits, and since when."""

    policy: str
    wish: Wish
    command: Command  # after clamping
    clamped_by: tuple[Reason, ...]
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """One tick's judgement, with all that led to it."""

    opinions: Mapping[str, Opinion]
    standing: Mapping[str, StandingWish]  # the wishes alive, to be remembered as `before`
    standing_limits: Mapping[str, StandingLimit]  # the limits in force, to be remembered as `limits_before`
    chosen: Mapping[Axis, Chosen]
    limits: BatteryLimits  # on the battery, all that bind its wish
    firm_limits: BatteryLimits  # those among them that do not give way to the owner's hand
    yielding: Mapping[str, BatteryLimits]  # policy → its limit, where that gives way
    limit_reasons: tuple[Reason, ...]
    stood_down: frozenset[str]  # policies whose wish waits for the owner

    @property
    def battery(self) -> Chosen | None:
        """What the battery should do, None for the owner's own settings."""
        return self.chosen.get(BATTERY)


def decide(snapshot: Snapshot, opinions: Mapping[str, Opinion]) -> Decision:
    """Pure: the same snapshot and opinions give the same decision."""
    standing = {policy: alive for policy in opinions if (alive := _alive(policy, opinions[policy], snapshot)) is not None}
    candidates = [(policy, alive) for policy, alive in standing.items() if policy not in snapshot.stood_down]
    candidates += [(OWNER, pressed) for pressed in snapshot.owner_wishes if _holds(pressed, snapshot)]
    best: dict[Axis, tuple[str, StandingWish]] = {}
    for policy, alive in candidates:
        rival = best.get(alive.wish.axis)
        if rival is None or alive.wish.priority > rival[1].wish.priority:
            best[alive.wish.axis] = (policy, alive)
    standing_limits = {policy: bound for policy in opinions if (bound := _bound(policy, opinions[policy], snapshot)) is not None}
    winner = best.get(BATTERY)
    is_owners = winner is not None and winner[1].wish.priority is Priority.OWNER
    binding = {
        policy: bound.limit
        for policy, bound in standing_limits.items()
        if policy not in snapshot.stood_down and (bound.limit.binding is Binding.SAFETY or not is_owners)
    }
    together = firm = _site_limits(snapshot)
    for limit in binding.values():
        together = together & limit.limits
        firm = firm if limit.gives_way else firm & limit.limits
    chosen = {axis: _clamp(policy, alive, together, snapshot) for axis, (policy, alive) in best.items()}
    return Decision(
        opinions=opinions,
        standing=standing,
        standing_limits=standing_limits,
        chosen=chosen,
        limits=together,
        firm_limits=firm,
        yielding={policy: limit.limits for policy, limit in binding.items() if limit.gives_way},
        limit_reasons=tuple(limit.reason for limit in binding.values()),
        stood_down=frozenset(snapshot.stood_down) & (frozenset(standing) | frozenset(standing_limits)),
    )


def _holds(pressed: StandingWish, snapshot: Snapshot) -> bool:
    """Whether an owner's button is alive: not over, and nothing that it needs was changed by hand since it was pressed."""
    changed = snapshot.stood_down.get(OWNER)
    return pressed.wish.expires_at > snapshot.now and (changed is None or changed.seen_at < pressed.began_at)


def _alive(policy: str, opinion: Opinion, snapshot: Snapshot) -> StandingWish | None:
    """The wish that counts for `policy` now: a new one, or, while it does not know, its last one until that expires."""
    if isinstance(opinion, Wish):
        return StandingWish(opinion, _began(policy, opinion, snapshot)) if opinion.expires_at > snapshot.now else None
    if isinstance(opinion, Unknown):
        earlier = snapshot.before.get(policy)
        return earlier if earlier is not None and earlier.wish.expires_at > snapshot.now else None
    return None


def _bound(policy: str, opinion: Opinion, snapshot: Snapshot) -> StandingLimit | None:
    """The limit that counts for `policy` now: a new one, or, while it does not know, its last one until that expires."""
    earlier = snapshot.limits_before.get(policy)
    if isinstance(opinion, Limit):
        if _is_over(opinion, snapshot.now):
            return None
        return StandingLimit(opinion, earlier.began_at if earlier is not None else snapshot.now)
    if isinstance(opinion, Unknown) and earlier is not None and earlier.limit.expires_at is not None:
        return earlier if not _is_over(earlier.limit, snapshot.now) else None
    return None


def _began(policy: str, wish: Wish, snapshot: Snapshot) -> datetime:
    """Since when `policy` wishes this kind of command without a break."""
    earlier = snapshot.before.get(policy)
    if earlier is not None and earlier.wish.axis == wish.axis and type(earlier.wish.command) is type(wish.command):
        return earlier.began_at
    return snapshot.now


def _is_over(limit: Limit, now: datetime) -> bool:
    return limit.expires_at is not None and limit.expires_at <= now


def _site_limits(snapshot: Snapshot) -> BatteryLimits:
    return replace(NO_LIMITS, max_import_w=snapshot.limits.max_import_w, max_export_w=snapshot.limits.max_export_w)


def _clamp(policy: str, alive: StandingWish, limits: BatteryLimits, snapshot: Snapshot) -> Chosen:
    wish = alive.wish
    command, reasons = wish.command, list[Reason]()
    if wish.axis == BATTERY:
        command, reasons = _clamp_battery(wish.command, limits, snapshot)
    return Chosen(policy, wish, command, tuple(reasons), alive.began_at)


def _clamp_battery(command: Command, limits: BatteryLimits, snapshot: Snapshot) -> tuple[Command, list[Reason]]:
    match command:
        case Charge() | Discharge() | Hold() if snapshot.live is not None and snapshot.live.on_grid is False:
            return SelfConsume(), [because("grid_outage")]  # the battery runs the home as it knows best, and nothing is bought or sold
        case Charge(power_w) if limits.grid_charging_allowed is False:
            return SelfConsume(), [because("no_grid_charging_now")]
        case Charge(power_w) if limits.max_soc_pct is not None and _soc(snapshot) is not None and _soc(snapshot) >= limits.max_soc_pct:  # type: ignore[operator]
            return Hold(), [because("full_enough", soc_pct=limits.max_soc_pct)]
        case Charge(power_w):
            return _clamp_power(command, power_w, limits.max_import_w, _spare_import(limits, snapshot), snapshot, "import_cap")
        case Discharge(power_w) if limits.min_soc_pct is not None and _soc(snapshot) is not None and _soc(snapshot) <= limits.min_soc_pct:  # type: ignore[operator]
            return SelfConsume(), [because("charge_floor", soc_pct=limits.min_soc_pct)]
        case Discharge(power_w):
            return _clamp_power(command, power_w, limits.max_export_w, _spare_export(limits, snapshot), snapshot, "export_cap")
    return command, []


def _clamp_power(
    command: Charge | Discharge, power_w: int | None, cap_w: int | None, spare_w: int | None, snapshot: Snapshot, code: str
) -> tuple[Command, list[Reason]]:
    """A power set-point within the site's cap. A device without one cannot be held to it, so nothing is claimed for it."""
    if cap_w is None or spare_w is None or snapshot.battery is None or not snapshot.battery.has_power_setpoint:
        return command, []
    if power_w is not None and power_w <= spare_w:
        return command, []
    return replace(command, power_w=spare_w), [because(code, power_w=spare_w, wanted_w=power_w, cap_w=cap_w)]


def _spare_import(limits: BatteryLimits, snapshot: Snapshot) -> int | None:
    """What the battery may draw so that the home stays within the import cap, W."""
    live = snapshot.live
    if limits.max_import_w is None or live is None or live.load_w is None or live.solar_w is None:
        return None
    return max(0, round(limits.max_import_w - live.load_w + live.solar_w))


def _spare_export(limits: BatteryLimits, snapshot: Snapshot) -> int | None:
    """What the battery may give so that the home stays within the export cap, W."""
    live = snapshot.live
    if limits.max_export_w is None or live is None or live.load_w is None or live.solar_w is None:
        return None
    return max(0, round(limits.max_export_w + live.load_w - live.solar_w))


def _soc(snapshot: Snapshot) -> float | None:
    return snapshot.live.soc_pct if snapshot.live else None
