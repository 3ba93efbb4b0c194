"""All kinds of trouble by the name that they have in a fault's JSON form."""

from app.simulators import modbus_effects
from app.simulators.effects import Effect

__all__ = ["EFFECTS", "modbus_effects"]

EFFECTS: dict[str, type[Effect]] = {effect.kind(): effect for effect in Effect.__subclasses__()}
