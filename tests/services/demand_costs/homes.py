"""Homes with metered half-hours, in Sydney, on Friday 20 November at 16:42."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.models.connection import Connection
from app.models.energy import EnergyInterval, Reading
from app.models.policy_settings import PolicySettings
from app.models.price import PriceFeed
from app.models.site import Membership, Site
from app.models.user import User
from app.services.policy_forms import stored_from
from tests.conftest import NOW

SYDNEY = ZoneInfo("Australia/Sydney")
HALF_HOUR = timedelta(minutes=30)
EVENING = {"start": "15:00", "end": "21:00", "days": "weekdays", "rate_c_per_kw": 39.485}


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    """A moment of 2026 on the clock of Sydney."""
    return datetime.combine(date(2026, month, day), time(hour, minute), SYDNEY).astimezone(UTC)


class MeteredHome:
    """One home's rows; each method commits."""

    def __init__(self, session: Session, user: User | None = None, zone: str = "Australia/Sydney", name: str = "Home") -> None:
        self.session = session
        self.site = Site(name=name, timezone=zone, currency="AUD", control="watch", created_at=NOW)
        if user is not None:
            self.site.memberships.append(Membership(user_id=user.id, role="owner"))
        session.add(self.site)
        session.commit()

    def settings(self, policy: str, **values: Any) -> "MeteredHome":
        row = PolicySettings(site_id=self.site.id, policy=policy, version=1, values=stored_from(policy, values), revision=1, changed_at=NOW)
        self.session.merge(row)
        self.session.commit()
        return self

    def demand(self, *windows: Mapping[str, Any], **values: Any) -> "MeteredHome":
        """A demand charge with these windows, else weekdays 15:00–21:00 at 39.485 c/kW a day."""
        return self.settings("demand", enabled=True, windows=[dict(each) for each in windows or (EVENING,)], **values)

    def metered(
        self,
        start: datetime,
        *kwh: float,
        minutes: int = 30,
        covered_s: int | None = None,
        cost_c: float | None = 10.0,
        earned_c: float = 2.0,
    ) -> "MeteredHome":
        """Import of one interval after the other."""
        flows = dict.fromkeys(("solar_wh", "export_wh", "charge_wh", "discharge_wh", "load_wh"), 0.0)
        for number, each in enumerate(kwh):
            self.session.merge(
                EnergyInterval(
                    site_id=self.site.id,
                    minutes=minutes,
                    start=start + number * timedelta(minutes=minutes),
                    covered_s=minutes * 60 if covered_s is None else covered_s,
                    import_wh=each * 1000,
                    import_cost_c=cost_c,
                    feed_in_earned_c=None if cost_c is None else earned_c,
                    **flows,
                )
            )
        self.session.commit()
        return self

    def read(self, start: datetime, *grid_w: float, every_s: int = 30) -> "MeteredHome":
        """Readings that are not rolled up yet."""
        for number, each in enumerate(grid_w):
            taken_at = start + timedelta(seconds=number * every_s)
            self.session.add(
                Reading(site_id=self.site.id, taken_at=taken_at, grid_w=round(each), solar_w=0, battery_w=0, load_w=round(each))
            )
        self.session.commit()
        return self

    def states(self, daily_c: float | None, monthly_c: float | None = None) -> "MeteredHome":
        """What the retailer says of its charges."""
        retailer = Connection(site_id=self.site.id, role="retailer", brand="amber", config={}, created_at=NOW, facts={})
        self.session.add(retailer)
        self.session.flush()
        self.session.add(
            PriceFeed(key=f"connection:{retailer.id}", connection_id=retailer.id, daily_charge_c=daily_c, monthly_charge_c=monthly_c)
        )
        self.session.commit()
        return self
