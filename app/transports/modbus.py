"""Modbus over TCP: one conversation at a time with each host and port, every call ends in time, every failure has a name.

| What happens | Becomes |
|---|---|
| no connection, no answer, a connection that ends, a busy device (exceptions 5, 6, 10, 11) | Unreachable (a read is tried again) |
| a function, register or value that it declines (exceptions 1, 2, 3), its failure (4) | RequestRefused (RegisterRefused) |
| an answer that is no Modbus, or another one than was asked for | AnswerNotUnderstood |

A connection is opened for a conversation and closed after it: most devices serve one client alone, and the owner may have other programs.
Source: Modbus Application Protocol 1.1b3 (functions 3, 4, 6, 16) and Modbus Messaging on TCP/IP 1.0b."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn

from pymodbus import FramerType
from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException, ModbusIOException
from pymodbus.pdu import ModbusPDU

from app.transports.addresses import lan_address
from app.transports.context import Context
from app.transports.deadline import Deadline
from app.transports.errors import AnswerNotUnderstood, RequestRefused, Unreachable, VendorError

CONNECT_S: Final = 4.0
ANSWER_S: Final = 3.0
TOTAL_S: Final = 13.0  # one conversation, with the wait for its turn
LONGEST_READ: Final = 125  # registers in one request
_BUSY: Final = frozenset({5, 6, 10, 11})
_NOT_THIS_VALUE: Final = 3  # the others are also what a gateway says for a device that is restarting
_MEANINGS: Final = {
    1: "does not know this function",
    2: "has no such register",
    3: "does not take this value",
    4: "failed at it",
    5: "is still working on it",
    6: "is busy",
    10: "cannot be reached behind its gateway",
    11: "does not answer behind its gateway",
}


class RegisterRefused(RequestRefused):
    """The device declined a register; `code` is the Modbus exception (1 to 4)."""

    def __init__(self, vendor: str, message: str, code: int) -> None:
        super().__init__(vendor, message)
        self.code = code
        self.may_pass = code != _NOT_THIS_VALUE


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a device answers, and how it likes to be asked."""

    vendor: str  # in words, for errors
    host: str
    port: int = 502
    gap_s: float = 0.0  # between two requests
    settle_s: float = 0.0  # after connecting
    again_s: float = 0.0  # before a read is tried again, where a busy device wants a while
    answer_s: float = ANSWER_S
    is_rtu: bool = False  # RTU frames over TCP, as some gateways want them


