"""A real simulated home behind the pages: its vendors on sockets, a day of history, ticks of the real loop, one clock for all of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from app.config import Config
from app.models.user import User
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from tests.browser.complaints import Complaints
from tests.browser.person import Person
from tests.browser.steered_home import SteeredHome, steered_home
from tests.browser.web_server import WebServer

START = datetime(2026, 11, 20, 5, 41, 40, tzinfo=UTC)  # Fri 16:41:40 in Sydney, the price of the period is settled


@pytest.fixture
def pace(monkeypatch: pytest.MonkeyPatch) -> SimulatedPace:
    """The clock of the world, of the loop and of the web app."""
    pace = SimulatedPace(START)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return pace.now().astimezone(tz)

    monkeypatch.setattr("app.clock.datetime", Clock)
    return pace


@pytest.fixture
def world(pace: SimulatedPace) -> Iterator[World]:
    """The home and its vendors on localhost, with a day behind them."""
    with World(pace, seed=7, history_days=1) as running:
        yield running


@pytest.fixture
def config(config: Config, world: World) -> Config:
    """The installation asks the simulated vendors."""
    return replace(config, environment=world.environment())


@pytest.fixture
def server(app: Flask) -> Iterator[WebServer]:
    """The web app on a socket; it can be stopped and started again."""
    with WebServer(app) as running:
        yield running


@pytest.fixture
def home(app: Flask, owner: User, world: World, pace: SimulatedPace) -> SteeredHome:
    """The owner's home with control on, after some ticks that sent the tariff and read it back."""
    return steered_home(app, world, pace)


@pytest.fixture
def watched_home(app: Flask, owner: User, world: World, pace: SimulatedPace) -> SteeredHome:
    """The owner's home that PowerSync only watches."""
    return steered_home(app, world, pace, control="watch")


@pytest.fixture
def complaints(server: WebServer) -> Complaints:
    """What a page did that it should not. A test that leaves any fails."""
    return Complaints(server.address)


@pytest.fixture
def context_of(browser: Browser, server: WebServer, complaints: Complaints) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows: context_of(width=390, colour_scheme="dark")."""
    opened: list[BrowserContext] = []

    def open_one(width: int = 1280, height: int = 900, colour_scheme: str = "light", **options: object) -> BrowserContext:
        context = browser.new_context(
            base_url=server.address,
            viewport={"width": width, "height": height},
            color_scheme=colour_scheme,  # type: ignore[arg-type]
            timezone_id="Australia/Sydney",
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(10_000)
        complaints.listen_to(context)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()
    assert complaints.found == []


@pytest.fixture
def page(context_of: Callable[..., BrowserContext]) -> Page:
    """A desktop window."""
    return context_of().new_page()


@pytest.fixture
def person(page: Page, pace: SimulatedPace) -> Person:
    """Somebody at that window, whose computer has the clock of the world."""
    return Person(page, pace)
