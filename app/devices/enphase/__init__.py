"""Enphase microinverters behind an IQ Gateway."""

from app.devices.enphase.cloud import ENLIGHTEN_URL, ENTREZ_URL
from app.devices.enphase.driver import abilities, open_inverters
from app.devices.enphase.fields import GatewayFields
from app.devices.enphase.limit import Form
from app.devices.enphase.vendor import VENDOR
from app.domain.brands import Brand

BRANDS = (
    Brand(
        role="inverter",
        key="enphase",
        title="Enphase IQ Gateway",
        vendor=VENDOR,
        fields=GatewayFields,
        open=open_inverters,
        base_urls=(ENLIGHTEN_URL, ENTREZ_URL),
        capabilities=frozenset({"Run", "Curtail"}),
        poll_s=abilities(Form()).poll_s,
        summary="IQ microinverters behind a gateway (Envoy) of firmware 7 or later, in your own network. Limits what your home feeds in, "
        "or what the panels make, where your installer has switched that on.",
        how_to_get="Give the gateway a fixed address. Make a token for it at entrez.enphaseenergy.com, or enter the Enlighten account. "
        "Reading takes an owner's token; most gateways let only an installer's set a limit.",
        if_we_stop="The limit stays in force until PowerSync runs again or your installer lifts it.",
    ),
)
