"""Who answers, in error messages."""

from typing import Final

VENDOR: Final = "Zeversolar inverter"
