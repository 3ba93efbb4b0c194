"""Days of the week as owners write them."""

from itertools import combinations

import pytest

from app.feeds.plans.days import in_words, text_of, week_days, written


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("all", range(7)),
        ("weekdays", range(5)),
        ("weekends", (5, 6)),
        ("mon-fri", range(5)),
        ("sat,sun", (5, 6)),
        ("fri-mon", (4, 5, 6, 0)),
        ("SUN", (6,)),
        ("Mon - Wed, Friday", (0, 1, 2, 4)),
        ("Tuesday–Thursday", (1, 2, 3)),
        ("wed-wed", (2,)),
        ("weekends,mon", (5, 6, 0)),
    ],
)
def test_days_are_read_as_they_are_written(text: str, days: tuple[int, ...]) -> None:
    assert week_days(written(text)) == frozenset(days)


@pytest.mark.parametrize("text", ["", "mon-", "-fri", "mon,,tue", "mon-fry", "0-4", "mon-wed-fri", "montag", 5, None, ["mon"]])
def test_what_names_no_days_is_refused_with_what_is_allowed(text: object) -> None:
    with pytest.raises(ValueError, match="mon-fri or sat,sun"):
        written(text)


def test_every_set_of_days_has_a_text_that_is_read_back() -> None:
    for count in range(1, 8):
        for days in combinations(range(7), count):
            assert week_days(text_of(days)) == frozenset(days)


@pytest.mark.parametrize(
    ("days", "text", "words"),
    [
        (range(7), "all", "every day"),
        (range(5), "mon-fri", "Mon–Fri"),
        ((5, 6), "sat,sun", "Sat and Sun"),
        ((0, 4, 5, 6), "fri-mon", "Fri–Mon"),
        ((0, 2, 4), "mon,wed,fri", "Mon, Wed and Fri"),
        ((3,), "thu", "Thu"),
    ],
)
def test_days_are_told_shortly(days: tuple[int, ...], text: str, words: str) -> None:
    assert (text_of(days), in_words(days)) == (text, words)
