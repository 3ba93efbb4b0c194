"""A simulated home for some days with faults, buttons, changes in the vendor's app and kills; after every tick the invariants are checked.

The same seed gives the same run."""

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from sqlalchemy import Engine, select, text

from app.control import collect, lease
from app.control.act import Hand
from app.control.connections import Opener, load
from app.control.loop import Judgement, tick
from app.control.memory import LeaseLost
from app.control.sample import sample
from app.control.surroundings import Surroundings
from app.domain.codec import to_json
from app.domain.opinions import FollowTariff, Wish
from app.domain.prices import Quality
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, StandDown, TariffUpload
from app.models.price import Price, PriceFeed
from app.models.site import Site
from app.services import sites, wishes
from app.services.site_file import validate
from app.simulators.faults import fault_plan
from app.simulators.in_process import InProcess
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from tests.control.kills import killing_at_random

START = datetime(2026, 10, 3, 3, 0, tzinfo=UTC)  # the day before clocks go forward in Sydney
STEP = timedelta(minutes=5)
QUIET_END = timedelta(hours=2)  # faults stop before the end, so that what is open can be closed
FINAL_TICKS = 40
IN_PROCESS = {"AMBER_API_URL": "http://amber.test/v1", "AMBER_WS_URL": "ws://amber.test", "TESLEMETRY_API_URL": "http://teslemetry.test"}
OWNERS = {
    "default_real_mode": "mode",
    "backup_reserve_percent": "reserve",
    "customer_preferred_export_rule": "rule",
    "disallow_charge_from_grid_with_solar_installed": "no_grid_charging",
}


class Broken(AssertionError):
    """An invariant broke."""


@dataclass
class Figures:
    """What a run did."""

    ticks: int = 0
    uploads: int = 0
    writes: int = 0
    presses: int = 0
    owner_changes: int = 0
    kills: int = 0
    faults: int = 0
    held_back: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass
