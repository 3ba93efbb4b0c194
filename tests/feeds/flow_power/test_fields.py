import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.control.connections import split_secrets
from app.feeds.retailers.flow_power.fields import FlowPowerFields
from app.services.site_file import SiteFileError, validate


def fields(**entered: Any) -> FlowPowerFields:
    return FlowPowerFields.model_validate({"region": "NSW1", **entered})


@pytest.mark.parametrize(
    "entered",
    [
        {},
        {"source": "aemo", "pea": {"enabled": True, "base_c": 34.0}, "network": {"distributor": "ausgrid", "tariff": "EA025"}},
        {"source": "aemo", "pea": {"enabled": True, "base_c": 34.0}, "network": {"manual": {"flat_c": 8.0, "other_c": 1.5, "gst": True}}},
        {"source": "kwatch", "kwatch_key": "k1", "kwatch_nmi": "3120012345", "kwatch_times": "end_nem"},
        {"pea": {"enabled": False}, "network": {"manual": {}}, "wholesale": {"market": 1.1}},
        {
            "changes": [
                {"from": "2026-07-01", "happy_hour": {"end": "21:30"}, "daily_charge_c": 120},
                {"from": "2027-07-01", "export_c": 3.3},
            ]
        },
    ],
)
def test_what_is_stored_reads_back_as_it_was_entered(entered: dict[str, Any]) -> None:
    first = fields(**entered)
    config, secrets = split_secrets(first)
    assert FlowPowerFields.model_validate(json.loads(json.dumps({**config, **secrets}))) == first
    assert "k1" not in json.dumps(config)


def test_what_is_left_out_has_the_documented_defaults() -> None:
    plain = fields()
    assert (plain.source, plain.kwatch_times) == ("aemo", "start_utc")
    assert (plain.pea.enabled, plain.pea.base_c, plain.pea.fixed_c, plain.pea.twap_c, plain.pea.bpea_c, plain.pea.twap) == (
        (True, 34.0, None, 8.0, 1.7, "fixed")
    )
    assert (plain.network, plain.export_c, plain.daily_charge_c, plain.changes) == (None, 0.0, None, [])


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({"region": "WA1"}, "NSW1"),
        ({"source": "solcast"}, "prices cannot come from there; write one of aemo, kwatch"),
        ({"source": "kwatch"}, "kwatch_key is needed"),
        ({"source": "kwatch", "kwatch_key": "  "}, "kwatch_key is needed"),
        ({"kwatch_key": "se cret"}, "without spaces"),
        ({"pea": {"base_c": 0.34}}, r"0.34 looks like dollars: did you mean 34 c\?"),
        ({"pea": {"twap_c": 0.08}}, r"0.08 looks like dollars: did you mean 8 c\?"),
        ({"happy_hour": {"rate_c": 0.45}}, r"0.45 looks like dollars: did you mean 45 c\?"),
        ({"daily_charge_c": 1.1}, "looks like dollars"),
        ({"happy_hour": {"end": "17:30"}}, "begins and ends at 17:30; switch it off"),
        ({"happy_hour": {"end": "19:45"}}, "half-hour"),
        ({"pea": {"enabled": False}}, "with the PEA off a network tariff is needed"),
        (
            {"changes": [{"from": "2026-07-01", "pea": {"enabled": False}}]},
            "with the PEA off from 2026-07-01 on a network tariff is needed",
        ),
        ({"changes": [{"from": "2026-07-01"}, {"from": "2026-07-01"}]}, "two changes begin on 2026-07-01"),
        ({"source": "kwatch", "kwatch_key": "k", "pea": {"twap": "rolling_30_days"}}, "needs stored wholesale prices"),
        ({"pea": {"base": 34}}, "Extra inputs"),
        ({"pea": {"base_c": float("inf")}}, "finite"),
    ],
)
def test_what_cannot_be_meant_is_refused(entered: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        fields(**entered)


def test_a_site_file_names_the_place_of_a_mistake() -> None:
    retailer = {
        "brand": "flow_power",
        "region": "NSW1",
        "pea": {"base_c": 0.34},
        "network": {"distributor": "ausgrid", "tariff": "EA999"},
        "changes": [{"from": "soon"}],
    }
    with pytest.raises(SiteFileError) as caught:
        validate({"name": "Home", "timezone": "Australia/Sydney", "owner": "a@example.com", "retailer": retailer})
    places = [problem.partition(":")[0] for problem in caught.value.problems]
    assert places == ["retailer.pea.base_c", "retailer.network.tariff", "retailer.changes.0.from"]


def test_a_network_tariff_of_a_change_serves_the_plan_without_pea() -> None:
    change = {"from": "2026-07-01", "pea": {"enabled": False}, "network": {"manual": {"flat_c": 8}}}
    assert fields(changes=[change]).changes[0].network is not None
