"""The battery that holds a tariff, and whose tariff it is: the owner's or PowerSync's."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.control.connections import Opener, brand_of, load
from app.control.surroundings import Surroundings
from app.devices.capabilities import Battery, Settings
from app.devices.registry import device_brands
from app.domain.brands import Brand
from app.models.connection import Connection
from app.models.control import Baseline, DeviceState
from app.transports.errors import CredentialsRefused


class TariffRefused(Exception):
    """It cannot be done, as a sentence for the owner."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The site's battery, whose settings hold a tariff in `field`."""

    connection: Connection
    brand: Brand
    driver: Battery
    field: str

    def same(self, wanted: Settings | None, found: Settings | None) -> bool:
        """Whether both mean the same to the battery; nothing is like nothing only."""
        if not wanted or not found:
            return not wanted and not found
        return not self.driver.differing({self.field: wanted}, {self.field: found})

    def title_of(self, tariff: Settings) -> str:
        """What the tariff is called in the battery's own app."""
        return next(iter(self.driver.in_words({self.field: tariff}).values()), "")

    def refuse_other(self, brand: str) -> None:
        """Raises TariffRefused for a tariff of another brand: its form would not be understood."""
        if brand != self.connection.brand:
            raise TariffRefused(f"This tariff is for another kind of battery ({brand_title(brand)}). Yours is a {self.brand.title}.")


@dataclass(frozen=True, slots=True)
class Owners:
    """What is the owner's now. `baseline` None: nothing is to be given back, the battery itself holds it."""

    settings: Settings
    baseline: Baseline | None
    state: DeviceState | None
    found: Settings  # what the battery was last seen to hold, empty before the first reading
    tariff: Settings | None


def holder_of(session: Session, around: Surroundings, site_id: int, now: datetime) -> Holder:
    """Raises TariffRefused where no battery of the site can hold a tariff."""
    connection = load(session, site_id, "battery")
    if connection is None:
        raise TariffRefused("No battery is linked yet.")
    brand = brand_of("battery", connection.brand)
    try:
        driver = Opener(around, lambda: now).battery(connection)
    except CredentialsRefused as error:
        raise TariffRefused(f"{error.for_people()}.") from None
    field = driver.abilities.tariff_field
    if field is None:
        raise TariffRefused(f"{brand.title} holds no tariff of its own.")
    return Holder(connection, brand, driver, field)


def owners_of(session: Session, holder: Holder, *, to_change: bool = False) -> Owners:
    """The owner's settings as they stand. `to_change`: nobody else changes what is kept of them meanwhile."""
    baseline = session.get(Baseline, holder.connection.id, with_for_update=to_change)
    state = session.get(DeviceState, holder.connection.id)
    found = (state.found if state is not None else None) or {}
    settings = baseline.settings if baseline is not None else holder.driver.owners(found)
    return Owners(settings, baseline, state, found, settings.get(holder.field) or None)


def why_none(holder: Holder, owners: Owners) -> str:
    """Why no tariff is known as the owner's."""
    if not owners.found:
        return "Your battery's settings have not been read yet."
    if owners.baseline is not None:
        return "PowerSync steers your battery, and a tariff of your own is not known."
    if holder.field in owners.found and holder.field not in owners.settings:
        return "Your battery holds a tariff that PowerSync wrote, and yours is not known."
    return "Your battery holds no tariff."


def brand_title(brand: str) -> str:
    """The brand for people."""
    known = device_brands("battery").get(brand)
    return known.title if known is not None else "unknown here"
