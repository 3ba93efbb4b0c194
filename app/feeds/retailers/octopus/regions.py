"""The fourteen regions of Great Britain's electricity networks, by the letter of their grid supply point group. There is no I and no O."""

from typing import Final

REGIONS: Final = {
    "A": "Eastern England",
    "B": "East Midlands",
    "C": "London",
    "D": "Merseyside and North Wales",
    "E": "West Midlands",
    "F": "North Eastern England",
    "G": "North Western England",
    "H": "Southern England",
    "J": "South Eastern England",
    "K": "South Wales",
    "L": "South Western England",
    "M": "Yorkshire",
    "N": "South Scotland",
    "P": "North Scotland",
}


def region_letter(text: str) -> str | None:
    """ "_C", "c" and " C " → "C"; None for what is no region."""
    letter = text.strip().removeprefix("_").upper()
    return letter if letter in REGIONS else None


def in_words(letters: list[str]) -> str:
    """["C", "H"] → "C (London), H (Southern England)"."""
    return ", ".join(f"{letter} ({REGIONS[letter]})" for letter in letters)
