"""Twenty simulated Modbus devices of several brands on localhost, in a process of their own: `python -m tests.bench_plant` prints one line
of JSON, the entries of ten site files, and serves until it is ended."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

from app.simulators.alphaess import AlphaEss
from app.simulators.faults import Faults
from app.simulators.foxess import FoxEss
from app.simulators.goodwe import GoodWeEt
from app.simulators.modbus import ModbusServer, RegisterDevice
from app.simulators.pace import RealTime
from app.simulators.sigenergy import SigenStor
from app.simulators.sungrow import SungrowHybrid
from app.simulators.sungrow_string import SungrowString
from app.simulators.sunspec import SunSpecInverter, SunSpecQuirks
from app.simulators.sunspec_storage import Gen24


def batteries(now: datetime) -> list[tuple[RegisterDevice, dict[str, Any]]]:
    return [
        (SungrowHybrid(now), {"brand": "sungrow", "is_winet_s": False}),
        (SungrowHybrid(now), {"brand": "sungrow"}),
        (GoodWeEt(now), {"brand": "goodwe"}),
        (GoodWeEt(now), {"brand": "goodwe"}),
        (AlphaEss(now), {"brand": "alphaess"}),
        (AlphaEss(now), {"brand": "alphaess"}),
        (FoxEss(now, "h3"), {"brand": "foxess", "model": "h3", "rated_w": 5000}),
        (FoxEss(now, "h3_pro"), {"brand": "foxess", "model": "h3_pro", "rated_w": 5000}),
        (SigenStor(now), {"brand": "sigenergy"}),
        (Gen24(now), {"brand": "fronius"}),
    ]


def inverters(now: datetime) -> list[tuple[RegisterDevice, dict[str, Any]]]:
    plain = SunSpecQuirks(base=50_000, common_length=66, percent_exponent=0)
    fronius = SunSpecQuirks(ignores_change_while_limited=True, power_exponent=1, meter_unit=240)
    return [
        *((SungrowString(now), {"brand": "sungrow_sg"}) for _ in range(4)),
        *((SungrowHybrid(now), {"brand": "sungrow_sh"}) for _ in range(2)),
        *((GoodWeEt(now), {"brand": "goodwe"}) for _ in range(2)),
        (SunSpecInverter(now, name="modbus.sunspec", quirks=plain), {"brand": "sunspec"}),
        (SunSpecInverter(now, name="modbus.fronius", quirks=fronius), {"brand": "fronius", "meter_unit_id": 240}),
    ]


def served(device: RegisterDevice, entry: dict[str, Any], clock: RealTime) -> dict[str, Any]:
    """The entry of a site file under which the device answers."""
    server = ModbusServer(device, clock, Faults(clock.now))
    server.listen()
    return {**entry, "host": server.host, "port": server.port}


def main() -> None:
    clock, now = RealTime(), datetime.now(UTC)
    homes = [
        {"battery": served(*battery, clock), "inverters": [served(*inverter, clock)]}
        for battery, inverter in zip(batteries(now), inverters(now), strict=True)
    ]
    print(json.dumps(homes), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
