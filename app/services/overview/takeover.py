"""The owner's buttons: what can be asked of the battery, what is under way, and what is switched on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.sentences import THIN, cents, percent
from app.domain.settings.tariff_sync import TariffSync
from app.domain.wish_ends import EndsWhen
from app.models.control import OwnerWish
from app.models.site import Site
from app.services import wishes
from app.services.overview.power import charge
from app.services.overview.stored import Stored
from app.services.wishes import DEFAULT_MINUTES, MINUTES, MOST_MINUTES, WishRefused

EXTEND_BY_MINUTES = 15
OWNERS_CODE = "owner_"  # how the reasons of the owner's buttons begin


@dataclass(frozen=True, slots=True)
class Action:
    """A command that the battery honours. `name` is that of `services.wishes.KINDS`."""

    name: str
    command: str  # class of app.domain.opinions
    label: str
    doing: str
    icon: str


ACTIONS = (
    Action("charge", "Charge", "Charge", "Charging", "charge"),
    Action("discharge", "Discharge", "Discharge", "Discharging", "discharge"),
    Action("hold", "Hold", "Hold", "Holding", "hold"),
    Action("self-consume", "SelfConsume", "Self-consume", "Running your home from the battery", "loop"),
)


@dataclass(frozen=True, slots=True)
class Running:
    """The owner's wish that is in force, from press to read-back. A time is None until it has come to that."""

    doing: str
    asked_at: datetime
    until: datetime
    sent_at: datetime | None
    confirmed_at: datetime | None
    is_as_it_was: bool  # the battery did this already: nothing had to be sent
    failure: str | None
    can_extend: bool
    ends: str  # "or at 80 %", empty where only the time ends it


@dataclass(frozen=True, slots=True)
class Takeover:
    """`blocked_because` is empty where the buttons work. Of the energies None where charge or capacity is not known."""

    actions: tuple[Action, ...]
    minutes: tuple[tuple[int, str], ...]
    default_minutes: int
    blocked_because: str
    running: Running | None
    most_charge_w: float | None
    most_discharge_w: float | None
    most_charge_wh: float | None  # what fits until 100 %
    most_discharge_wh: float | None  # what is above the owner's reserve
    tariff_sync_on: bool
    takes_tariffs: bool
    has_power_setpoint: bool


def takeover(stored: Stored) -> Takeover:
    """What the owner can press now."""
    brand = stored.battery_brand
    commands = brand.able(stored.battery.config) if brand and stored.battery else frozenset()
    facts = stored.battery.facts if stored.battery else {}
    most_charge_wh, most_discharge_wh = _energies_wh(stored)
    return Takeover(
        actions=tuple(action for action in ACTIONS if action.command in commands),
        minutes=tuple((each, minutes_in_words(each)) for each in MINUTES),
        default_minutes=DEFAULT_MINUTES,
        blocked_because=_blocked_because(stored),
        running=_running(stored),
        most_charge_w=facts.get("max_charge_w"),
        most_discharge_w=facts.get("max_discharge_w"),
        most_charge_wh=most_charge_wh,
        most_discharge_wh=most_discharge_wh,
        tariff_sync_on=stored.settings.of(TariffSync).enabled,
        takes_tariffs="FollowTariff" in commands,
        has_power_setpoint="power_setpoint" in commands,
    )


def _energies_wh(stored: Stored) -> tuple[float | None, float | None]:
    """What fits until 100 % and what is above the reserve (all that is stored where that is unknown), Wh, never below zero."""
    held = charge(stored)
    if held is None or held.stored_wh is None or held.capacity_wh is None:
        return None, None
    above_wh = held.stored_wh if held.above_reserve_wh is None else held.above_reserve_wh
    return max(held.capacity_wh - held.stored_wh, 0.0), max(above_wh, 0.0)


def _blocked_because(stored: Stored) -> str:
    if stored.battery is None:
        return "No battery is linked yet."
    if not stored.is_control_on:
        return "PowerSync only watches: switch control on first."
    return ""


def _running(stored: Stored) -> Running | None:
    wish = stored.wish
    if wish is None:
        return None
    action = next((each for each in ACTIONS if each.command == wish.command.get("is")), None)
    sent = stored.sent if stored.sent and stored.sent.sent_at >= wish.created_at and stored.sent.code.startswith(OWNERS_CODE) else None
    device, decision = stored.device, stored.decision
    is_taken_up = decision is not None and decision.policy == "owner" and decision.at >= wish.created_at
    is_as_it_was = is_taken_up and sent is None and device is not None and not device.sent and device.problem is None
    return Running(
        doing=action.doing if action else "Steering your battery",
        asked_at=wish.created_at,
        until=wish.expires_at,
        sent_at=sent.sent_at if sent else None,
        confirmed_at=sent.confirmed_at if sent else None,
        is_as_it_was=is_as_it_was and stored.now - wish.created_at > timedelta(seconds=5),
        failure=(sent.failure if sent and sent.state == "failed" else None) or (device.problem if device and is_taken_up else None),
        can_extend=wish.expires_at + timedelta(minutes=EXTEND_BY_MINUTES) - stored.now <= timedelta(minutes=MOST_MINUTES),
        ends=_ends_in_words(wish),
    )


def _ends_in_words(wish: OwnerWish) -> str:
    charge = f"at {percent(wish.until_soc_pct)}" if wish.until_soc_pct is not None else ""
    is_sale = wish.command.get("is") == "Discharge"
    price = f"{'below' if is_sale else 'above'} {cents(wish.until_price_c)}" if wish.until_price_c is not None else ""
    told = " or ".join(each for each in (charge, price) if each)
    return f"or until {told}" if told else ""


def minutes_in_words(minutes: int) -> str:
    """15 → "15 min", 120 → "2 h", 150 → "2½ h"."""
    if minutes <= 90:
        return f"{minutes}{THIN}min"
    hours, rest = divmod(minutes, 60)
    return f"{hours}{'½' if rest else ''}{THIN}h"


def action_named(name: str) -> Action | None:
    """The action of that name."""
    return next((each for each in ACTIONS if each.name == name), None)


def extend(session: Session, site: Site, now: datetime, user_id: int | None) -> OwnerWish:
    """The wish in force for 15 minutes more, as one command to the new minute. Commits. Raises WishRefused."""
    wish = wishes.alive(session, site.id, now)
    if wish is None:
        raise WishRefused("nothing is under way any more")
    action = next((each for each in ACTIONS if each.command == wish.command.get("is")), None)
    if action is None:
        raise WishRefused("this cannot be extended")
    until = wish.expires_at + timedelta(minutes=EXTEND_BY_MINUTES)
    minutes = max(round((until - now).total_seconds() / 60), wishes.LEAST_MINUTES)
    if minutes > MOST_MINUTES:
        raise WishRefused("a takeover lasts 4 hours at most")
    ends = EndsWhen(wish.until_soc_pct, wish.until_price_c)
    return wishes.record(session, site, action.name, minutes, now, power_w=wish.command.get("power_w"), user_id=user_id, ends=ends)
