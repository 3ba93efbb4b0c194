"""Tesla Powerwall, by Tesla's energy API: through Teslemetry, or through the Fleet API with a sign-in of the home's own."""

from app.devices.tesla.access import TESLEMETRY, TESLEMETRY_URL
from app.devices.tesla.driver import ABILITIES, open_powerwall
from app.devices.tesla.fields import TeslaFields
from app.devices.tesla.live import AT_HOME_EVERY_S
from app.devices.tesla.oauth import TESLA
from app.devices.tesla.regions import AUTH_URL, FLEET_URL, TOKEN_URL
from app.devices.tesla.sites import energy_site_choices
from app.domain.brands import Brand

BRANDS = (
    Brand(
        role="battery",
        key="tesla",
        title="Tesla Powerwall",
        vendor=TESLEMETRY,
        by_config=lambda config: {
            "vendor": TESLA if config.get("connection") == "fleet" else TESLEMETRY,
            "has_key": config.get("connection") != "fleet",
            "poll_s": AT_HOME_EVERY_S if config.get("gateway_host") else ABILITIES.poll_s,
        },
        fields=TeslaFields,
        open=open_powerwall,
        base_urls=(TESLEMETRY_URL, FLEET_URL, AUTH_URL, TOKEN_URL),
        capabilities=frozenset({*(command.__name__ for command in ABILITIES.commands), "weekly_plan"}),
        modes_that_ignore_tariffs={"self_consumption": "self-powered mode", "backup": "backup mode"},
        choices={"energy_site_id": energy_site_choices},
        summary="Powerwall 2, Powerwall+ and Powerwall 3. Prices go to the Powerwall as a rate plan, and its own optimiser acts on them.",
        how_to_get="Sign in at teslemetry.com with your Tesla account and create an access token in the console. "
        "Teslemetry charges a subscription for each energy site. Tesla's own Fleet API needs no subscription and no token here: "
        "make an application of your own and sign in under Settings, Tesla.",
        if_we_stop="The Powerwall keeps its last settings. A price plan goes on with its last 24 hours of prices, repeated each day; "
        "a plan of fixed prices goes on as it is. "
        "A forced charge or discharge repeats in the same half-hours each day, and the reserve set for it stays, "
        "until PowerSync runs again or you choose your own plan and reserve in the Tesla app.",
    ),
)
