"""The Modbus transport against a device on a real socket: every failure has its name, every call ends, one conversation at a time."""

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pymodbus.client import ModbusTcpClient

from app.simulators import effects, modbus_effects
from app.simulators.faults import Faults
from app.simulators.modbus import READ_INPUT, Declined, ModbusServer
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable, VendorError
from app.transports.modbus import Endpoint, ModbusLink, RegisterRefused

START = datetime(2026, 3, 14, 6, 18, tzinfo=UTC)


class ADevice:
    """100 holding registers that hold their own number, input registers that hold it plus 1000."""

    name = "modbus.test"

    def __init__(self) -> None:
        self.holding = list(range(100))

    def answers_for(self, unit: int) -> bool:
        return unit == 7

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        if address + count > 100:
            raise Declined(2)
        return [1000 + address + n for n in range(count)] if function == READ_INPUT else self.holding[address : address + count]

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        if max(words) > 60_000:
            raise Declined(3)
        self.holding[address : address + len(words)] = words


class Bench:
    def __init__(self) -> None:
        self.clock = SimulatedPace(START)
        self.faults = Faults(self.clock.now)
        self.device = ADevice()
        self.server = ModbusServer(self.device, self.clock, self.faults)

    def link(self, **changes: object) -> ModbusLink:
        endpoint = Endpoint("Test inverter", self.server.host, self.server.port, **{"answer_s": 0.3, **changes})  # type: ignore[arg-type]
        return ModbusLink(endpoint, Context(self.clock))


@pytest.fixture
def bench() -> Iterator[Bench]:
    running = Bench()
    running.server.listen()
    yield running
    running.server.stop()


def read_ten(link: ModbusLink, unit: int = 7) -> list[int]:
    with link.conversation() as talk:
        return talk.read_holding(10, 10, unit)


def test_registers_of_both_kinds_are_read_and_written(bench: Bench) -> None:
    with bench.link().conversation() as talk:
        assert talk.read_holding(3, 2, 7) == [3, 4]
        assert talk.read_input(3, 2, 7) == [1003, 1004]
        talk.write_single(3, 500, 7)
        talk.write_multiple(4, [600, 700], 7)
        assert talk.read_holding(3, 3, 7) == [500, 600, 700]
    assert [(write.function, write.address, write.words) for write in bench.server.record.writes] == [(6, 3, (500,)), (16, 4, (600, 700))]


