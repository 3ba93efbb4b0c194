"""Zeversolar (Eversolar TLC, Zeverlution) string inverters with a built-in monitor."""

from app.devices.zeversolar.driver import ABILITIES, open_inverter
from app.devices.zeversolar.fields import MonitorFields
from app.devices.zeversolar.vendor import VENDOR
from app.domain.brands import Brand

BRANDS = (
    Brand(
        role="inverter",
        key="zeversolar",
        title="Zeversolar",
        vendor=VENDOR,
        fields=MonitorFields,
        open=open_inverter,
        capabilities=frozenset({"Run", "Curtail"}),
        poll_s=ABILITIES.poll_s,
        summary="Eversolar TLC and Zeverlution string inverters with a built-in monitor, in your own network. "
        "Limits what the inverter makes.",
        how_to_get="Connect the inverter's monitor to your network by cable or Wi-Fi and give it a fixed address.",
        if_we_stop="The limit stays in force until PowerSync runs again or you lift it on the inverter's own page.",
    ),
)
