"""Ends the process, so to speak, at the n-th point at which it could end: around every commit and every call to a vendor or device."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.transports.line import Line
from app.transports.modbus import Conversation

NEVER = 10**9


class Killed(BaseException):
    """What `kill -9` looks like from inside: nothing after this line runs."""


class Killer:
    """Counts points and raises Killed at the chosen one."""

    def __init__(self, at: int) -> None:
        self.at, self.passed = at, 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            raise Killed

    @property
    def has_struck(self) -> bool:
        return self.passed >= self.at


@contextmanager
def killing(engine: Engine, at: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    """Inside, the process dies at point `at`: around a commit, before a call, or after the vendor or device did it."""
    killer = Killer(at)

    def around_commit(_session: Session) -> None:
        killer.point()

    call, ask = Line.call, Conversation._ask

    def killed_call(self: Line, method: str, *args: Any, **more: Any) -> Any:
        killer.point()
        answer = call(self, method, *args, **more)
        if method != "GET":
            killer.point()
        return answer

    def killed_ask(self: Conversation, *args: Any, **more: Any) -> Any:
        killer.point()
        answer = ask(self, *args, **more)
        killer.point()
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Line, "call", killed_call)
        patch.setattr(Conversation, "_ask", killed_ask)
        event.listen(Session, "before_commit", around_commit)
        event.listen(Session, "after_commit", around_commit)
        try:
            yield killer
        except Killed:
            engine.dispose()  # the next process opens connections of its own
        finally:
            event.remove(Session, "before_commit", around_commit)
            event.remove(Session, "after_commit", around_commit)


@contextmanager
def killing_at_random(engine: Engine, dice: random.Random, chance: float) -> Iterator[Killer]:
    """With `chance`, the process dies at one of the next points."""
    at = dice.randint(1, 30)
    if dice.random() >= chance:
        yield Killer(NEVER)
        return
    with pytest.MonkeyPatch.context() as patch, killing(engine, at, patch) as killer:
        yield killer
