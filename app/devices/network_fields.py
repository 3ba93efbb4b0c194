"""What the owner enters to reach a device in the home's own network."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

WHY_NOT_HOST: Final = "why_not_host"
"""In the context of a validation: (host) -> why it is not taken, or None. Pages give it; whoever writes a site file is at home here."""


def _as_it_came(host: str, info: ValidationInfo) -> str:
    why_not = (info.context or {}).get(WHY_NOT_HOST)
    refusal = why_not(host) if why_not is not None else None
    if refusal is not None:
        raise ValueError(refusal)
    return host


Host = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=253, pattern=r"^[0-9A-Za-z.:_\[\]-]+$"),
    AfterValidator(_as_it_came),
]
"""A name or address. Whether it may be called is decided again each time it is (app.transports.addresses)."""

HOST_HELP = "Its address or name in your network, such as 192.168.1.20. Give it a fixed address in your router."
PORT_HELP = "Usually 502."
UNIT_HELP = "The Modbus unit id."

Port = Annotated[int, Field(ge=1, le=65535)]
UnitId = Annotated[int, Field(ge=1, le=247)]
