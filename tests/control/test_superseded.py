"""A newer order does not wait while a device is given time for an older one."""

from dataclasses import replace

import pytest

from app.control import lease
from app.control.act import Order, Outcome, carry_out
from app.control.loop import tick
from app.control.workers import Workers
from app.domain.opinions import Hold
from app.models.site import Site
from tests.control.conftest import Home


def the_order(home: Home) -> Order:
    home.refresh()
    with home.session() as session:
        grant = lease.take(session, home.site_id, "test", home.pace.now())
        (order,) = tick(session, session.get_one(Site, home.site_id), home.pace.now(), grant).orders
    return order


@pytest.mark.parametrize("is_superseded", [False, True])
def test_what_was_begun_is_put_right_by_the_next_order(home: Home, is_superseded: bool) -> None:
    home.tick()
    before = dict(home.world.powerwall.settings())
    home.press("charge")
    order, began = the_order(home), home.pace.monotonic()
    carry_out(home.around, home.opener, order, home.pace.now, lambda: is_superseded)
    took_s = home.pace.monotonic() - began
    assert (took_s < 10) is is_superseded, "a Powerwall that is made to think again is given half a minute"
    home.restore_now()
    home.later(seconds=1)
    home.tick()
    assert home.plan == "POWERSYNC:SYNC"
    assert home.world.powerwall.settings()["default_real_mode"] == before["default_real_mode"]
    assert home.world.powerwall.settings()["backup_reserve_percent"] == before["backup_reserve_percent"]


def test_only_an_order_that_wants_something_else_supersedes(home: Home) -> None:
    first = the_order(home)
    seen: list[tuple[bool, bool]] = []

    def carry(order: Order) -> Outcome:
        if not seen:
            same_waits = (workers.submit(first), workers.is_superseded(first))[1]
            other_waits = (workers.submit(replace(first, command=Hold())), workers.is_superseded(first))[1]
            seen.append((same_waits, other_waits))
        return Outcome()

    workers = Workers(carry, threads=1)
    workers.submit(first)
    assert workers.wait(10)
    workers.stop()
    assert seen == [(False, True)]
