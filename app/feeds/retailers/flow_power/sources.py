"""Where wholesale prices come from: the market, Flow Power's own data, or another retailer that quotes them."""

from typing import Any, Final

from pydantic import BaseModel, SecretStr, ValidationError

from app.domain.brands import Brand
from app.feeds.capabilities import FetchesAhead
from app.feeds.registry import retailer_brands
from app.transports.context import Context

MARKET: Final = "aemo"
KWATCH: Final = "kwatch"
QUOTES_SPOT: Final = "spot"
"""The capability of a brand whose intervals carry `spot_c_per_kwh` and whose fields are a token and, where it has several, a site."""


def quoting_brands() -> dict[str, Brand]:
    """Key → the retailers whose wholesale price can be used."""
    return {key: brand for key, brand in retailer_brands().items() if QUOTES_SPOT in brand.capabilities}


def fields_of_quoting(key: str, token: SecretStr | None, site_id: str) -> BaseModel:
    """The fields of another retailer, made of what was entered for it. Raises ValueError naming what is wrong, never a value."""
    brand = quoting_brands()[key]
    given: dict[str, Any] = {"token": token, "site_id": site_id}
    try:
        fields: BaseModel = brand.fields(**{name: value for name, value in given.items() if value})
    except ValidationError as error:
        mistakes = (
            f"source_{'.'.join(map(str, each['loc']))}: {'this is needed' if each['type'] == 'missing' else each['msg']}"
            for each in error.errors(include_url=False, include_input=False)
        )
        raise ValueError(f"for prices of {brand.title}: {'; '.join(mistakes)}") from None
    return fields


def open_quoting(key: str, token: SecretStr | None, site_id: str, context: Context) -> FetchesAhead:
    """The other retailer's own feed. Nothing is sent on opening."""
    feed: FetchesAhead = quoting_brands()[key].open(fields_of_quoting(key, token, site_id), context)
    return feed
