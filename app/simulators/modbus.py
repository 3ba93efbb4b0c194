"""Modbus TCP on localhost: frames to questions for a simulated device, its answers to frames, and the line's own faults.

Source: Modbus Application Protocol 1.1b3 (functions 3, 4, 6, 16) and Modbus Messaging on TCP/IP 1.0b."""

import contextlib
import select
import socket
import socketserver
import struct
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Protocol

from app.simulators import effects as e
from app.simulators import modbus_effects as m
from app.simulators.effects import Effect
from app.simulators.faults import Faults
from app.simulators.pace import Clock

READ_HOLDING, READ_INPUT, WRITE_SINGLE, WRITE_MULTIPLE = 3, 4, 6, 16
_READS = (READ_HOLDING, READ_INPUT)
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE, DEVICE_BUSY = 1, 2, 3, 4, 6


class Declined(Exception):
    """The device answers with this Modbus exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


class RegisterDevice(Protocol):
    """A device with registers. `function` is 3 or 4 for reads: holding and input registers are different spaces."""

    name: str  # among the servers of faults.py

    def answers_for(self, unit: int) -> bool:
        """Whether a unit id is one of its own; others get no answer."""
        ...

    def read(self, unit: int, function: int, address: int, count: int, now: datetime) -> list[int]:
        """The words. Raises Declined."""
        ...

    def write(self, unit: int, function: int, address: int, words: list[int], now: datetime) -> None:
        """Raises Declined."""
        ...


@dataclass(frozen=True, slots=True)
class RegisterWrite:
    """One write as it arrived, whether or not it was taken."""

    at: datetime
    unit: int
    function: int
    address: int
    words: tuple[int, ...]


@dataclass
class Record:
    """What has arrived, for tests that count."""

    reads: int = 0
    connections: int = 0
    writes: list[RegisterWrite] = field(default_factory=list)


class ModbusServer:
    """Serves one device; `port` 0 takes a free one, which stays the same when the listener closes and opens again.

    `single_client`: a second connection is closed at once while one is open, as dongles do. `silent_s`: nothing is answered so long
    after a connection was made (Huawei). A test may set `writes_until_cut`: so many more writes are taken, and none after them (the line
    is reset)."""

    def __init__(
        self,
        device: RegisterDevice,
        clock: Clock,
        faults: Faults,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        single_client: bool = True,
        silent_s: float = 0.0,
    ) -> None:
        self.device, self.clock, self.faults = device, clock, faults
        self.host, self.port = host, port
        self.single_client, self.silent_s = single_client, silent_s
        self.writes_until_cut: int | None = None
        self.record = Record()
        self.stopping = threading.Event()
        self.open_clients: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: _Listener | None = None
        self._last_words: dict[tuple[int, int, int, int], list[int]] = {}

    @property
    def url(self) -> str:
        return f"{self.host}:{self.port}"

    def listen(self) -> None:
        """Open the port; does nothing when it is open."""
        with self._lock:
            if self._listener is None:
                self._listener = _Listener((self.host, self.port), self)
                self.port = self._listener.server_address[1]
                threading.Thread(
                    target=self._listener.serve_forever, args=(0.02,), name=f"simulated {self.device.name}", daemon=True
                ).start()

    def close(self) -> None:
        """Close the port and every connection: callers are refused until `listen`."""
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown()
            listener.server_close()
            self.drop_clients()

    def drop_clients(self) -> None:
        """End the open connections, as a restart does."""
        for connection in tuple(self.open_clients):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Close for good."""
        self.stopping.set()
        self.close()

    def answer(self, unit: int, pdu: bytes, taken: list[Effect]) -> bytes | None:
        """The answering PDU; None for silence."""
        if not self.device.answers_for(unit):
            return None
        function = pdu[0]
        refused = next((effect for effect in taken if isinstance(effect, m.ModbusException)), None)
        if refused is not None:
            return bytes((function | 0x80, refused.code))
        try:
            return self._carried_out(unit, function, pdu, taken)
        except Declined as declined:
            return bytes((function | 0x80, declined.code))
        except struct.error:
            return bytes((function | 0x80, ILLEGAL_VALUE))

    def _carried_out(self, unit: int, function: int, pdu: bytes, taken: list[Effect]) -> bytes:
        if function in _READS:
            address, count = struct.unpack(">HH", pdu[1:5])
            if not 1 <= count <= 125:
                raise Declined(ILLEGAL_VALUE)
            self.record.reads += 1
            words = self._words(unit, function, address, count, taken)
            return struct.pack(f">BB{count}H", function, 2 * count, *words)
        if function == WRITE_SINGLE:
            address, word = struct.unpack(">HH", pdu[1:5])
            self._write(unit, function, address, [word], taken)
            return pdu[:5]
        if function == WRITE_MULTIPLE:
            address, count, size = struct.unpack(">HHB", pdu[1:6])
            if not 1 <= count <= 123 or size != 2 * count:
                raise Declined(ILLEGAL_VALUE)
            self._write(unit, function, address, list(struct.unpack(f">{count}H", pdu[6 : 6 + size])), taken)
            return pdu[:5]
        raise Declined(ILLEGAL_FUNCTION)

    def _words(self, unit: int, function: int, address: int, count: int, taken: list[Effect]) -> list[int]:
        key = (unit, function, address, count)
        for effect in taken:
            match effect:
                case m.ImplausibleRegisters():
                    return [effect.word] * count
                case m.StaleRegisters() if key in self._last_words:
                    return self._last_words[key]
        words = self._last_words[key] = self.device.read(unit, function, address, count, self.clock.now())
        return words

    def _write(self, unit: int, function: int, address: int, words: list[int], taken: list[Effect]) -> None:
        now = self.clock.now()
        self.record.writes.append(RegisterWrite(now, unit, function, address, tuple(words)))
        if not any(isinstance(effect, e.IgnoreWrites) for effect in taken):
            self.device.write(unit, function, address, words, now)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: ModbusServer) -> None:
        self.owner = owner
        super().__init__(address, _Connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is shown by the default."""
        import sys

        if not isinstance(sys.exception(), ConnectionError | TimeoutError | OSError):
            super().handle_error(request, client_address)


class _Connection(socketserver.BaseRequestHandler):
    server: _Listener
    request: socket.socket
    HEADER: ClassVar[int] = 7

    def handle(self) -> None:
        owner = self.server.owner
        if owner.single_client and any(not _has_hung_up(other) for other in tuple(owner.open_clients)):
            return
        owner.open_clients.add(self.request)
        connected_s = owner.clock.monotonic()
        owner.record.connections += 1
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while (frame := self._frame()) is not None:
                is_silent = owner.clock.monotonic() - connected_s < owner.silent_s
                if not is_silent and not self._answered(*frame):
                    return
        finally:
            owner.open_clients.discard(self.request)

    def _frame(self) -> tuple[int, int, bytes] | None:
        """Transaction, unit and PDU; None at the end of the connection."""
        head = self._exactly(self.HEADER)
        if head is None:
            return None
        transaction, protocol, length, unit = struct.unpack(">HHHB", head)
        if protocol != 0 or not 2 <= length <= 254:
            return None
        pdu = self._exactly(length - 1)
        return None if pdu is None else (transaction, unit, pdu)

    def _exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            part = self.request.recv(count - len(data))
            if not part:
                return None
            data += part
        return data

    def _answered(self, transaction: int, unit: int, pdu: bytes) -> bool:
        """False where the connection ends."""
        owner = self.server.owner
        is_write = pdu[0] not in _READS
        taken = [effect for effect, _ in owner.faults.take(owner.device.name, "POST" if is_write else "GET", str(pdu[0]))]
        for effect in taken:
            if isinstance(effect, e.Latency):
                owner.clock.sleep(effect.seconds)
            if isinstance(effect, e.Silence | e.Reset) and not effect.after:
                return self._broken(effect)
        if is_write and owner.writes_until_cut is not None:
            if owner.writes_until_cut <= 0:
                return self._broken(e.Reset())
            owner.writes_until_cut -= 1
        answer = owner.answer(unit, pdu, taken)
        late = next((effect for effect in taken if isinstance(effect, e.Silence | e.Reset)), None)
        if late is not None:
            return self._broken(late)
        if answer is None:
            return True
        frame = struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer
        for effect in taken:
            match effect:
                case e.HalfAnswer():
                    self.request.sendall(frame[: max(1, len(frame) // 2)])
                    return False
                case m.GarbageFrames():
                    frame = bytes((byte * 7 + 31) % 256 for byte in frame)
        self.request.sendall(frame)
        return True

    def _broken(self, effect: Effect) -> bool:
        owner = self.server.owner
        if isinstance(effect, e.Reset):
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        left_s = effect.seconds if isinstance(effect, e.Silence) else 0.0
        step_s = 0.25 if owner.clock.is_real else left_s
        while left_s > 0 and not owner.clock.wait(owner.stopping, min(step_s, left_s)):
            left_s -= step_s
            if _has_hung_up(self.request):
                break
        return False


def _has_hung_up(connection: socket.socket) -> bool:
    """Whether the other end has closed a connection that its thread has not noticed yet."""
    try:
        return bool(select.select([connection], [], [], 0)[0]) and not connection.recv(1, socket.MSG_PEEK)
    except (OSError, ValueError):
        return True
