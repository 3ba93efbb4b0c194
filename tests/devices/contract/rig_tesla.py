"""A Powerwall behind Teslemetry and behind Tesla's Fleet API for the contract of batteries."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.devices.capabilities import Battery
from app.devices.registry import device_brands
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.powerwall import Behaviour
from app.simulators.service import Request, Response, Taken
from app.simulators.tesla_energy import EnergyService
from app.simulators.world import World
from app.transports.context import Context
from tests.devices.contract.rig import START, Rig, Simulated
from tests.devices.contract.troubles import Trouble
from tests.devices.tesla.kept_sign_in import signed_in

_TESLA_EFFECTS: dict[Trouble, effects.Effect] = {
    Trouble.NOBODY_LISTENS: effects.Refused(),
    Trouble.NO_ANSWER: effects.Silence(),
    Trouble.CONNECTION_LOST: effects.Reset(),
    Trouble.HALF_AN_ANSWER: effects.HalfAnswer(),
    Trouble.OFFLINE: effects.Status(408),
    Trouble.SERVER_ERROR: effects.Status(502),
    Trouble.TOKEN_REFUSED: effects.Status(401),
    Trouble.PERMISSION_MISSING: effects.Status(403),
    Trouble.PAYMENT_DUE: effects.Status(402),
    Trouble.ASKED_TOO_OFTEN: effects.Status(429, retry_after_s=37),
    Trouble.UNKNOWN_DEVICE: effects.Status(404),
    Trouble.GARBAGE: effects.GarbageJson(),
    Trouble.WEB_PAGE: effects.Html(),
    Trouble.NO_DATA: effects.EmptyResponse(),
    Trouble.DECLINED: effects.Rejection("result"),
    Trouble.DECLINED_WITH_CODE: effects.Rejection("code"),
    Trouble.SERVER_ERROR_IN_A_SUCCESS: effects.Rejection("error"),
    Trouble.ACCEPTED_AND_IGNORED: effects.IgnoreWrites(),
    Trouble.ACCEPTED_WITHOUT_A_WORD: effects.AnswerForm("empty"),
    Trouble.LOST_AFTER_IT_TOOK: effects.Reset(after=True),
}


class _TeslaRig:
    tells_timezone = True

    def __init__(self, world: World, clock: SimulatedPace, service: EnergyService, entry: dict[str, Any], context: Context) -> None:
        self.world, self.clock = world, clock
        brand = device_brands("battery")["tesla"]
        self.fields = brand.fields(**entry)
        self.battery: Battery = brand.open(self.fields, context)
        self.renews_its_token = service is world.tesla_fleet
        self._service, self._answer = service, service.answer

    def settings(self) -> Any:
        self.world.step()
        return self.world.powerwall.site_settings()

    def writes(self) -> int:
        return len(self._service.writes())

    def befall(self, trouble: Trouble, *, count: int | None = None) -> bool:
        if trouble not in _TESLA_EFFECTS:
            return False
        self.world.faults.add(_TESLA_EFFECTS[trouble], server=self._service.name, count=count)
        return True

    def break_off_after(self, writes: int) -> bool:
        service, sent = self._service, self.writes()

        def answer(request: Request, taken: Taken) -> Response:
            if request.method == "POST" and self.writes() - sent > writes:
                return service.error(503)
            return self._answer(request, taken)

        service.answer = answer  # type: ignore[method-assign]
        return True

    def recover(self) -> None:
        self._service.answer = self._answer  # type: ignore[method-assign]
        self.world.faults.clear()


@contextmanager
def _teslemetry(is_prompt: bool) -> Iterator[Rig]:
    clock = SimulatedPace(START)
    with World(clock, behaviour=Behaviour.prompt() if is_prompt else None, teslemetry_quota=None) as world:
        entry = {key: value for key, value in world.site_file()["battery"].items() if key != "brand"}
        yield _TeslaRig(world, clock, world.teslemetry, entry, Context(clock, world.environment()))


@contextmanager
def _fleet(is_prompt: bool) -> Iterator[Rig]:
    clock = SimulatedPace(START)
    with World(clock, behaviour=Behaviour.prompt() if is_prompt else None, teslemetry_quota=None, has_fleet=True) as world:
        entry = {"connection": "fleet", "energy_site_id": str(world.teslemetry.site.energy_site_id)}
        yield _TeslaRig(world, clock, world.tesla_fleet, entry, Context(clock, world.environment(), sign_in=signed_in(world)))


SIMULATED = (Simulated("tesla", _teslemetry), Simulated("tesla", _fleet))
