"""The set-up goes on where it was left, and control waits for what must be known first."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.control.surroundings import Surroundings
from app.models.connection import Connection
from app.models.control import DeviceState
from app.models.heartbeat import Heartbeat
from app.models.price import PriceFeed
from app.models.site import Site
from app.models.user import User
from app.services import connecting_steps
from app.services.connecting_steps import checklist, step_of, watched
from app.services.connecting_view import addable, views
from tests.services.connecting.homes import connection, let_reading_age, steer


def test_the_next_step_is_what_is_still_missing(session: Session, owner: User, a_site: Callable[..., Site]):
    assert step_of(session, None) == "home"
    assert step_of(session, a_site(owner, name="Empty")) == "retailer"


def test_a_linked_home_watches_until_control_is_on(session: Session, linked: Site):
    assert step_of(session, linked) == "watch"
    session.delete(connection(session, linked, "battery"))
    session.commit()
    assert step_of(session, linked) == "battery"


def test_control_is_the_last_step(session: Session, linked: Site):
    linked.control = "on"
    session.commit()
    assert step_of(session, linked) == "done"


def test_before_the_first_reading_the_page_waits(session: Session, around: Surroundings, linked: Site):
    seen = watched(around, session, linked, utc_now())
    assert seen.is_waiting
    assert seen.reading is None
    proven = checklist(around, session, linked, utc_now())
    assert proven.refusal == "The battery must be read before it can be controlled."


def test_what_is_read_is_shown_with_what_would_be_done(session: Session, around: Surroundings, read: Site):
    seen = watched(around, session, read, utc_now())
    assert not seen.is_waiting
    assert seen.reading is not None
    assert seen.would is not None
    assert seen.would.startswith("your battery plans with Amber Electric prices")
    assert seen.outlook is not None
    assert seen.battery is not None
    assert dict(seen.battery.settings)["backup reserve"] == "20 %"


def states(around: Surroundings, session: Session, site: Site) -> dict[str, str]:
    session.expire_all()
    return {row.title: row.state for row in checklist(around, session, site, utc_now()).rows}


def test_everything_is_proven_but_what_only_control_can_try(session: Session, around: Surroundings, read: Site):
    proven = checklist(around, session, read, utc_now())
    assert [row.state for row in proven.rows] == ["ok", "ok", "ok", "ok", "ok", "none"]
    assert proven.refusal is None
    assert "Powerwall" in proven.if_we_stop


def test_a_confirmed_command_proves_that_settings_can_be_changed(session: Session, around: Surroundings, read: Site):
    def change() -> tuple[str, str]:
        row = checklist(around, session, read, utc_now()).rows[-1]
        return row.state, row.note

    state = session.get_one(DeviceState, connection(session, read, "battery").id)
    state.confirmed_at = datetime(2026, 11, 20, 5, 42, tzinfo=UTC)
    session.commit()
    assert change()[0] == "none"  # of an earlier time: control is off
    read.control = "on"
    session.commit()
    assert change() == ("ok", "It works, last confirmed Fri 16:42.")
    state.problem = "Tesla: accepted and not shown after 2 tries"
    session.commit()
    assert change() == ("late", "It worked, last confirmed Fri 16:42. The newest command is not confirmed yet.")
    state.confirmed_at = None
    session.commit()
    assert change()[0] == "none"


def test_a_battery_that_is_silent_cannot_be_controlled(session: Session, around: Surroundings, read: Site):
    let_reading_age(session, read, timedelta(minutes=4))
    assert states(around, session, read)["Read your battery"] == "late"
    let_reading_age(session, read, timedelta(minutes=14))
    assert states(around, session, read)["Read your battery"] == "lost"
    assert checklist(around, session, read, utc_now()).refusal is not None


def test_control_waits_until_the_owners_settings_are_known(session: Session, around: Surroundings, read: Site):
    session.execute(delete(DeviceState))
    session.commit()
    assert "own settings must be known" in (checklist(around, session, read, utc_now()).refusal or "")


def test_a_short_horizon_and_a_silent_scheduler_are_notes(session: Session, around: Surroundings, read: Site):
    session.execute(update(PriceFeed).values(known_until=utc_now() + timedelta(hours=3)))
    session.execute(update(Heartbeat).values(at=utc_now() - timedelta(hours=1)))
    session.commit()
    found = states(around, session, read)
    assert (found["See prices ahead"], found["Act each minute"]) == ("late", "late")
    assert checklist(around, session, read, utc_now()).refusal is None


def test_health_grows_old_in_steps(session: Session, around: Surroundings, read: Site):
    def battery() -> str:
        return next(each.health.state for each in views(around, session, read.id, utc_now()) if each.role == "battery")

    assert battery() == "ok"
    let_reading_age(session, read, timedelta(minutes=3))
    assert battery() == "late"
    let_reading_age(session, read, timedelta(minutes=11))
    assert battery() == "lost"


def test_prices_grow_old_from_the_end_of_their_interval(session: Session, around: Surroundings, read: Site):
    def retailer(later: timedelta) -> str:
        return next(each.health.state for each in views(around, session, read.id, utc_now() + later) if each.role == "retailer")

    assert retailer(timedelta(0)) == "ok"
    assert retailer(timedelta(minutes=13)) == "late"
    assert retailer(timedelta(minutes=21)) == "lost"


def test_a_refused_key_asks_for_a_new_one(session: Session, around: Surroundings, linked: Site):
    now = utc_now()
    row = connection(session, linked, "retailer")
    row.problem, row.problem_kind, row.problem_since = "Amber: the token was not accepted", "CredentialsRefused", now
    row.retry_at = now + timedelta(hours=1)
    session.commit()
    health = views(around, session, linked.id, now)[0].health
    assert (health.state, health.needs_key, health.retry_at) == ("lost", True, row.retry_at)


def test_a_view_holds_no_secret(session: Session, around: Surroundings, read: Site, world: object):
    told = str(views(around, session, read.id, utc_now()))
    for row in session.query(Connection):
        for secret in ("token",):
            assert str(row.secrets).split('"')[3] not in told, secret


def test_only_what_is_missing_can_be_added(session: Session, linked: Site):
    assert [room.role for room in addable(session, linked.id)] == ["inverter", "solar_forecast"]  # of inverters a home may have several
    session.delete(connection(session, linked, "battery"))
    session.commit()
    assert [room.role for room in addable(session, linked.id)] == ["battery", "inverter", "solar_forecast"]


def test_a_steered_battery_is_told(session: Session, around: Surroundings, read: Site):
    assert not any(each.is_steered for each in views(around, session, read.id, utc_now()))
    steer(session, read)
    assert any(each.is_steered for each in views(around, session, read.id, utc_now()))


def test_the_steps_are_told_without_codes(session: Session, around: Surroundings, read: Site):
    words = str(checklist(around, session, read, utc_now())) + str(connecting_steps.watched(around, session, read, utc_now()).would)
    for code in ("self_consumption", "autonomous", "battery_ok", "pv_only", "None"):
        assert code not in words.replace("refusal=None", "").replace("took_s=None", "")
