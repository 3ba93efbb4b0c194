"""Modbus over UDP: frames as the sheet has them, and datagrams that get lost, damaged, doubled or delayed."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, WriteMultipleRegistersRequest, WriteSingleRegisterRequest

from app.simulators.faults import Faults
from app.simulators.goodwe import GoodWeEt
from app.simulators.modbus_udp import ModbusUdpServer
from app.simulators.pace import SimulatedPace
from app.transports.context import Context
from app.transports.errors import Unreachable
from app.transports.modbus import Endpoint, RegisterRefused
from app.transports.modbus_udp import UdpLink, answer_in, request_frame
from tests.devices.contract.rig import START

UNIT = 247
ONE_REGISTER = ReadHoldingRegistersRequest(address=47510, count=1, dev_id=UNIT)
FIVE_HUNDRED = bytes.fromhex("AA55F7030201F47046")


@pytest.fixture
def server() -> Iterator[ModbusUdpServer]:
    clock = SimulatedPace(START)
    running = ModbusUdpServer(GoodWeEt(START), clock, Faults(clock.now))
    running.listen()
    yield running
    running.stop()


def link(server: ModbusUdpServer) -> UdpLink:
    return UdpLink(Endpoint("GoodWe inverter", server.host, server.port, answer_s=0.25), Context(server.clock))


@pytest.mark.parametrize(
    ("request_", "frame"),
    [
        (ReadHoldingRegistersRequest(address=35100, count=125, dev_id=UNIT), "F703891C007D7AE7"),
        (ReadHoldingRegistersRequest(address=47509, count=10, dev_id=UNIT), "F703B995000AE42B"),
        (WriteSingleRegisterRequest(address=47511, registers=[4], dev_id=UNIT), "F706B9970004082F"),
        (WriteSingleRegisterRequest(address=47509, registers=[1], dev_id=UNIT), "F706B995000169EC"),
        (WriteSingleRegisterRequest(address=47510, registers=[0], dev_id=UNIT), "F706B9960000582C"),
        (WriteMultipleRegistersRequest(address=47511, registers=[4, 3000], dev_id=UNIT), "F710B99700020400040BB8BFBA"),
    ],
)
def test_requests_are_the_frames_of_the_sheet(request_: ModbusPDU, frame: str) -> None:
    assert request_frame(request_) == bytes.fromhex(frame)


def test_an_answer_is_that_of_the_sheet() -> None:
    answer = answer_in(FIVE_HUNDRED, ONE_REGISTER)
    assert answer is not None
    assert answer.registers == [500]


@given(st.integers(0, 8 * len(FIVE_HUNDRED) - 1))
def test_an_answer_with_a_wrong_bit_is_none(bit: int) -> None:
    damaged = (int.from_bytes(FIVE_HUNDRED) ^ 1 << bit).to_bytes(len(FIVE_HUNDRED))
    assert answer_in(damaged, ONE_REGISTER) is None


@given(st.integers(0, len(FIVE_HUNDRED) - 1))
def test_an_answer_that_is_cut_short_is_none(length: int) -> None:
    assert answer_in(FIVE_HUNDRED[:length], ONE_REGISTER) is None


@pytest.mark.parametrize(
    "request_",
    [
        ReadHoldingRegistersRequest(address=47510, count=2, dev_id=UNIT),
        ReadHoldingRegistersRequest(address=47510, count=1, dev_id=1),
        WriteSingleRegisterRequest(address=47510, registers=[500], dev_id=UNIT),
    ],
)
def test_an_answer_to_another_question_is_none(request_: ModbusPDU) -> None:
    assert answer_in(FIVE_HUNDRED, request_) is None


def test_figures_are_read_and_written_and_refusals_have_their_code(server: ModbusUdpServer) -> None:
    with link(server).conversation() as talk:
        talk.write_multiple(47511, [11, 3000], UNIT)
        talk.write_single(47510, 4200, UNIT)
        assert talk.read_holding(47509, 4, UNIT) == [0, 4200, 11, 3000]
        for address, word, code in ((47511, 13, 3), (35182, 1, 2)):
            with pytest.raises(RegisterRefused) as caught:
                talk.write_single(address, word, UNIT)
            assert caught.value.code == code


def test_a_read_whose_datagram_was_lost_is_made_again(server: ModbusUdpServer) -> None:
    server.loses = 3
    with link(server).conversation() as talk:
        assert talk.read_holding(47511, 1, UNIT) == [1]
    server.loses = 4
    with link(server).conversation() as talk, pytest.raises(Unreachable):
        talk.read_holding(47511, 1, UNIT)


def test_a_write_whose_datagram_was_lost_is_not(server: ModbusUdpServer) -> None:
    server.loses = 1
    with link(server).conversation() as talk:
        with pytest.raises(Unreachable):
            talk.write_single(47510, 4200, UNIT)
        assert talk.read_holding(47510, 1, UNIT) == [10_000]
    assert server.record.writes == []


@pytest.mark.parametrize("trouble", ["answers_twice", "answers_late"])
def test_an_answer_is_never_taken_for_that_to_another_question(server: ModbusUdpServer, trouble: str) -> None:
    setattr(server, trouble, True)
    with link(server).conversation() as talk:
        for address, word in ((47510, 10_000), (47511, 1), (47760, 100), (45356, 10)):
            assert talk.read_holding(address, 1, UNIT) == [word]


def test_another_unit_id_is_not_answered(server: ModbusUdpServer) -> None:
    with link(server).conversation() as talk, pytest.raises(Unreachable, match="unit id"):
        talk.read_holding(47511, 1, 1)
