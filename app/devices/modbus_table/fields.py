"""What the owner enters to connect a device with a register table: its text is YAML or JSON."""

from collections.abc import Callable
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from app.devices.modbus_table.checks import battery_faults, inverter_faults
from app.devices.modbus_table.load import plan_from
from app.devices.modbus_table.plan import Plan
from app.devices.modbus_table.table import Table
from app.devices.modbus_table.text import TableRefused
from app.devices.network_fields import HOST_HELP, PORT_HELP, UNIT_HELP, Host, Port, UnitId
from app.transports.context import Context
from app.transports.modbus import Endpoint, ModbusLink

_TOLD_AT_ONCE = 8


def _as_text(value: Any) -> Any:
    """A site file may have the table as an object."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True) if isinstance(value, dict) else value


def _without_faults(of_role: Callable[[Table], list[str]]) -> Callable[[str], str]:
    def checked(value: str) -> str:
        try:
            faults = of_role(plan_from(value).table)
        except TableRefused as refused:
            faults = refused.faults
        if faults:
            more = [f"and {len(faults) - _TOLD_AT_ONCE} more"] if len(faults) > _TOLD_AT_ONCE else []
            raise ValueError("in the table: " + "; ".join([*faults[:_TOLD_AT_ONCE], *more]))
        return value

    return checked


def _table_field() -> Any:
    return Field(
        title="Register table",
        description="Which register means what, and what each command writes, as YAML or JSON. The form and two examples stand in "
        "docs/modbus in PowerSync's files. Only the registers of its settings and its timer are ever written, within its limits.",
        json_schema_extra={"lines": 24},
    )


class TableFields(BaseModel):
    """Where one device answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(title="Address", description=HOST_HELP)
    port: Port = Field(default=502, title="Port", description=PORT_HELP)
    unit_id: UnitId = Field(default=1, title="Unit id", description=UNIT_HELP)


class BatteryTableFields(TableFields):
    """A battery."""

    table: Annotated[str, BeforeValidator(_as_text), AfterValidator(_without_faults(battery_faults))] = _table_field()


class InverterTableFields(TableFields):
    """A solar inverter."""

    table: Annotated[str, BeforeValidator(_as_text), AfterValidator(_without_faults(inverter_faults))] = _table_field()


def link_to(fields: TableFields, plan: Plan, context: Context) -> ModbusLink:
    """The way to it, asked as it likes."""
    line = plan.table.line
    place = Endpoint(
        plan.name,
        fields.host,
        fields.port,
        gap_s=line.gap_ms / 1000,
        settle_s=line.settle_ms / 1000,
        answer_s=line.answer_s,
        is_rtu=line.frames == "rtu",
    )
    return ModbusLink(place, context)
