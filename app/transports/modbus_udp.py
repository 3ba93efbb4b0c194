"""Modbus over UDP as inverter dongles speak it: the request is an RTU frame with its checksum, the answer is AA 55 and such a frame.

Datagrams get lost, arrive twice or late, and carry no number by which an answer finds its question. So each request is made from a port of
its own, where an answer to an earlier one arrives nowhere, and what does not fit the question is passed over. A read is sent again when
nothing comes; a write is sent once. What happens has the names that Modbus over TCP gives it.

Source: Modbus over Serial Line 1.02 (RTU frame, CRC-16); GoodWe, Modbus protocol of hybrid inverters (unit, AA 55)."""

import socket
import struct
from typing import Final

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusIOException
from pymodbus.pdu import DecodePDU, ModbusPDU

from app.transports.addresses import lan_address
from app.transports.deadline import Deadline
from app.transports.modbus import ModbusLink

_HEAD: Final = b"\xaa\x55"
_READS: Final = (3, 4)
_READ_TRIES: Final = 2  # in each of the two tries of a conversation
_STRAY_DATAGRAMS: Final = 4  # that are passed over before nothing counts as an answer
_LONGEST: Final = 512


class UdpLink(ModbusLink):
    """The way to one device that is asked by datagrams. Safe to share between threads; conversations wait for one another."""

    def _connected(self, deadline: Deadline) -> ModbusTcpClient:
        place = self._endpoint
        return _DatagramClient(lan_address(place.vendor, place.host), place.port, place.answer_s)


class _DatagramClient(ModbusTcpClient):
    """The calls of a Modbus client, on another line: there is nothing to connect and nothing to close."""

    def __init__(self, address: str, port: int, answer_s: float) -> None:
        super().__init__(address, port=port, timeout=answer_s, retries=0, reconnect_delay=0)
        self._place = (address, port)

    def connect(self) -> bool:
        return True

    def close(self) -> None:
        return

    def execute(self, no_response_expected: bool, request: ModbusPDU) -> ModbusPDU:
        """Raises ModbusIOException where no fitting answer comes, and OSError where nobody listens."""
        for _ in range(_READ_TRIES if request.function_code in _READS else 1):
            answer = self._exchanged(request)
            if answer is not None:
                return answer
        raise ModbusIOException("no answer")

    def _exchanged(self, request: ModbusPDU) -> ModbusPDU | None:
        family = socket.AF_INET6 if ":" in self._place[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            line.settimeout(self.comm_params.timeout_connect)  # what the conversation still has
            line.connect(self._place)  # datagrams of others are not delivered
            line.send(request_frame(request))
            for _ in range(_STRAY_DATAGRAMS):
                try:
                    answer = answer_in(line.recv(_LONGEST), request)
                except TimeoutError:
                    return None
                if answer is not None:
                    return answer
        return None


def checksum(data: bytes) -> bytes:
    """CRC-16 of an RTU frame, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def request_frame(request: ModbusPDU) -> bytes:
    """Unit, function, data and checksum."""
    frame = bytes((request.dev_id, request.function_code)) + request.encode()
    return frame + checksum(frame)


def answer_in(datagram: bytes, request: ModbusPDU) -> ModbusPDU | None:
    """The answer to `request`, an exception too; None where the datagram is damaged, or answers something else."""
    frame, told = datagram[2:-2], datagram[-2:]
    if datagram[:2] != _HEAD or len(frame) < 3 or checksum(frame) != told or frame[0] != request.dev_id:
        return None
    pdu = frame[1:]
    is_refusal = pdu[0] == request.function_code | 0x80 and len(pdu) == 2
    return DecodePDU(False).decode(pdu) if is_refusal or _fits(pdu, request) else None


def _fits(pdu: bytes, request: ModbusPDU) -> bool:
    if pdu[0] != request.function_code:
        return False
    if pdu[0] in _READS:
        return pdu[1] == 2 * request.count == len(pdu) - 2
    return pdu[1:] == request.encode()[:4] and len(pdu) == struct.calcsize(">BHH")
