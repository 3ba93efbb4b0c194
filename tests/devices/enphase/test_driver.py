"""A limit on a gateway: sent once in one piece, judged by the meter, and given back exactly."""

import pytest

from app.devices.solar import InverterState
from app.domain.opinions import Curtail
from app.simulators import effects
from app.simulators.enlighten import EnphaseAccount, token_for
from app.simulators.enphase import GatewayQuirks, a_dpel
from app.transports.errors import CredentialsRefused, RequestRefused
from tests.devices.contract.inverter_rig import NOON
from tests.devices.enphase.benches import ACCOUNT, Bench, a_gateway


def wait(bench: Bench, seconds: float) -> None:
    """As the sampler lets time pass: a reading every 30 s."""
    for _ in range(int(seconds // 30)):
        bench.clock.advance(30)
        bench.inverters.read_status(bench.clock.now())


def test_a_limit_that_acts_late_is_waited_for_and_not_sent_again() -> None:
    with a_gateway(GatewayQuirks(acts_after_s=240)) as bench:
        baseline = bench.inverters.read_settings()
        assert bench.order(Curtail(0), baseline) == frozenset()
        wanted = bench.inverters.target(Curtail(0), baseline, until=None)
        wait(bench, 210)
        assert bench.inverters.read_settings()["effect"] == "waiting"
        assert bench.inverters.read_status(bench.clock.now()).state is InverterState.RUNNING
        wait(bench, 60)
        held = bench.inverters.read_status(bench.clock.now())
        assert (held.state, held.limit_w) == (InverterState.LIMITED, 0)
        assert bench.inverters.read_settings()["effect"] == "kept"
        assert bench.inverters.differing(wanted, bench.inverters.read_settings()) == frozenset()
        assert len(bench.gateway.writes()) == 1


@pytest.mark.parametrize(
    ("quirks", "why"),
    [
        (GatewayQuirks(never_acts=True), "accepts and does nothing"),
        (GatewayQuirks(wants_dynamic=True), "needs dynamic limiting"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_limit_that_is_accepted_and_never_acts_is_not_believed(quirks: GatewayQuirks, why: str) -> None:
    with a_gateway(quirks) as bench:
        baseline = bench.inverters.read_settings()
        bench.order(Curtail(0), baseline)
        wait(bench, 360)
        found = bench.inverters.read_settings()
        wanted = bench.inverters.target(Curtail(0), baseline, until=None)
        assert bench.inverters.differing(wanted, found) == {"effect"}, why
        assert bench.inverters.in_words(found)["what the meter shows"] == "that the limit is not kept"
        told = bench.inverters.read_status(bench.clock.now())
        assert (told.state, told.limit_w) == (InverterState.RUNNING, None)
        bench.inverters.write(wanted, {"effect"}, None)
        assert len(bench.gateway.writes()) == 2
        assert bench.inverters.read_settings()["effect"] == "waiting", "it gets its time again"
        assert bench.order(None, baseline) == frozenset()
        assert bench.gateway.dpel == a_dpel()


def test_the_settings_that_the_meter_judges_are_nobodys_own() -> None:
    with a_gateway(dpel=a_dpel(2000, enable=True)) as bench:
        settings = bench.inverters.read_settings()
        assert settings["effect"] == "kept"
        assert "effect" not in bench.inverters.target(None, settings, until=None)


def test_a_passing_excess_is_not_a_limit_that_is_missed() -> None:
    with a_gateway() as bench:
        bench.order(Curtail(0), bench.inverters.read_settings())
        wait(bench, 60)
        bench.gateway.dpel["limit_value_W"] = 1000.0  # slews, for a while
        wait(bench, 240)
        bench.gateway.dpel["limit_value_W"] = 0.0
        wait(bench, 600)
        assert bench.inverters.read_settings()["effect"] == "kept"


def test_an_export_limit_is_not_set_where_nothing_measures_it_and_still_given_back() -> None:
    with a_gateway(GatewayQuirks(has_consumption_meter=False)) as bench:
        baseline = bench.inverters.read_settings()
        with pytest.raises(RequestRefused, match="no consumption meter"):
            bench.order(Curtail(0), baseline)
        assert bench.gateway.writes() == []
        bench.gateway.dpel = a_dpel(500, enable=True)
        assert bench.order(None, baseline) == frozenset()
        assert bench.gateway.dpel == a_dpel()


def test_without_a_consumption_meter_what_the_panels_make_can_be_limited() -> None:
    with a_gateway(GatewayQuirks(has_consumption_meter=False), limits="production") as bench:
        assert bench.order(Curtail(800), bench.inverters.read_settings()) == frozenset()
        wait(bench, 60)
        held = bench.inverters.read_status(bench.clock.now())
        assert (held.ac_w, held.grid_w, held.limit_w) == (800, None, 800)


def test_a_gateway_that_was_never_limited_is_left_as_it_was() -> None:
    with a_gateway(dpel={"enable": False}) as bench:
        baseline = bench.inverters.read_settings()
        assert bench.order(Curtail(0), baseline) == frozenset()
        assert bench.order(None, baseline) == frozenset()
        assert bench.gateway.dpel == {"enable": False}


def test_what_else_stands_beside_the_limit_stays() -> None:
    with a_gateway(dpel={**a_dpel(), "relay_config": True, "site": {"zone": 4}}) as bench:
        baseline = bench.inverters.read_settings()
        bench.order(Curtail(0), baseline)
        assert (bench.gateway.dpel["relay_config"], bench.gateway.dpel["site"]) == (True, {"zone": 4})
        bench.order(None, baseline)
        assert bench.gateway.dpel == {**a_dpel(), "relay_config": True, "site": {"zone": 4}}


@pytest.mark.parametrize("in_a_success", [False, True])
def test_a_gateway_without_a_limit_is_read_and_says_why_it_cannot_be_limited(in_a_success: bool) -> None:
    with a_gateway(GatewayQuirks(has_dpel=False, says_unsupported_in_a_success=in_a_success)) as bench:
        told = bench.inverters.read_status(bench.clock.now())
        assert (told.state, told.limit_w, told.serial, told.firmware) == (InverterState.RUNNING, None, "122012345678", "D8.3.5232")
        with pytest.raises(RequestRefused, match="your installer can switch on"):
            bench.inverters.read_settings()


def test_an_owners_token_reads_and_is_told_what_it_lacks() -> None:
    with a_gateway(token=token_for("122012345678", "owner", NOON)) as bench:
        told = bench.inverters.read_status(bench.clock.now())
        assert told.ac_w is not None
        assert told.ac_w > 2000
        with pytest.raises(CredentialsRefused, match="token of an installer"):
            bench.inverters.read_settings()


def test_an_unmetered_site_is_read_as_old_as_its_figures_may_be() -> None:
    with a_gateway(GatewayQuirks(has_production_meter=False)) as bench:
        told = bench.inverters.read_status(bench.clock.now())
        assert (bench.clock.now() - told.taken_at).total_seconds() == 300


def test_the_order_of_a_put_is_a_setting() -> None:
    with a_gateway(GatewayQuirks(wants_put=True)) as bench:
        with pytest.raises(RequestRefused, match="another form"):
            bench.order(Curtail(0), bench.inverters.read_settings())
        assert bench.gateway.dpel == a_dpel()
    with a_gateway(GatewayQuirks(wants_put=True), wants_put=True) as bench:
        assert bench.order(Curtail(0), bench.inverters.read_settings()) == frozenset()


def test_at_night_nothing_is_claimed() -> None:
    with a_gateway() as bench:
        bench.clock.advance(12 * 3600)
        told = bench.inverters.read_status(bench.clock.now())
        assert (told.state, told.ac_w, told.limit_w) == (InverterState.UNKNOWN, 0, None)


def test_before_steering_it_is_said_what_stands_in_the_way() -> None:
    with a_gateway() as bench:
        bench.inverters.read_status(bench.clock.now())
        assert [row.state for row in bench.inverters.preflight()] == ["ok", "ok", "ok"]
    with a_gateway(GatewayQuirks(has_dpel=False, has_consumption_meter=False), account=EnphaseAccount(kind="owner"), **ACCOUNT) as bench:
        bench.inverters.read_status(bench.clock.now())
        rows = bench.inverters.preflight()
        assert [row.state for row in rows] == ["lost", "lost", "late"]
        assert rows[2].words.endswith("It ends on 14 March 2027.")
        bench.faults.add(effects.Status(503))
        assert [row.state for row in bench.inverters.preflight()] == ["lost", "lost", "late"]
