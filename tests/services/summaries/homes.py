"""Homes with a past in 5-minute records and settled prices, in Sydney, on Friday 20 November at 16:42."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.domain.spans import midnight
from app.models.connection import Connection
from app.models.energy import EnergyInterval
from app.models.policy_settings import PolicySettings
from app.models.price import Price, PriceFeed
from app.models.site import Membership, Site
from app.models.user import User
from app.services import summaries
from app.services.policy_forms import stored_from
from app.services.summaries import RulesOf
from tests.conftest import NOW

SYDNEY = ZoneInfo("Australia/Sydney")
FIVE = timedelta(minutes=5)
FACTS = {"capacity_wh": 10_000.0, "max_charge_w": 5_000.0, "max_discharge_w": 5_000.0}
FLOWS = ("solar_wh", "import_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh")
Flow = Mapping[str, float]


def a_day_of_sun(hour: float) -> Flow:
    """Per 5 minutes: at noon the sun feeds home, battery and grid; in the evening the battery carries the home; at night the grid does."""
    if 10 <= hour < 14:
        return {"solar_wh": 300, "load_wh": 50, "charge_wh": 150, "export_wh": 100}
    if 18 <= hour < 22:
        return {"load_wh": 100, "discharge_wh": 100}
    return {"load_wh": 25, "import_wh": 25}


class RecordedHome:
    """One home's rows; each method commits."""

    def __init__(
        self,
        session: Session,
        user: User | None = None,
        *,
        facts: Mapping[str, Any] | None = FACTS,
        brand: str = "amber",
        name: str = "Home",
    ) -> None:
        self.session = session
        self.site = Site(name=name, timezone=SYDNEY.key, currency="AUD", control="on", created_at=NOW)
        if user is not None:
            self.site.memberships.append(Membership(user_id=user.id, role="owner"))
        session.add(self.site)
        session.flush()
        self.retailer = Connection(site_id=self.site.id, role="retailer", brand=brand, config={}, created_at=NOW, facts={})
        session.add(self.retailer)
        if facts is not None:
            session.add(Connection(site_id=self.site.id, role="battery", brand="tesla", config={}, created_at=NOW, facts=dict(facts)))
        session.flush()
        self.feed = PriceFeed(key=f"connection:{self.retailer.id}", connection_id=self.retailer.id, as_of=NOW)
        session.add(self.feed)
        session.commit()

    def settings(self, policy: str, **values: Any) -> "RecordedHome":
        row = PolicySettings(site_id=self.site.id, policy=policy, version=1, values=stored_from(policy, values), revision=1, changed_at=NOW)
        self.session.merge(row)
        self.session.commit()
        return self

    def metered(
        self,
        first: date,
        last: date | None = None,
        *,
        flow: Callable[[float], Flow] = a_day_of_sun,
        soc: Callable[[float], float | None] = lambda hour: 50.0,
        hours: tuple[float, float] = (0, 24),
        until: datetime = NOW,
        covered_s: int = 300,
    ) -> "RecordedHome":
        """5-minute and half-hourly records of whole local days, or of `hours` of each, up to `until`."""
        fine: list[dict[str, Any]] = []
        at, end = midnight(first, SYDNEY), min(midnight((last or first) + timedelta(days=1), SYDNEY), until)
        while at + FIVE <= end:
            local = at.astimezone(SYDNEY)
            hour = local.hour + local.minute / 60
            if hours[0] <= hour < hours[1]:
                flows = dict.fromkeys(FLOWS, 0.0) | dict(flow(hour))
                fine.append({"site_id": self.site.id, "start": at, "covered_s": covered_s, "soc_pct": soc(hour), **flows})
            at += FIVE
        half: dict[datetime, dict[str, Any]] = {}
        for each in fine:
            start = each["start"] - timedelta(seconds=each["start"].timestamp() % 1800)
            into = half.setdefault(start, {**each, "start": start, "covered_s": 0, **dict.fromkeys(FLOWS, 0.0)})
            into["soc_pct"] = each["soc_pct"]
            for name in ("covered_s", *FLOWS):
                into[name] += each[name]
        for minutes, rows in ((5, fine), (30, list(half.values()))):
            if rows:
                self.session.execute(insert(EnergyInterval), [{"minutes": minutes, **_money(row), **row} for row in rows])
        self.session.commit()
        return self

    def priced(
        self,
        first: date,
        last: date | None = None,
        *,
        import_c: float | Callable[[float], float] = 30.0,
        feed_in_c: float = 5.0,
        quality: str = "settled",
        as_of: datetime = NOW - timedelta(hours=1),
    ) -> "RecordedHome":
        """Prices of whole local days, 5 minutes each; what is there already is replaced."""
        rows, at = [], midnight(first, SYDNEY)
        end = midnight((last or first) + timedelta(days=1), SYDNEY)
        while at < end:
            local = at.astimezone(SYDNEY)
            price = import_c(local.hour + local.minute / 60) if callable(import_c) else import_c
            about = {"feed_id": self.feed.id, "start": at, "minutes": 5, "quality": quality, "as_of": as_of, "spike": "none"}
            rows.append({**about, "import_c": price, "feed_in_c": feed_in_c})
            at += FIVE
        self.session.query(Price).filter(Price.feed_id == self.feed.id, Price.start >= midnight(first, SYDNEY), Price.start < end).delete()
        self.session.execute(insert(Price), rows)
        self.session.commit()
        return self

    def rolled_up(self, now: datetime = NOW, rules_of: RulesOf = lambda _: None) -> "RecordedHome":
        while summaries.bring_up(self.session, self.site, now, rules_of):
            pass
        return self


def _money(row: Mapping[str, Any]) -> dict[str, float]:
    return {"import_cost_c": row["import_wh"] * 0.03, "feed_in_earned_c": row["export_wh"] * 0.005}
