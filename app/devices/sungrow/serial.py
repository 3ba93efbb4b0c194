"""The serial number, which stands at the same place in all Sungrow inverters."""

from app.devices.registers import Kind, Point, Space

SERIAL = Point("serial", 4989, Kind.TEXT, space=Space.INPUT, length=10)
