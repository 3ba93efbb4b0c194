"""What the monitor's pages mean, with the quirks of its firmware."""

import pytest

from app.devices.zeversolar.pages import energy_wh, home_from, limit_from, monitor_id_from
from app.transports.errors import AnswerNotUnderstood, Unreachable

FIELDS = (
    "1 1 EAB9618C1399 AWWQBBWVVXDJWVXF M11 18625-797R+17829-719R 12:41 24/08/2021 1 1 ZS150060118C0109 1185 3.14 OK Error"  # the sheet's
)
LINES = FIELDS.replace(" ", "\n").replace("12:41\n24", "12:41 24") + "\n"
ADVANCED = ["1", "home", "1", "192.0.2.7", "255.255.255.0", "192.0.2.1", "0", "0", "1", "16.67", "5000", "40", "0", "0", "1", "0"]


@pytest.mark.parametrize("text", [FIELDS, LINES], ids=["in one line", "in lines"])
def test_the_example_of_the_sheet(text: str) -> None:
    home = home_from(text)
    assert (home.serial, home.software, home.ac_w, home.energy_today_wh) == ("ZS150060118C0109", "18625-797R+17829-719R", 1185, 3140)
    assert home.is_well
    assert monitor_id_from(text) == "EAB9618C1399"


def test_the_zeros_that_its_firmware_drops_come_back() -> None:
    assert home_from(FIELDS.replace("1185 3.14", "1234 8.9")).energy_today_wh == 8090
    assert [energy_wh(shown) for shown in ("8.9", "8.90", "3.14", "8.0", "12", "0.5")] == [8090, 8900, 3140, 8000, 12_000, 50]


def test_an_inverter_in_trouble_says_so() -> None:
    assert not home_from(FIELDS.replace("3.14 OK", "3.14 Error")).is_well


def test_a_monitor_without_its_inverter_is_no_reading() -> None:
    night = " ".join(FIELDS.split()[:9]) + " 0\n"
    with pytest.raises(Unreachable, match="as at night"):
        home_from(night)
    assert monitor_id_from(night) == "EAB9618C1399"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>Router</html>",
        FIELDS.replace("EAB9618C1399", "nothing"),
        FIELDS.replace("1185", "-5"),
        FIELDS.replace("1185", "999999"),
        FIELDS.replace("3.14", "nan"),
        " ".join(FIELDS.split()[:12]),
    ],
)
def test_what_cannot_be_is_no_reading(text: str) -> None:
    with pytest.raises(AnswerNotUnderstood):
        home_from(text)


def changed(**fields: str) -> str:
    lines = list(ADVANCED)
    for name, value in fields.items():
        lines[int(name.removeprefix("at"))] = value
    return "\n".join(lines) + "\n"


def test_the_limit_is_read_with_the_rest_of_its_form() -> None:
    limit = limit_from(changed())
    assert (limit.pct, limit.rated_w, limit.form["drm_sp"]) == (40, 5000, "16.67")
    assert limit_from(changed(at8="0")).pct == 100, "the switch is off"
    assert limit_from(changed(at14="2")).pct is None, "in watts"


@pytest.mark.parametrize(
    "text", ["", changed(at8="x"), changed(at10="0"), changed(at10="-"), changed(at11="101"), "\n".join(ADVANCED[:12])]
)
def test_what_cannot_be_is_no_limit(text: str) -> None:
    with pytest.raises(AnswerNotUnderstood):
        limit_from(text)
