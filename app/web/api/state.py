"""The Now page's figures in the form of the API."""

from sqlalchemy.orm import Session

from app.domain.sentences import THIN
from app.models.control import LastDecision, OwnerWish
from app.services import wishes
from app.services.overview import Overview
from app.services.overview.freshness import of_decision
from app.services.overview.power import PowerNow
from app.services.overview.prices import PricesNow
from app.web.api.schemas import Decision, Live, PriceNow, SiteFacts, SiteState, Wish, WishKind

KINDS: dict[str, WishKind] = {"Charge": "charge", "Discharge": "discharge", "Hold": "hold", "SelfConsume": "self-consume"}
_COMMANDS = {**KINDS, "FollowTariff": "follow-tariff"}


def site_state(view: Overview, session: Session) -> SiteState:
    """Everything as of now."""
    site = view.site
    wish = wishes.alive(session, site.id, view.now)
    return SiteState(
        site=SiteFacts(name=site.name, timezone=site.timezone, currency=site.currency, control="on" if view.is_control_on else "watch"),
        sentence=_plain(view.lead.sentence),
        notes=[_plain(mark.words) for mark in view.lead.marks],
        problems=[_plain(f"{each.strong} {each.text}") for each in view.problems],
        live=_live(view.power),
        price=_price(view.prices) if view.prices else None,
        decision=_decision(session.get(LastDecision, site.id), view),
        wish=told(wish) if wish else None,
    )


def told(wish: OwnerWish) -> Wish:
    """A wish for the battery."""
    return Wish(
        id=wish.id,
        kind=KINDS[wish.command["is"]],
        power_w=wish.command.get("power_w"),
        asked_at=wish.created_at,
        until=wish.expires_at,
    )


def _live(power: PowerNow) -> Live:
    return Live(
        freshness=power.state.value,
        taken_at=power.at,
        solar_w=power.solar_w,
        grid_w=power.grid_w,
        battery_w=power.battery_w,
        load_w=power.load_w,
        soc_pct=power.soc_pct,
        is_outage=power.is_outage,
    )


def _price(prices: PricesNow) -> PriceNow:
    return PriceNow(
        freshness=prices.state.value,
        source=prices.source,
        import_c_per_kwh=prices.import_c_per_kwh,
        feed_in_c_per_kwh=prices.feed_in_c_per_kwh,
        until=prices.until,
    )


def _decision(row: LastDecision | None, view: Overview) -> Decision | None:
    if row is None:
        return None
    command = row.command or {}
    return Decision(
        at=row.at,
        freshness=of_decision(row.at, view.now).value,
        policy=row.policy,
        command=_COMMANDS.get(command.get("is", "")),
        power_w=command.get("power_w"),
        until=row.expires_at,
    )


def _plain(text: str) -> str:
    """Without the narrow spaces that pages need."""
    return text.replace(THIN, " ")
