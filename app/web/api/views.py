"""What is read: everything is stored already, nothing is asked of a vendor."""

from zoneinfo import ZoneInfo

from flask import current_app, jsonify
from flask.typing import ResponseReturnValue

from app.clock import utc_now
from app.control.connections import load
from app.control.observe import observe, price_book
from app.domain.sentences import THIN
from app.extensions import db
from app.models.site import Site
from app.services import energy_records, journal_list, policy_editing
from app.services.overview import overview, stored
from app.services.tariff_view import shaped_now
from app.web.access import Access, access
from app.web.api import state
from app.web.api.blueprint import bp
from app.web.api.openapi import described
from app.web.api.operations import Asked, operation
from app.web.api.plan import told_plan
from app.web.api.schemas import (
    Energy,
    EnergyInterval,
    EnergyQuery,
    Fact,
    Journal,
    JournalEntry,
    JournalQuery,
    Limits,
    Plan,
    Policy,
    PriceInterval,
    Prices,
    Settings,
    SiteState,
    Tariff,
    TariffSlot,
)
from app.web.security import revalidated

NO_RETAILER = "This site has no retailer yet."


@bp.get("/openapi.json")
@access(Access.PUBLIC)
def openapi() -> ResponseReturnValue:
    """The description of all others."""
    return revalidated(jsonify(described(current_app)))


@bp.get("/site")
@access(Access.TOKEN_READ)
@operation("The home as of now", answer=SiteState)
def site(site: Site, asked: Asked) -> SiteState:
    return state.site_state(overview(db.session(), site, utc_now()), db.session())


@bp.get("/prices")
@access(Access.TOKEN_READ)
@operation("The known prices, from the running interval on", answer=Prices)
def prices(site: Site, asked: Asked) -> Prices:
    now = utc_now()
    retailer = load(db.session(), site.id, "retailer")
    if retailer is None:
        return Prices(known_until=None, intervals=[], problem=NO_RETAILER)
    book = price_book(db.session(), retailer, now)
    if book is None:
        return Prices(known_until=None, intervals=[], problem=retailer.problem or "No prices have arrived yet.")
    ahead = [
        PriceInterval(
            start=each.start,
            end=each.end,
            import_c_per_kwh=each.import_c_per_kwh,
            feed_in_c_per_kwh=each.feed_in_c_per_kwh,
            quality=each.quality.value,
            source=each.source,
        )
        for each in book.intervals
        if each.end > now
    ]
    return Prices(known_until=book.known_until, intervals=ahead, problem=retailer.problem)


@bp.get("/tariff")
@access(Access.TOKEN_READ)
@operation("The tariff that the battery would be given now", answer=Tariff)
def tariff(site: Site, asked: Asked) -> Tariff:
    snapshot = observe(db.session(), site, utc_now())
    shaped = shaped_now(snapshot)
    if isinstance(shaped, str):
        return Tariff(slots=[], problem=shaped.replace(THIN, " "))
    slots = [
        TariffSlot(
            start=slot.start,
            local_time=slot.label,
            date=slot.date,
            import_c_per_kwh=round(slot.import_c_per_kwh, 4),
            feed_in_c_per_kwh=round(slot.feed_in_c_per_kwh, 4),
            quality=slot.quality.value,
        )
        for slot in shaped.result.slots
    ]
    return Tariff(slots=slots, problem=None)


@bp.get("/plan")
@access(Access.TOKEN_READ)
@operation("The plan of the battery, from the running step on", answer=Plan)
def plan(site: Site, asked: Asked) -> Plan:
    return told_plan(stored(db.session(), site, utc_now()))


@bp.get("/energy")
@access(Access.TOKEN_READ)
@operation("Energy and money of some days", answer=Energy, query=EnergyQuery)
def energy(site: Site, asked: Asked) -> Energy:
    query: EnergyQuery = asked.query
    minutes = int(query.minutes)
    first = query.day or utc_now().astimezone(ZoneInfo(site.timezone)).date()
    rows = energy_records.energy_of_days(db.session(), site, first, query.days, minutes)
    return Energy(minutes=minutes, intervals=[EnergyInterval.model_validate(row, from_attributes=True) for row in rows])


@bp.get("/journal")
@access(Access.TOKEN_READ)
@operation("What was done and why, the newest first", answer=Journal, query=JournalQuery)
def journal(site: Site, asked: Asked) -> Journal:
    query: JournalQuery = asked.query
    rows = journal_list.entries(db.session(), site, query.limit + 1, query.before)
    shown = rows[: query.limit]
    entries = []
    for row in shown:
        sentence, facts = journal_list.in_words(row, site)
        told = [Fact(name=fact.name, text=fact.text.replace(THIN, " ")) for fact in facts]
        kept = {name: getattr(row, name) for name in JournalEntry.model_fields if name not in ("sentence", "facts")}
        entries.append(JournalEntry(**kept, sentence=sentence.replace(THIN, " "), facts=told))
    return Journal(entries=entries, next_before=shown[-1].id if len(rows) > len(shown) else None)


@bp.get("/settings")
@access(Access.TOKEN_READ)
@operation("The owner's settings", answer=Settings)
def settings(site: Site, asked: Asked) -> Settings:
    found = [policy_editing.edited(db.session(), site.id, kind.name) for kind in policy_editing.available()]
    return Settings(
        limits=Limits(max_import_w=site.max_import_w, max_export_w=site.max_export_w),
        policies=[
            Policy(
                name=each.kind.name,
                title=each.kind.title,
                revision=each.revision,
                changed_at=each.changed_at,
                values=dict(each.values),
            )
            for each in found
        ],
    )
