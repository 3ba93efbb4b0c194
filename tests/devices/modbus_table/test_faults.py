"""Every fault of a table is named with its path before the first request is made."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from app.devices.modbus_table.fields import BatteryTableFields, InverterTableFields
from app.devices.modbus_table.load import plan_from
from app.devices.modbus_table.text import TableRefused, data_from
from tests.devices.modbus_table.tables import HYBRID, INVERTER, WITHOUT_TIMER, changed

Change = Callable[[dict[str, Any]], object]


def faults(text: str) -> list[str]:
    with pytest.raises(TableRefused) as refused:
        plan_from(text)
    return refused.value.faults


def put(path: str, value: Any) -> Change:
    """Write `value` at a path; None removes what stands there."""

    def change(data: dict[str, Any]) -> None:
        *parts, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
        inner: Any = data
        for part in parts:
            inner = inner[part]
        if value is None:
            del inner[last]
        else:
            inner[last] = value

    return change


@pytest.mark.parametrize("text", [HYBRID, INVERTER, WITHOUT_TIMER], ids=["hybrid", "inverter", "without a timer"])
def test_the_tables_of_the_documentation_have_no_fault(text: str) -> None:
    assert plan_from(text).name


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (put("colour", "red"), "colour: unknown key; allowed: name, word_order, line, read"),
        (put("read.soc_pct.factor", 2), "read.soc_pct.factor: unknown key; allowed: address, space, kind"),
        (put("settings.command.step", 2), "settings.command.step: unknown key; allowed: label, address, kind"),
        (put("read.temperature", {}), "read.temperature: unknown key; allowed: soc_pct, solar_w"),
        (put("commands.explode", []), "commands.explode: unknown key; allowed: self_consume, hold"),
        (put("name", None), "name: missing"),
        (put("read.soc_pct.space", None), "read.soc_pct.space: missing"),
        (put("read.grid_w.positive", None), "read.grid_w.positive: missing"),
        (put("read.grid_w.positive", "up"), "read.grid_w.positive: Input should be 'import' or 'export'"),
        (put("read.battery_w.positive", "import"), "read.battery_w.positive: Input should be 'discharging' or 'charging'"),
        (put("read.soc_pct.unit", "W"), "read.soc_pct.unit: Input should be '%'"),
        (put("read.soc_pct.address", "126"), "read.soc_pct.address: Input should be a valid integer"),
        (put("read.soc_pct.address", 65_536), "read.soc_pct.address: Input should be less than or equal to 65535"),
        (put("read.soc_pct.address", True), "read.soc_pct.address: Input should be a valid integer"),
        (put("read.soc_pct.scale", 0), "read.soc_pct.scale: Input should be greater than"),
        (put("read.soc_pct.kind", "u128"), "read.soc_pct.kind: Input should be 'u16'"),
        (put("line.longest_read", 7), "read.serial: it takes more registers than line.longest_read"),
        (put("read.solar_w.address", 65_535), "read.solar_w.address: it ends beyond the last register"),
        (put("read.soc_pct.not_available", [65_536]), "read.soc_pct.not_available: a raw value that does not fit into u16"),
        (put("read.state.states", {0: "sleepy"}), "read.state.states.0: Input should be 'running'"),
        (put("word_order", None), "read.solar_w.word_order: missing; which of its registers is the high one?"),
        (put("settings.Bad", {}), "settings.Bad: a name has small letters, digits and _"),
        (put("settings.lowest_charge.label", "work mode"), "settings.lowest_charge.label: another setting is called so"),
        (put("settings.lowest_charge.label", "command's timer"), "settings.lowest_charge.label: another setting is called so"),
        (put("settings.lowest_charge.address", 200), "settings.lowest_charge.address: it shares a register with settings.work_mode"),
        (put("settings.lowest_charge.address", 212), "timer.address: it shares a register with settings.lowest_charge"),
        (put("settings.lowest_charge.least", None), "settings.lowest_charge.least: missing"),
        (put("settings.lowest_charge.most", 4), "settings.lowest_charge.least: more than most"),
        (put("settings.lowest_charge.most", 200), "settings.lowest_charge.most: a share is within 0 to 110 %"),
        (put("settings.export_limit.most", 700_000), "settings.export_limit.most: it does not fit into u16"),
        (put("settings.export_limit.most", 10_005), "settings.export_limit.most: not a whole number of steps of 10"),
        (put("settings.export_limit.most", 655_350), "settings.export_limit.most: its raw value means not available"),
        (put("settings.lowest_charge.least", -1), "settings.lowest_charge.most: a share is within 0 to 110 %"),
        (put("settings.command_power.function", 5), "settings.command_power.function: Input should be 6 or 16"),
        (put("settings.work_mode.words", {3: "other"}), "settings.work_mode.words.3: outside 0 to 2"),
        (put("settings.work_mode.words", {0: "same", 1: "same"}), "settings.work_mode.words: two values have the same word"),
        (put("settings.work_mode.words", {0: "one", "0": "two"}), "settings.work_mode.words: a value stands here twice"),
        (put("settings.lowest_charge.words", {5: "least"}), "settings.lowest_charge.words: only for a setting with unit none and scale 1"),
        (put("limits.max_soc_pct", None), "settings.highest_charge: no command and no limit uses it; leave it out"),
        (put("limits.max_soc_pct", "nothing"), "limits.max_soc_pct: nothing is not among the settings"),
        (put("limits.max_soc_pct", "work_mode"), "limits.max_soc_pct: work_mode is not in %"),
        (put("limits.max_soc_pct", "lowest_charge"), "limits: one setting cannot be both"),
        (put("limits.min_soc_pct", None), "commands.discharge: where does it end?"),
        (put("give_back", ["command"]), "give_back: work_mode stands here not at all"),
        (put("give_back.0", "work_mode"), "give_back: work_mode stands here twice"),
        (put("give_back.0", "nothing"), "give_back: nothing is not among the settings"),
    ],
    ids=lambda value: value[:70] if isinstance(value, str) else "",
)
def test_a_fault_in_what_is_read_or_listed_is_named(change: Change, fault: str) -> None:
    assert any(each.startswith(fault) for each in faults(changed(HYBRID, change)))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (put("commands.charge.0", {"power": 5}), "commands.charge.0.power: not among the settings, so that nobody could read it back"),
        (put("commands.charge.0", {"command_power": 1, "command": 1}), "commands.charge.0: Dictionary should have at most 1 item"),
        (put("commands.charge.0", {"command": 1}), "commands.charge.2.command: it stands in this sequence twice"),
        (put("commands.charge.0.command_power", 5001), "commands.charge.0.command_power: outside -5000 to 5000"),
        (put("commands.charge.0.command_power", 0.5), "commands.charge.0.command_power: not a whole number of steps of 1"),
        (put("commands.charge.0.command_power", True), "commands.charge.0.command_power: write a number, a word"),
        (put("commands.charge.0.command_power", [1]), "commands.charge.0.command_power: write a number, a word"),
        (
            put("commands.charge.0.command_power", "power_w * -1"),
            "commands.charge.0.command_power: not one of its words",
        ),
        (put("commands.charge.0.command_power", {"from": "power_w"}), "commands.charge.0.command_power: write a number, a word"),
        (put("commands.charge.0.command_power", {"from": "load_w", "scale": 1}), "commands.charge.0.command_power: write a number, a word"),
        (put("commands.charge.0.command_power", "max_w"), "commands.charge.0.command_power: max_w has no value in charge"),
        (put("commands.charge.0.command_power", "seconds"), "commands.charge.0.command_power: seconds has no value in charge"),
        (put("commands.charge.0.command_power", "power_pct"), "commands.charge.0.command_power: power_pct goes into a setting with unit %"),
        (
            put("commands.charge.2.command", "run"),
            "commands.charge.2.command: not one of its words and no placeholder; its words: none",
        ),
        (put("commands.hold.0.command_power", "power_w"), "commands.hold.0.command_power: power_w has no value in hold"),
        (put("settings.command_power.least", 0), "commands.discharge.0.command_power.scale: the setting takes nothing below 0"),
        (put("settings.command_power.most", 0), "commands.charge.0.command_power: the setting takes nothing above 0"),
        (put("commands.charge.0.command_power", 3000), "commands: discharge takes a power and charge does not; both or none"),
        (put("commands.self_consume", None), "commands.self_consume: missing"),
        (put("commands.limit_export.0.export_limit", 100), "commands.limit_export: one step must write max_w or max_pct"),
        (put("commands.limit_export.0.export_limit", {"from": "max_w", "scale": 2}), "commands.limit_export: a limit has no scale"),
        (put("commands.hold.0", {"export_limitation": 0}), "commands.hold: export_limitation is what limits the export"),
        (put("limits.min_soc_pct", "export_limit"), "limits: export_limit is what limits the export"),
        (put("commands.charge.1", {"highest_charge": 100}), "commands.charge: it sets command, which the timer ends, without the step"),
        (put("commands.charge.2", {"highest_charge": 100}), "commands.charge: it sets the timer and not command"),
        (put("commands.charge.1.timer", 600), "commands.charge.1.timer: write seconds"),
        (put("commands.limit_export.0", {"timer": "seconds"}), "commands.limit_export.0.timer: a limit has no timer"),
        (put("timer", None), "commands.charge.1.timer: the table has no timer"),
        (put("timer.ends", {"nothing": 0}), "timer.ends.nothing: not among the settings"),
        (put("timer.ends", {"command": "stop"}), "timer.ends.command: write a number or a word"),
        (put("timer.also_falls", {"command_power": "power_w"}), "timer.also_falls.command_power: write a number or a word"),
        (put("timer.renew", ["command"]), "timer.renew: it must name timer once"),
        (put("timer.renew", ["timer", "work_mode"]), "timer.renew: work_mode is not in every sequence that sets the timer"),
        (put("timer.kind", "u32"), "timer.function: 6 writes a single register"),
        (put("timer.most", 1), "timer.most: at least 2 minutes"),
        (put("timer.most", 65_535), "timer.most: less than least, or more than the register takes"),
    ],
    ids=lambda value: value[:70] if isinstance(value, str) else "",
)
def test_a_fault_in_a_sequence_or_in_the_timer_is_named(change: Change, fault: str) -> None:
    assert any(each.startswith(fault) for each in faults(changed(HYBRID, change)))


def test_a_percentage_of_the_rated_power_needs_the_rated_power() -> None:
    told = faults(changed(INVERTER, put("read.rated_w", None)))
    assert told == ["commands.limit_power.0.limit: max_pct is of the rated power; write it under facts.rated_w or read.rated_w"]


def test_a_single_register_function_is_refused_for_two_registers() -> None:
    def wide(data: dict[str, Any]) -> None:
        data["settings"]["limit"] |= {"kind": "u32", "address": 70, "function": 6}

    assert faults(changed(INVERTER, wide)) == ["settings.limit.function: 6 writes a single register; write 16"]


def test_all_faults_are_told_at_once() -> None:
    def three(data: dict[str, Any]) -> None:
        data["settings"]["work_mode"]["most"] = -1
        data["commands"]["charge"][0] = {"power": 5}
        data["give_back"].pop()

    assert len(faults(changed(HYBRID, three))) >= 3


def test_a_role_names_what_the_table_lacks_for_it() -> None:
    host = {"host": "192.0.2.7"}
    with pytest.raises(ValidationError, match=r"in the table: read\.soc_pct: missing; a battery must tell it"):
        BatteryTableFields(**host, table=INVERTER)
    with pytest.raises(ValidationError, match="a solar inverter needs limit_power or limit_export"):
        InverterTableFields(**host, table=changed(HYBRID, _without_export_limit))
    with pytest.raises(ValidationError, match=r"read\.grid_w: missing; what limits the export must tell it"):
        InverterTableFields(**host, table=changed(HYBRID, put("read.grid_w", None)))
    assert InverterTableFields(**host, table=HYBRID).table == HYBRID


def test_a_form_shows_the_first_faults_and_how_many_more_there_are() -> None:
    def many(data: dict[str, Any]) -> None:
        data["read"] |= {name: {} for name in ("solar_w", "grid_w", "battery_w")}

    with pytest.raises(ValidationError, match=r"in the table: read\.solar_w\.address: missing; .*; and \d+ more"):
        BatteryTableFields(host="192.0.2.7", table=changed(HYBRID, many))


def test_a_site_file_may_have_the_table_as_an_object() -> None:
    fields = InverterTableFields.model_validate({"host": "192.0.2.7", "table": data_from(INVERTER)})
    assert plan_from(fields.table).table == plan_from(INVERTER).table


def _without_export_limit(data: dict[str, Any]) -> None:
    del data["commands"]["limit_export"]
    for name in ("export_limit", "export_limitation"):
        del data["settings"][name]
        data["give_back"].remove(name)
