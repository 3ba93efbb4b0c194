"""When a retailer is asked: never asked before, or something new is out by now."""

from app.control import collect
from app.control.connections import load
from app.control.price_rows import feed_of
from tests.control.conftest import Home


def retailer_id(home: Home) -> int:
    with home.session() as session:
        found = load(session, home.site_id, "retailer")
        assert found is not None
        return found.id


def is_due(home: Home) -> bool:
    return collect.is_due(home.around, home.opener, retailer_id(home), home.pace.now())


def test_a_retailer_that_was_never_asked_is_due(home: Home) -> None:
    assert is_due(home)
    home.refresh()
    assert not is_due(home)


def test_prices_of_the_past_do_not_stand_in_for_those_ahead(home: Home) -> None:
    with home.session() as session:
        retailer = load(session, home.site_id, "retailer")
        assert retailer is not None
        feed_of(session, retailer).as_of = home.pace.now()  # a history that was loaded, or the first message of a stream
        session.commit()
    assert is_due(home)


def test_the_next_five_minutes_are_due_and_a_clock_that_was_set_back(home: Home) -> None:
    home.refresh()
    home.later(minutes=5)
    assert is_due(home)
    home.refresh()
    home.pace.jump_wall(-7200)
    assert is_due(home)
