"""What every rig of a device that answers over HTTP shares: the server, its clock, and what each trouble is on such a line.

A brand's rig inherits from `HttpRig` and adds its driver and `settings`. A command to such a device is one write."""

import ssl
from typing import Final

from app.simulators import effects
from app.simulators.effects import Effect
from app.simulators.pace import SimulatedPace
from app.simulators.service import Service
from app.simulators.sockets import HttpServer
from tests.devices.contract.troubles import Trouble

HTTP_EFFECTS: Final[dict[Trouble, Effect]] = {
    Trouble.NO_ANSWER: effects.Silence(),
    Trouble.CONNECTION_LOST: effects.Reset(),
    Trouble.HALF_AN_ANSWER: effects.HalfAnswer(),
    Trouble.SERVER_ERROR: effects.Status(503),
    Trouble.TOKEN_REFUSED: effects.Status(401),
    Trouble.PERMISSION_MISSING: effects.Status(403),
    Trouble.ASKED_TOO_OFTEN: effects.Status(429, retry_after_s=37),
    Trouble.UNKNOWN_DEVICE: effects.Status(404),
    Trouble.GARBAGE: effects.GarbageJson(),
    Trouble.WEB_PAGE: effects.Html(),
    Trouble.DECLINED_WITH_CODE: effects.Status(400),
    Trouble.ACCEPTED_AND_IGNORED: effects.IgnoreWrites(),
    Trouble.ACCEPTED_WITHOUT_A_WORD: effects.EmptyBody(),
    Trouble.LOST_AFTER_IT_TOOK: effects.Reset(after=True),
}
_OF_WRITES: Final = frozenset({Trouble.DECLINED_WITH_CODE, Trouble.LOST_AFTER_IT_TOOK})  # a driver reads before it writes


class HttpRig:
    """A device on a real socket. `stop` it in the end."""

    cannot_happen: frozenset[Trouble] = frozenset()

    def __init__(self, service: Service, clock: SimulatedPace, *, tls: ssl.SSLContext | None = None) -> None:
        self.clock, self.service = clock, service
        self.server = HttpServer(service, clock, tls=tls)
        self.server.listen()

    def writes(self) -> int:
        """How many writes have arrived."""
        return len(self.service.writes())

    def written(self) -> list[str]:
        """The path of each write that has arrived."""
        return [write.path for write in self.service.writes()]

    def befall(self, trouble: Trouble, *, count: int | None = None, on_writes: bool = False) -> bool:
        """Put `trouble` in force, for the next `count` answers or for writes alone; False where it cannot happen to this device."""
        if trouble is Trouble.NOBODY_LISTENS:
            self.server.close()
            return True
        if trouble not in HTTP_EFFECTS or trouble in self.cannot_happen:
            return False
        for method in ("POST", "PUT") if on_writes or trouble in _OF_WRITES else ("",):
            self.service.faults.add(HTTP_EFFECTS[trouble], server=self.service.name, count=count, method=method)
        return True

    def break_off_after(self, writes: int) -> bool:
        """A command is a single write."""
        return False

    def recover(self) -> None:
        """End all trouble."""
        self.service.faults.clear()
        self.server.listen()

    def stop(self) -> None:
        """Close the socket for good."""
        self.server.stop()
