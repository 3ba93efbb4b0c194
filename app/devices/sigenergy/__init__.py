"""Sigenergy SigenStor and Sigen Hybrid: over Modbus, with prices through Sigenergy's cloud."""

from app.devices.sigenergy.cloud import CLOUD_URL
from app.devices.sigenergy.driver import ABILITIES, open_plant
from app.devices.sigenergy.fields import SigenergyFields
from app.devices.sigenergy.preflight import VENDOR
from app.devices.sigenergy.registers import AI, WORK_MODE_WORDS
from app.devices.sigenergy.stations import station_choices
from app.domain.brands import Brand

BRANDS = (
    Brand(
        role="battery",
        key="sigenergy",
        title="Sigenergy",
        vendor=VENDOR,
        fields=SigenergyFields,
        open=open_plant,
        base_urls=(CLOUD_URL,),
        capabilities=frozenset({*(command.__name__ for command in ABILITIES.commands), "power_setpoint"}),
        lacks=lambda config: frozenset() if config.get("cloud_username") else frozenset({"FollowTariff"}),
        choices={"cloud_station": station_choices},
        choice_is_optional=True,
        modes_that_ignore_tariffs={mode: f"{words} mode" for mode, words in WORK_MODE_WORDS.items() if mode != AI},
        poll_s=ABILITIES.poll_s,
        summary="SigenStor and Sigen Hybrid over Modbus in your own network. Following prices needs your mySigen account as well.",
        how_to_get="Ask your installer to switch on the Modbus TCP server, and give the inverter a fixed address. "
        "Keep other programs away from it while PowerSync steers: it likes one at a time.",
        if_we_stop="A forced charge, discharge or hold goes on until PowerSync runs again or your installer switches remote control off. "
        "The lowest charge that was set still ends a discharge. Prices that PowerSync sent stay in Sigenergy's cloud, also once it stops "
        "steering, until you enter your own in mySigen: the cloud does not tell which ones were there before.",
    ),
)
