"""The machine's clock jumps: nothing is believed to be fresh that is not, nothing waits for a future that is over."""

import pytest

from app.control.observe import observe
from tests.control.conftest import Home


@pytest.mark.parametrize("hours", [2, -2])
def test_after_a_jump_the_home_goes_on_by_the_new_clock(home: Home, hours: int) -> None:
    home.tick()
    home.pace.jump_wall(hours * 3600)
    home.later(seconds=30)
    home.tick()
    with home.session() as session:
        snapshot = observe(session, home.site, home.pace.now())
    assert snapshot.live is not None
    assert abs((snapshot.now - snapshot.live.taken_at).total_seconds()) < 60
    assert snapshot.prices is not None
    assert snapshot.prices.at(snapshot.now) is not None
    assert home.plan == "POWERSYNC:SYNC"
    home.switch(False)
    for _ in range(3):
        home.later(minutes=6)
        home.tick()
    assert home.baseline is None


def test_a_reading_of_the_future_is_not_the_present(home: Home) -> None:
    home.tick()
    home.pace.jump_wall(-2 * 3600)
    with home.session() as session:
        assert observe(session, home.site, home.pace.now()).live is None
