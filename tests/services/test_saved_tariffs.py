"""Saved tariffs, with the real loop and a simulated Powerwall: kept, used again, the default, files; nobody else's."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, undefer

from app.control.connections import Opener
from app.control.memory import DeviceMemory
from app.control.sample import sample
from app.domain.codec import to_json
from app.domain.opinions import Hold
from app.models.control import Baseline, DeviceState, LastDecision, Signal
from app.models.site import Site
from app.models.tariffs import SavedTariff
from app.models.types import keyring
from app.services import saved_tariffs
from app.services.saved_tariffs import NameRefused, SavedPage, TariffRefused
from app.simulators.gateway_tariff import time_of_use_plan
from app.simulators.powerwall import Behaviour
from tests.control.conftest import Home, home_of
from tests.control.kills import killing

__all__ = ["home_of"]

OWN = "My time of use"  # of the simulated owner
WINTER = time_of_use_plan("Winter plan", "AUD", [(0, 0.20, 0.04), (16, 0.44, 0.10), (22, 0.20, 0.04)])
SUMMER = time_of_use_plan("Summer plan", "AUD", [(0, 0.22, 0.04), (14, 0.50, 0.12), (20, 0.22, 0.04)])
SYNC_OFF = {"tariff_sync": {"enabled": False}}
FILE: dict[str, Any] = {"powersync_tariff": 1, "name": "Winter", "note": "June to August", "brand": "tesla", "tariff": WINTER}

HomeOf = Callable[..., Home]


@pytest.fixture
def steered(engine: Engine, home_of: HomeOf) -> Home:
    """A home that follows prices: what is the owner's is kept in the baseline."""
    home = a_home(home_of, engine)
    home.tick()
    return home


@pytest.fixture
def idle(engine: Engine, home_of: HomeOf) -> Home:
    """Control is on and nobody wishes anything: the battery runs on the owner's settings."""
    return idle_home(home_of, engine)


def a_home(home_of: HomeOf, engine: Engine, **more: Any) -> Home:
    return home_of(engine, behaviour=Behaviour.prompt(), is_in_process=True, **more)


def idle_home(home_of: HomeOf, engine: Engine, **more: Any) -> Home:
    """Nobody wishes anything, and the battery has been read."""
    home = a_home(home_of, engine, policies=SYNC_OFF, **more)
    sample(home.around, home.opener, home.battery_id, home.pace.now())
    home.tick(fresh=False)
    return home


def saved(home: Home, tariff: dict[str, Any] = WINTER, name: str = "Winter") -> SavedTariff:
    with home.session() as session:
        row = SavedTariff(site_id=home.site_id, name=name, brand="tesla", tariff=tariff, saved_at=home.pace.now())
        session.add(row)
        session.commit()
        return row


def imported(home: Home, content: bytes) -> SavedTariff:
    with home.session() as session:
        return saved_tariffs.import_file(session, home.around, home.site, content, home.pace.now())


def save_present(home: Home, name: str = "Mine", note: str = "") -> SavedTariff:
    with home.session() as session:
        return saved_tariffs.save_present(session, home.around, home.site, name, note, home.pace.now())


def use(home: Home, row: SavedTariff) -> SavedTariff | None:
    with home.session() as session:
        return saved_tariffs.use(session, home.around, site_in(session, home), again(session, row), home.pace.now())


def make_default(home: Home, row: SavedTariff) -> None:
    with home.session() as session:
        saved_tariffs.set_default(session, home.around, site_in(session, home), again(session, row), home.pace.now())


def page(home: Home) -> SavedPage:
    with home.session() as session:
        return saved_tariffs.saved_page(session, home.around, site_in(session, home), home.pace.now())


def site_in(session: Session, home: Home) -> Site:
    return session.get_one(Site, home.site_id)


def again(session: Session, row: SavedTariff) -> SavedTariff:
    return session.get_one(SavedTariff, row.id)


def all_saved(home: Home) -> list[SavedTariff]:
    with home.session() as session:
        return list(session.query(SavedTariff).order_by(SavedTariff.id))


def current(home: Home) -> list[str]:
    return [row.name for row in page(home).rows if row.is_current]


