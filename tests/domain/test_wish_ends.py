"""What the owner asked for ends at a charge or a price, where that was asked for too."""

import pytest

from app.domain.opinions import Charge, Command, Discharge, Hold
from app.domain.wish_ends import EndsWhen, ended_by
from tests.domain.builders import NOW, a_book, a_reading, a_snapshot


@pytest.mark.parametrize(
    ("command", "soc_pct", "is_over"),
    [(Charge(), 79.9, False), (Charge(), 80.0, True), (Discharge(), 80.1, False), (Discharge(), 80.0, True), (Hold(), 80.0, False)],
)
def test_at_a_charge(command: Command, soc_pct: float, is_over: bool) -> None:
    snapshot = a_snapshot(live=a_reading(soc_pct=soc_pct))
    assert (ended_by(command, EndsWhen(soc_pct=80.0), snapshot) is not None) is is_over


@pytest.mark.parametrize(
    ("command", "import_c", "feed_in_c", "is_over"),
    [
        (Charge(), 20.0, 5.0, False),
        (Charge(), 20.1, 5.0, True),
        (Hold(), 20.1, 5.0, True),
        (Discharge(), 90.0, 20.0, False),
        (Discharge(), 90.0, 19.9, True),
    ],
)
def test_at_a_price(command: Command, import_c: float, feed_in_c: float, is_over: bool) -> None:
    snapshot = a_snapshot(prices=a_book(NOW, import_c=lambda start: import_c, feed_in_c=lambda start: feed_in_c))
    assert (ended_by(command, EndsWhen(price_c=20.0), snapshot) is not None) is is_over


def test_what_is_not_known_ends_nothing() -> None:
    snapshot = a_snapshot(live=None, prices=None)
    assert ended_by(Charge(), EndsWhen(50.0, 10.0), snapshot) is None
    assert ended_by(Charge(), EndsWhen(), a_snapshot()) is None
