"""A host that turns us away is left alone, longer each time; one that does not answer is not asked again in the same round."""

import pytest

from app.feeds.market.aemo.host import Host
from app.transports.errors import AnswerNotUnderstood, Unreachable
from tests.transports.quick_pace import QuickPace


class Case:
    def __init__(self) -> None:
        self.pace = QuickPace()
        self.host = Host("the file server", self.pace)
        self.calls = 0

    def ask(self, status: int | None = None) -> str:
        """One question that is answered with `status`."""
        self.host.new_round()

        def call() -> str:
            self.calls += 1
            error = self.host.explain(status, {}, b"") if status else None
            if error is not None:
                raise error
            return "given"

        return self.host.ask(call)

    def turned_away(self, status: int = 403) -> None:
        with pytest.raises(Unreachable, match="turns us away"):
            self.ask(status)


@pytest.mark.parametrize("status", [403, 503])
def test_the_pause_begins_with_thirty_seconds_and_doubles_up_to_five_minutes(status: int) -> None:
    case = Case()
    for rest_s in (30, 60, 120, 240, 300, 300):
        case.turned_away(status)
        calls = case.calls
        case.pace.now_s += rest_s - 1
        with pytest.raises(Unreachable, match="another 1 s"):
            case.ask()
        assert case.calls == calls
        case.pace.now_s += 1
    assert case.ask() == "given"
    case.turned_away()
    case.pace.now_s += 30
    assert case.ask() == "given"


def test_silence_ends_the_round_and_no_more() -> None:
    case = Case()

    def silent() -> str:
        case.calls += 1
        raise Unreachable("AEMO", "no answer in time")

    for _ in range(3):
        with pytest.raises(Unreachable, match="no answer in time"):
            case.host.ask(silent)
    assert case.calls == 1
    case.host.new_round()
    assert case.ask() == "given"


def test_an_answer_that_is_not_understood_does_not_end_the_round() -> None:
    host = Host("the dashboard", QuickPace())

    def odd() -> str:
        raise AnswerNotUnderstood("AEMO", "odd")

    with pytest.raises(AnswerNotUnderstood):
        host.ask(odd)
    assert host.ask(lambda: "given") == "given"


@pytest.mark.parametrize("status", [401, 402])
def test_where_there_is_no_key_none_can_be_refused(status: int) -> None:
    error = Host("the dashboard", QuickPace()).explain(status, {}, b"")
    assert isinstance(error, Unreachable)


@pytest.mark.parametrize("status", [404, 429, 500, 502])
def test_other_failures_keep_their_names(status: int) -> None:
    assert Host("the dashboard", QuickPace()).explain(status, {}, b"") is None
