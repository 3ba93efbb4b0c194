"""Modbus over UDP on localhost, as dongles speak it: RTU frames in, AA 55 and RTU frames out, and what becomes of datagrams on the way.

Source: Modbus over Serial Line 1.02 (RTU frame, CRC-16)."""

import socket
import threading

from app.simulators import effects as e
from app.simulators.faults import Faults
from app.simulators.modbus import READ_HOLDING, READ_INPUT, ModbusServer, RegisterDevice
from app.simulators.pace import Clock

_CRC_TABLE = [0] * 256
for _index in range(256):
    _value = _index
    for _bit in range(8):
        _value = (_value >> 1) ^ 0xA001 if _value & 1 else _value >> 1
    _CRC_TABLE[_index] = _value


def crc16(data: bytes) -> bytes:
    """Low byte first."""
    value = 0xFFFF
    for byte in data:
        value = (value >> 8) ^ _CRC_TABLE[(value ^ byte) & 0xFF]
    return bytes((value & 0xFF, value >> 8))


class ModbusUdpServer(ModbusServer):
    """Serves one device. Of the next requests `loses` many never arrive; `answers_twice` and `answers_late` (with the next request's
    answer before its own) are what networks do to answers. Datagrams that are no RTU frame get no answer."""

    def __init__(self, device: RegisterDevice, clock: Clock, faults: Faults) -> None:
        super().__init__(device, clock, faults)
        self.loses, self.answers_twice, self.answers_late = 0, False, False
        self._held_back: list[tuple[bytes, tuple[str, int]]] = []
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def listen(self) -> None:
        """Open the port; does nothing when it is open."""
        if self._line is None:
            self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._line.bind((self.host, self.port))
            self._line.settimeout(0.02)
            self.port = self._line.getsockname()[1]
            self._thread = threading.Thread(target=self._serve, args=(self._line,), name=f"simulated {self.device.name}", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Close the port until `listen`."""
        line, thread = self._line, self._thread
        self._line = self._thread = None
        if line is not None and thread is not None:
            thread.join()
            line.close()

    def _serve(self, line: socket.socket) -> None:
        while self._line is line:
            try:
                datagram, sender = line.recvfrom(512)
            except TimeoutError:
                continue
            answer = self._answer_to(datagram)
            if answer is None:
                continue
            if self.answers_late:
                self._held_back.append((answer, sender))
                if len(self._held_back) < 2:
                    continue
                for held, to in self._held_back:
                    line.sendto(held, to)
                self._held_back.clear()
                continue
            for _ in range(2 if self.answers_twice else 1):
                line.sendto(answer, sender)

    def _answer_to(self, datagram: bytes) -> bytes | None:
        if len(datagram) < 4 or crc16(datagram[:-2]) != datagram[-2:]:
            return None
        if self.loses > 0:
            self.loses -= 1
            return None
        unit, pdu = datagram[0], datagram[1:-2]
        is_write = pdu[0] not in (READ_HOLDING, READ_INPUT)
        taken = [effect for effect, _ in self.faults.take(self.device.name, "POST" if is_write else "GET", str(pdu[0]))]
        broken = [effect for effect in taken if isinstance(effect, e.Silence | e.Reset)]
        if any(not effect.after for effect in broken):
            return None
        if is_write and self.writes_until_cut is not None:
            if self.writes_until_cut <= 0:
                return None
            self.writes_until_cut -= 1
        answer = self.answer(unit, pdu, taken)
        if answer is None or broken:
            return None
        frame = bytes((unit,)) + answer
        told = b"\xaa\x55" + frame + crc16(frame)
        return told[: len(told) // 2] if any(isinstance(effect, e.HalfAnswer) for effect in taken) else told
