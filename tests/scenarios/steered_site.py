"""A home with a battery of any brand and a solar inverter beside it, each a simulator on a real socket, steered by the loop from what is
stored: after a restart everything is opened anew from the tables."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import undefer

from app.control import lease
from app.control.act import carry_out
from app.control.connections import Opener, fingerprint, split_secrets
from app.control.loop import Judgement, tick
from app.control.price_rows import region_feed, store, store_in
from app.control.sample import sample
from app.control.sample_inverter import sample_inverter
from app.control.surroundings import Surroundings
from app.domain.prices import PriceInterval, Quality
from app.feeds.capabilities import PriceAnswer
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState
from app.models.site import CONTROL_ON, Site
from app.services import sites, wishes
from tests.control.kills import killing
from tests.devices.contract.rig_huawei import SETTLE_S
from tests.devices.contract.settling_pace import SettlingPace

CHANNELS = frozenset({"import", "feed_in"})
HALF_HOUR = timedelta(minutes=30)
FINAL_TICKS, FINAL_PAUSE_S = 60, 400


class Broken(AssertionError):
    """An invariant broke."""


@dataclass
class Steered:
    """One device of the home: its simulator, its connection, and what the owner has set at it, in the device's own words."""

    rig: Any
    role: str
    id: int
    owner: Any

    def __post_init__(self) -> None:
        self.driver = self.rig.battery if self.role == "battery" else self.rig.inverter


