"""Prices as Sigenergy's cloud takes them, and as the driver remembers what it sent: the cloud gives nothing back.

Source: the stationelecsetprice/save call of the owners' portal. 48 half-hours of the site's clock, cents per kWh with two decimals; a
feed-in price is positive where the owner is paid, and both may be negative."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.domain.tariffs.half_hourly import RollingTariff, slot_label
from app.domain.tariffs.seasonal import Tariff

TARIFF: Final = "tariff"
_STATIC: Final = 1


def plan_of(tariff: Tariff) -> dict[str, Any]:
    """The prices of `tariff` as they are kept in the settings. Raises ValueError for a plan of a whole year, which this battery is not
    given."""
    if not isinstance(tariff, RollingTariff):
        raise ValueError("a Sigenergy plant is given the next 24 hours of prices")  # noqa: TRY004 - its kind is right, its span is not
    return {
        "provider": tariff.provider or "Dynamic prices",
        "buy_c": [round(slot.import_c_per_kwh, 2) for slot in tariff.slots],
        "sell_c": [round(slot.feed_in_c_per_kwh, 2) for slot in tariff.slots],
    }


def payload(plan: Mapping[str, Any], station: int) -> dict[str, Any]:
    """The body that sets the prices of a station."""
    return {
        "stationId": station,
        "priceMode": _STATIC,
        "buyPrice": _side(str(plan["provider"]), plan["buy_c"]),
        "sellPrice": _side(str(plan["provider"]), plan["sell_c"]),
    }


def in_words(plan: Mapping[str, Any]) -> str:
    """What is known of the prices in the cloud, which is what was sent."""
    if not plan:
        return "none from PowerSync"
    return f"{plan['provider']} (PowerSync), as sent: Sigenergy's cloud cannot be read back"


def _side(provider: str, prices_c: Sequence[float]) -> dict[str, Any]:
    return {
        "dynamicPricing": None,
        "staticPricing": {
            "providerName": provider,
            "tariffCode": "",
            "tariffName": "",
            "currencyCode": "Cent",
            "subAreaName": "",
            "planName": "PowerSync 30-min",
            "combinedPrices": [{"monthRange": "01-12", "weekPrices": [{"weekRange": "1-7", "timeRange": _ranges(prices_c)}]}],
        },
    }


def _ranges(prices_c: Sequence[float]) -> list[dict[str, Any]]:
    """The last one ends at 24:00."""
    return [{"timeRange": f"{slot_label(at)}-{slot_label(at + 1)}", "price": price_c} for at, price_c in enumerate(prices_c)]
