"""What the owner enters to reach a device in the home's own network."""

from typing import Annotated

from pydantic import Field, StringConstraints

Host = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=253, pattern=r"^[0-9A-Za-z.:_\[\]-]+$")]
"""A name or address. Whether it may be called is decided when it is (app.transports.addresses)."""

HOST_HELP = "Its address or name in your network, such as 192.168.1.20. Give it a fixed address in your router."
PORT_HELP = "Usually 502."
UNIT_HELP = "The Modbus unit id."

Port = Annotated[int, Field(ge=1, le=65535)]
UnitId = Annotated[int, Field(ge=1, le=247)]
