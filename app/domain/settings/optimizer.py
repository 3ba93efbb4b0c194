"""The optimizer: a plan of 48 hours from prices, sun and load."""

from dataclasses import dataclass, field

from app.domain.settings import PolicySettingsType


@dataclass(frozen=True, slots=True)
class Optimizer:
    """Whether the plan is only shown or carried out."""

    enabled: bool = field(default=False, metadata={"title": "Plan the battery"})
    mode: str = field(default="watch", metadata={"title": "The plan is", "choices": ("watch", "control")})


SETTINGS = PolicySettingsType(
    name="optimizer",
    type=Optimizer,
    title="Optimizer",
    summary="Plans when to charge, hold and sell over the next 48 hours.",
    is_available=False,
)
