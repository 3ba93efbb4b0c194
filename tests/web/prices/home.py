"""A home on Amber with a Powerwall, and the records that a running PowerSync leaves behind."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.control.connections import load
from app.control.price_rows import feed_of
from app.domain.codec import to_json
from app.domain.opinions import NO_LIMITS, FollowTariff
from app.domain.tariffs.half_hourly import RollingTariff
from app.models.connection import Connection
from app.models.control import DeviceState, TariffUpload
from app.models.price import Price, PriceFeed
from app.models.site import Site
from app.services import sites
from app.services.site_file import validate

SYDNEY = ZoneInfo("Australia/Sydney")
NOW = datetime(2026, 11, 20, 5, 42, tzinfo=UTC)  # Friday 16:42 in Sydney
FIVE = timedelta(minutes=5)
HALF_HOUR = timedelta(minutes=30)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=SYDNEY).astimezone(UTC)


def a_home(session: Session, control: str = "on", policies: Mapping[str, Any] | None = None, name: str = "Home") -> Site:
    """Imported from a site file, owned by owner@example.com; no prices yet."""
    file = {
        "name": name,
        "timezone": SYDNEY.key,
        "currency": "AUD",
        "owner": "owner@example.com",
        "control": control,
        "retailer": {"brand": "amber", "token": "psk_" + "0" * 32, "site_id": "01F5A5CRKMZ5BCX9P1S4V990AM"},
        "battery": {"brand": "tesla", "connection": "teslemetry", "token": "a-token", "energy_site_id": "1234567890"},
        "policies": dict(policies or {}),
    }
    return sites.import_file(session, validate(file), NOW)


def feed(session: Session, site: Site) -> PriceFeed:
    retailer = load(session, site.id, "retailer")
    assert retailer is not None
    found = feed_of(session, retailer)
    session.flush()
    return found


def give(session: Session, site: Site, start: datetime, import_c: float | None, feed_in_c: float | None, **more: Any) -> None:
    """One stored price; 5 minutes and settled unless told otherwise."""
    values: dict[str, Any] = {"minutes": 5, "quality": "settled", "as_of": NOW, "spike": "none", **more}
    session.merge(Price(feed_id=feed(session, site).id, start=start, import_c=import_c, feed_in_c=feed_in_c, **values))


def give_prices(session: Session, site: Site, now: datetime = NOW, known_h: float = 30, since: datetime = MIDNIGHT) -> None:
    """Settled prices of 20 and 8 c since midnight, the running interval at 39.5 and 9 c, and a forecast of 30 and 10 c. Commits."""
    running = now - timedelta(seconds=now.timestamp() % 300)
    at = since
    while at < running:
        give(session, site, at, 20.0, 8.0)
        at += FIVE
    give(session, site, running, 39.46, 9.0, quality="current")
    next_half_hour = running - timedelta(seconds=running.timestamp() % 1800) + HALF_HOUR
    at = running + FIVE
    while at < next_half_hour:
        give(session, site, at, 30.0, 10.0, quality="forecast")
        at += FIVE
    known_until = next_half_hour + timedelta(hours=known_h)
    while at < known_until:
        ranges = {"import_low_c": 27.0, "import_high_c": 34.0, "feed_in_low_c": 9.0, "feed_in_high_c": 12.0}
        give(session, site, at, 30.0, 10.0, quality="forecast", minutes=30, **ranges)
        at += HALF_HOUR
    source = feed(session, site)
    source.as_of, source.known_until = now - timedelta(seconds=12), known_until
    session.commit()


def retailer_of(session: Session, site: Site) -> Connection:
    found = load(session, site.id, "retailer")
    assert found is not None
    return found


def hold(session: Session, site: Site, tariff: RollingTariff, found: Mapping[str, Any], *, confirmed: bool = True) -> None:
    """A tariff was sent a minute ago, and the battery was read since. Commits."""
    battery = load(session, site.id, "battery")
    assert battery is not None
    sent_at = NOW - timedelta(minutes=1)
    confirmed_at = sent_at + timedelta(seconds=6) if confirmed else None
    session.add(TariffUpload(site_id=site.id, at=sent_at, tariff=to_json(tariff), confirmed_at=confirmed_at, moved_c=None))
    read_at = NOW - timedelta(seconds=30)
    session.merge(DeviceState(connection_id=battery.id, found=dict(found), found_at=read_at, sent={}, attempts=0, drifts=[]))
    session.commit()


def settings_for(driver: Any, tariff: RollingTariff) -> dict[str, Any]:
    """What the battery's settings look like while it follows `tariff`."""
    return dict(driver.target(FollowTariff(tariff), NO_LIMITS, {}, now=NOW, until=None, zone=SYDNEY))
