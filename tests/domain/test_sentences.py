"""Every reason that the code gives has a sentence; figures read as people write them."""

import re
from pathlib import Path

import pytest

import app
from app.domain.reasons import because
from app.domain.sentences import TEMPLATES, cents, figure, half_hours, sentence
from tests.domain.builders import NOW, SYDNEY

CODES = {code for path in Path(app.__file__).parent.rglob("*.py") for code in re.findall(r'because\(\s*"([a-z_]+)"', path.read_text())}


def test_every_code_in_use_has_a_template() -> None:
    assert CODES
    assert set(TEMPLATES) >= CODES


@pytest.mark.parametrize("code", sorted(TEMPLATES))
def test_a_sentence_survives_missing_figures_and_shows_no_code(code: str) -> None:
    text = sentence(because(code))
    assert text
    assert "_" not in text


@pytest.mark.parametrize(("value", "text"), [(39.54, "39.5\u202fc"), (-0.04, "0.0\u202fc"), (-3.26, "−3.3\u202fc"), (None, "—")])
def test_cents(value: float | None, text: str) -> None:
    assert cents(value) == text


def test_no_negative_zero() -> None:
    assert figure(-0.001, 2) == "0.00"


def test_missing_half_hours_are_named_on_the_sites_clock() -> None:
    assert half_hours([NOW] * 6, SYDNEY, most=2) == "Fri 14:15, Fri 14:15 and 4 more"
