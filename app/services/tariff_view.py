"""The tariff of the next 24 hours as it would be sent now, with each step that made it."""

from dataclasses import dataclass
from datetime import datetime
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
from app.domain.sentences import sentence
from app.domain.snapshot import Snapshot
from app.domain.tariffs.half_hourly import Missing, RollingTariff, build
from app.domain.tariffs.shaping import Shaped, shape
from app.models.site import Site
from app.services.price_view import known_prices


@dataclass(frozen=True)
class TariffView:
    """The tariff with its steps, or why there is none. `payload` is what the battery would be sent."""

    now: datetime
    shaped: Shaped | None
    payload: Any
    problem: str | None

    @property
    def tariff(self) -> RollingTariff | None:
        """What would be sent."""
        return self.shaped.result if self.shaped else None

    def as_json(self) -> dict[str, Any]:
        """The value of `flask tariff --json`."""
        slots = self.tariff.slots if self.tariff else ()
        return {
            "slots": [
                {
                    "start": slot.label,
                    "date": to_json(slot.date),
                    "import_c_per_kwh": round(slot.import_c_per_kwh, 4),
                    "feed_in_c_per_kwh": round(slot.feed_in_c_per_kwh, 4),
                    "quality": slot.quality.value,
                }
                for slot in slots
            ],
            "payload": self.payload,
        }


def shaped_now(snapshot: Snapshot) -> Shaped | str:
    """The tariff with its steps from a snapshot, or in words why there is none."""
    if snapshot.prices is None:
        return "no prices have arrived yet"
    built = build(
        snapshot.prices,
        snapshot.zone,
        snapshot.now,
        snapshot.currency,
        provider=snapshot.retailer,
        daily_charge_c=snapshot.daily_charge_c,
    )
    if isinstance(built, Missing):
        return sentence(why_missing(built), snapshot.zone)
    return shape(built, snapshot.settings)


def present(around: Surroundings, site: Site, now: datetime) -> TariffView:
    """The tariff of this moment; prices are fetched first when they are old."""
    known_prices(around, site, now)
    with around.session() as session:
        site = session.get_one(Site, site.id)
        snapshot = observe(session, site, now)
        shaped = shaped_now(snapshot)
        if isinstance(shaped, str):
            retailer = load(session, site.id, "retailer")
            return TariffView(now, None, None, (retailer.problem if retailer else None) or shaped)
        return TariffView(now, shaped, payload_of(around, session, site, shaped.result, now), None)


def payload_of(around: Surroundings, session: Session, site: Site, tariff: RollingTariff, now: datetime) -> Any:
    """What the site's battery would be sent for `tariff`; None without a battery that takes one."""
    connection = load(session, site.id, "battery")
    if connection is None:
        return None
    battery: Battery = Opener(around, lambda: now).battery(connection)
    if FollowTariff not in battery.abilities.commands:
        return None
    target = battery.target(FollowTariff(tariff), NO_LIMITS, {}, now=now, until=None, zone=ZoneInfo(site.timezone))
    return target.get("tariff")