def plan_name(home: Home) -> str:
    return str(home.world.powerwall.settings()["tariff_content_v2"]["name"])


def besides_the_plan(home: Home) -> dict[str, Any]:
    settings = home.world.powerwall.settings()
    return {name: settings[name] for name in settings if name != "tariff_content_v2"}


# Using one


def test_a_tariff_that_is_used_reaches_the_battery_and_nothing_stays_to_be_restored(any_engine: Engine, home_of: HomeOf) -> None:
    home = idle_home(home_of, any_engine)
    before = besides_the_plan(home)
    row = saved(home)
    assert use(home, row) is not None
    assert home.baseline is not None
    assert home.baseline.settings["tariff"] == WINTER
    home.tick(fresh=False)
    assert plan_name(home) == "Winter plan"
    assert besides_the_plan(home) == before
    assert home.baseline is None
    assert home.posts() == ["time_of_use_settings"]
    assert (current(home), page(home).is_held) == (["Winter"], True)


def test_using_one_wakes_the_loop(idle: Home) -> None:
    with idle.session() as session:
        before = session.get_one(Signal, idle.site_id).count
    use(idle, saved(idle))
    with idle.session() as session:
        assert session.get_one(Signal, idle.site_id).count == before + 1


def test_what_was_the_owners_before_is_saved_and_can_be_used_again(idle: Home) -> None:
    kept = use(idle, saved(idle))
    assert kept is not None
    assert (kept.name, kept.tariff["name"]) == ("Before Fri 20 Nov 2026, 14:00", OWN)
    idle.tick(fresh=False)
    assert use(idle, kept) is None, "the tariff of before is saved already"
    idle.tick(fresh=False)
    assert plan_name(idle) == OWN
    assert [row.name for row in all_saved(idle)] == ["Winter", kept.name]


def test_while_prices_are_followed_nothing_is_sent_until_that_ends(any_engine: Engine, home_of: HomeOf) -> None:
    home = a_home(home_of, any_engine)
    home.tick()
    owners = home.baseline
    assert owners is not None
    sent = home.posts()
    use(home, saved(home))
    for _ in range(3):
        home.later(minutes=1)
        home.tick(fresh=False)
    assert home.posts() == sent
    assert home.plan == "POWERSYNC:SYNC"
    assert home.baseline is not None
    assert home.baseline.settings == {**owners.settings, "tariff": WINTER}
    home.policy("tariff_sync", enabled=False)
    home.tick(fresh=False)
    assert plan_name(home) == "Winter plan"
    assert home.baseline is None


def test_the_page_says_what_steers_the_tariff(steered: Home) -> None:
    use(steered, saved(steered))
    shown = page(steered)
    assert current(steered) == ["Winter"]
    assert not shown.is_held
    assert shown.steering is not None
    assert shown.steering.is_tariff_sync
    assert "prices" in shown.steering.why
    steered.press("charge")
    steered.tick(fresh=False)
    steering = page(steered).steering
    assert steering is not None
    assert not steering.is_tariff_sync
    assert "You asked to charge until 14:30" in steering.why


def test_a_wish_that_writes_no_tariff_leaves_the_owners_in_use(idle: Home) -> None:
    idle.press("hold")
    idle.tick(fresh=False)
    use(idle, saved(idle))
    assert page(idle).steering is None
    idle.tick(fresh=False)
    assert plan_name(idle) == "Winter plan"
    assert idle.world.powerwall.settings()["default_real_mode"] == "backup"
    idle.restore_now()
    idle.tick(fresh=False)
    assert plan_name(idle) == "Winter plan"
    assert idle.baseline is None


def test_the_command_of_another_release_steers_no_tariff_as_far_as_is_known(idle: Home) -> None:
    idle.press("hold")
    idle.tick(fresh=False)
    with idle.session() as session:
        session.get_one(LastDecision, idle.site_id).command = {**to_json(Hold()), "is": "Unheard"}
        session.commit()
    assert page(idle).steering is None


