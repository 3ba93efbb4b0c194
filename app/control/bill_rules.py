"""The bill rules of a site's plan, from its retailer's feed."""

from app.control.connections import Opener
from app.domain.bill_rules import BillRules, HasBillRules
from app.models.connection import Connection


def bill_rules_of(opener: Opener, retailer: Connection) -> BillRules | None:
    """None where the bill is the sum of its half-hours. Asks nobody. Raises CredentialsRefused when the stored key cannot be read."""
    feed = opener.retailer(retailer)
    return feed.bill_rules() if isinstance(feed, HasBillRules) else None
