"""The area of custom plans, and the places of the tariff area that every page of it links to."""

from dataclasses import dataclass

from flask import Blueprint, current_app, request, url_for
from flask.blueprints import BlueprintSetupState

from app.feeds.retailers.custom_tou import BRAND
from app.web.devices.editors import changed_on

bp = Blueprint("tou", __name__, url_prefix="/tariffs/custom")


@bp.record_once
def _change_plans_here(state: BlueprintSetupState) -> None:
    changed_on(state.app, BRAND, "tou.edit_used")


_AREA = (
    ("Tariff now", "tariff.show"),
    ("Custom plans", "tou.show"),
    ("Saved", "saved_tariffs.show"),
    ("Demand", "demand.show"),
)


@dataclass(frozen=True, slots=True)
class AreaPlace:
    """One page of the tariff area."""

    label: str
    url: str
    is_current: bool


@bp.app_template_global()
def tariff_area() -> list[AreaPlace]:
    """The pages about tariffs that this installation has, the present one marked."""
    return [
        AreaPlace(label, url_for(endpoint), request.blueprint == endpoint.partition(".")[0])
        for label, endpoint in _AREA
        if endpoint in current_app.view_functions
    ]
