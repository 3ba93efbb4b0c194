"""AlphaESS: SMILE and Storion hybrid inverters with their battery."""

from app.devices.alphaess import driver
from app.devices.alphaess.fields import AlphaEssFields
from app.domain.brands import Brand

BRANDS = (
    Brand(
        role="battery",
        key="alphaess",
        title="AlphaESS",
        vendor=driver.VENDOR,
        fields=AlphaEssFields,
        open=driver.open_alphaess,
        capabilities=frozenset({*(command.__name__ for command in driver.ABILITIES.commands), "power_setpoint", "timer"}),
        poll_s=driver.ABILITIES.poll_s,
        summary="SMILE and Storion hybrid inverters, over Modbus in your own network.",
        how_to_get="Switch on Modbus TCP in the AlphaESS app, connect the inverter to your network by cable and give it a fixed address. "
        "It serves one program at a time. Have AlphaESS or your installer also switch on external control of the feed-in limit: without it "
        "the inverter stores a limit and ignores it, which PowerSync cannot see.",
        if_we_stop="A charge, discharge or hold that you asked for ends by itself at most 2 minutes after its time; one by price ends "
        "within 20 minutes. A backup reserve, feed-in limit or switched-off time periods stay in force until PowerSync runs again.",
    ),
)
