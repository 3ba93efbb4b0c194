"""A state machine for every brand: prices, buttons, policies, faults, changes by hand, clock jumps and kills in any order. After every step
the invariants hold, and in the end the owner's settings are back.

GoodWe by UDP and a Powerwall by its owner's sign-in are left out: their rigs are not opened from stored fields alone. EXAMPLES_PER_BRAND
and STEPS_PER_EXAMPLE in the environment make longer runs."""

import os
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, delete, select

from app.control.planning import store as plans
from app.domain.battery_plan import BatteryPlan, PlannedAction, PlanStep
from app.domain.opinions import NO_LIMITS
from app.domain.reasons import because
from app.models.control import JournalEntry, StandDown
from app.models.plan import Plan
from app.models.site import Site
from app.services import wishes
from tests.devices.contract.inverters import INVERTERS
from tests.devices.contract.simulated import SIMULATED
from tests.devices.contract.troubles import Trouble
from tests.scenarios.hands import change_by_hand
from tests.scenarios.steered_site import Broken, SteeredSite, changed

EXAMPLES = int(os.environ.get("EXAMPLES_PER_BRAND", "2"))
STEPS = int(os.environ.get("STEPS_PER_EXAMPLE", "15"))
# A vendor that declines a setting of the owner's for good closes the restore: what must happen then has tests of its own.
TROUBLES = sorted(set(Trouble) - {Trouble.DECLINED, Trouble.DECLINED_WITH_CODE}, key=lambda each: each.name)
KILL_AT = st.just(0) | st.integers(1, 90)  # the point at which the process dies; 0: it lives
LAST_TROUBLES = [None, Trouble.ACCEPTED_AND_IGNORED, Trouble.LOST_AFTER_IT_TOOK, Trouble.SERVER_ERROR]
PRICES = st.sampled_from([-20.0, -0.5, 0.0, 0.5, 4.0, 28.0, 90.0])
POLICIES: dict[str, dict[str, Any]] = {
    "tariff_sync": {"enabled": True},
    "solar_curtailment": {"enabled": True, "inverters_to": "zero", "inverters_below_c": 5.0, "inverters_run_below_soc_pct": 0.0},
    "aemo_spike": {"enabled": True, "region": "NSW1"},
    "demand": {"enabled": True, "block_grid_charging": True, "windows": [{"start": "00:00", "end": "00:00", "days": "all"}]},
    "optimizer": {"enabled": True, "mode": "control"},
}


class Made:
    """A plan as the planner hands it over."""

    lost = 0.0

    def __init__(self, plan: BatteryPlan) -> None:
        self.plan = plan


