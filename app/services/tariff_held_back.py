"""Why no tariff is sent, or why a sent one does not work."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.opinions import FollowTariff
from app.domain.policies.tariff_sync import why_missing
from app.domain.reasons import Reason
from app.domain.sentences import day_and_clock, sentence
from app.domain.settings.tariff_sync import TariffSync
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import Missing, RollingTariff
from app.domain.tariffs.shaping import Shaped
from app.models.connection import Connection
from app.models.control import LastDecision, StandDown
from app.models.site import CONTROL_ON, Site

SILENT_AFTER = timedelta(minutes=5)  # a scheduler that has not decided for so long is not running


@dataclass(frozen=True, slots=True)
class HeldBack:
    """One thing that keeps a tariff from being sent, or from working. `lines` name what is missing."""

    text: str
    lines: tuple[str, ...] = ()
    blocks: bool = True
    leads_to: str = ""  # "settings", "decisions", "devices": where the owner can change it


def held_back(
    session: Session,
    site: Site,
    snapshot: Snapshot,
    shaped: Shaped[RollingTariff] | Missing | None,
    retailer: Connection | None,
    battery: Connection | None,
) -> list[HeldBack]:
    """Why no tariff is sent, or why a sent one does not work: the thing that the owner can do something about first."""
    found: list[HeldBack] = []
    if retailer is None:
        found.append(HeldBack("No retailer is linked", leads_to="devices"))
    if battery is None:
        found.append(HeldBack("No battery is linked", leads_to="devices"))
    elif snapshot.battery is not None and FollowTariff.__name__ not in snapshot.battery.commands:
        found.append(HeldBack("This battery does not plan by a tariff: PowerSync steers it in other ways"))
    if site.control != CONTROL_ON:
        found.append(HeldBack("Watch only: PowerSync builds the tariff and sends nothing", leads_to="settings"))
    if not snapshot.settings.of(TariffSync).enabled:
        found.append(HeldBack("Tariff sync is switched off", leads_to="settings"))
    if retailer is not None and not isinstance(shaped, Shaped):
        found.append(_missing(shaped, retailer, snapshot.zone))
    return found + _as_decided(session, site, snapshot, {each.text for each in found})


def _missing(missing: Missing | None, retailer: Connection, zone: ZoneInfo) -> HeldBack:
    if missing is None:
        return HeldBack(retailer.problem or "No prices have arrived yet")
    lines = tuple(day_and_clock(start, zone) for start in missing.half_hours)
    if lines:
        return HeldBack(f"{len(lines)} half-hour{'' if len(lines) == 1 else 's'} ahead without a price", lines)
    return HeldBack(sentence(why_missing(missing), zone))


def _as_decided(session: Session, site: Site, snapshot: Snapshot, said: set[str]) -> list[HeldBack]:
    """What the last decision says beyond that."""
    found: list[HeldBack] = []
    decision = session.get(LastDecision, site.id)
    stood_down = session.scalars(select(StandDown).where(StandDown.site_id == site.id, StandDown.policy == "tariff_sync")).first()
    if stood_down is not None:
        what = " and the ".join(dict.fromkeys(str(change["label"]) for change in stood_down.changes))
        found.append(HeldBack(f"Someone changed the {what}, so tariff sync waits until you decide", leads_to="decisions"))
    if decision is None or site.control != CONTROL_ON:
        return found
    if snapshot.now - decision.at > SILENT_AFTER:
        found.append(HeldBack(f"Nothing has been decided since {day_and_clock(decision.at, snapshot.zone)}: the scheduler is not running"))
    if decision.policy not in (None, "tariff_sync"):
        why = sentence(Reason(decision.code, decision.params), snapshot.zone)
        found.append(HeldBack(f"{why}. The tariff goes on being built, and is sent again afterwards"))
    for problem in decision.problems:
        text = sentence(Reason(problem["code"], problem.get("params", {})), snapshot.zone)
        if text not in said and problem["code"] not in ("prices_missing", "horizon_short", "no_prices"):
            found.append(HeldBack(text, blocks=problem["code"] != "mode_ignores_tariffs"))
    return found
