"""One-off prices of a home: what may be entered, whose they are, and that tariff and decisions see them while the tables keep what came."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.control.observe import observe, price_book
from app.control.price_rows import store
from app.domain.prices import Quality
from app.domain.tariffs.half_hourly import RollingTariff, build
from app.feeds.capabilities import PriceAnswer
from app.models.connection import Connection
from app.models.control import Signal
from app.models.price import Price
from app.models.site import Site
from app.services import price_overrides
from app.services.price_overrides import OverrideRefused
from tests.conftest import NOW
from tests.domain.builders import an_interval

RUNNING = NOW.replace(minute=30)  # Fri 16:30 in Sydney
FREE_FROM, FREE_TO = RUNNING + timedelta(hours=1), RUNNING + timedelta(hours=2)


@pytest.fixture
def homes(any_engine: Engine) -> tuple[int, int]:
    """Two homes with two days of prices each."""
    with Session(any_engine) as session:
        return a_home(session, "Home"), a_home(session, "Shack")


def a_home(session: Session, name: str) -> int:
    site = Site(name=name, timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOW)
    session.add(site)
    session.flush()
    retailer = Connection(site_id=site.id, role="retailer", brand="amber", config={}, created_at=NOW, facts={})
    session.add(retailer)
    session.flush()
    prices = tuple(an_interval(RUNNING + timedelta(minutes=30 * n), 30, 30.0, 8.0, quality=Quality.SETTLED) for n in range(-4, 96))
    store(session, retailer, PriceAnswer(prices, NOW, prices[-1].end, frozenset({"import", "feed_in"})), is_published_ahead=True)
    session.commit()
    return site.id


def add(engine: Engine, site_id: int, start: datetime = FREE_FROM, end: datetime = FREE_TO, now: datetime = NOW, **more: Any) -> int:
    with Session(engine) as session:
        given = more or {"import_c": 0.0}
        return price_overrides.add(session, session.get_one(Site, site_id), start, end, now, **given).id


def import_at(engine: Engine, site_id: int, instant: datetime, now: datetime = NOW) -> float | None:
    with Session(engine) as session:
        snapshot = observe(session, session.get_one(Site, site_id), now)
        assert snapshot.prices is not None
        interval = snapshot.prices.at(instant)
        assert interval is not None
        return interval.import_c_per_kwh


def rung(engine: Engine, site_id: int) -> int:
    with Session(engine) as session:
        signal = session.get(Signal, site_id)
        return signal.count if signal else 0


def test_decisions_and_tariff_see_it_and_the_stored_rows_stay(any_engine: Engine, homes: tuple[int, int]) -> None:
    add(any_engine, homes[0], import_c=0.0, note="Free hour")
    minute = timedelta(minutes=1)
    around = [FREE_FROM - minute, FREE_FROM, FREE_TO - minute, FREE_TO]
    assert [import_at(any_engine, homes[0], instant) for instant in around] == [30.0, 0.0, 0.0, 30.0]
    with Session(any_engine) as session:
        retailer = session.scalars(select(Connection).where(Connection.site_id == homes[0])).one()
        book = price_book(session, retailer, NOW)
        assert book is not None
        tariff = build(book, ZoneInfo("Australia/Sydney"), NOW, "AUD")
        assert isinstance(tariff, RollingTariff)
        assert [slot.label for slot in tariff.slots if slot.import_c_per_kwh == 0.0] == ["17:30", "18:00"]
        assert set(session.scalars(select(Price.import_c))) == {30.0}


def test_it_is_of_one_home_alone(any_engine: Engine, homes: tuple[int, int]) -> None:
    number = add(any_engine, homes[0])
    assert import_at(any_engine, homes[1], FREE_FROM) == 30.0
    with Session(any_engine) as session:
        assert price_overrides.standing(session, homes[1], NOW) == []
        assert not price_overrides.remove(session, homes[1], number)
        assert not price_overrides.end_now(session, homes[1], number, NOW)
        assert [row.id for row in price_overrides.standing(session, homes[0], NOW)] == [number]


def test_the_later_entered_counts(any_engine: Engine, homes: tuple[int, int]) -> None:
    add(any_engine, homes[0], import_c=5.0, now=NOW + timedelta(seconds=1))
    add(any_engine, homes[0], import_c=7.0, now=NOW)
    assert import_at(any_engine, homes[0], FREE_FROM) == 5.0


def test_each_change_wakes_the_loop(any_engine: Engine, homes: tuple[int, int]) -> None:
    number = add(any_engine, homes[0])
    assert rung(any_engine, homes[0]) == 1
    with Session(any_engine) as session:
        assert price_overrides.end_now(session, homes[0], number, FREE_FROM + timedelta(minutes=1))
    assert rung(any_engine, homes[0]) == 2
    with Session(any_engine) as session:
        assert price_overrides.remove(session, homes[0], number)
    assert rung(any_engine, homes[0]) == 3


def test_ended_now_it_keeps_what_was_and_changes_nothing_that_comes(any_engine: Engine, homes: tuple[int, int]) -> None:
    number = add(any_engine, homes[0])
    middle = FREE_FROM + timedelta(minutes=20)
    with Session(any_engine) as session:
        assert price_overrides.end_now(session, homes[0], number, middle)
        assert not price_overrides.end_now(session, homes[0], number, middle)
        assert price_overrides.standing(session, homes[0], middle) == []
    assert import_at(any_engine, homes[0], FREE_FROM, middle) == 0.0
    assert import_at(any_engine, homes[0], middle, middle) == 30.0


def test_one_that_has_not_begun_is_gone_when_it_is_ended(any_engine: Engine, homes: tuple[int, int]) -> None:
    number = add(any_engine, homes[0])
    with Session(any_engine) as session:
        assert price_overrides.end_now(session, homes[0], number, NOW)
        assert not price_overrides.remove(session, homes[0], number)
    assert import_at(any_engine, homes[0], FREE_FROM) == 30.0


def test_those_that_hold_and_those_to_come_are_listed_in_order(any_engine: Engine, homes: tuple[int, int]) -> None:
    late, early = add(any_engine, homes[0]), add(any_engine, homes[0], NOW - timedelta(hours=1), NOW + timedelta(minutes=5))
    with Session(any_engine) as session:
        assert [row.id for row in price_overrides.standing(session, homes[0], NOW)] == [early, late]
        assert [row.id for row in price_overrides.standing(session, homes[0], NOW + timedelta(minutes=5))] == [late]


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"end": FREE_FROM}, "after the start"),
        ({"end": FREE_FROM + 31 * DAY + timedelta(minutes=1)}, "31 days at most"),
        ({"start": NOW + 60 * DAY + timedelta(minutes=1), "end": NOW + 61 * DAY}, "60 days ahead"),
        ({"start": NOW - DAY, "end": NOW}, "over already"),
        ({"import_c": float("nan")}, "import price must be -1000 to 10000"),
        ({"import_c": 10_000.5}, "import price must be"),
        ({"feed_in_c": float("-inf")}, "feed-in price must be"),
        ({"feed_in_c": -1000.5}, "feed-in price must be"),
        ({"note": "Nothing"}, "an import price, a feed-in price or both"),
        ({"import_c": 0.0, "note": "x" * 201}, "200 characters"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(any_engine: Engine, homes: tuple[int, int], given: dict[str, Any], words: str) -> None:
    with pytest.raises(OverrideRefused, match=words):
        add(any_engine, homes[0], **given)
    assert rung(any_engine, homes[0]) == 0


def test_the_bounds_themselves_are_taken(any_engine: Engine, homes: tuple[int, int]) -> None:
    add(any_engine, homes[0], NOW + 60 * DAY, NOW + 91 * DAY, import_c=-1000.0, feed_in_c=10_000.0)


def test_there_is_an_end_to_how_many_may_wait(any_engine: Engine, homes: tuple[int, int]) -> None:
    for _ in range(price_overrides.MOST_AT_ONCE):
        add(any_engine, homes[0])
    with pytest.raises(OverrideRefused, match="remove one first"):
        add(any_engine, homes[0])
    add(any_engine, homes[1])