class FaultRun:
    """One home over `days`; run() raises Broken."""

    engine: Engine
    seed: int
    days: float = 1.0
    start: datetime = START
    intensity: float = 1.0
    on_sockets: bool = False
    figures: Figures = field(default_factory=Figures)

    def run(self) -> Figures:
        """The whole run, ending with the owner's settings back."""
        self.dice = random.Random(self.seed)
        self.verified: set[tuple[tuple[float, float], ...]] = set()
        self.pace = SimulatedPace(self.start)
        self.world = World(self.pace, seed=self.seed, history_days=0)
        around = self._open()
        try:
            self.around = around
            self.opener = Opener(around, self.pace.now)
            with around.session() as session:
                file = self.world.site_file(name=f"Home {self.seed}", control="on")
                self.site_id = sites.import_file(session, validate(file), self.pace.now()).id
            self._days()
            self._end()
        finally:
            self.world.stop()
        return self.figures

    def _open(self) -> Surroundings:
        if self.on_sockets:
            self.world.start()
            return Surroundings(self.engine, self.pace, self.world.environment())
        session = requests.Session()
        session.trust_env = False
        session.mount("http://amber.test", InProcess(self.world.amber, self.pace))
        session.mount("http://teslemetry.test", InProcess(self.world.teslemetry, self.pace))
        return Surroundings(self.engine, self.pace, IN_PROCESS, session)

    # The days

    def _days(self) -> None:
        end = self.start + timedelta(days=self.days)
        plan = fault_plan(self.seed, self.start, end - QUIET_END, self.intensity)
        self.world.faults.plan(plan)
        self.figures.faults += len(plan)
        self._remember_owner()
        next_step = self.start
        while self.pace.now() < end:
            self._something_happens()
            self._tick(fetch=True)
            if self.dice.random() < 0.15:  # an event between two steps
                self.pace.sleep(self.dice.uniform(20, 120))
                self._tick(fetch=self.dice.random() < 0.5)
            next_step += STEP
            if next_step > self.pace.now():
                self.pace.advance_to(next_step)
            else:
                next_step = self.pace.now()

    def _something_happens(self) -> None:
        chance = self.dice.random()
        if chance < 0.02:
            self._press()
        elif chance < 0.03:
            self._owner_changes()
        elif chance < 0.04:
            self._resume()

    def _press(self) -> None:
        kind = self.dice.choice(["charge", "discharge", "hold", "self-consume", "restore"])
        with self.around.session() as session:
            site = session.get_one(Site, self.site_id)
            if kind == "restore":
                wishes.restore_now(session, site, self.pace.now())
            else:
                wishes.record(session, site, kind, self.dice.choice(wishes.MINUTES), self.pace.now())
        self.figures.presses += 1

    def _owner_changes(self) -> None:
        """The owner changes a setting in the vendor's app: from now on it is what must come back."""
        if self._is_mid_write():
            return
        setting, value = self.dice.choice(
            [
                ("backup_reserve_percent", self.dice.choice([10, 25, 40, 60])),
                ("default_real_mode", self.dice.choice(["autonomous", "self_consumption"])),
            ]
        )
        if self.world.powerwall.settings()[setting] == value:
            return
        if value == "self_consumption" and self.world.powerwall.settings()["tariff_content_v2"].get("code") != "POWERSYNC:SYNC":
            return  # while a button needs another mode this is a drift that the device is known for, and is put right
        self.world.powerwall.owner_sets(**{setting: value})
        self.owner[OWNERS[setting]] = value
        self.figures.owner_changes += 1
        # The app reads the settings before anything else is sent, as the sampler does every five minutes.
        self.pace.sleep(61)

    def _is_mid_write(self) -> bool:
        """While a write is open nobody can tell whose value is whose; the owner's hand comes between two of them."""
        with self.around.session() as session:
            connection = load(session, self.site_id, "battery")
            state = session.get(DeviceState, connection.id) if connection else None
            return state is None or bool(state.sent) or state.problem is not None or self.world.powerwall.settings() != self._accepted()

    def _accepted(self) -> dict[str, Any]:
        return dict(self.world.powerwall.accepted)

    def _resume(self) -> None:
        with self.around.session() as session:
            policies = list(session.scalars(select(StandDown.policy).where(StandDown.site_id == self.site_id)))
        for policy in policies:
            with self.around.session() as session:
                wishes.take_back(session, self.site_id, policy)

    # One tick

    def _tick(self, *, fetch: bool) -> None:
        self.figures.ticks += 1
        writes_before = len(self.world.teslemetry.writes())
        uploads_before = self._upload_count()
        judgement: Judgement | None = None
        with killing_at_random(self.engine, self.dice, 0.02) as killer:
            judgement = self._work(fetch)
        if killer.has_struck:
            self.figures.kills += 1
            self.opener = Opener(self.around, self.pace.now)
        self.figures.writes += len(self.world.teslemetry.writes()) - writes_before
        uploads = self._upload_count() - uploads_before
        self.figures.uploads += uploads
        if judgement is not None and judgement.decision.battery is None:
            self.figures.held_back += 1
        if uploads:
            self._check_newest_upload()
        self._check_pace_of_uploads()
        if self.world.powerwall.tariff_problems:
            raise Broken(f"a plan that does not cover the week once: {self.world.powerwall.tariff_problems}")

    def _work(self, fetch: bool) -> Judgement:
        with self.around.session() as session:
            retailer, battery = load(session, self.site_id, "retailer"), load(session, self.site_id, "battery")
        assert retailer is not None
        assert battery is not None
        if fetch:
            collect.fetch(self.around, self.opener, retailer.id, self.pace.now())
        sample(self.around, self.opener, battery.id, self.pace.now())
        with self.around.session() as session:
            grant = lease.take(session, self.site_id, "run", self.pace.now())
            judgement = tick(session, session.get_one(Site, self.site_id), self.pace.now(), grant)
        self._check_decided(judgement)
        for order in judgement.orders:
            with self.around.session() as session:
                driver = self.opener.steered(session.get_one(Connection, order.connection_id))
            try:
                outcome = Hand(self.around, driver, order, self.pace.now).carry_out()
            except LeaseLost as lost:
                raise Broken("the lease was lost without a rival") from lost
            if outcome.wrote and outcome.is_confirmed:
                self._check_that_confirmed_is_shown()
        return judgement

    # Invariants

    def _upload_count(self) -> int:
        with self.around.session() as session:
            return session.query(TariffUpload).filter_by(site_id=self.site_id).count()

    def _check_decided(self, judgement: Judgement) -> None:
        """1: every slot of a new tariff is the mean of prices known now, or marked as an estimate; never a number from nowhere."""
        opinion = judgement.decision.opinions["tariff_sync"]
        if not isinstance(opinion, Wish) or not isinstance(opinion.command, FollowTariff):
            return
        tariff, now = opinion.command.tariff, judgement.snapshot.now
        if self._figures_of(to_json(tariff)) in self.verified:
            return
        prices = self._known_prices(now)
        for slot in tariff.slots:
            local = slot.start.astimezone(judgement.snapshot.zone)
            stands_for_another = local.hour * 2 + local.minute // 30 != slot.index
            if slot.quality is Quality.ESTIMATE or slot.start <= now or stands_for_another:
                continue
            minutes = [prices.get(slot.start + timedelta(minutes=minute)) for minute in range(0, 30, 5)]
            if None in minutes:
                raise Broken(f"slot {slot.label} of {slot.date} was decided without a known price")
            mean = sum(each for each in minutes if each is not None) / len(minutes)
            if abs(mean - slot.import_c_per_kwh) > 1e-6:
                raise Broken(f"slot {slot.label} of {slot.date}: decided {slot.import_c_per_kwh}, known {mean}")
        self.verified.add(self._figures_of(to_json(tariff)))

    def _check_newest_upload(self) -> None:
        """What was sent is what was decided, now or, for a repeated try, before."""
        with self.around.session() as session:
            upload = session.query(TariffUpload).filter_by(site_id=self.site_id).order_by(TariffUpload.id.desc()).first()
        assert upload is not None
        if self._figures_of(upload.tariff) not in self.verified:
            raise Broken("a tariff was sent that was never decided")

    @staticmethod
    def _figures_of(tariff: Any) -> tuple[tuple[float, float], ...]:
        return tuple((slot["import_c_per_kwh"], slot["feed_in_c_per_kwh"]) for slot in tariff["slots"])

    def _known_prices(self, now: datetime) -> dict[datetime, float | None]:
        """The finest stored import price of every five minutes from now on."""
        with self.around.reading() as session:
            rows = session.execute(
                select(Price.start, Price.minutes, Price.import_c)
                .join(PriceFeed, PriceFeed.id == Price.feed_id)
                .join(Connection, Connection.id == PriceFeed.connection_id)
                .where(Connection.site_id == self.site_id, Price.start >= now - timedelta(hours=1))
                .order_by(Price.minutes.desc())
            ).all()
        return {start + timedelta(minutes=minute): import_c for start, minutes, import_c in rows for minute in range(0, minutes, 5)}

    def _check_pace_of_uploads(self) -> None:
        """6: at most two uploads of prices in any 5 minutes of the market."""
        with self.around.session() as session:
            times = session.scalars(
                select(TariffUpload.at).where(TariffUpload.site_id == self.site_id).order_by(TariffUpload.id.desc()).limit(3)
            ).all()
        periods = [int(at.timestamp() // STEP.total_seconds()) for at in times]
        if len(periods) == 3 and len(set(periods)) == 1:
            raise Broken(f"three uploads in one period: {times}")

    def _check_that_confirmed_is_shown(self) -> None:
        """3: what is called confirmed is what the device shows."""
        with self.around.session() as session:
            battery = load(session, self.site_id, "battery")
            assert battery is not None
            confirmed_then = session.get_one(DeviceState, battery.id).confirmed or {}
            driver = self.opener.battery(battery)
        shown = self.world.powerwall.settings()
        read = {"mode": shown["default_real_mode"], "reserve_pct": shown["backup_reserve_percent"], "tariff": shown["tariff_content_v2"]}
        confirmed = {name: value for name, value in confirmed_then.items() if name in read}
        different = driver.differing(confirmed, read)
        if different:
            raise Broken(f"confirmed but not shown: {sorted(different)}")

    # The owner

    def _remember_owner(self) -> None:
        shown = self.world.powerwall.settings()
        self.owner = {name: shown.get(setting) for setting, name in OWNERS.items()}
        self.owner_plan = json.dumps(shown["tariff_content_v2"], sort_keys=True)

    def _end(self) -> None:
        """2: with all wishes gone, the device holds exactly the owner's settings."""
        self.world.faults.clear()
        with self.around.session() as session:
            site = session.get_one(Site, self.site_id)
            wishes.restore_now(session, site, self.pace.now())
            sites.switch_control(session, site, False)
        for _ in range(FINAL_TICKS):
            self.pace.sleep(400)
            self._work(fetch=False)
            with self.around.session() as session:
                battery = load(session, self.site_id, "battery")
                assert battery is not None
                if session.get(Baseline, battery.id) is None:
                    break
        else:
            raise Broken("the owner's settings were not given back")
        shown = self.world.powerwall.settings()
        now = {name: shown.get(setting) for setting, name in OWNERS.items()}
        if {name: value or False for name, value in now.items()} != {name: value or False for name, value in self.owner.items()}:
            raise Broken(f"the owner had {self.owner}, the device holds {now}")
        if json.loads(self.owner_plan)["name"] != shown["tariff_content_v2"]["name"]:
            raise Broken(f"the owner's plan is not back: {shown['tariff_content_v2'].get('name')}")
        with self.around.session() as session:
            if session.get_bind().dialect.name == "sqlite":
                assert session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
