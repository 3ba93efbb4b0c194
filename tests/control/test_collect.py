"""Prices into the tables: settled ones stay, withdrawn forecasts go, what is missing stays missing."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.control.observe import price_book
from app.control.price_rows import store
from app.domain.prices import PriceInterval, Quality
from app.feeds.capabilities import PriceAnswer
from app.models.connection import Connection
from app.models.site import Site
from tests.conftest import NOW
from tests.domain.builders import an_interval

START = NOW.replace(minute=30)


@pytest.fixture
def retailer(any_engine: Engine) -> Connection:
    with Session(any_engine, expire_on_commit=False) as session:
        site = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control="on", created_at=NOW)
        session.add(site)
        session.flush()
        row = Connection(site_id=site.id, role="retailer", brand="amber", config={}, created_at=NOW, facts={})
        session.add(row)
        session.commit()
        return row


def an_answer(*intervals: PriceInterval, ahead: bool = True, later: int = 0) -> PriceAnswer:
    as_of = NOW + timedelta(seconds=later)
    return PriceAnswer(intervals, as_of, intervals[-1].end if ahead else None, frozenset({"import", "feed_in"}))


def stored(engine: Engine, retailer: Connection) -> list[tuple[float | None, str]]:
    with Session(engine) as session:
        book = price_book(session, retailer, NOW)
        assert book is not None
        return [(each.import_c_per_kwh, each.quality.value) for each in book.intervals]


def keep(engine: Engine, retailer: Connection, answer: PriceAnswer) -> bool:
    with Session(engine) as session:
        changed = store(session, retailer, answer)
        session.commit()
        return changed


def test_the_same_answer_again_changes_nothing(any_engine: Engine, retailer: Connection) -> None:
    answer = an_answer(an_interval(START), an_interval(START + timedelta(minutes=30)))
    assert keep(any_engine, retailer, answer)
    assert not keep(any_engine, retailer, answer)


def test_a_settled_price_is_never_replaced_by_a_forecast(any_engine: Engine, retailer: Connection) -> None:
    keep(any_engine, retailer, an_answer(an_interval(START, 5, 31.0, quality=Quality.SETTLED)))
    assert not keep(any_engine, retailer, an_answer(an_interval(START, 5, 99.0)))
    assert stored(any_engine, retailer) == [(31.0, "settled")]
    assert keep(any_engine, retailer, an_answer(an_interval(START, 5, 32.0, quality=Quality.SETTLED))), "a settlement may be revised"


def test_a_withdrawn_forecast_is_no_longer_known(any_engine: Engine, retailer: Connection) -> None:
    first, second, third = (START + timedelta(minutes=30 * n) for n in (1, 2, 3))
    keep(any_engine, retailer, an_answer(an_interval(START), an_interval(first), an_interval(second), an_interval(third)))
    keep(any_engine, retailer, an_answer(an_interval(START), an_interval(first), an_interval(third)))
    assert len(stored(any_engine, retailer)) == 3


def test_the_present_alone_withdraws_nothing(any_engine: Engine, retailer: Connection) -> None:
    keep(any_engine, retailer, an_answer(an_interval(START), an_interval(START + timedelta(minutes=30))))
    keep(any_engine, retailer, an_answer(an_interval(START, 5, 40.0, quality=Quality.SETTLED), ahead=False))
    assert stored(any_engine, retailer) == [(40.0, "settled"), (30.0, "forecast"), (30.0, "forecast")]


def test_a_missing_price_stays_missing(any_engine: Engine, retailer: Connection) -> None:
    keep(any_engine, retailer, an_answer(an_interval(START, 5, None, 3.0)))
    assert stored(any_engine, retailer)[0][0] is None
