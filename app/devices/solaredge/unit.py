"""The SunSpec models of a SolarEdge inverter, which hold what it makes and what its meters show.

Source: SolarEdge, SunSpec Logging in SolarEdge Inverters. Each meter has a common model of its own before its model; its power is + export.
A model of several trackers shifts the meters, so that the list is walked."""

from typing import Any, Final

from app.devices.register_device import RegisterDevice
from app.devices.registers import Point
from app.devices.solaredge.fields import SolarEdgeFields
from app.devices.sunspec_discovery import SunSpecUnit
from app.devices.sunspec_models import COMMON, INVERTER, METER, figures_from, points_of
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused
from app.transports.modbus import Conversation, Endpoint, ModbusLink

VENDOR: Final = "SolarEdge inverter"
_NUMBER: Final = "number"


def link_to(fields: SolarEdgeFields, context: Context) -> ModbusLink:
    """Nothing is sent on opening."""
    return ModbusLink(Endpoint(VENDOR, fields.host, fields.port), context)


class SolarEdgeUnit:
    """One inverter. `device` reads its own registers, which are no SunSpec models."""

    def __init__(self, fields: SolarEdgeFields) -> None:
        self._models, self._meter = SunSpecUnit(VENDOR, fields.unit_id), fields.meter
        self.device = RegisterDevice(fields.unit_id)

    def read(self, talk: Conversation) -> dict[str, Any]:
        """`serial`, `firmware`, `ac_w`, `state` and `grid_w` (+ import), None where there is none. Raises a VendorError."""
        found = self._models.read(talk, COMMON, INVERTER)
        return {**found, "grid_w": self._grid_w(talk)}

    def check(self, talk: Conversation) -> None:
        """Before anything is written: whether the same inverter answers. Raises a VendorError."""
        inverter = self._models.model(talk, INVERTER.models)
        if inverter is None:
            raise AnswerNotUnderstood(VENDOR, "it shows no model of an inverter; is its unit id right?")
        self._models.check(talk, inverter)

    def check_meter(self, talk: Conversation) -> None:
        """Before an export limit is put in force, which is held at the meter. Raises RequestRefused where there is none, and other
        VendorErrors."""
        if self._grid_w(talk) is None:
            raise RequestRefused(VENDOR, "it shows no meter at the grid connection, at which it would hold the export limit")

    def _grid_w(self, talk: Conversation) -> float | None:
        meters = [model for model in self._models.models(talk) if model.number in METER.models]
        if len(meters) < self._meter:
            return None
        model = meters[self._meter - 1]
        raw: dict[str, Any] = self._models.device.read(talk, (Point(_NUMBER, model.address), *points_of(model, METER)))
        if raw[_NUMBER] not in (None, model.number):
            self._models.forget()
            raise AnswerNotUnderstood(VENDOR, "its registers have moved; was a meter added?")
        meter_w = figures_from(METER, raw)["meter_w"]
        return None if meter_w is None else -float(meter_w)
