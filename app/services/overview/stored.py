"""What is stored of a home at this moment, read with a few short queries: cheap enough to ask every few seconds."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from app.control.connections import brand_of
from app.control.observe import reading_fresh_for, settings_of
from app.control.observed_market import spot_price
from app.control.planning.store import newest_row
from app.control.trials import tests_running
from app.domain.brands import Brand
from app.domain.opinions import BATTERY
from app.domain.prices import Quality
from app.domain.settings import SettingsBook
from app.domain.settings.aemo_spike import AemoSpike
from app.domain.settings.optimizer import Optimizer
from app.domain.snapshot import SpotPrice
from app.domain.tariffs.half_hourly import half_hour_start
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, JournalEntry, LastDecision, OwnerWish, StandDown, TariffUpload
from app.models.energy import EnergyInterval, Reading
from app.models.plan import Plan, PlanProblem
from app.models.price import Price, PriceFeed
from app.models.site import CONTROL_ON, Site
from app.services.overview.freshness import Freshness, of_decision, of_plan, of_price, of_reading

ASKED_BEFORE = timedelta(minutes=1)  # a question is written down with the change that it is about


@dataclass(frozen=True, slots=True)
class Upload:
    """The last tariff that was sent."""

    at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """The last change that was sent to the battery, as the journal has it."""

    code: str
    state: str
    sent_at: datetime
    confirmed_at: datetime | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A policy that waits because somebody changed a setting. `is_open`: the owner has not answered yet."""

    row: StandDown
    is_open: bool


@dataclass(frozen=True)
class Stored:
    """One home's rows; None where nothing is stored yet."""

    site: Site
    now: datetime
    connections: tuple[Connection, ...]
    feed: PriceFeed | None
    price_end: datetime | None  # of the newest interval up to now that is more than a forecast
    reading: Reading | None  # the newest, however old
    device: DeviceState | None
    baseline: Baseline | None
    decision: LastDecision | None
    questions: tuple[Question, ...]
    wish: OwnerWish | None
    upload: Upload | None
    sent: Sent | None
    settings: SettingsBook
    energy_until: datetime | None  # start of the newest 5-minute record
    inverter_devices: Mapping[int, DeviceState]  # by connection
    inverter_wishes: Mapping[int, OwnerWish]  # by connection, those in force
    spot: SpotPrice | None  # the wholesale price that the owner's spike settings look at
    trials: Mapping[str, datetime]  # policies that are tried out, until when
    plan: Plan | None  # the newest, however old; None while the optimizer is off
    plan_problem: PlanProblem | None  # why the last try made none

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.timezone)

    @property
    def is_control_on(self) -> bool:
        return self.site.control == CONTROL_ON

    @property
    def retailer(self) -> Connection | None:
        """The first retailer connection, as the loop takes it."""
        return next((each for each in self.connections if each.role == "retailer"), None)

    @property
    def battery(self) -> Connection | None:
        """The first battery connection."""
        return next((each for each in self.connections if each.role == "battery"), None)

    @property
    def battery_brand(self) -> Brand | None:
        return brand_of("battery", self.battery.brand) if self.battery else None

    @property
    def reading_state(self) -> Freshness:
        """How the newest reading is shown; without a battery there is none."""
        if self.battery is None or self.reading is None:
            return Freshness.NONE
        return of_reading(self.reading.taken_at, self.now, reading_fresh_for(self.battery))

    @property
    def price_state(self) -> Freshness:
        """How the present price is shown."""
        return of_price(self.price_end, self.now)

    @property
    def decision_state(self) -> Freshness:
        """Whether the loop runs."""
        return of_decision(self.decision.at if self.decision else None, self.now)

    @property
    def plan_state(self) -> Freshness:
        """Whether the newest plan is followed, still trusted, or given up."""
        return of_plan(self.plan.made_at if self.plan else None, self.now)

    def version(self) -> str:
        """Changes whenever the page would show something else (but for ages, which go on by themselves in the browser)."""
        parts: list[object] = [
            (self.site.name, self.site.timezone, self.site.currency, self.site.control),
            [
                (each.id, each.brand, each.seen_at, each.problem, each.problem_since, each.retry_at, each.stream_state, each.facts_at)
                for each in self.connections
            ],
            (self.feed.as_of, self.feed.known_until) if self.feed else None,
            (self.price_end, self.price_state, self.reading_state, self.decision_state, half_hour_start(self.now)),
            self.reading.taken_at if self.reading else None,
            self._device_version(),
            (self.decision.at, self.decision.code) if self.decision else None,
            [(each.row.policy, each.row.seen_at, each.is_open) for each in self.questions],
            (self.wish.id, self.wish.expires_at) if self.wish else None,
            (self.upload, self.sent, self.settings, self.energy_until),
            [(each.connection_id, each.sent_at, bool(each.sent), each.problem) for each in self.inverter_devices.values()],
            [(each.id, each.expires_at) for each in self.inverter_wishes.values()],
            (self.spot, self.trials),
            (self.plan.id if self.plan else None, self.plan_state),
            (self.plan_problem.at, self.plan_problem.code) if self.plan_problem else None,
        ]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]

    def _device_version(self) -> object:
        device = self.device
        if device is None:
            return None
        return (device.found_at, device.sent_at, bool(device.sent), device.confirmed_at, device.problem, bool(self.baseline))


