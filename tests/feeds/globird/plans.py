"""GloBird entries of a site file, read as the app reads them."""

from typing import Any
from zoneinfo import ZoneInfo

from app.feeds.registry import retailer_brands
from app.feeds.retailers.globird import GloBirdFeed
from app.feeds.retailers.globird.fields import GloBirdFields
from app.services.site_file import validate
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from tests.conftest import NOW

SYDNEY = ZoneInfo("Australia/Sydney")
SITE = {"name": "Home", "timezone": "Australia/Sydney", "owner": "a@example.com"}


def fields_of(**entry: Any) -> GloBirdFields:
    """The fields of a retailer entry; a flat 33 c and 2 c for feed-in unless it says otherwise."""
    rates = {} if {"periods", "seasons"} & set(entry) else {"import_c": 33}
    given = {"brand": "globird", "feed_in_c": 2, **rates, **entry}
    fields = validate({**SITE, "retailer": given}).connections[0].fields
    assert isinstance(fields, GloBirdFields)
    return fields


def a_feed(**entry: Any) -> GloBirdFeed:
    feed = retailer_brands()["globird"].open(fields_of(**entry), Context(SimulatedPace(NOW), zone=SYDNEY))
    assert isinstance(feed, GloBirdFeed)
    return feed
