"""The solar inverters of a site as the snapshot has them."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from app.control.connections import brand_of
from app.domain.snapshot import InverterView
from app.models.connection import Connection

SKEW = timedelta(seconds=90)  # how far a clock may have been set back since


def inverter_views(session: Session, site_id: int, now: datetime) -> tuple[InverterView, ...]:
    """The solar inverters of a site, each with its last reading where that is fresh."""
    query = select(Connection).where(Connection.site_id == site_id, Connection.role == "inverter").options(defer(Connection.secrets))
    return tuple(_view(row, now) for row in session.scalars(query.order_by(Connection.id)))


def inverter_names(session: Session, site_id: int) -> dict[str, dict[str, str]]:
    """Axis of each solar inverter → its name, as a parameter of a sentence."""
    rows = session.execute(select(Connection.id, Connection.brand).where(Connection.site_id == site_id, Connection.role == "inverter"))
    return {f"inverter:{row.id}": {"name": brand_of("inverter", row.brand).title} for row in rows}


def _view(connection: Connection, now: datetime) -> InverterView:
    brand = brand_of("inverter", connection.brand)
    facts = connection.facts or {}
    is_fresh = connection.facts_at is not None and -SKEW <= now - connection.facts_at <= timedelta(seconds=max(120.0, 2.5 * brand.poll_s))
    return InverterView(
        key=str(connection.id),
        name=brand.title,
        ac_w=facts.get("ac_w") if is_fresh else None,
        limit_w=facts.get("limit_w") if is_fresh else None,
        rated_w=facts.get("rated_w"),
        can_limit=facts.get("can_limit", True),
        limits_export=facts.get("limits_export", False),
    )