class SteeredSite:
    """One home. The process's clock may be wrong (`offset`); the devices keep their own time."""

    def __init__(self, engine: Engine, battery: tuple[str, Any], inverter: tuple[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        rigs = {"battery": battery, "inverter": inverter}
        self.clock, self.offset, self._monkeypatch = battery[1].clock, timedelta(0), monkeypatch
        _advance_together(self.clock, inverter[1].clock)
        pace: Any = self.clock
        environment: dict[str, str] = {}
        for _, rig in rigs.values():
            if getattr(getattr(rig, "server", None), "silent_s", 0.0):
                pace = SettlingPace(pace, rig.server, SETTLE_S)
            environment |= rig.environment if hasattr(rig, "environment") else rig.world.environment() if hasattr(rig, "world") else {}
        self.around = Surroundings(engine, pace, environment)
        with self.around.session() as session:
            site = Site(name="Home", timezone="Australia/Sydney", currency="AUD", control=CONTROL_ON, created_at=self.now())
            session.add(site)
            session.flush()
            self.id = site.id
            retailer = Connection(site_id=site.id, role="retailer", brand="amber", config={}, created_at=self.now(), facts={})
            session.add(retailer)
            session.flush()
            self.retailer_id, self.devices = retailer.id, []
            for role, (brand, rig) in rigs.items():
                config, secrets = split_secrets(rig.fields)
                row = Connection(site_id=site.id, role=role, brand=brand, config=config, created_at=self.now(), facts={})
                row.secrets, row.account = json.dumps(secrets), fingerprint(secrets)
                session.add(row)
                session.flush()
                self.devices.append(Steered(rig, role, row.id, rig.settings()))
            session.commit()
        self.battery, self.inverter = self.devices
        self.judgement: Judgement | None = None
        self.outcomes: dict[int, Any] = {}
        self.start_process()

    def now(self) -> datetime:
        """What o'clock this process believes it is."""
        return self.clock.now() + self.offset

    def start_process(self) -> None:
        """A process that knows only what is stored."""
        self.opener = Opener(self.around, self.now)

    # What happens

    def prices(self, import_c: float, feed_in_c: float, hours: int = 30, spot_c: float = 10.0) -> None:
        """The retailer and the market publish prices that move a little from half-hour to half-hour."""
        now = self.now()
        start = now - timedelta(seconds=now.timestamp() % 1800)

        def interval(number: int) -> PriceInterval:
            begins, wave = start + number * HALF_HOUR, number % 7 - 3
            quality = Quality.FORECAST if number else Quality.CURRENT
            end = begins + HALF_HOUR
            return PriceInterval(begins, end, import_c + wave, feed_in_c + wave / 2, quality, "amber", spot_c_per_kwh=spot_c)

        intervals = tuple(interval(number) for number in range(2 * hours))
        with self.around.session() as session:
            store(session, session.get_one(Connection, self.retailer_id), PriceAnswer(intervals, now, intervals[-1].end, CHANNELS))
            store_in(session, region_feed(session, "aemo:NSW1"), PriceAnswer(intervals[:1], now, None, CHANNELS))
            session.commit()

    def press(self, kind: str, minutes: int) -> None:
        with self.around.session() as session:
            site = session.get_one(Site, self.id)
            try:
                if kind in wishes.INVERTER_KINDS:
                    wishes.record_for_inverter(session, site, self.inverter.id, kind, minutes, self.now())
                else:
                    wishes.record(session, site, kind, minutes, self.now())
            except wishes.WishRefused:
                session.rollback()  # the brand has no such command: the page does not offer it

    def restore_now(self) -> None:
        with self.around.session() as session:
            wishes.restore_now(session, session.get_one(Site, self.id), self.now())

    def switch(self, is_on: bool) -> None:
        with self.around.session() as session:
            sites.switch_control(session, session.get_one(Site, self.id), is_on)
            session.commit()

    def policy(self, name: str, **values: Any) -> None:
        with self.around.session() as session:
            sites.save_policy(session, self.id, name, values, self.now())
            session.commit()

    # The loop

    def tick(self, kill_at: int = 0) -> bool:
        """Read the devices, decide and act; True where the process died at its `kill_at`-th point and was started again."""
        self.judgement, self.outcomes = None, {}
        if not kill_at:
            self._work()
            return False
        with killing(self.around.engine, kill_at, self._monkeypatch) as killer:
            self._work()
        if killer.has_struck:
            self.start_process()
        return killer.has_struck

    def _work(self) -> None:
        sample(self.around, self.opener, self.battery.id, self.now())
        sample_inverter(self.around, self.opener, self.inverter.id, self.now())
        with self.around.session() as session:
            grant = lease.take(session, self.id, "run", self.now())
            judgement = tick(session, session.get_one(Site, self.id), self.now(), grant)
        outcomes = {order.connection_id: carry_out(self.around, self.opener, order, self.now) for order in judgement.orders}
        self.judgement, self.outcomes = judgement, outcomes

    # What is remembered

    def baseline(self, device: Steered) -> Baseline | None:
        with self.around.reading() as session:
            return session.get(Baseline, device.id)

    def is_settled(self, device: Steered) -> bool:
        """Whether no write is open: while one is, nobody can tell whose value is whose."""
        with self.around.reading() as session:
            state = session.get(DeviceState, device.id)
            return state is not None and not state.sent and state.problem is None

    def shown_differs(self, device: Steered) -> frozenset[str]:
        """The settings that the device shows otherwise than they were confirmed."""
        with self.around.reading() as session:
            connection = session.get_one(Connection, device.id)
            confirmed = session.get_one(DeviceState, device.id, options=(undefer(DeviceState.confirmed),)).confirmed or {}
            driver = self.opener.steered(connection)
        return driver.differing(confirmed, driver.read_settings())

    def finish(self) -> None:
        """All wishes end, the devices answer: they hold exactly the owner's settings, and nothing is owed. Raises Broken."""
        self.restore_now()
        self.switch(False)
        for _ in range(FINAL_TICKS):
            self.clock.sleep(FINAL_PAUSE_S)
            self.tick()
            if not any(self.baseline(device) for device in self.devices):
                break
        for device in self.devices:
            owed = self.baseline(device)
            if owed is not None:
                raise Broken(f"the {device.role}'s settings were never given back: {self.outcomes}")
            if device.rig.settings() != device.owner:
                raise Broken(f"at the {device.role} {changed(device.owner, device.rig.settings())} is not the owner's")


def changed(before: Any, after: Any) -> Any:
    """What differs, as {setting: (before, after)} where settings have names."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return (before, after)
    return {name: (before.get(name), after.get(name)) for name in {*before, *after} if before.get(name) != after.get(name)}


def _advance_together(leading: Any, following: Any) -> None:
    """Each simulator was started at an hour of its own; from now on the same time passes for both."""
    apart = following.now() - leading.now()
    if following is not leading:
        leading.on_advance(lambda: following.advance_to(leading.now() + apart))
