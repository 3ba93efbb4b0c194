"""Everything that the Now page shows, as frozen values; the templates only draw."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.control.observe import LONG_LOOK_BACK, price_book
from app.control.planning.store import plan_of
from app.domain.battery_plan import BatteryPlan
from app.domain.prices import PriceBook
from app.models.site import Site
from app.services.overview.freshness import Freshness
from app.services.overview.half_hours import HalfHour, half_hours
from app.services.overview.inverters import InverterNow, inverters_now
from app.services.overview.lead import Lead, lead
from app.services.overview.money import Today, today
from app.services.overview.power import Charge, PowerNow, charge, power_now
from app.services.overview.prices import PricesNow, prices_now
from app.services.overview.problems import Problem, problems
from app.services.overview.questions import AskedOwner, questions
from app.services.overview.sources import Source, sources
from app.services.overview.spike import SpikeNow, spike_now
from app.services.overview.stored import Stored, stored
from app.services.overview.takeover import Takeover, takeover

SILENT_FOR = timedelta(hours=1)  # after that the last price may be older than what the loop reads

__all__ = ["Overview", "Stored", "overview", "overview_of", "stored"]


@dataclass(frozen=True)
class Overview:
    """The Now page of one home at one moment."""

    site: Site
    now: datetime
    version: str
    is_control_on: bool
    is_giving_back: bool  # watching, and the owner's settings are not all back yet
    has_connections: bool
    lead: Lead
    problems: tuple[Problem, ...]
    questions: tuple[AskedOwner, ...]
    prices: PricesNow | None
    charge: Charge | None
    today: Today
    power: PowerNow
    half_hours: tuple[HalfHour, ...]
    plan: BatteryPlan | None  # while it is young enough to be told
    takeover: Takeover
    sources: tuple[Source, ...]
    inverters: tuple[InverterNow, ...]
    spike: SpikeNow | None


def overview(session: Session, site: Site, now: datetime) -> Overview:
    """Read and put together."""
    return overview_of(session, stored(session, site, now))


def overview_of(session: Session, found: Stored) -> Overview:
    """The page from rows that are read already."""
    book = _prices(session, found)
    ahead = half_hours(book, found.zone, found.now, found.site.currency)
    return Overview(
        site=found.site,
        now=found.now,
        version=found.version(),
        is_control_on=found.is_control_on,
        is_giving_back=not found.is_control_on and found.baseline is not None,
        has_connections=bool(found.connections),
        lead=lead(found),
        problems=problems(found),
        questions=questions(found),
        prices=prices_now(found, book, ahead),
        charge=charge(found),
        today=today(session, found),
        power=power_now(found),
        half_hours=ahead,
        plan=_plan(found),
        takeover=takeover(found),
        sources=sources(found),
        inverters=inverters_now(found),
        spike=spike_now(found),
    )


def _prices(session: Session, found: Stored) -> PriceBook | None:
    """As the loop reads them, and back to the last price where that is long ago."""
    if found.retailer is None:
        return None
    is_silent = found.price_end is not None and found.now - found.price_end > SILENT_FOR
    return price_book(session, found.retailer, found.now, found.now - LONG_LOOK_BACK if is_silent else None)


def _plan(found: Stored) -> BatteryPlan | None:
    if found.plan is None or found.plan_state is Freshness.LOST:
        return None
    plan = plan_of(found.plan)
    return plan if plan.at(found.now) is not None else None
