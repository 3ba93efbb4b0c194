"""The worked examples of the protocol, both ways."""

import socket
import threading

import pytest

from app.devices.registers import Kind, Point, blocks
from app.devices.sigenergy import registers
from app.devices.sigenergy.registers import SETTINGS
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from app.transports.errors import VendorError
from app.transports.modbus import Endpoint, ModbusLink
from tests.devices.sigenergy.benches import NOON

EXAMPLES = (
    (registers.GRID_W, "FFFF F6D7", -2_345.0),
    (registers.SOLAR_W, "0000 0C1C", 3_100.0),
    (registers.BATTERY_W, "FFFF EF98", 4_200.0),  # discharging
    (registers.SOC_PCT, "0310", 78.4),
    (registers.SOH_PCT, "03DF", 99.1),
    (registers.CAPACITY_WH, "0000 064C", 16_120.0),
    (registers.SOLAR_WH, "0000 0000 075B CD15", 1_234_567_890.0),
    (SETTINGS.point("most_charge_w"), "0000 1388", 5_000.0),
    (SETTINGS.point("export_limit_w"), "FFFF FFFE", float(registers.UNLIMITED_W)),
    (SETTINGS.point("reserve_pct"), "00C8", 20.0),
)


@pytest.mark.parametrize(("point", "words", "figure"), EXAMPLES, ids=[point.name for point, _, _ in EXAMPLES])
def test_a_worked_example_holds_both_ways(point: Point, words: str, figure: float) -> None:
    raw = [int(word, 16) for word in words.split()]
    assert point.decode(raw) == pytest.approx(figure)
    assert point.encode(figure) == raw


def test_a_power_of_25_kw_is_the_frame_of_the_document() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hear() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(connection.recv(64))

        thread = threading.Thread(target=hear)
        thread.start()
        host, port = listener.getsockname()
        words = Point("fixed_power_w", 40001, Kind.S32).encode(25_000)
        link = ModbusLink(Endpoint("Sigenergy inverter", host, port), Context(SimulatedPace(NOON)))
        with pytest.raises(VendorError), link.conversation() as talk:
            talk.write_multiple(40001, words, 247)
        thread.join()
    assert heard[0][6:] == bytes.fromhex("F7 10 9C41 0002 04 0000 61A8")


def test_the_live_figures_are_three_requests() -> None:
    assert [(block.address, block.count) for block in blocks(registers.LIVE, registers.LONGEST, registers.GAP)] == [
        (30005, 34),
        (30194, 2),
        (30284, 2),
    ]


def test_a_limit_of_all_ones_is_none() -> None:
    assert SETTINGS.point("export_limit_w").decode([0xFFFF, 0xFFFF]) is None
    assert SETTINGS.in_words({"export_limit_w": registers.UNLIMITED_W}) == {"export limit": "none"}
