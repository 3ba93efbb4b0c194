"""Homes for the tests of the Now page: a battery on live prices, in Sydney, at 16:42 on a Friday. A test changes what it is about."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.models.connection import Connection
from app.models.control import Baseline, DeviceState, JournalEntry, LastDecision, StandDown, TariffUpload
from app.models.energy import EnergyInterval, Reading
from app.models.price import Price, PriceFeed
from app.models.site import Membership, Site
from app.models.user import User
from tests.conftest import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SETTINGS = {"mode": "autonomous", "reserve_pct": 20, "export_rule": "battery_ok", "grid_charging": True, "tariff": {}}


class Home:
    """One home's rows. Everything is of `now` unless said otherwise; the caller of a method need not commit."""

    def __init__(self, session: Session, user: User | None = None, *, control: str = "on", name: str = "Home", now: datetime = NOW) -> None:
        self.session, self.now = session, now
        self.site = Site(name=name, timezone="Australia/Sydney", currency="AUD", control=control, created_at=now - 30 * 24 * HOUR)
        if user is not None:
            self.site.memberships.append(Membership(user_id=user.id, role="owner"))
        session.add(self.site)
        session.commit()

    def link(self) -> "Home":
        """A retailer and a battery."""
        self.retailer = self._connection("retailer", "amber", {"site_id": "01HQ", "price_model": "predicted"}, "psk_0123456789")
        self.retailer.stream_state, self.retailer.stream_at = "live", self.now
        self.battery = self._connection("battery", "tesla", {"connection": "teslemetry", "energy_site_id": "42"}, "a-token")
        self.battery.facts = {"capacity_wh": 13500.0, "max_charge_w": 5000.0, "max_discharge_w": 10000.0}
        self.session.commit()
        return self

    def _connection(self, role: str, brand: str, config: dict[str, Any], token: str) -> Connection:
        row = Connection(
            site_id=self.site.id,
            role=role,
            brand=brand,
            config=config,
            secrets=json.dumps({"token": token}),
            created_at=self.now - 24 * HOUR,
            seen_at=self.now - 12 * timedelta(seconds=1),
        )
        self.session.add(row)
        self.session.flush()
        return row

    def prices(
        self, *, present_c: float = 39.5, feed_in_c: float = 9.0, hours: float = 30, age: timedelta = timedelta(0), **present: Any
    ) -> "Home":
        """Settled since yesterday, the running 5 minutes, half-hours ahead: 18:30 is dearest (55 c), 11:00 cheapest (4 c)."""
        running = _floor(self.now - age, 5)
        feed = PriceFeed(
            key=f"connection:{self.retailer.id}",
            connection_id=self.retailer.id,
            as_of=self.now - age - timedelta(seconds=12),
            ahead_at=self.now - age,
            known_until=_floor(running + hours * HOUR, 30),
        )
        self.session.add(feed)
        self.session.flush()
        rows = [
            {"start": running - n * 5 * MINUTE, "minutes": 5, "import_c": 30.0, "feed_in_c": 8.0, "quality": "settled"}
            for n in range(1, 290)
        ]
        now_row = {"start": running, "minutes": 5, "import_c": present_c, "feed_in_c": feed_in_c, "quality": "current", **present}
        ahead, start = [], running + 5 * MINUTE
        while start < feed.known_until:
            minutes = 5 if start.timestamp() % 1800 else 30
            clock = (start + 11 * HOUR).strftime("%H:%M")
            import_c = {"18:30": 55.0, "11:00": 4.0}.get(clock, 25.0)
            ahead.append({"start": start, "minutes": minutes, "import_c": import_c, "feed_in_c": 7.0, "quality": "forecast"})
            start += minutes * MINUTE
        whole = {"spike": "none", "descriptor": None, "renewables_pct": None}
        self.session.execute(
            insert(Price), [{"feed_id": feed.id, "as_of": self.now - age, **whole, **row} for row in [*rows, now_row, *ahead]]
        )
        self.feed = feed
        self.session.commit()
        return self

    def reading(self, *, age: timedelta = 24 * timedelta(seconds=1), soc_pct: float | None = 62.0, **watts: int | None) -> "Home":
        """1.14 kW of sun and 0.58 kW from the grid for the home; the battery rests."""
        shown: dict[str, int | None] = {"solar_w": 1140, "grid_w": 580, "battery_w": 0, "load_w": 1720} | watts
        self.session.add(Reading(site_id=self.site.id, taken_at=self.now - age, soc_pct=soc_pct, on_grid=True, **shown))
        self.session.commit()
        return self

    def device(self, **changes: Any) -> "Home":
        """The battery's settings, read and confirmed at 16:30, with the owner's kept."""
        at = self.now - 12 * MINUTE
        state: dict[str, Any] = {"found": SETTINGS, "found_at": at, "confirmed": SETTINGS, "confirmed_at": at, "sent": {}, "attempts": 0}
        self.session.add(DeviceState(connection_id=self.battery.id, drifts=[], **(state | changes)))
        self.session.add(Baseline(connection_id=self.battery.id, settings=SETTINGS, stored_at=at, changed_at=at, refused={}))
        self.session.commit()
        return self

    def decision(self, *, age: timedelta = 30 * timedelta(seconds=1), **changes: Any) -> "Home":
        """The battery follows the prices."""
        params = {"retailer": "Amber Electric", "import_c": 39.5, "feed_in_c": 9.0, "known_until": (self.now + 20 * HOUR).isoformat()}
        row: dict[str, Any] = {
            "policy": "tariff_sync",
            "command": {"is": "FollowTariff", "replan": False},
            "code": "follows_prices",
            "params": params,
            "began_at": self.now - HOUR,
            "expires_at": self.now + 6 * HOUR,
            "wishes": [],
            "limits": {},
            "problems": [],
        }
        self.session.add(LastDecision(site_id=self.site.id, at=self.now - age, **(row | changes)))
        self.session.commit()
        return self

    def upload(self, *, age: timedelta = 2 * MINUTE, confirmed: bool = True) -> "Home":
        """A tariff that was sent."""
        at = self.now - age
        self.session.add(
            TariffUpload(site_id=self.site.id, at=at, tariff={}, confirmed_at=at + 15 * timedelta(seconds=1) if confirmed else None)
        )
        self.session.commit()
        return self

    def energy(self, *, hours: float = 2, cost_c: float | None = 10.0, earned_c: float | None = 4.0, covered_s: int = 300) -> "Home":
        """5-minute records of the last hours, each of the same cost."""
        end = _floor(self.now - 2 * MINUTE, 5)
        flows = dict.fromkeys(("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 10.0)
        for number in range(1, round(hours * 12) + 1):
            self.session.add(
                EnergyInterval(
                    site_id=self.site.id,
                    minutes=5,
                    start=end - number * 5 * MINUTE,
                    covered_s=covered_s,
                    import_cost_c=cost_c,
                    feed_in_earned_c=earned_c,
                    **flows,
                )
            )
        self.session.commit()
        return self

    def changed_by_somebody(self, was: str = "20 %", now: str = "50 %") -> "Home":
        """The reserve was changed in the vendor's app ten minutes ago, and tariff sync waits."""
        at = self.now - 10 * MINUTE
        changes = [{"field": "reserve_pct", "label": "backup reserve", "was": was, "now": now}]
        self.session.add(StandDown(site_id=self.site.id, policy="tariff_sync", changes=changes, priority=10, seen_at=at))
        self.session.add(
            JournalEntry(
                site_id=self.site.id, at=at, kind="owner", code="owner_changed", params={"what": "reserve"}, state="told", needs_owner=True
            )
        )
        self.session.commit()
        return self


def running_home(session: Session, user: User | None = None, **how: Any) -> Home:
    """A home in which all is well."""
    return Home(session, user, **how).link().prices().reading().device().decision().upload().energy(hours=15.5)


def _floor(instant: datetime, minutes: int) -> datetime:
    return instant - timedelta(seconds=instant.timestamp() % (minutes * 60))
