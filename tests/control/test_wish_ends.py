"""A wish that ends at a charge is carried out until then, told, and given back."""

import pytest

from app.domain.wish_ends import EndsWhen
from app.models.site import Site
from app.services import wishes
from app.services.wishes import WishRefused
from tests.control.conftest import Home


def press(home: Home, kind: str, ends: EndsWhen) -> None:
    with home.session() as session:
        wishes.record(session, session.get_one(Site, home.site_id), kind, 60, home.pace.now(), ends=ends)


def test_charging_ends_at_its_charge_and_not_before(home: Home) -> None:
    home.tick()
    before = dict(home.world.powerwall.settings())
    press(home, "charge", EndsWhen(soc_pct=1.0))
    home.later(seconds=30)
    home.tick()
    assert "owner_wish_reached" in [entry.code for entry in home.journal]
    assert home.world.powerwall.settings()["backup_reserve_percent"] == before["backup_reserve_percent"]
    press(home, "charge", EndsWhen(soc_pct=100.0, price_c=10_000.0))
    home.tick()
    assert home.world.powerwall.settings()["backup_reserve_percent"] == 100


@pytest.mark.parametrize(
    ("kind", "ends"), [("hold", EndsWhen(soc_pct=50.0)), ("charge", EndsWhen(soc_pct=101.0)), ("self-consume", EndsWhen(price_c=10.0))]
)
def test_an_end_that_makes_no_sense_is_refused(home: Home, kind: str, ends: EndsWhen) -> None:
    home.tick()
    with pytest.raises(WishRefused):
        press(home, kind, ends)
