"""Asking for a backtest on its page, watching it, reading its result; whose it is, and what a file may be."""

import io
import re
from datetime import date, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session, undefer

from app.control.surroundings import Surroundings
from app.jobs.backtests import Backtests
from app.models.backtest import CANCELLED, WAITING, Backtest
from app.models.site import Membership
from app.models.user import User
from app.services import accounts
from app.services.passwords import Passwords
from app.simulators.pace import SimulatedPace
from app.web.access import Access, access_of
from app.web.backtest import views
from app.web.backtest.drawing import TOP, draw
from tests.conftest import NOW, PASSWORD
from tests.services.summaries.homes import RecordedHome
from tests.web.browser import sign_in
from tests.web.history.test_pages import RAW, said, shown

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)
FORM = {"first": "2026-11-16", "last": "2026-11-17", "self_consumption": "y", "perfect": "y", "minutes": "30"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    now = [NOW]
    monkeypatch.setattr(views, "utc_now", lambda: now[0])
    return now


@pytest.fixture
def home(session: Session, owner: User) -> RecordedHome:
    return RecordedHome(session, owner).metered(MONDAY, TUESDAY).priced(MONDAY, TUESDAY)


@pytest.fixture
def signed_in(client: FlaskClient, home: RecordedHome) -> FlaskClient:
    sign_in(client)
    return client


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/money/backtest").text)
    assert found
    return found[1]


def ask(client: FlaskClient, **changed: Any) -> Any:
    return client.post("/money/backtest", data={**FORM, "csrf_token": token(client), **changed}, content_type="multipart/form-data")


def work(engine: Engine, home: RecordedHome) -> None:
    worker = Backtests(Surroundings(engine, SimulatedPace(NOW)), lambda: NOW)
    site_id = home.site.id
    home.session.rollback()  # on SQLite an open session holds up every writer
    worker.begin([site_id])
    worker.wait(60)


def rows(session: Session) -> list[Backtest]:
    """As they are stored now, with their files and results."""
    with Session(session.get_bind()) as fresh:
        return fresh.query(Backtest).options(undefer(Backtest.file), undefer(Backtest.result)).order_by(Backtest.id).all()


def test_from_asking_to_the_result(signed_in: FlaskClient, home: RecordedHome, engine: Engine, session: Session):
    assert "Nothing was tried yet" in shown(signed_in, "/money/backtest")
    answer = ask(signed_in, capacity_kwh="7.5")
    (row,) = rows(session)
    assert (answer.status_code, answer.location) == (302, f"/money/backtest/{row.id}")
    assert row.asked == {
        "from": "2026-11-16", "to": "2026-11-17", "strategies": ["self-consumption", "perfect"],
        "capacity_kwh": 7.5, "power_kw": None, "minutes": 30,
    }  # fmt: skip
    waiting = signed_in.get(answer.location).text
    assert f'data-poll="/money/backtest/{row.id}/part"' in waiting
    assert "<progress" in waiting
    work(engine, home)
    page = signed_in.get(answer.location).text
    words = said(page)
    assert "data-poll" not in page
    assert "A battery of 7.5 kWh" in words
    for name in ("Battery on its own", "Perfect foresight", "Worst day", "Full cycles", "16 Nov 2026"):
        assert name in words
    assert page.count('class="c-line') == 2
    assert RAW.findall(words) == []
    assert "Battery on its own" in shown(signed_in, "/money/backtest")


def test_the_days_can_be_saved(signed_in: FlaskClient, home: RecordedHome, engine: Engine, session: Session):
    answer = ask(signed_in)
    assert signed_in.get(f"{answer.location}.csv").status_code == 404  # not yet
    work(engine, home)
    lines = signed_in.get(f"{answer.location}.csv").text.splitlines()
    assert lines[0] == "date,strategy,cost,import_kwh,export_kwh,cycles,charge_end_pct,known_hours"
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["2026-11-16", "self-consumption"], ["2026-11-17", "self-consumption"], ["2026-11-16", "perfect"], ["2026-11-17", "perfect"],
    ]  # fmt: skip


def test_the_part_tells_how_far_it_is(signed_in: FlaskClient, session: Session):
    answer = ask(signed_in)
    session.execute(update(Backtest).values(state="running", done=30, total=120))
    session.commit()
    part = signed_in.get(f"{answer.location}/part").text
    assert '<progress class="bar" aria-label="Progress of the backtest" value="30" max="120">' in part
    assert "Day 30 of 120" in said(part)


def test_it_can_be_cancelled(signed_in: FlaskClient, session: Session):
    answer = ask(signed_in)
    assert signed_in.post(f"{answer.location}/cancel", data={"csrf_token": token(signed_in)}).status_code == 302
    assert rows(session)[0].state == CANCELLED
    assert "was cancelled" in shown(signed_in, answer.location)


