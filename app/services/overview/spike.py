"""The wholesale price against the owner's threshold, and whether the battery sells for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.policies.aemo_spike import NAME
from app.domain.reasons import Reason
from app.domain.sentences import TEMPLATES, sentence
from app.domain.settings.aemo_spike import AemoSpike
from app.domain.snapshot import SpotPrice
from app.domain.source_chain import FRESH_FOR
from app.services.overview.freshness import Freshness, of_price
from app.services.overview.stored import Stored


@dataclass(frozen=True, slots=True)
class SpikeNow:
    """`says` is the policy's own sentence of the last tick; `tested_until` while the owner tries it out."""

    region: str
    threshold_per_mwh: float
    spot: SpotPrice | None
    state: Freshness
    is_selling: bool
    says: str
    tested_until: datetime | None


def spike_now(stored: Stored) -> SpikeNow | None:
    """None while the owner has not switched it on."""
    settings = stored.settings.of(AemoSpike)
    if not settings.enabled:
        return None
    spot, decision = stored.spot, stored.decision
    told: list[dict[str, Any]] = decision.wishes if decision else []
    row: dict[str, Any] = next((each for each in told if each.get("policy") == NAME), {})
    reason = row.get("reason", {})
    says = sentence(Reason(reason["code"], reason.get("params", {})), stored.zone) if reason.get("code") in TEMPLATES else ""
    return SpikeNow(
        region=settings.region,
        threshold_per_mwh=settings.threshold_per_mwh,
        spot=spot if spot is not None and stored.now - spot.end <= FRESH_FOR else None,
        state=of_price(spot.end if spot else None, stored.now),
        is_selling=decision is not None and decision.policy == NAME and stored.is_control_on,
        says=says,
        tested_until=stored.trials.get(NAME),
    )
