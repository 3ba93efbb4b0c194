"""Where a simulated home can stand: latitude and longitude for the sun, the market region for prices."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A city that stands for its time zone. Zones outside the Australian market borrow the prices of New South Wales there.

    `gsp` is the grid supply point group in Great Britain, None elsewhere.
    """

    zone: str
    latitude_deg: float
    longitude_deg: float
    nem_region: str
    state: str
    network: str
    gsp: str | None = None
    currency: str = "AUD"


_PLACES = (
    Place("Australia/Sydney", -33.87, 151.21, "NSW1", "nsw", "Ausgrid"),
    Place("Australia/Melbourne", -37.81, 144.96, "VIC1", "vic", "Jemena"),
    Place("Australia/Brisbane", -27.47, 153.03, "QLD1", "qld", "Energex"),
    Place("Australia/Adelaide", -34.93, 138.60, "SA1", "sa", "SA Power Networks"),
    Place("Australia/Hobart", -42.88, 147.33, "TAS1", "tas", "TasNetworks"),
    Place("Australia/Darwin", -12.46, 130.84, "NSW1", "nsw", "Power and Water"),
    Place("Australia/Perth", -31.95, 115.86, "NSW1", "nsw", "Western Power"),
    Place("Europe/London", 51.51, -0.13, "NSW1", "nsw", "UK Power Networks", gsp="C", currency="GBP"),
)
_BY_ZONE = {place.zone: place for place in _PLACES}


def place_in(zone: str) -> Place:
    """The place that stands for `zone`. Raises ValueError for a zone without one."""
    try:
        return _BY_ZONE[zone]
    except KeyError:
        raise ValueError(f"no simulated place in {zone!r}; there are {', '.join(_BY_ZONE)}") from None


def place_of_region(region: str) -> Place:
    """The capital that stands for a market region. Raises ValueError for a region that the market does not have."""
    for place in _PLACES:
        if place.nem_region == region:
            return place
    raise ValueError(f"no market region {region!r}; there are NSW1, QLD1, SA1, TAS1, VIC1")
