"""The tariff as it would be sent now, with each step that made it: the next 24 hours, and the whole plan where prices are fixed ones."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control.connections import Opener, load
from app.control.observe import observe
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery
from app.domain.codec import to_json
from app.domain.opinions import NO_LIMITS, FollowTariff
from app.domain.policies.tariff_sync import why_missing
from app.domain.sentences import cents, sentence
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import Missing, RollingTariff
from app.domain.tariffs.seasonal import SeasonalTariff, Tariff
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.todays import next_day, todays_tariff, whole_year
from app.models.site import Site
from app.services.price_view import known_prices
from app.services.tariff_year import weeks_as_json, year_as_text


@dataclass(frozen=True)
class TariffView:
    """The tariff with its steps, or why there is none. `payload` is what the battery would be sent."""

    today: date  # on the site's clock
    shaped: Shaped[RollingTariff] | None
    year: Shaped[SeasonalTariff] | None  # where the retailer's prices are those of a plan
    payload: Any
    problem: str | None

    @property
    def tariff(self) -> RollingTariff | None:
        """The next 24 hours."""
        return self.shaped.result if self.shaped else None

    def as_json(self) -> dict[str, Any]:
        """The value of `flask tariff --json`."""
        slots = self.tariff.slots if self.tariff else ()
        value: dict[str, Any] = {
            "slots": [
                {
                    "start": slot.label,
                    "date": to_json(slot.date),
                    "import_c_per_kwh": round(slot.import_c_per_kwh, 4),
                    "feed_in_c_per_kwh": round(slot.feed_in_c_per_kwh, 4),
                    "quality": slot.quality.value,
                }
                for slot in slots
            ]
        }
        if self.year is not None:
            value["weeks"] = weeks_as_json(self.year.result)
        return value | {"payload": self.payload}

    def as_text(self) -> str:
        """A line per half-hour, and the plan below."""
        lines = [
            f"{slot.label}  {slot.date}  {cents(slot.import_c_per_kwh):>9}  {cents(slot.feed_in_c_per_kwh):>9}  {slot.quality.value}"
            for slot in (self.tariff.slots if self.tariff else ())
        ]
        if self.year is not None:
            lines += ["", year_as_text(self.year.result, self.today)]
        return "\n".join(lines)


def shaped_now(snapshot: Snapshot) -> Shaped[RollingTariff] | str:
    """The next 24 hours with their steps from a snapshot, or in words why there are none."""
    shaped = next_day(snapshot)
    if shaped is None:
        return "no prices have arrived yet"
    return sentence(why_missing(shaped), snapshot.zone) if isinstance(shaped, Missing) else shaped


def present(around: Surroundings, site: Site, now: datetime) -> TariffView:
    """The tariff of this moment; prices are fetched first when they are old."""
    known_prices(around, site, now)
    with around.session() as session:
        site = session.get_one(Site, site.id)
        snapshot = observe(session, site, now)
        today, shaped, year = snapshot.local(now).date(), shaped_now(snapshot), whole_year(snapshot)
        if isinstance(shaped, str):
            retailer = load(session, site.id, "retailer")
            return TariffView(today, None, year, None, (retailer.problem if retailer else None) or shaped)
        sent = todays_tariff(snapshot)
        tariff = sent.result if isinstance(sent, Shaped) else shaped.result
        return TariffView(today, shaped, year, payload_of(around, session, site, tariff, now), None)


def payload_of(around: Surroundings, session: Session, site: Site, tariff: Tariff, now: datetime) -> Any:
    """What the site's battery would be sent for `tariff`; None without a battery that takes one."""
    connection = load(session, site.id, "battery")
    if connection is None:
        return None
    battery: Battery = Opener(around, lambda: now).battery(connection)
    if FollowTariff not in battery.abilities.commands:
        return None
    target = battery.target(FollowTariff(tariff), NO_LIMITS, {}, now=now, until=None, zone=ZoneInfo(site.timezone))
    return target.get("tariff")
