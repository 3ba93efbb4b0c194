"""Amber's prices and the market's: a short or lost forecast is made up for by estimates, visibly, and by nothing where there are none."""

from datetime import timedelta

from sqlalchemy import select

from app.control import market_link
from app.domain.codec import from_json
from app.domain.market_relation import Relation
from app.domain.opinions import FollowTariff, Unknown
from app.domain.prices import Quality
from app.domain.source_chain import Step
from app.domain.tariffs.half_hourly import RollingTariff
from app.domain.tariffs.todays import sources
from app.models.price import PriceFeed
from app.models.site import Site
from app.services import price_overrides
from app.simulators import effects
from tests.control.conftest import Home


def feed(home: Home) -> PriceFeed:
    with home.session() as session:
        return session.scalars(select(PriceFeed).where(PriceFeed.connection_id.is_not(None))).one()


def with_market(home: Home) -> None:
    """What a tick from the command line and the scheduler's job do for a retailer that does not suffice."""
    connection_id = feed(home).connection_id
    assert connection_id is not None
    market_link.bring_market(home.around, home.opener, connection_id, home.pace.now())


def test_how_the_price_follows_the_market_is_learnt_from_a_day_of_settled_prices(home: Home) -> None:
    home.refresh()
    stored = feed(home)
    assert stored.market == "aemo:NSW1"
    assert stored.relation is not None
    relation = from_json(Relation, stored.relation)
    assert abs(relation.imported.factor - 1.06 * 1.1) < 0.02
    assert abs(relation.fed_in.factor - 1.0) < 0.02
    assert None not in relation.imported.adders_c


def test_a_short_horizon_is_widened_by_the_markets_forecast(home: Home) -> None:
    home.tick()
    home.world.faults.add(effects.ShortHorizon(hours=3), server="amber")
    home.later(minutes=5)
    home.refresh()
    with_market(home)
    judgement = home.tick(fresh=False)
    chosen = judgement.decision.battery
    assert chosen is not None
    assert isinstance(chosen.command, FollowTariff)
    assert chosen.wish.reason.params["market_from"] is not None
    assert isinstance(chosen.command.tariff, RollingTariff)
    known = [slot for slot in chosen.command.tariff.slots if slot.quality is Quality.ESTIMATE]
    assert known
    assert home.outcome.is_confirmed


def test_without_the_market_a_short_horizon_holds_the_tariff_back(home: Home) -> None:
    home.tick()
    home.world.faults.add(effects.ShortHorizon(hours=3), server="amber")
    home.world.faults.add(effects.Refused(), server="aemo")
    home.later(minutes=5)
    home.refresh()
    with_market(home)
    judgement = home.tick(fresh=False)
    opinion = judgement.decision.opinions["tariff_sync"]
    assert isinstance(opinion, Unknown)
    assert opinion.reason.code == "horizon_short"


def test_when_the_last_forecast_is_too_old_the_battery_plans_by_the_market(home: Home) -> None:
    home.tick()
    home.world.faults.add(effects.Refused(), server="amber")
    home.later(hours=2)
    home.refresh()
    with_market(home)
    assert sources(home.tick(fresh=False).snapshot).step is Step.LAST_FORECAST
    home.later(hours=5)
    home.refresh()
    with_market(home)
    judgement = home.tick(fresh=False)
    assert judgement.decision.battery is not None
    assert judgement.decision.battery.wish.reason.code == "follows_market"
    assert home.outcome.is_confirmed
    home.world.faults.clear()
    home.later(minutes=5)
    judgement = home.tick()
    assert judgement.decision.battery is not None
    assert judgement.decision.battery.wish.reason.code == "follows_prices"


def test_while_its_own_prices_suffice_the_market_is_not_asked(home: Home) -> None:
    home.refresh()
    with_market(home)
    assert home.world.aemo.requests == []
    assert feed(home).known_until is not None
    assert not market_link.needs_market(feed(home), home.pace.now() + timedelta(minutes=5))


def test_a_price_that_holds_once_is_in_the_estimates_too(home: Home) -> None:
    home.tick()
    home.world.faults.add(effects.ShortHorizon(hours=3), server="amber")
    home.later(minutes=5)
    start = home.pace.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=8)
    with home.session() as session:
        site = session.get_one(Site, home.site_id)
        price_overrides.add(
            session, site, start, start + timedelta(hours=1), home.pace.now(), import_c=0.0, feed_in_c=None, note="Free hour"
        )
    home.refresh()
    with_market(home)
    prices = sources(home.tick(fresh=False).snapshot).prices
    assert prices is not None
    free, before = prices.at(start), prices.at(start - timedelta(minutes=30))
    assert free is not None
    assert before is not None
    assert free.import_c_per_kwh == 0.0
    assert before.import_c_per_kwh != 0.0
