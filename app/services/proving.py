"""A test of a connection: what works, step by step, in words. Tests only read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from app.control.collect import ask_once
from app.control.forecasts.fetch import ask_source_once
from app.control.surroundings import Elapsing, Surroundings
from app.devices.capabilities import Battery, BatteryFacts, ChecksBeforehand, Settings
from app.devices.solar import InverterReading, SolarInverter
from app.domain.brands import Brand, Choice
from app.domain.pace import Pace
from app.domain.power import LiveReading
from app.domain.sentences import cents, day_and_clock, kilowatts, percent
from app.feeds.capabilities import PriceAnswer, Retailer
from app.feeds.forecasts.source import SolarAnswer, SolarSource
from app.services.connecting import choice_field, trying
from app.services.forecast_words import horizon_in_words, sun_in_words
from app.transports.context import Context
from app.transports.errors import CredentialsRefused, RateLimited, Unreachable, VendorError

OK, NOTE, FAILED, NOT_TRIED = "ok", "late", "lost", "none"
LEAST_AHEAD = timedelta(hours=6)
_READING_FRESH = timedelta(minutes=2)
_STILL_W = 50.0
_UNEXPLAINED_W, _UNEXPLAINED_SHARE = 150.0, 0.05


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One thing that was tried. `state`: "ok", "late" (works, with a note), "lost" (does not work), "none" (not tried)."""

    title: str
    state: str
    note: str
    took_s: float | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """The rows of a test, when it was made and how long it took."""

    at: datetime
    took_s: float
    rows: tuple[ProofRow, ...]

    @property
    def is_good(self) -> bool:
        """Everything that was tried works."""
        return all(row.state != FAILED for row in self.rows) and any(row.state == OK for row in self.rows)


