"""The journal as sentences, and the owner's say in it."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.control import journal
from app.domain.reasons import because
from app.models.control import JournalEntry, Signal, StandDown
from app.models.session import WebSession
from app.models.site import Site
from app.models.user import User
from app.services import accounts, journal_page
from app.services.passwords import Passwords
from app.web.decisions import views
from tests.conftest import PASSWORD
from tests.web.browser import csrf_token, sign_in
from tests.web.prices.home import NOW, a_home

S = timedelta(seconds=1)
MIN = timedelta(minutes=1)
FOLLOWS = because("follows_prices", retailer="Amber", import_c=39.46, feed_in_c=9.0, known_until=NOW + timedelta(hours=24))
CHANGE = {"field": "grid_charging", "label": "grid charging", "was": "on", "now": "off"}
DETAIL: dict[str, Any] = {
    "wishes": [
        {"policy": "demand", "opinion": "Limit", "reason": {"code": "demand_window", "params": {"until": "20:00"}}},
        {
            "policy": "tariff_sync",
            "opinion": "Wish",
            "reason": {"code": "follows_prices", "params": {}},
            "command": {"is": "FollowTariff", "replan": False},
            "until": (NOW + timedelta(hours=6)).isoformat(),
        },
    ],
    "limits": [{"code": "demand_window", "params": {"until": "20:00"}}],
    "clamped": [{"code": "full_enough", "params": {"soc_pct": 90}}],
    "changed": [{"field": "reserve_pct", "label": "backup reserve", "now": "100 %"}],
}


@pytest.fixture(autouse=True)
def _a_still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "utc_now", lambda: NOW)


@pytest.fixture
def home(owner: User, session: Session, client: FlaskClient) -> Site:
    site = a_home(session)
    sign_in(client)
    return site


def text_of(client: FlaskClient, address: str = "/decisions") -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.replace("\u202f", " ")))


def an_update(session: Session, site: Site, at: datetime, **more: Any) -> JournalEntry:
    """A price update that was sent and confirmed."""
    values = {"sent_at": at, "accepted_at": at + 2 * S, "confirmed_at": at + 17 * S, "attempts": 1, **more}
    return journal.write(session, site.id, at, "tariff", FOLLOWS, "confirmed", **values)


def a_change(session: Session, site: Site, *, stands_down: bool = True) -> JournalEntry:
    """Somebody switched grid charging off, and tariff sync waits."""
    reason = because("owner_changed", what="grid charging")
    entry = journal.write(session, site.id, NOW - 4 * MIN, "owner", reason, "told", detail={"changes": [CHANGE]}, needs_owner=True)
    if stands_down:
        session.add(StandDown(site_id=site.id, policy="tariff_sync", changes=[CHANGE], priority=10, seen_at=NOW - 4 * MIN))
    session.commit()
    return entry


def test_an_entry_has_its_sentence_facts_and_each_step_with_its_time(home: Site, session: Session, client: FlaskClient) -> None:
    at = NOW - 25 * MIN
    journal.write(
        session, home.id, at, "decision", because("owner_charge", until=NOW), "effective", detail=DETAIL | {"policy": "owner"}, attempts=1,
        sent_at=at, accepted_at=at + 2 * S, confirmed_at=at + 17 * S, effective_at=at + 46 * S, ended_at=NOW - 5 * MIN,
    )  # fmt: skip
    session.commit()
    text = text_of(client)
    assert "16:17 25 min ago You asked to charge until 16:42." in text
    assert "Instead of Tariff sync: plan with your prices until Fri 22:42." in text
    assert "Limits No grid charging in the demand window, until 20:00. Charged to the limit of 90 %." in text
    assert "Changed Backup reserve: 100 %." in text
    assert "Ended At 16:37." in text
    assert "Sent 16:17:00 Accepted after 2 s Confirmed after 17 s Effective after 46 s" in text


def test_what_was_done_is_wanted_and_only_a_button_stands_instead(home: Site, session: Session, client: FlaskClient) -> None:
    journal.write(session, home.id, NOW - MIN, "decision", FOLLOWS, "watched", detail=DETAIL | {"policy": "tariff_sync"})
    session.commit()
    text = text_of(client)
    assert "Wanted Tariff sync: plan with your prices" in text
    assert "Instead of" not in text


def test_who_only_waited_lost_nothing_to_a_button(home: Site, session: Session, client: FlaskClient) -> None:
    waits = {"policy": "tariff_sync", "opinion": "Unknown", "reason": {"code": "no_prices", "params": {}}}
    detail = {"wishes": [waits], "policy": "owner"}
    journal.write(session, home.id, NOW - MIN, "decision", because("owner_hold", until=NOW), "confirmed", detail=detail)
    session.commit()
    text = text_of(client)
    assert "Wanted Tariff sync: waits. No prices have arrived yet." in text
    assert "Instead of" not in text


def test_a_failure_is_told_on_the_sites_clock_and_is_not_green(home: Site, session: Session, client: FlaskClient) -> None:
    at = NOW - 30 * MIN
    journal.write(
        session, home.id, at, "decision", because("owner_hold", until=NOW), "failed", detail={**DETAIL, "limits": [], "clamped": []},
        attempts=3, sent_at=at, accepted_at=at + 2 * S, failure="Not confirmed by 2026-11-20T05:13:30+00:00",
    )  # fmt: skip
    session.commit()
    text = text_of(client)
    assert "Failed Not confirmed by 16:13:30." in text
    assert "Limits None in the way." in text
    assert "Sent 3 times, first 16:12:00 Accepted after 2 s Not confirmed" in text
    assert 'data-state="failed"' in client.get("/decisions").text


def test_what_is_on_its_way_waits(home: Site, session: Session, client: FlaskClient) -> None:
    an_update(session, home, NOW - 5 * S, confirmed_at=None)
    journal.write(session, home.id, NOW - 2 * S, "restore", because("restoring"), "sent", sent_at=NOW - 2 * S, attempts=1)
    session.commit()
    text = text_of(client)
    assert "Accepted after 2 s Waiting for confirmation" in text
    assert "Sent 16:41:58 Waiting to be accepted" in text


def test_price_updates_in_a_row_are_told_together(home: Site, session: Session, client: FlaskClient) -> None:
    for index in range(12):
        an_update(session, home, NOW - 97 * MIN + index * 5 * MIN)
    session.commit()
    html, text = client.get("/decisions").text, text_of(client)
    assert "12 price updates between 15:05 and 16:00, all confirmed." in text
    assert "Last Your battery plans with Amber prices: 39.5 c to buy and 9.0 c to sell now, known until Sat 16:42." in text
    assert html.count("confirmed after") == 12
    assert "<details" in html
    assert "still on" in text


def test_an_update_that_had_trouble_stands_by_itself_and_parts_the_others(home: Site, session: Session, client: FlaskClient) -> None:
    for index in range(5):
        an_update(session, home, NOW - 60 * MIN + index * 5 * MIN, **({"attempts": 2} if index == 2 else {}))
    session.commit()
    text = text_of(client)
    assert "2 price updates between 15:57 and 16:02, all confirmed." in text
    assert "2 price updates between 15:42 and 15:47, all confirmed." in text
    assert "Sent 2 times, first 15:52:00" in text


def test_nothing_is_still_on_after_the_owners_settings_came_back(home: Site, session: Session, client: FlaskClient) -> None:
    an_update(session, home, NOW - 9 * MIN)
    at = NOW - 5 * MIN
    journal.write(session, home.id, at, "restore", because("restoring"), "confirmed", sent_at=at, confirmed_at=at + 9 * S, attempts=1)
    session.commit()
    assert "still on" not in text_of(client)


def test_what_was_only_watched_says_that_nothing_was_sent(home: Site, session: Session, client: FlaskClient) -> None:
    journal.write(session, home.id, NOW - MIN, "decision", FOLLOWS, "watched", detail=DETAIL)
    session.commit()
    assert "Watched only: nothing was sent." in text_of(client)


def test_problems_and_yours_leave_the_rest_out(home: Site, session: Session, client: FlaskClient) -> None:
    an_update(session, home, NOW - 20 * MIN)
    journal.write(session, home.id, NOW - 15 * MIN, "notice", because("no_prices"), "told")
    journal.write(session, home.id, NOW - 10 * MIN, "decision", because("owner_hold", until=NOW), "confirmed")
    a_change(session, home)
    assert "Fri 20 Nov, 4 entries" in text_of(client)
    problems, yours = text_of(client, "/decisions?show=problems"), text_of(client, "/decisions?show=yours")
    assert ("No prices have arrived yet" in problems, "You asked to hold" in problems, "to buy" in problems) == (True, False, False)
    assert ("No prices have arrived yet" in yours, "You asked to hold" in yours, "to buy" in yours) == (False, True, False)
    assert "Someone changed the grid charging" in problems
    assert "Someone changed the grid charging" in yours


def test_older_entries_come_page_by_page_and_none_is_lost(home: Site, session: Session, client: FlaskClient) -> None:
    for index in range(45):
        at = NOW - timedelta(hours=60) + index * timedelta(hours=1)
        journal.write(session, home.id, at, "notice", because("owner_changed_adopted", what=f"thing {index}"), "told")
    session.commit()
    seen: list[int] = []
    address: str | None = "/decisions"
    pages = 0
    while address:
        html = client.get(address).text
        seen += [int(each) for each in re.findall(r"The thing (\d+) was changed", html)]
        earlier = re.search(r'href="([^"]+)">Earlier</a>', html)
        address = earlier.group(1).replace("&amp;", "&") if earlier else None
        pages += 1
    assert seen == list(range(44, -1, -1))
    assert pages == 3
    assert "Thu 19 Nov" in text_of(client)


def test_one_run_of_updates_longer_than_a_page_is_continued(
    home: Site, session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_page, "ENTRIES_READ", 10)
    for index in range(25):
        an_update(session, home, NOW - (25 - index) * 5 * MIN)
    session.commit()
    assert "10 price updates" in text_of(client)
    earlier = re.search(r'href="([^"]+)">Earlier</a>', client.get("/decisions").text)
    assert earlier
    assert "10 price updates" in text_of(client, earlier.group(1))


@pytest.mark.parametrize(("show", "title"), [("all", "No decisions yet"), ("problems", "No problems"), ("yours", "Nothing of yours yet")])
def test_an_empty_journal_says_what_will_come(home: Site, client: FlaskClient, show: str, title: str) -> None:
    assert title in text_of(client, f"/decisions?show={show}")


def test_a_change_waits_for_the_owner_and_is_counted_in_the_navigation(home: Site, session: Session, client: FlaskClient) -> None:
    a_change(session, home)
    text = text_of(client)
    assert "Someone changed the grid charging: PowerSync leaves it until you decide." in text
    assert "Seen Grid charging changed from on to off at the battery, found at 16:38. PowerSync did not send it." in text
    assert "Whose setting should hold?" in text
    assert '<span class="count">1<span class="vh"> to decide</span></span>' in client.get("/decisions").text


def test_a_change_that_nothing_waits_for_any_more_asks_nothing(home: Site, session: Session, client: FlaskClient) -> None:
    entry = a_change(session, home, stands_down=False)
    text = text_of(client)
    assert "Whose setting should hold?" not in text
    assert "to decide" not in text
    client.post(f"/decisions/{entry.id}/keep", data={"csrf_token": csrf_token(client, "/decisions")})
    assert "This is decided already" in text_of(client)


def test_taking_back_lets_the_policy_go_on_and_tells_the_scheduler(home: Site, session: Session, client: FlaskClient) -> None:
    entry_id, site_id = a_change(session, home).id, home.id
    before = session.get_one(Signal, site_id).count
    session.rollback()  # a transaction of the test would hold up the page's
    client.post(f"/decisions/{entry_id}/take-back", data={"csrf_token": csrf_token(client, "/decisions")})
    session.rollback()
    assert session.get(StandDown, (site_id, "tariff_sync")) is None
    assert not session.get_one(JournalEntry, entry_id).needs_owner
    assert session.get_one(Signal, site_id).count == before + 1
    text = text_of(client)
    assert "PowerSync sets the grid charging again within a minute." in text
    assert "You let PowerSync set the grid charging again." in text
    assert "to decide" not in text


def test_keeping_leaves_the_policy_waiting_until_the_owner_lets_it_go_on(home: Site, session: Session, client: FlaskClient) -> None:
    entry_id, site_id = a_change(session, home).id, home.id
    token = csrf_token(client, "/decisions")
    client.post(f"/decisions/{entry_id}/keep", data={"csrf_token": token})
    session.rollback()
    assert session.get(StandDown, (site_id, "tariff_sync")) is not None
    session.rollback()
    text = text_of(client)
    assert "You keep the grid charging as it was changed: PowerSync leaves it." in text
    assert "Whose setting should hold?" not in text
    assert "to decide" not in text
    assert "Let PowerSync set it again" in text
    client.post(f"/decisions/{entry_id}/take-back", data={"csrf_token": token})
    session.rollback()
    assert session.get(StandDown, (site_id, "tariff_sync")) is None


def test_taking_back_asks_for_the_password_when_it_was_entered_long_ago(home: Site, session: Session, client: FlaskClient) -> None:
    entry = a_change(session, home)
    token = csrf_token(client, "/decisions")
    session.execute(update(WebSession).values(reauthenticated_at=NOW - timedelta(days=1)))
    session.commit()
    answer = client.post(f"/decisions/{entry.id}/take-back", data={"csrf_token": token})
    assert "/confirm" in answer.location
    session.rollback()
    assert session.get(StandDown, (home.id, "tariff_sync")) is not None


def test_the_entry_of_another_site_cannot_be_decided(
    home: Site, session: Session, passwords: Passwords, a_site: Any, client: FlaskClient
) -> None:
    entry = a_change(session, home)
    other = accounts.create_account(session, passwords, "other@example.com", PASSWORD, NOW)
    theirs = a_site(other, name="Theirs")
    session.add(StandDown(site_id=theirs.id, policy="tariff_sync", changes=[CHANGE], priority=10, seen_at=NOW))
    session.commit()
    stranger = client.application.test_client()
    sign_in(stranger, "other@example.com")
    token = csrf_token(stranger, "/decisions")
    for verb in ("keep", "take-back"):
        stranger.post(f"/decisions/{entry.id}/{verb}", data={"csrf_token": token})
    session.rollback()
    assert session.get_one(JournalEntry, entry.id).needs_owner
    assert session.get(StandDown, (home.id, "tariff_sync")) is not None
    assert "grid charging" not in stranger.get("/decisions").text


def test_a_viewer_reads_and_cannot_decide(home: Site, session: Session, passwords: Passwords, client: FlaskClient, a_site: Any) -> None:
    viewer = accounts.create_account(session, passwords, "viewer@example.com", PASSWORD, NOW)
    site = a_site(viewer, name="Theirs", role="viewer")
    entry = a_change(session, site)
    other = client.application.test_client()
    sign_in(other, "viewer@example.com")
    assert re.search(r"<button[^>]*disabled[^>]*>Keep it", other.get("/decisions").text)
    token = csrf_token(other, "/decisions")
    for verb in ("keep", "take-back"):
        assert other.post(f"/decisions/{entry.id}/{verb}", data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize("address", ["/decisions", "/decisions/part"])
def test_nobody_reads_a_journal_without_signing_in(home: Site, client: FlaskClient, address: str) -> None:
    assert client.application.test_client().get(address, headers={"Sec-Fetch-Mode": "cors"}).status_code == 401


@pytest.mark.parametrize("query", ["show=everything", "show="])
def test_an_unknown_filter_is_not_found(home: Site, client: FlaskClient, query: str) -> None:
    assert client.get(f"/decisions?{query}").status_code == 404


def test_an_entry_of_another_release_does_not_break_the_page(home: Site, session: Session, client: FlaskClient) -> None:
    journal.write(session, home.id, NOW, "decision", because("a_code_of_tomorrow", x=1), "told", detail={"wishes": [{"policy": "new"}]})
    session.commit()
    text = text_of(client)
    assert "Noted by another release of PowerSync" in text
    assert "a_code_of_tomorrow" not in text


def test_the_page_has_no_code_names(home: Site, session: Session, client: FlaskClient) -> None:
    a_change(session, home)
    an_update(session, home, NOW - MIN, detail=DETAIL)
    session.commit()
    assert session.scalars(select(JournalEntry)).all()
    assert not re.search(
        r"\bNone of\b|\bNone\b(?! in)|tariff_sync|grid_charging|follows_prices|FollowTariff|style=", client.get("/decisions").text
    )