class Turn:
    """Whose turn it is at one host and port; shared by all drivers of this process."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.last_request_s: float | None = None  # monotonic, by the pace


_turns: dict[tuple[str, int], Turn] = defaultdict(Turn)


class ModbusLink:
    """The way to one device. Safe to share between threads; conversations wait for one another."""

    def __init__(self, endpoint: Endpoint, context: Context) -> None:
        self._endpoint, self._context, self._pace = endpoint, context, context.pace
        self._turn = _turns[endpoint.host, endpoint.port]

    @contextmanager
    def conversation(self) -> Iterator["Conversation"]:
        """A connection for some requests in a row. Raises Unreachable when the device is not reached or others hold it too long."""
        deadline = Deadline(self._pace, TOTAL_S)
        if not self._turn.lock.acquire(timeout=deadline.remaining_s()):
            raise Unreachable(self._endpoint.vendor, "another request to it is still under way")
        try:
            client = self._connected(deadline)
            try:
                yield Conversation(self._endpoint, client, self._turn, self._context, deadline)
            finally:
                client.close()  # type: ignore[no-untyped-call]
        finally:
            self._turn.lock.release()

    def _connected(self, deadline: Deadline) -> ModbusTcpClient:
        place = self._endpoint
        address = lan_address(place.vendor, place.host)
        client = ModbusTcpClient(
            address,
            port=place.port,
            framer=FramerType.RTU if place.is_rtu else FramerType.SOCKET,
            timeout=min(CONNECT_S, max(0.1, deadline.remaining_s())),
            retries=0,
            reconnect_delay=0,
        )
        if not _connect(client):
            client.close()  # type: ignore[no-untyped-call]
            raise Unreachable(
                place.vendor,
                f"no connection to {place.host} port {place.port}; is Modbus TCP switched on, or does another program hold it?",
            )
        if place.settle_s:
            self._pace.sleep(place.settle_s)
        return client


class Conversation:
    """Requests over one connection. Registers are 16-bit words as on the wire; addresses are wire addresses."""

    def __init__(self, endpoint: Endpoint, client: ModbusTcpClient, turn: Turn, context: Context, deadline: Deadline) -> None:
        self._endpoint, self._client, self._turn, self._pace, self._deadline = endpoint, client, turn, context.pace, deadline
        self.known_device = context.known_device

    def read_holding(self, address: int, count: int, unit: int) -> list[int]:
        """Function 3. Raises a VendorError (RegisterRefused where the device declines)."""
        return self._read(self._client.read_holding_registers, address, count, unit)

    def read_input(self, address: int, count: int, unit: int) -> list[int]:
        """Function 4. Raises a VendorError (RegisterRefused where the device declines)."""
        return self._read(self._client.read_input_registers, address, count, unit)

    def write_single(self, address: int, word: int, unit: int) -> None:
        """Function 6, sent once. Raises a VendorError; after Unreachable nobody knows whether it took: read back."""
        self._ask(lambda: self._client.write_register(address, word, device_id=unit), address, unit)

    def write_multiple(self, address: int, words: Sequence[int], unit: int) -> None:
        """Function 16, sent once. Raises a VendorError; after Unreachable nobody knows whether it took: read back."""
        self._ask(lambda: self._client.write_registers(address, list(words), device_id=unit), address, unit)

    def _read(self, function: Callable[..., ModbusPDU], address: int, count: int, unit: int) -> list[int]:
        if not 1 <= count <= LONGEST_READ:
            raise ValueError(f"a read has 1 to {LONGEST_READ} registers, not {count}")
        try:
            answer = self._ask(lambda: function(address, count=count, device_id=unit), address, unit)
        except Unreachable:
            if not self._is_ready_again():
                raise
            answer = self._ask(lambda: function(address, count=count, device_id=unit), address, unit)
        words = list(answer.registers)
        if len(words) != count:
            raise AnswerNotUnderstood(self._endpoint.vendor, f"asked for {count} registers from {address} and got {len(words)}")
        return words

    def _is_ready_again(self) -> bool:
        """After a failed request: whether there is time and a connection for another one."""
        place, was_connected = self._endpoint, self._client.connected
        if place.again_s:
            self._pace.sleep(place.again_s)
        if self._deadline.is_over or not self._connected_again():
            return False
        if place.settle_s and not was_connected:
            self._pace.sleep(place.settle_s)
        return True

    def _connected_again(self) -> bool:
        self._wait_at_most(CONNECT_S)
        return _connect(self._client)

    def _wait_at_most(self, seconds: float) -> None:
        """The next step waits so long, and no longer than the conversation has left."""
        self._client.comm_params.timeout_connect = min(seconds, max(0.1, self._deadline.remaining_s()))

    def _ask(self, send: Callable[[], ModbusPDU], address: int, unit: int) -> ModbusPDU:
        vendor = self._endpoint.vendor
        self._keep_the_gap()
        if self._deadline.is_over:
            raise Unreachable(vendor, f"no whole answer within {TOTAL_S:.0f} s")
        self._wait_at_most(self._endpoint.answer_s)
        try:
            answer = send()
        except ConnectionException as error:
            raise Unreachable(vendor, "the connection ended; does another program hold it?") from error
        except ModbusIOException as error:
            raise Unreachable(vendor, f"no answer of unit {unit}; is the unit id right?") from error
        except OSError as error:
            raise Unreachable(vendor, "the connection ended; does another program hold it?") from error
        except ModbusException as error:
            raise AnswerNotUnderstood(vendor, f"the answer about register {address} is no Modbus") from error
        finally:
            self._turn.last_request_s = self._pace.monotonic()
        if answer.isError():
            self._refuse(answer, address)
        return answer

    def _refuse(self, answer: ModbusPDU, address: int) -> NoReturn:
        code = getattr(answer, "exception_code", 0)
        words = f"it {_MEANINGS.get(code, 'declines')} (register {address}, exception {code})"
        raise _error_of(self._endpoint.vendor, words, code)

    def _keep_the_gap(self) -> None:
        last_s = self._turn.last_request_s
        if self._endpoint.gap_s and last_s is not None:
            since_s = self._pace.monotonic() - last_s
            if 0 <= since_s < self._endpoint.gap_s:  # negative: by another clock, which says nothing
                self._pace.sleep(self._endpoint.gap_s - since_s)


def _connect(client: ModbusTcpClient) -> bool:
    return bool(client.connect())  # type: ignore[no-untyped-call]


def _error_of(vendor: str, words: str, code: int) -> VendorError:
    return Unreachable(vendor, words) if code in _BUSY else RegisterRefused(vendor, words, code)