class SteeredHome(RuleBasedStateMachine):
    """One home; `engine`, `rigs` and `monkeypatch` are given by the test."""

    engine: Engine
    rigs: tuple[tuple[str, Any], tuple[str, Any]]
    monkeypatch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        (battery, start_battery), (inverter, start_inverter) = self.rigs
        rigs = (battery, self.stack.enter_context(start_battery(True))), (inverter, self.stack.enter_context(start_inverter(True)))
        self.site = SteeredSite(self.engine, *rigs, self.monkeypatch)
        self.is_faulty = False

    @initialize(kind=st.sampled_from(wishes.KINDS), kill_at=KILL_AT, last_kill_at=KILL_AT, last_trouble=st.sampled_from(LAST_TROUBLES))
    def a_first_command(self, kind: str, kill_at: int, last_kill_at: int, last_trouble: Trouble | None) -> None:
        """Each example commands something; in what trouble it ends is chosen now."""
        self.last_kill_at, self.last_trouble = last_kill_at, last_trouble
        self.site.prices(28.0, 8.0)
        self.site.tick()
        self.site.press(kind, 60)
        self.site.tick(kill_at)

    # What happens

    @rule(import_c=PRICES, feed_in_c=PRICES, hours=st.sampled_from([1, 5, 30]), spot_c=st.sampled_from([-5.0, 10.0, 120.0]))
    def prices_come(self, import_c: float, feed_in_c: float, hours: int, spot_c: float) -> None:
        self.site.prices(import_c, feed_in_c, hours, spot_c)

    @rule(kind=st.sampled_from([*wishes.KINDS, *wishes.INVERTER_KINDS]), minutes=st.sampled_from([15, 60, 240]), kill_at=KILL_AT)
    def the_owner_presses(self, kind: str, minutes: int, kill_at: int) -> None:
        self.site.press(kind, minutes)
        self.site.tick(kill_at)

    @rule(kill_at=KILL_AT)
    def the_owner_restores(self, kill_at: int) -> None:
        self.site.restore_now()
        self.site.tick(kill_at)

    @rule(is_on=st.booleans())
    def control_is_switched(self, is_on: bool) -> None:
        self.site.switch(is_on)

    @rule(name=st.sampled_from(sorted(POLICIES)), is_on=st.booleans())
    def a_policy_is_switched(self, name: str, is_on: bool) -> None:
        self.site.policy(name, **(POLICIES[name] if is_on else {**POLICIES[name], "enabled": False}))

    @rule(action=st.sampled_from(PlannedAction), kill_at=KILL_AT)
    def a_plan_is_made_and_followed(self, action: PlannedAction, kill_at: int) -> None:
        self.site.policy("optimizer", **POLICIES["optimizer"])
        now = self.site.now()
        step = PlanStep(now, now + timedelta(hours=2), action, 0.0, 0.0, 0.0, 0.0, 50.0, 20.0, 5.0, None)
        reason = because(f"plan_{action.value}", import_c=20.0, feed_in_c=5.0)
        plan = BatteryPlan(now, (step,), action, 2000, reason, 0.0, 0.0, 0.0)
        with self.site.around.session() as session:
            session.execute(delete(Plan).where(Plan.site_id == self.site.id, Plan.made_at > now))  # by a clock that was ahead
            plans.keep(session, self.site.id, Made(plan))
            session.commit()
        self.site.tick(kill_at)

    @rule(trouble=st.sampled_from(TROUBLES), count=st.integers(1, 4), at_battery=st.booleans())
    def trouble_begins(self, trouble: Trouble, count: int, at_battery: bool) -> None:
        device = self.site.battery if at_battery else self.site.inverter
        self.is_faulty |= device.rig.befall(trouble, count=count)

    @rule(writes=st.integers(0, 3), at_battery=st.booleans())
    def the_line_will_break_within_a_command(self, writes: int, at_battery: bool) -> None:
        device = self.site.battery if at_battery else self.site.inverter
        self.is_faulty |= device.rig.break_off_after(writes)

    @precondition(lambda self: self.is_faulty)
    @rule()
    def trouble_ends(self) -> None:
        for device in self.site.devices:
            device.rig.recover()
        self.is_faulty = False

    @precondition(lambda self: self.site.is_settled(self.site.battery) and not self._limits_hold())
    @rule(which=st.integers(0, 1))
    def the_owner_changes_a_setting_at_the_device(self, which: int) -> None:
        battery = self.site.battery
        before = battery.rig.settings()
        if not change_by_hand(self.rigs[0][0], battery.rig, which):
            return
        after = battery.rig.settings()
        battery.owner = {**battery.owner, **{name: after[name] for name in after if after[name] != before.get(name)}}
        self.site.clock.sleep(61)  # what was read before is not trusted for a write any more

    def _limits_hold(self) -> bool:
        """A limit that the owner set up is put right again rather than taken for a new wish."""
        judgement = self.site.judgement
        return judgement is None or judgement.decision.firm_limits != NO_LIMITS or judgement.decision.yielding != {}

    @rule()
    def the_owner_resumes(self) -> None:
        with self.site.around.session() as session:
            policies = list(session.scalars(select(StandDown.policy)))
            for policy in policies:
                wishes.take_back(session, self.site.id, policy)

    @rule(minutes=st.sampled_from([1, 5, 31, 250]))
    def time_passes(self, minutes: int) -> None:
        self.site.clock.sleep(60 * minutes)

    @rule(hours=st.sampled_from([-2, 2]))
    def the_clock_of_the_machine_jumps(self, hours: int) -> None:
        self.site.offset += timedelta(hours=hours)

    @rule()
    def a_tick(self) -> None:
        self.site.tick()
        self._check_what_is_called_confirmed()

    @rule(at=st.integers(1, 90))
    def a_tick_in_which_the_process_dies(self, at: int) -> None:
        self.site.tick(kill_at=at)

    @precondition(lambda self: not self.is_faulty)
    @rule()
    def a_second_tick_writes_nothing_new(self) -> None:
        """Invariant 6: identical values are not written again."""
        self.site.tick()
        if not all(outcome.is_confirmed and not outcome.stood_down for outcome in self.site.outcomes.values()):
            return
        before = [device.rig.writes() for device in self.site.devices]
        decided = self._decided()
        self.site.tick()
        if self._decided() == decided and [device.rig.writes() for device in self.site.devices] != before:
            raise Broken(f"the same was written twice: {[outcome.wrote for outcome in self.site.outcomes.values()]}")

    def _decided(self) -> Any:
        judgement = self.site.judgement
        return (
            None if judgement is None else [(order.connection_id, order.command, order.limits, order.until) for order in judgement.orders]
        )

    # Invariants

    @invariant()
    def what_is_not_the_owners_is_owed(self) -> None:
        """2: a device that holds anything else than the owner's settings has a row that makes a later tick restore it."""
        for device in self.site.devices:
            if device.rig.settings() != device.owner and self.site.baseline(device) is None:
                raise Broken(f"the {device.role} holds {changed(device.owner, device.rig.settings())} and nobody remembers the owner's")

    @invariant()
    def nothing_that_has_ended_is_commanded(self) -> None:
        """2: no wish outlives its end."""
        judgement = self.site.judgement
        for axis, chosen in judgement.decision.chosen.items() if judgement is not None else ():
            if chosen.wish.expires_at <= judgement.snapshot.now:
                raise Broken(f"the wish of {chosen.policy} for the {axis} had ended")

    @invariant()
    def confirmed_entries_say_when(self) -> None:
        """3: what is called confirmed was read back."""
        with self.site.around.reading() as session:
            entries = session.scalars(select(JournalEntry).where(JournalEntry.state == "confirmed", JournalEntry.confirmed_at.is_(None)))
            if entries.first() is not None:
                raise Broken("an entry is called confirmed and does not say since when")

    def _check_what_is_called_confirmed(self) -> None:
        """3: what a device was just told, and is called confirmed, is what it shows when it is asked again."""
        if self.is_faulty:
            return
        for order in self.site.judgement.orders if self.site.judgement is not None else ():
            device = next(each for each in self.site.devices if each.id == order.connection_id)
            outcome = self.site.outcomes[order.connection_id]
            if outcome.wrote and outcome.is_confirmed and self.site.shown_differs(device):
                raise Broken(f"the {device.role} was called confirmed and shows {self.site.shown_differs(device)}")

    def teardown(self) -> None:
        """2: with all wishes gone and the devices answering, the owner has everything back."""
        try:
            for device in self.site.devices:
                device.rig.recover()
            if hasattr(self, "last_kill_at"):
                self._end_in_trouble()
            self.site.finish()
        finally:
            self.stack.close()
            with self.site.around.session() as session:
                session.delete(session.get_one(Site, self.site.id))
                session.commit()

    def _end_in_trouble(self) -> None:
        """The first tries to give everything back meet a trouble, and the process dies in one of them."""
        self.site.switch(False)
        for device in self.site.devices:
            if self.last_trouble is not None:
                device.rig.befall(self.last_trouble, count=30)
        for kill_at in (self.last_kill_at, 0):
            self.site.clock.sleep(360)
            self.site.tick(kill_at)
            self.what_is_not_the_owners_is_owed()
        for device in self.site.devices:
            device.rig.recover()


SIMULATORS = [simulated for simulated in SIMULATED if simulated.start.__name__ not in ("_goodwe_by_udp", "_fleet")]


@pytest.mark.timeout(0)
@pytest.mark.parametrize("number", range(max(len(SIMULATORS), len(INVERTERS))))
def test_whatever_happens_the_owner_gets_everything_back(number: int, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    battery, inverter = SIMULATORS[number % len(SIMULATORS)], INVERTERS[number % len(INVERTERS)]

    class Home(SteeredHome):
        pass

    Home.engine, Home.monkeypatch = engine, monkeypatch
    Home.rigs = (battery.brand, battery.start), (inverter.brand, inverter.start)
    phases = [Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink] if EXAMPLES > 10 else [Phase.explicit, Phase.generate]
    longer = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=list(HealthCheck), phases=phases
    )
    run_state_machine_as_test(Home, settings=longer)