@dataclass(frozen=True, slots=True)
class _Step:
    """`tell` says what came, and whether there is a note to it."""

    title: str
    ask: Callable[[], Any]
    tell: Callable[[Any], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LastConfirmed:
    """When a device last showed what it was told; `is_failing`: a newer command is not confirmed."""

    at: datetime
    is_failing: bool


def prove(
    around: Surroundings,
    brand: Brand,
    fields: BaseModel,
    zone: ZoneInfo,
    now: datetime,
    changed: LastConfirmed | None = None,
    connection_id: int | None = None,
    site_id: int | None = None,
) -> Proof:
    """Try everything that can be tried by reading; `changed` is what is known of commands. Never raises a VendorError: it becomes a row.

    `connection_id`: the stored connection that is tried. `site_id`: the home whose sign-in at the vendor counts, where there is one."""
    began_s = around.pace.monotonic()
    clock = Elapsing(now, around.pace).instant
    context = trying(around, brand, now, zone.key, connection_id, site_id)
    driver = brand.open(fields, context)
    known = [_Step("Know your site", lambda: _chosen(brand, fields, context), _site_in_words)] if brand.choices else []
    if isinstance(driver, SolarSource):
        steps = _of_solar_source(lambda: ask_source_once(around, brand, fields, driver, clock()), clock, zone)
        rows = run([*known, *steps], brand.vendor, around.pace)
    elif brand.role == "retailer":
        rows = run([*known, *_of_retailer(driver, context, clock, zone)], brand.vendor, around.pace)
        rows = rows[1:] if "plan" in brand.capabilities else rows  # nobody is reached: the prices are the owner's own
    else:
        steps = _of_inverter(driver, clock) if isinstance(driver, SolarInverter) else _of_battery(driver, clock, brand)
        rows = run(steps, brand.vendor, around.pace)
        if isinstance(driver, ChecksBeforehand):
            rows = (*rows, *(ProofRow(row.title, row.state, row.words) for row in driver.preflight()))
        untried = "Not tried: tests only read. PowerSync changes settings once control is on."
        rows = (*rows, change_row(changed, zone, untried))
    return Proof(now, around.pace.monotonic() - began_s, rows)


def change_row(changed: LastConfirmed | None, zone: ZoneInfo, untried: str) -> ProofRow:
    """Whether its settings can be changed; `untried` is said before the first command was confirmed."""
    title = "Change its settings"
    if changed is None:
        return ProofRow(title, NOT_TRIED, untried)
    at = day_and_clock(changed.at, zone)
    if changed.is_failing:
        return ProofRow(title, NOTE, f"It worked, last confirmed {at}. The newest command is not confirmed yet.")
    return ProofRow(title, OK, f"It works, last confirmed {at}.")


def run(steps: list[_Step], vendor: str, pace: Pace) -> tuple[ProofRow, ...]:
    """One row per step, and before them whether anybody answered at all. A refused key ends the test: asking again would not help."""
    rows: list[ProofRow] = []
    reach: ProofRow | None = None
    is_over = False
    for step in steps:
        if is_over:
            rows.append(ProofRow(step.title, NOT_TRIED, "Not tried."))
            continue
        began_s = pace.monotonic()
        try:
            state, note = step.tell(step.ask())
        except VendorError as error:
            took_s = pace.monotonic() - began_s
            if reach is None and isinstance(error, Unreachable):
                reach = ProofRow("Reach it", FAILED, in_a_sentence(error), took_s)
                rows.append(ProofRow(step.title, NOT_TRIED, "Not tried."))
                is_over = True
                continue
            rows.append(ProofRow(step.title, FAILED, in_a_sentence(error), took_s))
            is_over = isinstance(error, CredentialsRefused | RateLimited)
        else:
            took_s = pace.monotonic() - began_s
            rows.append(ProofRow(step.title, state, note, took_s))
        reach = reach or ProofRow("Reach it", OK, f"{vendor} answers.", took_s)
    return (reach, *rows) if reach is not None else tuple(rows)


def in_a_sentence(error: VendorError) -> str:
    """What went wrong as one line that names the vendor."""
    return f"{str(error).rstrip('.')}."


def _of_battery(battery: Battery, clock: Callable[[], datetime], brand: Brand) -> list[_Step]:
    return [
        _Step("Know it", battery.read_facts, _facts_in_words),
        _Step("Read power", lambda: battery.read_live(clock()), lambda live: _live_in_words(live, clock())),
        _Step("Read settings", battery.read_settings, lambda settings: _settings_in_words(battery, settings, brand)),
    ]


def _of_inverter(inverter: SolarInverter, clock: Callable[[], datetime]) -> list[_Step]:
    return [
        _Step("Read what it makes", lambda: inverter.read_status(clock()), _status_in_words),
        _Step("Read settings", inverter.read_settings, lambda settings: _limits_in_words(inverter, settings)),
    ]


def _status_in_words(status: InverterReading) -> tuple[str, str]:
    parts = [
        status.state.value,
        f"making {kilowatts(status.ac_w)}" if status.ac_w is not None else "",
        f"rated for {kilowatts(status.rated_w)}" if status.rated_w is not None else "",
        f"limited to {kilowatts(status.limit_w)}" if status.limit_w is not None else "",
        f"serial number {status.serial}" if status.serial else "",
    ]
    told = ", ".join(part for part in parts if part)
    return OK, f"{told[0].upper()}{told[1:]}."


def _limits_in_words(inverter: SolarInverter, settings: Settings) -> tuple[str, str]:
    told = "; ".join(f"{label}: {words}" for label, words in inverter.in_words(settings).items())
    return OK, f"{told[:1].upper()}{told[1:]}." if told else "It has nothing that PowerSync would change."


def _of_retailer(retailer: Retailer, context: Context, clock: Callable[[], datetime], zone: ZoneInfo) -> list[_Step]:
    answers: list[PriceAnswer] = []

    def fetch() -> PriceAnswer:
        answers.append(ask_once(retailer, context, clock()))
        return answers[-1]

    return [
        _Step("Read the price now", fetch, lambda answer: _price_in_words(answer, clock())),
        _Step("See prices ahead", lambda: answers[-1] if answers else fetch(), lambda answer: _horizon_in_words(answer, clock(), zone)),
    ]


def _of_solar_source(ask: Callable[[], SolarAnswer], clock: Callable[[], datetime], zone: ZoneInfo) -> list[_Step]:
    answers: list[SolarAnswer] = []

    def fetch() -> SolarAnswer:
        answers.append(ask())
        return answers[-1]

    def horizon(answer: SolarAnswer) -> tuple[str, str]:
        is_far, words = horizon_in_words(answer, clock(), zone)
        return OK if is_far else NOTE, words

    return [
        _Step("Read the forecast", fetch, lambda answer: (NOTE if answer.quarantined else OK, sun_in_words(answer, clock()))),
        _Step("See ahead", lambda: answers[-1] if answers else fetch(), horizon),
    ]


def _chosen(brand: Brand, fields: BaseModel, context: Any) -> Choice | None:
    name = choice_field(brand) or ""
    offered: list[Choice] = brand.choices[name](fields, context)
    wanted = getattr(fields, name)
    usable = [choice for choice in offered if choice.is_usable]
    if not wanted:
        return usable[0] if len(usable) == 1 else None
    return next((choice for choice in usable if choice.value == wanted), None)


def _site_in_words(choice: Choice | None) -> tuple[str, str]:
    if choice is None:
        return FAILED, "The chosen site is not among those of this account, or is closed. Choose it again."
    return OK, f"{choice.label}, {choice.note}." if choice.note else f"{choice.label}."


def _facts_in_words(facts: BatteryFacts) -> tuple[str, str]:
    told = facts_in_words(
        {
            "firmware": facts.firmware,
            "capacity_wh": facts.capacity_wh,
            "max_discharge_w": facts.max_discharge_w,
            "count": facts.count,
            "model": facts.model,
            "rated_wh": facts.rated_wh,
            "measured_wh": facts.measured_wh,
            "installed_on": facts.installed_on.isoformat() if facts.installed_on else None,
        }
    )
    words = ", ".join(f"{label.lower()} {said}" for label, said in told) or "it tells nothing about itself"
    return OK, f"{words[0].upper()}{words[1:]}."


def facts_in_words(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """What a device told about itself, as (label, words); what it did not tell is left out."""
    found = []
    if facts.get("model"):
        found.append(("Model", str(facts["model"])))
    if facts.get("count"):
        found.append(("Units", str(facts["count"])))
    if facts.get("capacity_wh"):
        found.append(("Capacity", f"{facts['capacity_wh'] / 1000:.1f}\u202fkWh"))
    if facts.get("measured_wh"):
        found.append(("Holds when full", _health_in_words(facts["measured_wh"], facts.get("rated_wh"))))
    if facts.get("installed_on"):
        found.append(("Installed", day_month_year(date.fromisoformat(facts["installed_on"]))))
    if facts.get("ac_w") is not None:
        found.append(("Makes now", kilowatts(facts["ac_w"])))
    if facts.get("limit_w") is not None:
        found.append(("Limited to", kilowatts(facts["limit_w"])))
    if facts.get("rated_w"):
        found.append(("Rated for", kilowatts(facts["rated_w"])))
    if facts.get("serial"):
        found.append(("Serial number", str(facts["serial"])))
    if facts.get("max_discharge_w"):
        found.append(("Power", kilowatts(facts["max_discharge_w"])))
    if facts.get("firmware"):
        found.append(("Firmware", str(facts["firmware"])))
    return found


def _health_in_words(measured_wh: float, rated_wh: float | None) -> str:
    """What it holds now against what it held when new, as it measures itself."""
    told = f"{measured_wh / 1000:.1f}\u202fkWh"
    return f"{told}, {percent(100 * measured_wh / rated_wh)} of its rating" if rated_wh else told


def day_month_year(day: date) -> str:
    """ "14 Feb 2024"."""
    return f"{day.day} {day:%b %Y}"


def _live_in_words(live: LiveReading, now: datetime) -> tuple[str, str]:
    parts = [
        f"home {kilowatts(live.load_w)}" if live.load_w is not None else "",
        f"solar {kilowatts(live.solar_w)}" if live.solar_w is not None else "",
        _flow(live.grid_w, "importing", "exporting", "nothing from or to the grid"),
        _flow(live.battery_w, "battery discharging", "battery charging", "battery at rest"),
        f"charge {percent(live.soc_pct)}" if live.soc_pct is not None else "",
    ]
    told = ", ".join(part for part in parts if part)
    if not told:
        return FAILED, "It answers without a single figure."
    told = f"{told[0].upper()}{told[1:]}."
    old = now - live.taken_at
    if old > _READING_FRESH:
        return NOTE, f"{told} This was {old.total_seconds() / 60:.0f} minutes ago: the device has not reported since."
    unexplained_w = _unexplained_w(live)
    if unexplained_w is not None:
        return NOTE, f"{told} {kilowatts(unexplained_w)} are not explained: solar, grid and battery do not add up to the home's use."
    return OK, told


def _flow(power_w: float | None, out: str, into: str, still: str) -> str:
    if power_w is None:
        return ""
    return still if abs(power_w) < _STILL_W else f"{out if power_w > 0 else into} {kilowatts(abs(power_w))}"


def _unexplained_w(live: LiveReading) -> float | None:
    """What solar, grid and battery leave unexplained of the home's use, W; None while it is small. A wrong sign shows here."""
    if live.load_w is None or live.solar_w is None or live.grid_w is None or live.battery_w is None:
        return None
    rest_w = abs(live.solar_w + live.grid_w + live.battery_w - live.load_w)
    return rest_w if rest_w > max(_UNEXPLAINED_W, _UNEXPLAINED_SHARE * abs(live.load_w)) else None


def _settings_in_words(battery: Battery, settings: Settings, brand: Brand) -> tuple[str, str]:
    told = "; ".join(f"{label}: {words}" for label, words in battery.in_words(settings).items())
    told = f"{told[:1].upper()}{told[1:]}."
    ignoring = brand.modes_that_ignore_tariffs.get(str(settings.get("mode")))
    if ignoring is not None:
        return NOTE, f"{told} In {ignoring} it ignores prices until you choose one that plans by them."
    return OK, told


def _price_in_words(answer: PriceAnswer, now: datetime) -> tuple[str, str]:
    running = [each for each in answer.intervals if each.start <= now < each.end]
    finest = min(running, key=lambda each: each.end - each.start, default=None)
    if finest is None or finest.import_c_per_kwh is None:
        return FAILED, "It answers without a price for now."
    sold = f", {cents(finest.feed_in_c_per_kwh)} to sell" if finest.feed_in_c_per_kwh is not None else ", no feed-in price"
    return OK if finest.feed_in_c_per_kwh is not None else NOTE, f"{cents(finest.import_c_per_kwh)} to buy{sold}."


def _horizon_in_words(answer: PriceAnswer, now: datetime, zone: ZoneInfo) -> tuple[str, str]:
    if answer.known_until is None or answer.known_until <= now:
        return FAILED, "It knows no price ahead."
    known = f"Known until {day_and_clock(answer.known_until, zone)}"
    if answer.known_until - now < LEAST_AHEAD:
        return NOTE, f"{known}, less than 6 hours ahead. That is too little to give a battery a day's prices."
    return OK, f"{known}."
