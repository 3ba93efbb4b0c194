"""Who answers, in error messages."""

from typing import Final

VENDOR: Final = "Enphase IQ Gateway"
