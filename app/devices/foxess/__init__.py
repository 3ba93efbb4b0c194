"""FoxESS: H1, KH and H3 hybrid inverters with their battery."""

from app.devices.foxess import driver
from app.devices.foxess.fields import FoxEssFields
from app.domain.brands import Brand

BRANDS = (
    Brand(
        role="battery",
        key="foxess",
        title="FoxESS",
        vendor=driver.VENDOR,
        fields=FoxEssFields,
        open=driver.open_foxess,
        capabilities=frozenset({*(command.__name__ for command in driver.ABILITIES.commands), "power_setpoint", "timer"}),
        poll_s=driver.ABILITIES.poll_s,
        summary="H1, KH, H3, H3 Pro and H3 Smart hybrid inverters, over Modbus in your own network. PowerSync cannot limit their feed-in.",
        how_to_get="Connect the inverter's LAN port, or a Modbus TCP adapter at its RS485 port, to your network and give it a fixed "
        "address. Older H1 inverters keep other figures at their LAN port, which PowerSync does not read: those need the adapter.",
        if_we_stop="A charge, discharge or hold that you asked for ends by itself at most 2 minutes after its time; one by price ends "
        "within 20 minutes. A work mode or lowest charge stays in force until PowerSync runs again.",
    ),
)
