"""What every rig of a device that speaks Modbus shares: the server, its clock, and what each trouble is on such a line.

A brand's rig inherits from `ModbusRig` and adds its driver and `settings`. Troubles that need accounts, quotas or web pages cannot happen
here."""

from typing import Final

from app.simulators import effects, modbus_effects
from app.simulators.effects import Effect
from app.simulators.faults import Faults
from app.simulators.modbus import ModbusServer, RegisterDevice
from app.simulators.pace import SimulatedPace
from tests.devices.contract.troubles import Trouble

MODBUS_EFFECTS: Final[dict[Trouble, Effect]] = {
    Trouble.NO_ANSWER: effects.Silence(),
    Trouble.CONNECTION_LOST: effects.Reset(),
    Trouble.HALF_AN_ANSWER: effects.HalfAnswer(),
    Trouble.OFFLINE: modbus_effects.ModbusException(11),  # the dongle answers, the inverter behind it does not
    Trouble.SERVER_ERROR: modbus_effects.ModbusException(6),
    Trouble.UNKNOWN_DEVICE: modbus_effects.ModbusException(4),  # so do gateways answer for a unit that they do not have
    Trouble.IMPLAUSIBLE: modbus_effects.ImplausibleRegisters(),
    Trouble.NO_SUCH_REGISTERS: modbus_effects.ModbusException(2),
    Trouble.DECLINED_WITH_CODE: modbus_effects.ModbusException(3),
    Trouble.ACCEPTED_AND_IGNORED: effects.IgnoreWrites(),
    Trouble.LOST_AFTER_IT_TOOK: effects.Reset(after=True),
}
_OF_WRITES: Final = frozenset({Trouble.DECLINED_WITH_CODE, Trouble.LOST_AFTER_IT_TOOK})  # a driver may read before it writes


class ModbusRig:
    """A device on a real socket. `stop` it in the end."""

    tells_timezone = False

    def __init__(self, device: RegisterDevice, clock: SimulatedPace, *, single_client: bool = True, silent_s: float = 0.0) -> None:
        self.clock = clock
        self.faults = Faults(clock.now)
        self.server = ModbusServer(device, clock, self.faults, single_client=single_client, silent_s=silent_s)
        self.server.listen()

    def writes(self) -> int:
        """How many writes have arrived."""
        return len(self.server.record.writes)

    def written(self) -> list[int]:
        """The register of each write that has arrived."""
        return [write.address for write in self.server.record.writes]

    def befall(self, trouble: Trouble, *, count: int | None = None, on_writes: bool = False) -> bool:
        """Put `trouble` in force, for the next `count` answers or for writes alone; False where it cannot happen to this device."""
        if trouble is Trouble.NOBODY_LISTENS:
            self.server.close()
            return True
        if trouble not in MODBUS_EFFECTS:
            return False
        method = "POST" if on_writes or trouble in _OF_WRITES else ""
        self.faults.add(MODBUS_EFFECTS[trouble], server=self.server.device.name, count=count, method=method)
        return True

    def break_off_after(self, writes: int) -> bool:
        """Let `writes` more writes through and none after them."""
        self.server.writes_until_cut = writes
        return True

    def recover(self) -> None:
        """End all trouble."""
        self.server.writes_until_cut = None
        self.faults.clear()
        self.server.listen()

    def stop(self) -> None:
        """Close the socket for good."""
        self.server.stop()