def test_no_request_waits_longer_than_the_conversation_has_left(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waits_s: list[float] = []

    class Watched(ModbusTcpClient):
        def recv(self, size: int | None) -> bytes:
            waits_s.append(self.comm_params.timeout_connect)
            return super().recv(size)

    monkeypatch.setattr("app.transports.modbus.ModbusTcpClient", Watched)
    with bench.link(answer_s=10.0).conversation() as talk:
        talk.read_holding(3, 2, 7)
        bench.clock.advance(11)
        talk.read_holding(3, 2, 7)
    assert waits_s[0] == 10.0
    assert 0 < waits_s[-1] <= 2.0


def test_a_connection_is_given_back_after_each_conversation(bench: Bench) -> None:
    link = bench.link()
    for _ in range(3):
        assert read_ten(link) == list(range(10, 20))
    assert bench.server.record.connections == 3


@pytest.mark.parametrize(
    ("effect", "error"),
    [
        (effects.Silence(), Unreachable),
        (effects.Reset(), Unreachable),
        (effects.HalfAnswer(), Unreachable),
        (modbus_effects.ModbusException(6), Unreachable),
        (modbus_effects.ModbusException(2), RegisterRefused),
        (modbus_effects.ModbusException(4), RegisterRefused),
    ],
)
def test_a_failure_has_a_name_and_its_end_is_noticed(bench: Bench, effect: effects.Effect, error: type[VendorError]) -> None:
    link = bench.link()
    bench.faults.add(effect, server="modbus.test")
    with pytest.raises(error) as caught:
        read_ten(link)
    assert "Test inverter" in str(caught.value)
    bench.faults.clear()
    assert read_ten(link) == list(range(10, 20))


def test_a_frame_that_is_no_modbus_never_becomes_a_value(bench: Bench) -> None:
    bench.faults.add(modbus_effects.GarbageFrames(), server="modbus.test")
    with pytest.raises((Unreachable, AnswerNotUnderstood)):
        read_ten(bench.link())


def test_a_wrong_unit_id_is_named_as_the_likely_cause(bench: Bench) -> None:
    with pytest.raises(Unreachable, match="unit 9; is the unit id right"):
        read_ten(bench.link(), unit=9)


def test_a_device_that_does_not_listen_or_is_taken_is_unreachable(bench: Bench) -> None:
    link = bench.link()
    bench.server.close()
    with pytest.raises(Unreachable, match="switched on"):
        read_ten(link)
    bench.server.listen()
    with socket.create_connection((bench.server.host, bench.server.port)) as other:
        other.settimeout(1)
        _until_taken(bench)
        with pytest.raises(Unreachable):
            read_ten(link)


def _until_taken(bench: Bench) -> None:
    for _ in range(1000):
        if bench.server.open_clients:
            return
        threading.Event().wait(0.002)


def test_a_read_that_was_lost_once_is_tried_again_and_a_write_is_not(bench: Bench) -> None:
    bench.faults.add(effects.Reset(), server="modbus.test", count=1)
    assert read_ten(bench.link()) == list(range(10, 20))
    bench.faults.add(effects.Reset(after=True), server="modbus.test", count=1)
    with pytest.raises(Unreachable), bench.link().conversation() as talk:
        talk.write_single(3, 5, 7)
    assert len(bench.server.record.writes) == 1


def test_a_value_that_the_device_declines_is_refused_with_the_register(bench: Bench) -> None:
    with pytest.raises(RegisterRefused, match="register 3, exception 3") as caught, bench.link().conversation() as talk:
        talk.write_single(3, 65_000, 7)
    assert caught.value.code == 3


def test_requests_keep_the_devices_pace(bench: Bench) -> None:
    with bench.link(gap_s=1.0, settle_s=1.5).conversation() as talk:
        talk.read_holding(0, 1, 7)
        talk.read_holding(1, 1, 7)
        talk.read_holding(2, 1, 7)
    assert bench.clock.monotonic() == pytest.approx(3.5, abs=0.01)


def test_a_connection_made_anew_is_given_its_time_too(bench: Bench) -> None:
    bench.faults.add(effects.Reset(), server="modbus.test", count=1)
    with bench.link(settle_s=1.5).conversation() as talk:
        assert talk.read_holding(0, 1, 7) == [0]
    assert bench.server.record.connections == 2
    assert bench.clock.monotonic() == pytest.approx(3.0, abs=0.01)


def test_a_busy_device_is_asked_again_after_a_while(bench: Bench) -> None:
    bench.faults.add(modbus_effects.ModbusException(6), server="modbus.test", count=1)
    with bench.link(settle_s=1.5, again_s=2.0).conversation() as talk:
        assert talk.read_holding(0, 1, 7) == [0]
    assert bench.server.record.connections == 1
    assert bench.clock.monotonic() == pytest.approx(3.5, abs=0.01)


def test_conversations_with_one_device_wait_for_one_another(bench: Bench) -> None:
    one, other = bench.link(), bench.link()
    inside, seen = threading.Event(), []

    def second() -> None:
        inside.wait(5)
        seen.append(read_ten(other))

    thread = threading.Thread(target=second)
    thread.start()
    with one.conversation() as talk:
        inside.set()
        for _ in range(20):
            talk.read_holding(0, 10, 7)
        assert seen == []
    thread.join(10)
    assert seen == [list(range(10, 20))]


@pytest.mark.parametrize("host", ["8.8.8.8", "169.254.169.254", "::ffff:8.8.8.8", "2130706433", "0x7f.1", "fe80::1", "0.0.0.0"])
def test_hosts_outside_the_owners_network_are_refused_before_anything_is_sent(bench: Bench, host: str) -> None:
    with pytest.raises(RequestRefused, match=r"192\.168\.1\.20"):
        read_ten(ModbusLink(Endpoint("Test inverter", host, bench.server.port), Context(bench.clock)))
    assert bench.server.record.connections == 0
