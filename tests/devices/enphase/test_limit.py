"""What a limit means in the gateway's settings, and that everything else in them stays."""

from typing import Any

import pytest

from app.devices.enphase.limit import Form, Limits, body_with, differing, in_words, pct_of, settings_from, target_settings
from app.domain.opinions import Curtail, Run
from app.transports.errors import AnswerNotUnderstood, RequestRefused

EXPORT, PRODUCTION = Form(), Form(Limits.PRODUCTION)
HELD = {
    "dynamic_pel_settings": {
        "enable": False,
        "export_limit": True,
        "limit_value_W": 5000.0,
        "slew_rate": 50.0,
        "enable_dynamic_limiting": False,
        "unknown": {"stays": 1},
    },
    "filename": "site_settings",
    "version": "00.00.02",
}
BASELINE = settings_from(HELD)


def limited(command: Any, baseline: dict[str, Any] = BASELINE, form: Form = EXPORT) -> tuple[Any, Any, Any]:
    wanted = target_settings(command, baseline, form)
    return wanted["enable"], wanted["export_limit"], wanted["limit_value_W"]


def own(limit_w: float, *, is_export: bool) -> dict[str, Any]:
    return {**BASELINE, "enable": True, "export_limit": is_export, "limit_value_W": limit_w}


def test_no_feed_in_is_an_export_limit_of_0_w() -> None:
    assert limited(Curtail(0)) == (True, True, 0.0)


def test_what_the_panels_make_is_the_other_flag() -> None:
    assert limited(Curtail(1500), form=PRODUCTION) == (True, False, 1500.0)


def test_firmware_that_swaps_the_two_is_told_the_other_way_round() -> None:
    assert limited(Curtail(0), form=Form(swaps_limits=True)) == (True, False, 0.0)
    assert limited(Curtail(0), form=Form(Limits.PRODUCTION, swaps_limits=True)) == (True, True, 0.0)


@pytest.mark.parametrize("command", [None, Run()])
def test_without_a_limit_the_settings_are_the_owners(command: Any) -> None:
    assert target_settings(command, BASELINE, EXPORT) == BASELINE


def test_the_owners_own_limit_is_never_lifted_whatever_its_kind() -> None:
    assert limited(Curtail(3000), own(2000, is_export=True)) == (True, True, 2000.0)
    assert limited(Curtail(500), own(2000, is_export=True)) == (True, True, 500.0)
    # Feeding in at most 500 W could mean making more than the owner's 2000 W: what is made is held to the lower figure, which keeps both.
    assert limited(Curtail(500), own(2000, is_export=False)) == (True, False, 500.0)
    assert limited(Curtail(3000), own(2000, is_export=False)) == (True, False, 2000.0)
    assert limited(Curtail(3000), own(2000, is_export=True), PRODUCTION) == (True, False, 2000.0)


def test_what_is_sent_holds_everything_that_the_gateway_told() -> None:
    body = body_with(HELD, target_settings(Curtail(1200), BASELINE, EXPORT))
    section = body["dynamic_pel_settings"]
    assert (body["version"], section["unknown"], section["slew_rate"]) == ("00.00.02", {"stays": 1}, 50.0)
    assert (section["enable"], section["limit_value_W"]) == (True, 1200.0)
    assert body_with(body, BASELINE) == HELD


def test_a_gateway_that_was_never_limited_has_nothing_left_over_afterwards() -> None:
    bare = {"dynamic_pel_settings": {"enable": False}}
    baseline = settings_from(bare)
    sent = body_with(bare, target_settings(Curtail(0), baseline, EXPORT))
    assert sent == {
        "dynamic_pel_settings": {
            "enable": True,
            "export_limit": True,
            "limit_value_W": 0.0,
            "slew_rate": 100.0,
            "enable_dynamic_limiting": False,
        },
        "filename": "site_settings",
        "version": "00.00.01",
    }
    assert body_with(sent, baseline)["dynamic_pel_settings"] == {"enable": False}


def test_dynamic_limiting_is_told_with_the_installed_power_and_every_state_of_the_relays() -> None:
    relays = {"default_pct_limit": 100.0, "limit_levels": [{"relays": "0000", "pct_limit": 100.0}], "name": "site"}
    wanted = target_settings(Curtail(1500), {**BASELINE, "relay_config": relays}, Form(installed_w=8000))
    assert (wanted["enable_dynamic_limiting"], wanted["installed_capacity"]) == (True, 8000.0)
    told = wanted["relay_config"]
    assert (told["name"], told["default_pct_limit"], len(told["limit_levels"])) == ("site", 18.75, 16)
    assert told["limit_levels"][0] == {"relays": "0000", "pct_limit": 18.75}
    assert told["limit_levels"][15] == {"relays": "1111", "pct_limit": 18.75}


def test_older_relays_that_only_say_yes_are_left_alone() -> None:
    assert target_settings(Curtail(1500), {**BASELINE, "relay_config": True}, Form(installed_w=8000))["relay_config"] is True


def test_the_example_of_the_sheet_in_percent() -> None:
    assert pct_of(1500, 8000) == 18.75
    assert pct_of(9000, 8000) == 100


def test_equal_in_meaning_is_equal() -> None:
    assert differing({"limit_value_W": 0.0, "enable": True}, {"limit_value_W": 0, "enable": True}) == frozenset()
    assert differing({"limit_value_W": 0.0, "enable": True}, {"limit_value_W": 5.0, "enable": False}) == {"limit_value_W", "enable"}
    assert differing({"limit_value_W": 0.0}, {}) == frozenset()
    assert differing({"slew_rate": None}, {"slew_rate": 100.0}) == {"slew_rate"}


def test_older_firmware_writes_its_answers_in_figures() -> None:
    assert settings_from({"dynamic_pel_settings": {"enable": 1, "export_limit": 0, "limit_value_W": 800}})["enable"] is True


@pytest.mark.parametrize(
    "section",
    [
        {},
        {"enable": "yes"},
        {"enable": True},
        {"enable": True, "export_limit": True},
        {"enable": True, "export_limit": True, "limit_value_W": -5},
        {"enable": False, "limit_value_W": "many"},
        "none",
    ],
)
def test_what_cannot_be_is_no_limit(section: Any) -> None:
    with pytest.raises(AnswerNotUnderstood):
        settings_from({"dynamic_pel_settings": section})


def test_a_gateway_without_a_limit_says_so_in_a_success() -> None:
    with pytest.raises(RequestRefused, match="your installer can switch on"):
        settings_from({"err": "404 - Not Found"})


def test_the_settings_in_words() -> None:
    words = in_words(target_settings(Curtail(1200), BASELINE, EXPORT), EXPORT)
    assert (words["power limit"], words["kind of limit"], words["limited to"]) == ("on", "what your home feeds in", "1.2\u202fkW")
    assert words["installed power"] == "not set"