def test_one_at_a_time(signed_in: FlaskClient, session: Session):
    ask(signed_in)
    second = ask(signed_in)
    assert second.status_code == 409
    assert "Another one is under way" in second.text
    assert len(rows(session)) == 1


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"last": "2026-11-15"}, "The last day comes before the first."),
        ({"self_consumption": "", "perfect": ""}, "Choose at least one strategy."),
        ({"capacity_kwh": "0.1"}, "Enter 0.5 to 1000 kWh."),
        ({"power_kw": "9999"}, "Enter 0.1 to 500 kW."),
        ({"minutes": "7"}, "Not a valid choice"),
        ({"first": "soon"}, "Not a valid date"),
    ],
)
def test_a_mistake_in_the_form_is_told_at_its_field(signed_in: FlaskClient, session: Session, changed: dict[str, str], words: str):
    answer = ask(signed_in, **{key: value for key, value in changed.items() if value}) if all(changed.values()) else unticked(signed_in)
    assert answer.status_code == 422
    assert words in answer.text
    assert rows(session) == []


def unticked(client: FlaskClient) -> Any:
    form = {key: value for key, value in FORM.items() if value != "y"}
    return client.post("/money/backtest", data={**form, "csrf_token": token(client)})


def test_a_meter_file_of_several_megabytes_is_taken(signed_in: FlaskClient, session: Session):
    text = b"start,load_kwh,solar_kwh\n" + b"2026-01-12 00:00,1,0\n" * 150_000
    answer = ask(signed_in, file=(io.BytesIO(text), "meter.csv"))
    assert answer.status_code == 302
    (row,) = rows(session)
    assert (row.state, row.file_name) == (WAITING, "meter.csv")
    assert row.file is not None


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"x" * 5_000_001, 422, "The file is larger than 5 MB."),
        (b"x" * 6_000_000, 413, "a meter file of at most 5 MB"),
        (b"\xff\xfe\x00", 422, "The file is not UTF-8 text."),
    ],
)
def test_a_file_that_is_too_large_or_no_text_is_refused(signed_in: FlaskClient, session: Session, content: bytes, status: int, words: str):
    answer = ask(signed_in, file=(io.BytesIO(content), "meter.csv"))
    assert answer.status_code == status
    assert words in answer.text
    assert rows(session) == []


def test_other_forms_take_no_more_than_before(signed_in: FlaskClient):
    large = {"csrf_token": token(signed_in), "file": (io.BytesIO(b"x" * 2_000_000), "plan.json")}
    assert signed_in.post("/tariffs/saved/import", data=large, content_type="multipart/form-data").status_code == 413


def test_a_viewer_looks_and_asks_for_nothing(
    client: FlaskClient, home: RecordedHome, session: Session, passwords: Passwords, engine: Engine, owner: User
):
    viewer = accounts.create_account(session, passwords, "guest@example.com", PASSWORD, NOW)
    session.add(Membership(user_id=viewer.id, site_id=home.site.id, role="viewer"))
    session.commit()
    sign_in(client, email="guest@example.com")
    page = client.get("/money/backtest").text
    assert 'enctype="multipart/form-data"' not in page
    assert client.post("/money/backtest", data=FORM).status_code in (400, 403)


def test_nobody_sees_another_s_run(signed_in: FlaskClient, session: Session):
    other = RecordedHome(session, name="Elsewhere").metered(MONDAY).priced(MONDAY)
    row = Backtest(site_id=other.site.id, asked_at=NOW, asked={}, state=WAITING)
    session.add(row)
    session.commit()
    for address in ("", "/part", ".csv"):
        assert signed_in.get(f"/money/backtest/{row.id}{address}").status_code == 404
    assert signed_in.post(f"/money/backtest/{row.id}/cancel", data={"csrf_token": token(signed_in)}).status_code == 404
    assert rows(session)[0].state == WAITING


def test_only_an_owner_may_ask_or_cancel():
    assert {access_of(view) for view in (views.ask, views.cancel)} == {Access.OWNER}
    assert {access_of(view) for view in (views.show, views.one, views.part, views.csv)} == {Access.VIEWER}


def test_lines_stay_in_the_plot_and_a_day_that_is_not_known_is_a_gap():
    days = [{"date": "2026-11-16", "cost": 3.0}, {"date": "2026-11-18", "cost": -2.0}]
    result = {"from": "2026-11-16", "to": "2026-11-18", "currency": "AUD", "strategies": [{"strategy": "perfect", "days": days}]}
    chart = draw(result)
    assert chart.unknown == ((33.333, 33.333),)
    (line,) = chart.drawn
    assert line.path.count("M") == 2
    ys = [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)", line.path)]
    assert ys[0] > chart.zero > ys[1]  # paid below zero, earned above
    assert all(TOP - 0.1 <= y <= chart.height for y in ys)
