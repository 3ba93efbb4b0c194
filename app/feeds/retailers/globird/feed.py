"""GloBird as a retailer: fixed prices, and rules that only the bill knows."""

from typing import Final

from app.domain.bill_rules import BillRules
from app.feeds.plans.feed import PlanFeed
from app.feeds.retailers.globird.fields import GloBirdFields
from app.feeds.retailers.globird.rules import marginal_plan, rules_of
from app.transports.context import Context

KEY: Final = "globird"
VENDOR: Final = "GloBird"


def open_globird(fields: GloBirdFields, context: Context) -> "GloBirdFeed":
    """The feed of one site, on its clock. It asks nobody."""
    return GloBirdFeed(fields, context)


class GloBirdFeed(PlanFeed):
    """Prices of one GloBird account: FetchesAhead and HasBillRules."""

    def __init__(self, fields: GloBirdFields, context: Context) -> None:
        self._rules = rules_of(fields)
        super().__init__(marginal_plan(self._rules), fields.charges(), KEY, context)

    def bill_rules(self) -> BillRules:
        """The rules of this account's plan."""
        return self._rules