def test_killed_at_any_point_it_is_used_whole_or_not_at_all(engine: Engine, home_of: HomeOf, monkeypatch: pytest.MonkeyPatch) -> None:
    used = 0
    for at in range(1, 100):
        home = idle_home(home_of, engine)
        row = saved(home)
        with killing(engine, at, monkeypatch) as killer:
            use(home, row)
            home.tick(fresh=False)
        is_chosen = home.baseline is not None or plan_name(home) == "Winter plan"
        home.opener = Opener(home.around, home.pace.now)  # a new process knows only what is stored
        for _ in range(2):
            home.later(minutes=6)
            home.tick(fresh=False)
        assert plan_name(home) == ("Winter plan" if is_chosen else OWN), f"killed at point {at}"
        assert home.baseline is None, f"killed at point {at}"
        used += is_chosen
        if not killer.has_struck:
            assert 10 < used < at
            return
        with home.session() as session:
            session.delete(home.site)
            session.commit()
    pytest.fail("it never ran to its end")


def test_one_that_is_chosen_while_the_one_before_is_being_given_back_is_not_lost(steered: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    row = saved(steered)
    steered.policy("tariff_sync", enabled=False)
    confirmed = DeviceMemory.confirmed

    def chosen_meanwhile(memory: DeviceMemory, *args: Any) -> None:
        confirmed(memory, *args)
        monkeypatch.undo()
        use(steered, row)

    monkeypatch.setattr(DeviceMemory, "confirmed", chosen_meanwhile)
    steered.tick(fresh=False)
    assert plan_name(steered) == OWN
    steered.tick(fresh=False)
    assert plan_name(steered) == "Winter plan"
    assert steered.baseline is None


def test_the_choice_is_newer_than_what_was_changed_in_the_app_before_and_not_read_yet(idle: Home) -> None:
    row = saved(idle)
    idle.world.powerwall.owner_sets(tariff_content_v2=SUMMER, backup_reserve_percent=35)
    idle.later(minutes=2)
    use(idle, row)
    idle.tick(fresh=False)
    assert plan_name(idle) == "Winter plan"
    assert idle.world.powerwall.settings()["backup_reserve_percent"] == 35, "what else the owner changed stays"
    assert idle.baseline is None


def test_the_owners_tariff_in_use_is_no_work(idle: Home) -> None:
    row = saved(idle, idle.world.powerwall.settings()["tariff_content_v2"], name="The same")
    with pytest.raises(TariffRefused, match="“The same” is your tariff already"):
        use(idle, row)
    assert idle.baseline is None


def test_one_that_the_vendor_would_not_take_is_tried_again_when_the_owner_asks(steered: Home) -> None:
    row = saved(steered)
    use(steered, row)
    with steered.session() as session:
        session.get_one(Baseline, steered.battery_id).refused = {"tariff": "declined", "mode": "declined"}
        session.commit()
    use(steered, row)
    assert steered.baseline is not None
    assert steered.baseline.refused == {"mode": "declined"}


def test_nothing_is_used_while_control_is_off(engine: Engine, home_of: HomeOf) -> None:
    home = idle_home(home_of, engine, control="watch")
    row = saved(home)
    with pytest.raises(TariffRefused, match="Control is off: PowerSync only watches"):
        use(home, row)
    assert (home.baseline, len(all_saved(home))) == (None, 1)


def test_nothing_is_used_before_the_battery_was_read(engine: Engine, home_of: HomeOf) -> None:
    home = a_home(home_of, engine)
    row = saved(home)
    with pytest.raises(TariffRefused, match="have not been read yet"):
        use(home, row)
    assert home.baseline is None


@pytest.mark.parametrize("act", [use, make_default])
def test_a_tariff_of_another_brand_is_refused(idle: Home, act: Callable[[Home, SavedTariff], None]) -> None:
    row = saved(idle)
    with idle.session() as session:
        again(session, row).brand = "another"
        session.commit()
    with pytest.raises(TariffRefused, match="another kind of battery"):
        act(idle, row)
    assert idle.baseline is None
    assert not any(row.is_default for row in all_saved(idle))


# The default


def test_a_default_replaces_the_tariff_that_is_kept_at_once_and_nothing_else(steered: Home) -> None:
    kept = steered.baseline
    assert kept is not None
    sent = steered.posts()
    make_default(steered, saved(steered))
    assert steered.baseline is not None
    assert steered.baseline.settings == {**kept.settings, "tariff": WINTER}
    steered.tick(fresh=False)
    assert steered.posts() == sent
    steered.switch(False)
    steered.tick(fresh=False)
    assert plan_name(steered) == "Winter plan"


def test_the_tariff_that_a_default_replaces_is_kept(steered: Home) -> None:
    steered.world.powerwall.owner_sets(tariff_content_v2=SUMMER)
    steered.later(minutes=6)
    steered.tick()
    make_default(steered, saved(steered))
    assert [row.tariff["name"] for row in all_saved(steered)] == [OWN, "Winter plan", "Summer plan"]


def test_a_default_changes_nothing_while_the_battery_runs_on_the_owners_settings(idle: Home) -> None:
    make_default(idle, saved(idle))
    assert idle.baseline is None
    idle.tick(fresh=False)
    assert plan_name(idle) == OWN


def test_ending_the_default_leaves_what_is_kept(steered: Home) -> None:
    row = saved(steered)
    make_default(steered, row)
    with steered.session() as session:
        saved_tariffs.unset_default(session, again(session, row))
    assert not any(row.is_default for row in all_saved(steered))
    assert steered.baseline is not None
    assert steered.baseline.settings["tariff"] == WINTER


def test_each_home_has_one_default(any_engine: Engine, home_of: HomeOf) -> None:
    home = idle_home(home_of, any_engine)
    first, second = saved(home), saved(home, SUMMER, name="Summer")
    with home.session() as session:
        theirs = Site(name="Theirs", timezone="Europe/London", currency="GBP", control="on", created_at=home.pace.now())
        session.add(theirs)
        session.flush()
        session.add(SavedTariff(site_id=theirs.id, name="Theirs", brand="tesla", tariff=SUMMER, is_default=True, saved_at=home.pace.now()))
        session.commit()
    make_default(home, first)
    make_default(home, second)
    assert [row.name for row in all_saved(home) if row.is_default] == ["Summer", "Theirs"]


def test_a_default_for_another_battery_is_said_to_be_ignored(idle: Home) -> None:
    row = saved(idle)
    make_default(idle, row)
    assert page(idle).ignored_default is None
    with idle.session() as session:
        again(session, row).brand = "another"
        session.commit()
    ignored = page(idle).ignored_default
    assert ignored is not None
    assert ignored.name == "Winter"


def test_deleting_the_default_leaves_what_is_kept(steered: Home) -> None:
    row = saved(steered)
    make_default(steered, row)
    with steered.session() as session:
        saved_tariffs.delete(session, again(session, row))
    assert steered.baseline is not None
    assert steered.baseline.settings["tariff"] == WINTER
    assert "Winter" not in [row.name for row in all_saved(steered)]


# Keeping


def test_the_battery_s_tariff_is_saved_as_it_is_held(idle: Home) -> None:
    row = save_present(idle, "  My   own ", " with\nnote ")
    assert (row.name, row.note, row.brand, row.is_default) == ("My own", "with note", "tesla", False)
    assert idle.state.found is not None
    assert row.tariff == idle.state.found["tariff"]
    assert current(idle) == ["My own"]


def test_while_prices_are_followed_the_owners_own_is_saved(steered: Home) -> None:
    shown = page(steered)
    assert (shown.own_title, shown.is_held, shown.problem) == (OWN, False, "")
    assert save_present(steered).tariff["name"] == OWN


def test_a_tariff_that_powersync_wrote_is_never_saved(steered: Home) -> None:
    with steered.session() as session:  # what was the owner's is lost
        session.query(Baseline).delete()
        session.commit()
    with pytest.raises(TariffRefused, match="a tariff that PowerSync wrote, and yours is not known"):
        save_present(steered)
    assert page(steered).problem.startswith("Your battery holds a tariff that PowerSync wrote")


def test_without_a_tariff_there_is_nothing_to_save(idle: Home) -> None:
    with idle.session() as session:
        state = session.get_one(DeviceState, idle.battery_id, options=[undefer(DeviceState.found)])
        state.found = {**(state.found or {}), "tariff": {}}
        session.commit()
    with pytest.raises(TariffRefused, match="Your battery holds no tariff"):
        save_present(idle)


def test_a_kept_baseline_without_a_tariff_has_none_to_save(steered: Home) -> None:
    with steered.session() as session:
        row = session.get_one(Baseline, steered.battery_id)
        row.settings = {name: value for name, value in row.settings.items() if name != "tariff"}
        session.commit()
    with pytest.raises(TariffRefused, match="a tariff of your own is not known"):
        save_present(steered)


def test_a_name_that_is_none_is_refused(idle: Home) -> None:
    for name in ("", "   ", "x" * 81, "bell\x07", "half \ud800"):
        with pytest.raises(NameRefused, match="1 to 80 characters"):
            save_present(idle, name)
    assert all_saved(idle) == []


def test_a_name_is_given_once(any_engine: Engine, home_of: HomeOf) -> None:
    home = idle_home(home_of, any_engine)
    save_present(home, "Mine")
    with pytest.raises(NameRefused, match="Another saved tariff has this name"):
        save_present(home, "Mine")
    other = save_present(home, "Other")
    with home.session() as session, pytest.raises(NameRefused, match="Another saved tariff"):
        saved_tariffs.rename(session, again(session, other), "Mine", "")
    with home.session() as session:
        saved_tariffs.rename(session, again(session, other), "Third", "noted")
    assert [(row.name, row.note) for row in all_saved(home)] == [("Mine", ""), ("Third", "noted")]


def test_a_note_that_is_too_long_is_refused(idle: Home) -> None:
    with pytest.raises(TariffRefused, match="200 characters"):
        save_present(idle, note="x" * 201)


def test_so_many_and_no_more(idle: Home) -> None:
    with idle.session() as session:
        for number in range(saved_tariffs.MOST_SAVED):
            row = SavedTariff(site_id=idle.site_id, name=str(number), brand="tesla", tariff=SUMMER, saved_at=idle.pace.now())
            session.add(row)
        session.commit()
    with pytest.raises(TariffRefused, match="100 saved tariffs already"):
        save_present(idle)


def test_current_is_what_means_the_same_whatever_it_is_called(idle: Home) -> None:
    own = idle.world.powerwall.settings()["tariff_content_v2"]
    saved(idle, {**own, "name": "Called otherwise"}, name="The same")
    saved(idle, WINTER)
    assert current(idle) == ["The same"]


def test_the_newest_stands_first(idle: Home) -> None:
    saved(idle)
    idle.later(minutes=1)
    saved(idle, SUMMER, name="Summer")
    assert [(row.name, row.title, row.brand) for row in page(idle).rows] == [
        ("Summer", "Summer plan", "Tesla Powerwall"),
        ("Winter", "Winter plan", "Tesla Powerwall"),
    ]


def test_without_a_battery_the_saved_ones_are_still_listed(idle: Home) -> None:
    saved(idle)
    with idle.session() as session:
        session.delete(session.merge(idle.state))
        connection = saved_tariffs.holder_of(session, idle.around, idle.site_id, idle.pace.now()).connection
        session.delete(connection)
        session.commit()
    shown = page(idle)
    assert [(row.name, row.fits, row.is_current) for row in shown.rows] == [("Winter", False, False)]
    assert shown.problem == "No battery is linked yet."


def test_a_lost_key_is_told_and_not_a_crash(idle: Home, fernet_key: str) -> None:
    from cryptography.fernet import Fernet

    saved(idle)
    try:
        keyring.use([Fernet.generate_key().decode()])
        assert "enter it again under Devices" in page(idle).problem
    finally:
        keyring.use([fernet_key])


# Files


def test_an_exported_tariff_is_imported_as_it_was(idle: Home) -> None:
    row = save_present(idle, "Größe 1/2", "a note")
    copy_text = saved_tariffs.as_file(row)
    assert json.loads(copy_text)["powersync_tariff"] == 1
    assert saved_tariffs.file_name(row) == "tariff-gr-e-1-2.json"
    other = imported(idle, b"\xef\xbb\xbf" + copy_text.encode())
    assert (other.name, other.note, other.brand, other.tariff) == ("Größe 1/2 (2)", "a note", "tesla", row.tariff)
    assert json.loads(saved_tariffs.pretty(other)) == row.tariff


def test_a_file_name_is_never_empty() -> None:
    assert saved_tariffs.file_name(SavedTariff(name="…")) == "tariff.json"


def _without(part: str, of: dict[str, Any] = FILE) -> dict[str, Any]:
    return {name: value for name, value in of.items() if name != part}


def _with_a_hole() -> dict[str, Any]:
    plan = json.loads(json.dumps(WINTER))
    band = next(name for name, rate in plan["energy_charges"]["Summer"]["rates"].items() if rate == 0.44)
    entries = plan["seasons"]["Summer"]["tou_periods"][band]["periods"]
    entries[0] |= {"fromHour": 16, "fromMinute": 30}
    return plan


NOT_A_FILE = "not a saved tariff"
REFUSED: list[tuple[Any, str]] = [
    (b"", "not JSON"),
    (b"\xff\xfe", "not JSON"),
    (b"[" * 100_000, "not JSON"),
    (b'{"powersync_tariff": NaN}', "not JSON"),
    (b'{"powersync_tariff": 1, "name": "\\ud800"}', "not JSON"),
    (b" " * 200_001, "at most 200 kB"),
    ([], NOT_A_FILE),
    ("text", NOT_A_FILE),
    (WINTER, NOT_A_FILE),
    ({**FILE, "powersync_tariff": 2}, "another version"),
    (_without("name"), "“name” is missing"),
    ({**FILE, "name": 5}, "“name” is missing"),
    ({**FILE, "name": "x" * 81}, "1 to 80 characters"),
    ({**FILE, "note": ["no"]}, "“note” in the file"),
    ({**FILE, "note": "x" * 201}, "200 characters"),
    (_without("brand"), "“brand” is missing"),
    ({**FILE, "brand": "sungrow"}, "another kind of battery"),
    ({**FILE, "brand": "x" * 1000}, "another kind of battery"),
    (_without("tariff"), "“tariff” is missing"),
    ({**FILE, "tariff": []}, "“tariff” is missing"),
    ({**FILE, "tariff": {}}, "“tariff” is missing"),
    ({**FILE, "tariff": {**WINTER, "code": "POWERSYNC:SYNC"}}, "PowerSync wrote this tariff itself"),
    ({**FILE, "tariff": {"name": "No prices"}}, "reads no prices"),
    ({**FILE, "tariff": {**WINTER, "seasons": 5, "energy_charges": "free"}}, "reads no prices"),
    ({**FILE, "tariff": _with_a_hole()}, "no price to buy at on a Saturday at 16:00 in January"),
]


@pytest.fixture
def linked(engine: Engine, home_of: HomeOf) -> Home:
    """A home of which nothing was read yet: a file needs no more."""
    return a_home(home_of, engine)


def test_what_is_not_a_tariff_of_this_battery_is_refused_with_the_reason(linked: Home) -> None:
    for content, reason in REFUSED:
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        with pytest.raises(TariffRefused, match=reason) as refused:
            imported(linked, text)
        assert len(str(refused.value)) < 200, content
    assert all_saved(linked) == []


def test_half_a_year_is_no_tariff(linked: Home) -> None:
    plan = json.loads(json.dumps(WINTER))
    plan["seasons"]["Summer"] |= {"fromMonth": 1, "fromDay": 1, "toMonth": 6, "toDay": 20}
    with pytest.raises(TariffRefused, match="at 00:00 in June"):
        imported(linked, json.dumps({**FILE, "tariff": plan}).encode())


def test_an_import_sends_nothing(steered: Home) -> None:
    sent = steered.posts()
    imported(steered, json.dumps(FILE).encode())
    steered.later(minutes=1)
    steered.tick(fresh=False)
    assert steered.posts() == sent


# Whose they are


def test_nobody_gets_at_anothers_saved_tariff(linked: Home) -> None:
    row = saved(linked)
    with linked.session() as session:
        other = Site(name="Other", timezone="Europe/London", currency="GBP", control="on", created_at=linked.pace.now())
        session.add(other)
        session.commit()
        assert saved_tariffs.saved_tariff(session, other.id, row.id) is None
        assert saved_tariffs.saved_tariff(session, linked.site_id, row.id) is not None
        assert saved_tariffs.saved_page(session, linked.around, other, linked.pace.now() + timedelta(minutes=1)).rows == ()
