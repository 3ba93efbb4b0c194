"""What can go wrong with a device that speaks Modbus, besides what can go wrong with any line."""

from dataclasses import dataclass

from app.simulators.effects import Effect


@dataclass(frozen=True, slots=True)
class ModbusException(Effect):
    """Every request is declined with this exception code (6: busy, 4: failure, 2: no such register)."""

    on_modbus = True
    servers = ()

    code: int = 6


@dataclass(frozen=True, slots=True)
class ImplausibleRegisters(Effect):
    """Reads give the same word throughout, as a dongle does that has lost its inverter."""

    on_modbus = True
    servers = ()
    methods = ("GET",)

    word: int = 0xFFFF


@dataclass(frozen=True, slots=True)
class GarbageFrames(Effect):
    """The answer is no Modbus."""

    on_modbus = True
    servers = ()


@dataclass(frozen=True, slots=True)
class StaleRegisters(Effect):
    """Reads give what they gave when the fault began."""

    on_modbus = True
    servers = ()
    methods = ("GET",)