def stored(session: Session, site: Site, now: datetime) -> Stored:
    """Read it. No secret is decrypted, and no query reads more than a few rows."""
    connections = tuple(
        session.scalars(select(Connection).where(Connection.site_id == site.id).options(defer(Connection.secrets)).order_by(Connection.id))
    )
    retailer = next((each for each in connections if each.role == "retailer"), None)
    battery = next((each for each in connections if each.role == "battery"), None)
    feed = session.scalars(select(PriceFeed).where(PriceFeed.connection_id == retailer.id)).one_or_none() if retailer else None
    settings = settings_of(session, site.id)
    inverter_ids = [each.id for each in connections if each.role == "inverter"]
    return Stored(
        site=site,
        now=now,
        connections=connections,
        feed=feed,
        price_end=_price_end(session, feed, now) if feed else None,
        reading=session.scalars(select(Reading).where(Reading.site_id == site.id).order_by(Reading.taken_at.desc()).limit(1)).first(),
        device=session.get(DeviceState, battery.id) if battery else None,
        baseline=session.get(Baseline, battery.id) if battery else None,
        decision=session.get(LastDecision, site.id),
        questions=_questions(session, site.id),
        wish=_wish(session, site.id, now),
        upload=_upload(session, site.id),
        sent=_sent(session, battery.id) if battery else None,
        settings=settings,
        energy_until=session.scalar(
            select(func.max(EnergyInterval.start)).where(EnergyInterval.site_id == site.id, EnergyInterval.minutes == 5)
        ),
        inverter_devices=_inverter_devices(session, inverter_ids),
        inverter_wishes=_inverter_wishes(session, site.id, now) if inverter_ids else {},
        spot=spot_price(session, settings.of(AemoSpike), now),
        trials=tests_running(session, site.id, now),
        plan=newest_row(session, site.id, now) if settings.of(Optimizer).enabled else None,
        plan_problem=session.get(PlanProblem, site.id) if settings.of(Optimizer).enabled else None,
    )


def _inverter_devices(session: Session, connection_ids: Sequence[int]) -> dict[int, DeviceState]:
    if not connection_ids:
        return {}
    rows = session.scalars(select(DeviceState).where(DeviceState.connection_id.in_(connection_ids)))
    return {row.connection_id: row for row in rows}


def _inverter_wishes(session: Session, site_id: int, now: datetime) -> dict[int, OwnerWish]:
    alive = (OwnerWish.site_id == site_id, OwnerWish.ended_at.is_(None), OwnerWish.expires_at > now)
    rows = session.scalars(select(OwnerWish).where(*alive, OwnerWish.axis.like("inverter:%")).order_by(OwnerWish.id))
    return {int(row.axis.partition(":")[2]): row for row in rows}


def _price_end(session: Session, feed: PriceFeed, now: datetime) -> datetime | None:
    actual = (Quality.SETTLED.value, Quality.CURRENT.value)
    row = session.execute(
        select(Price.start, Price.minutes)
        .where(Price.feed_id == feed.id, Price.start <= now, Price.start > now - timedelta(days=7), Price.quality.in_(actual))
        .order_by(Price.start.desc(), Price.minutes)
        .limit(1)
    ).first()
    return row.start + timedelta(minutes=row.minutes) if row else None


def _questions(session: Session, site_id: int) -> tuple[Question, ...]:
    rows = session.scalars(select(StandDown).where(StandDown.site_id == site_id).order_by(StandDown.seen_at)).all()
    if not rows:
        return ()
    since = min(row.seen_at for row in rows)
    asked = session.scalar(
        select(func.max(JournalEntry.at)).where(
            JournalEntry.site_id == site_id, JournalEntry.at >= since - ASKED_BEFORE, JournalEntry.needs_owner
        )
    )
    return tuple(Question(row, asked is not None and asked >= row.seen_at - ASKED_BEFORE) for row in rows)


def _wish(session: Session, site_id: int, now: datetime) -> OwnerWish | None:
    alive = (OwnerWish.site_id == site_id, OwnerWish.axis == str(BATTERY), OwnerWish.ended_at.is_(None), OwnerWish.expires_at > now)
    return session.scalars(select(OwnerWish).where(*alive).order_by(OwnerWish.id.desc()).limit(1)).first()


def _upload(session: Session, site_id: int) -> Upload | None:
    row = session.execute(
        select(TariffUpload.at, TariffUpload.confirmed_at)
        .where(TariffUpload.site_id == site_id)
        .order_by(TariffUpload.at.desc(), TariffUpload.id.desc())
        .limit(1)
    ).first()
    return Upload(row.at, row.confirmed_at) if row else None


def _sent(session: Session, battery_id: int) -> Sent | None:
    columns = (JournalEntry.code, JournalEntry.state, JournalEntry.sent_at, JournalEntry.confirmed_at, JournalEntry.failure)
    row = session.execute(
        select(*columns)
        .where(JournalEntry.connection_id == battery_id, JournalEntry.sent_at.is_not(None))
        .order_by(JournalEntry.id.desc())
        .limit(1)
    ).first()
    if row is None or row.sent_at is None:
        return None
    return Sent(row.code, row.state, row.sent_at, row.confirmed_at, row.failure)
