"""The prices page in each of its states."""

import base64
import csv
import hashlib
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.models.price import Price
from app.models.site import Site
from app.models.user import User
from app.web.prices import views
from tests.web.browser import sign_in
from tests.web.prices.home import HALF_HOUR, MIDNIGHT, NOW, a_home, feed, give, give_prices, retailer_of

STATIC = Path(__file__).parents[3] / "app/web/static"


@pytest.fixture
def home(owner: User, session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(views, "utc_now", lambda: NOW)
    site = a_home(session)
    sign_in(client)
    return site


def text_of(client: FlaskClient, address: str = "/prices") -> str:
    """The page as words, without tags."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.replace("\u202f", " ")))


def rows_of(client: FlaskClient, address: str = "/prices") -> list[list[str]]:
    html = client.get(address).text
    body = "".join(re.findall(r"<tbody>(.*?)</tbody>", html, re.DOTALL))
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell) for cell in row] for row in cells if len(row) > 1]


def by_time(client: FlaskClient, address: str = "/prices") -> dict[str, list[str]]:
    """Rows by their time; today's where tomorrow has the same."""
    return {row[0]: row for row in reversed(rows_of(client, address))}


def test_the_figures_of_now_stand_with_their_end_and_what_follows(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    text = text_of(client)
    assert "You pay now 39.5 c/kWh until 16:45, then 30.0" in text
    assert "You are paid now 9.0 c/kWh until 16:45, then 10.0" in text
    assert "12 s ago" in text
    assert "Known until 23:00 tomorrow." in text


def test_a_live_stream_says_so(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    retailer_of(session, home).stream_state = "live"
    session.commit()
    assert "Live, 12 s ago" in text_of(client)


def test_the_running_half_hour_is_marked_and_is_the_mean_of_its_minutes(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    marked = re.search(r'<tr aria-current="true">(.*?)</tr>', client.get("/prices").text, re.DOTALL)
    assert marked
    mean = (2 * 20.0 + 39.46 + 3 * 30.0) / 6
    assert f"{mean:.1f}" in marked.group(1)
    assert "Current" in marked.group(1)


def test_a_forecast_has_its_range_and_a_settled_price_has_none(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    rows = by_time(client)
    assert rows["17:00 – 17:30"][1:] == ["30.0", "10.0", "Forecast27 to 34", "27 to 34", "9 to 12"]
    assert rows["19:00 – 19:30"][3:] == ["Forecast27 to 34", "27 to 34", "9 to 12"]
    assert rows["16:00 – 16:30"][1:] == ["20.0", "8.0", "Settled", "", ""]


@pytest.mark.parametrize(("minutes_later", "state"), [(9, "fresh"), (11, "late"), (17, "late"), (19, "lost")])
def test_a_price_is_late_after_7_minutes_and_lost_after_15(
    home: Site, session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, minutes_later: int, state: str
) -> None:
    give_prices(session, home)  # the running interval ends 3 minutes from now
    monkeypatch.setattr(views, "utc_now", lambda: NOW + timedelta(minutes=minutes_later))
    html, text = client.get("/prices").text, text_of(client)
    assert ('data-stale="late"' in html) == (state == "late")
    assert ('data-stale="lost"' in html) == (state == "lost")
    assert ("badge--late" in html, "badge--lost" in html) == (state == "late", state == "lost")
    if state == "fresh":
        assert "No new price" not in text
        return
    assert "No new price since 16:45" in text
    assert ("You pay now 39.5 c/kWh since 16:40, no newer price yet" in text) == (state == "late")
    assert ("You pay now — No price. The last one was 39.5 c at 16:40." in text) == (state == "lost")


def test_a_refusal_of_the_retailer_is_told_in_its_words(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    retailer_of(session, home).problem = "Amber refused the key"
    session.commit()
    assert "Amber refused the key." in text_of(client)


def test_a_gap_is_no_number(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    at = MIDNIGHT + timedelta(hours=10)
    give(session, home, at, None, None)
    session.commit()
    rows = by_time(client)
    assert rows["10:00 – 10:30"][1:4] == ["—", "—", "No price"]
    assert by_time(client, "/prices?step=5")["10:00 – 10:05"][1:4] == ["—", "—", "No price"]


def test_a_half_hour_of_which_five_minutes_are_missing_has_no_price(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    session.execute(delete(Price).where(Price.start == MIDNIGHT + timedelta(hours=10)))
    session.commit()
    assert by_time(client)["10:00 – 10:30"][1:4] == ["—", "—", "No price"]
    assert by_time(client, "/prices?step=5")["10:05 – 10:10"][1:4] == ["20.0", "8.0", "Settled"]


def test_an_estimate_is_never_the_dearest_ahead(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home, known_h=10, since=MIDNIGHT - timedelta(hours=9))
    give(session, home, MIDNIGHT + timedelta(hours=12), 90.0, 8.0, minutes=30)
    for minutes in range(0, 30, 5):
        give(session, home, MIDNIGHT + timedelta(hours=12, minutes=minutes), 90.0, 8.0)
    session.commit()
    assert ["12:00 – 12:30", "90.0"] in [row[:2] for row in rows_of(client) if row[3] == "Estimate"]
    assert "Dearest ahead 30.0 c" in text_of(client)


def test_one_missing_channel_leaves_the_other(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    give(session, home, MIDNIGHT + timedelta(hours=10), 20.0, None)
    session.commit()
    assert by_time(client)["10:00 – 10:30"][1:4] == ["20.0", "—", "Settled"]


def test_what_lies_beyond_the_horizon_is_an_estimate(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home, known_h=10, since=MIDNIGHT - timedelta(hours=9))
    rows = by_time(client)
    assert rows["05:00 – 05:30"][3] == "Settled"  # today's
    tomorrow = [row for row in rows_of(client) if row[3] == "Estimate"]
    assert [row[0] for row in tomorrow][:1] == ["03:00 – 03:30"]
    assert [row[0] for row in tomorrow][-1:] == ["16:00 – 16:30"]
    styles = [each["style"] for each in client.get("/prices/series.json").json["intervals"]]
    assert styles.count("estimate") == len(tomorrow)


def test_a_short_horizon_has_no_estimates(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home, known_h=3)
    assert "Estimate" not in text_of(client)


def test_a_spike_of_today_stands_in_full(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    assert "Highest today 39.5 c import at 16:40" in text_of(client)
    give(session, home, NOW - timedelta(hours=1, minutes=2), 215.3, 161.0)
    session.commit()
    assert "Spike today 215.3 c import at 15:40" in text_of(client)


def test_dearest_and_cheapest_ahead_count_forecasts_alone(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    give(session, home, MIDNIGHT + timedelta(hours=18, minutes=30), 55.0, 22.4, quality="forecast", minutes=30, spike="potential")
    give(session, home, MIDNIGHT + timedelta(hours=36), 0.3, -4.0, quality="forecast", minutes=30)
    session.commit()
    text = text_of(client)
    assert "Dearest ahead 55.0 c today 18:30, spike possible" in text
    assert "Cheapest ahead 0.3 c tomorrow 12:00" in text
    assert "Below zero" in text
    assert "−4.0" in text


def test_the_chart_has_the_same_numbers_as_the_table(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    for step in ("30", "5"):
        drawn = client.get(f"/prices/series.json?step={step}").json["intervals"]
        shown = rows_of(client, f"/prices?step={step}")
        assert [(each["span"], f"{each['import']:.1f}", f"{each['feed_in']:.1f}") for each in drawn] == [
            (row[0], row[1], row[2]) for row in shown
        ]
        assert [each["kind"].capitalize() for each in drawn] == [re.sub(r"\d.*", "", row[3]) for row in shown]


def test_the_5_minute_view_shows_prices_as_they_were_given(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    rows = by_time(client, "/prices?step=5")
    assert rows["16:40 – 16:45"][1:4] == ["39.5", "9.0", "Current"]
    assert rows["17:00 – 17:30"][3] == "Forecast27 to 34"


def test_an_earlier_day_is_shown_by_itself_and_links_both_ways(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home, since=MIDNIGHT - timedelta(days=2))
    html = client.get("/prices?day=2026-11-19").text
    assert len(rows_of(client, "/prices?day=2026-11-19")) == 48
    assert 'href="/prices?day=2026-11-18"' in html
    assert "You pay now" not in html
    assert "Highest import" in html
    assert 'data-renew="' not in html
    assert client.get("/prices/series.json?day=2026-11-19").json["now"] is None


def test_a_day_without_prices_says_so(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    assert "No prices are stored for this day" in text_of(client, "/prices?day=2026-11-10")


@pytest.mark.parametrize("query", ["day=yesterday", "day=2026-11-21", "day=2026-08-01", "step=15", "step=x"])
def test_an_address_that_makes_no_sense_is_not_found(home: Site, client: FlaskClient, query: str) -> None:
    assert client.get(f"/prices?{query}").status_code == 404
    assert client.get(f"/prices.csv?{query}").status_code == 404


@pytest.mark.parametrize(("day", "rows"), [("2026-10-04", 46), ("2026-04-05", 50)])
def test_a_day_on_which_the_clock_changes_has_all_its_half_hours(
    home: Site, session: Session, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, day: str, rows: int
) -> None:
    start = MIDNIGHT.replace(month=int(day[5:7]), day=int(day[8:])) - timedelta(days=1, hours=4)
    for index in range(140):
        give(session, home, start + index * HALF_HOUR, 20.0, 8.0, minutes=30)
    session.commit()
    monkeypatch.setattr(views, "utc_now", lambda: start + timedelta(days=5))
    shown = [row[0] for row in rows_of(client, f"/prices?day={day}")]
    assert len(shown) == len(set(shown)) == rows


def test_the_chart_of_a_day_spans_it_even_where_prices_are_missing(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home, since=MIDNIGHT - timedelta(hours=2))
    drawn = client.get("/prices/series.json?day=2026-11-19").json
    assert len(drawn["intervals"]) == 4
    assert drawn["to"] - drawn["from"] == 24 * 3600
    assert [tick["label"] for tick in drawn["ticks"]] == ["Thu", "03", "06", "09", "12", "15", "18", "21"]


def test_the_csv_has_the_rows_of_the_table_on_the_sites_clock(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    answer = client.get("/prices.csv?step=5")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert rows[0]["start"] == "2026-11-20T00:00:00+11:00"
    running = next(row for row in rows if row["kind"] == "Current")
    assert (running["import_c_per_kwh"], running["feed_in_c_per_kwh"], running["import_low_c_per_kwh"]) == ("39.46", "9", "")
    assert len(rows) == len(rows_of(client, "/prices?step=5"))


def test_before_the_first_price_the_page_says_what_will_come(home: Site, client: FlaskClient) -> None:
    assert "No prices have arrived yet" in text_of(client)
    assert client.get("/prices/series.json").json["intervals"] == []


def test_without_a_retailer_there_is_nothing_to_show(
    owner: User, a_site: "type[Site]", client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_site(owner)
    sign_in(client)
    assert "No retailer is linked yet" in text_of(client)
    assert client.get("/prices/series.json").status_code == 404
    assert client.get("/prices.csv").status_code == 404


def test_records_that_were_refused_are_told(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    feed(session, home).quarantined = "2 records without a time"
    session.commit()
    assert "Not used from the last answer: 2 records without a time." in text_of(client)


def test_the_part_that_renews_itself_is_answered_with_304_while_nothing_changed(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    first = client.get("/prices/part")
    assert 'id="prices-top"' in first.text
    assert 'id="prices-table"' in first.text
    assert client.get("/prices/part", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    give(session, home, NOW - timedelta(minutes=2), 41.0, 9.0, quality="current")
    session.commit()
    assert client.get("/prices/part", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("address", ["/prices", "/prices/part", "/prices/series.json", "/prices.csv"])
def test_nobody_sees_the_prices_of_a_site_that_is_not_theirs(home: Site, session: Session, client: FlaskClient, address: str) -> None:
    give_prices(session, home)
    client.delete_cookie("powersync_session")
    stranger = client.application.test_client()
    assert stranger.get(address, headers={"Sec-Fetch-Mode": "cors"}).status_code == 401


def test_every_row_of_the_page_is_words_and_figures(home: Site, session: Session, client: FlaskClient) -> None:
    give_prices(session, home)
    assert not re.search(r"\bNone\b|\bnan\b|undefined|Quality|-0\.0|style=", client.get("/prices").text)


def test_vendored_files_are_the_ones_that_were_noted() -> None:
    noted = re.findall(r"^\| `([^`]+)` .*`([A-Za-z0-9+/=]{64})` \|$", (STATIC / "vendor/README.md").read_text(), re.MULTILINE)
    present = {path.relative_to(STATIC / "vendor").as_posix() for path in (STATIC / "vendor").rglob("*") if path.is_file()} - {"README.md"}
    assert {name for name, _ in noted} == present
    for name, digest in noted:
        assert base64.b64encode(hashlib.sha384((STATIC / "vendor" / name).read_bytes()).digest()).decode() == digest
