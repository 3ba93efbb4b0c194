"""A clean stop: devices that would go on for ever with what a timed or automatic command told them get their owner's settings back."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.control.act import Order
from app.control.connections import brand_of
from app.control.loop import Judgement
from app.domain.opinions import NO_LIMITS, FollowTariff
from app.domain.reasons import because
from app.models.connection import Connection


def orders_at_a_stop(session: Session, judgement: Judgement) -> tuple[Order, ...]:
    """`judgement`'s orders, changed so that every device without a timer is given back. A battery that follows a tariff by itself still
    gets that tariff, as after a timed wish that has just ended."""
    ids = [order.connection_id for order in judgement.orders]
    rows = {row.id: row for row in session.scalars(select(Connection).where(Connection.id.in_(ids)))}
    return tuple(order if _goes_on_by_itself(order, rows[order.connection_id]) else _given_back(order) for order in judgement.orders)


def _goes_on_by_itself(order: Order, connection: Connection) -> bool:
    able = brand_of(connection.role, connection.brand).able(connection.config)
    return isinstance(order.command, FollowTariff) or "timer" in able


def _given_back(order: Order) -> Order:
    """Nobody wishes anything any more, and no limit holds."""
    return replace(
        order,
        command=None,
        limits=NO_LIMITS,
        firm_limits=NO_LIMITS,
        yielding={},
        policy="",
        priority=None,
        reason=because("restoring"),
        until=None,
    )
