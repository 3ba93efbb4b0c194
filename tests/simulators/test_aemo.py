"""The market operator's reports: form, labels, publication, horizons, and each fault as a plain client meets it."""

import csv
import io
import json
import math
import re
import zipfile
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
import requests

from app.simulators import effects as e
from app.simulators.aemo import RECENT_PATH, SUMMARY_PATH
from app.simulators.in_process import InProcess
from app.simulators.market import Market
from app.simulators.nem import REGIONS
from app.simulators.pace import SimulatedPace
from app.simulators.places import place_of_region
from app.simulators.service import Request, Response
from app.simulators.world import World

from .conftest import EVENING

FILES = {
    "DispatchIS_Reports": r"PUBLIC_DISPATCHIS_\d{12}_\d{16}\.zip",
    "TradingIS_Reports": r"PUBLIC_TRADINGIS_\d{12}_\d{16}\.zip",
    "P5_Reports": r"PUBLIC_P5MIN_\d{12}_\d{14}\.zip",
    "PredispatchIS_Reports": r"PUBLIC_PREDISPATCHIS_\d{12}_\d{14}\.zip",
}
Rows = list[dict[str, str]]


class Operator:
    """The services without a socket, and a reader of their files."""

    def __init__(self, start: datetime = EVENING, **settings: object) -> None:
        self.clock = SimulatedPace(start)
        self.world = World(self.clock, **({"seed": 3} | settings))
        self.aemo, self.faults = self.world.aemo, self.world.faults

    def nem(self, text: str) -> None:
        """Move on to an instant in NEM time."""
        self.clock.advance_to(datetime.fromisoformat(text + "+10:00"))

    def get(self, path: str) -> Response:
        return self.aemo.handle(Request("GET", path, headers={"user-agent": "a test"}))

    def summary(self) -> dict:
        return json.loads(self.get(SUMMARY_PATH).body)

    def recent(self, scale: str = "5MIN") -> Rows:
        body = json.dumps({"timeScale": [scale]}).encode()
        return json.loads(self.aemo.handle(Request("POST", RECENT_PATH, body=body)).body)["5MIN"]

    def listing(self, directory: str) -> str:
        return self.get(f"/Reports/Current/{directory}/").body.decode()

    def links(self, directory: str) -> list[str]:
        return re.findall(r'href="(/[^"]+\.zip)"', self.listing(directory), re.IGNORECASE)

    def newest(self, directory: str) -> str:
        """The label of the newest file."""
        return max(self.links(directory)).split("_")[-2]

    def text(self, directory: str) -> str:
        """The newest CSV file."""
        with zipfile.ZipFile(io.BytesIO(self.get(max(self.links(directory))).body)) as archive:
            [name] = archive.namelist()
            assert name == max(self.links(directory)).rsplit("/", 1)[1].removesuffix(".zip") + ".CSV"
            return archive.read(name).decode()

    def table(self, directory: str, name: str) -> Rows:
        return tables(self.text(directory))[name]


def tables(text: str) -> dict[str, Rows]:
    """Table name → rows, read by the names of their columns."""
    found: dict[str, Rows] = {}
    columns: list[str] = []
    for row in csv.reader(io.StringIO(text)):
        if row[0] == "I":
            columns = row[4:]
            found[row[2]] = []
        elif row[0] == "D":
            found[row[2]].append(dict(zip(columns, row[4:], strict=False)))
    return found


def of(rows: Rows, region: str = "NSW1") -> Rows:
    return [row for row in rows if row["REGIONID"] == region]


def prices(rows: Rows, region: str = "NSW1") -> list[float]:
    return [float(row["RRP"]) for row in of(rows, region)]


@pytest.fixture
def operator() -> Operator:
    """At 17:57 NEM: everything of the interval that ends at 18:00 is out."""
    operator = Operator()
    operator.nem("2026-11-20T17:57:00")
    return operator


# -- the dashboard ----------------------------------------------------------------------------------------------------


def test_the_summary_has_the_documented_form(operator):
    summary = operator.summary()
    assert list(summary) == ["ELEC_NEM_SUMMARY", "ELEC_NEM_SUMMARY_PRICES", "ELEC_NEM_SUMMARY_MARKET_NOTICE"]
    regions, spot = summary["ELEC_NEM_SUMMARY"], summary["ELEC_NEM_SUMMARY_PRICES"]
    assert sorted(entry["REGIONID"] for entry in regions) == sorted(entry["REGIONID"] for entry in spot) == sorted(REGIONS)
    for entry, price in zip(regions, spot, strict=True):
        assert set(entry) == {
            "SETTLEMENTDATE", "REGIONID", "PRICE", "PRICE_STATUS", "APCFLAG", "MARKETSUSPENDEDFLAG", "TOTALDEMAND", "NETINTERCHANGE",
            "SCHEDULEDGENERATION", "SEMISCHEDULEDGENERATION", "INTERCONNECTORFLOWS",
        }  # fmt: skip
        assert set(price) == {
            "REGIONID", "RRP", "RAISEREGRRP", "LOWERREGRRP", "RAISE1SECRRP", "RAISE6SECRRP", "RAISE60SECRRP", "RAISE5MINRRP",
            "LOWER1SECRRP", "LOWER6SECRRP", "LOWER60SECRRP", "LOWER5MINRRP",
        }  # fmt: skip
        assert entry["SETTLEMENTDATE"] == "2026-11-20T18:00:00"
        assert (entry["PRICE"], entry["PRICE_STATUS"]) == (price["RRP"], "FIRM")
        assert [type(entry[flag]) for flag in ("APCFLAG", "MARKETSUSPENDEDFLAG")] == [float, float]
    flows = {entry["REGIONID"]: entry["INTERCONNECTORFLOWS"] for entry in regions}
    assert flows["TAS1"] is None
    assert {"name", "value", "exportlimit", "importlimit"} == set(json.loads(flows["QLD1"])[0])


def test_notices_come_and_go():
    operator, counts = Operator(), set()
    for _ in range(12):
        operator.clock.advance(3600)
        notices = operator.summary()["ELEC_NEM_SUMMARY_MARKET_NOTICE"]
        counts.add(len(notices))
        for notice in notices:
            assert set(notice) == {"NOTICEID", "EFFECTIVEDATE", "EXTERNALREFERENCE", "TYPEID", "REASON"}
    assert len(counts) > 1


def test_the_market_and_the_retailer_agree(operator):
    token, site = operator.world.amber.account.token, operator.world.amber.account.site_id
    path = f"/v1/sites/{site}/prices/current"
    amber = operator.world.amber.handle(Request("GET", path, {"next": "3"}, {"authorization": f"Bearer {token}"}))
    rows = [row for row in json.loads(amber.body) if row["channelType"] == "general"]
    expected = [round(row["spotPerKwh"] / 1.1 * 10, 2) for row in rows]
    assert prices(operator.summary()["ELEC_NEM_SUMMARY_PRICES"]) == expected[:1]
    assert prices(operator.table("DispatchIS_Reports", "PRICE")) == expected[:1]
    assert prices(operator.table("P5_Reports", "REGIONSOLUTION"))[:4] == expected


def test_other_regions_have_markets_of_their_own(operator):
    index = int(operator.clock.now().timestamp()) // 300
    spot = {entry["REGIONID"]: entry["RRP"] for entry in operator.summary()["ELEC_NEM_SUMMARY_PRICES"]}
    assert len(set(spot.values())) == 5
    for region in REGIONS:
        assert spot[region] == round(Market(place_of_region(region), 3).settled_c(index) / 1.1 * 10, 2)


def test_a_home_elsewhere_takes_the_prices_of_its_own_region():
    operator = Operator(zone="Australia/Brisbane")
    operator.clock.advance(60)
    index = int(operator.clock.now().timestamp()) // 300
    assert prices(operator.summary()["ELEC_NEM_SUMMARY_PRICES"], "QLD1") == [
        round(operator.world.market.settled_c(index) / 1.1 * 10, 2)
    ]  # fmt: skip


def test_the_summary_turns_half_a_minute_into_the_interval(operator):
    def label() -> str:
        return operator.summary()["ELEC_NEM_SUMMARY"][0]["SETTLEMENTDATE"]

    operator.nem("2026-11-20T18:00:29")
    assert label() == "2026-11-20T18:00:00"
    operator.clock.advance(1)
    assert label() == "2026-11-20T18:05:00"
    operator.aemo.publication.summary_s = 50
    assert label() == "2026-11-20T18:00:00"


def test_recent_prices_run_on_into_the_forecast(operator):
    rows = operator.recent()
    assert {row["REGIONID"] for row in rows} == set(REGIONS)
    mine = of(rows)
    labels = [datetime.fromisoformat(row["SETTLEMENTDATE"]) for row in mine]
    assert (mine[0]["SETTLEMENTDATE"], mine[-1]["SETTLEMENTDATE"]) == ("2026-11-19T18:05:00", "2026-11-20T18:55:00")
    assert all(b - a == timedelta(minutes=5) for a, b in pairwise(labels))
    assert [row["PERIODTYPE"] for row in mine] == ["ACTUAL"] * 288 + ["FORECAST"] * 11
    assert mine[287]["RRP"] == prices(operator.table("DispatchIS_Reports", "PRICE"))[0]


def test_recent_half_hours_are_means_and_run_on_to_the_horizon(operator):
    mine, fives = of(operator.recent("30MIN")), of(operator.recent())
    labels = [datetime.fromisoformat(row["SETTLEMENTDATE"]) for row in mine]
    assert all(b - a == timedelta(minutes=30) for a, b in pairwise(labels))
    assert mine[-1]["SETTLEMENTDATE"] == "2026-11-22T04:00:00"
    last = [row for row in mine if row["PERIODTYPE"] == "ACTUAL"][-1]
    assert last["SETTLEMENTDATE"] == "2026-11-20T18:00:00"
    half = [row["RRP"] for row in fives if "2026-11-20T17:30:00" < row["SETTLEMENTDATE"] <= "2026-11-20T18:00:00"]
    assert last["RRP"] == pytest.approx(sum(half) / 6, abs=0.006)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"timeScale":[]}', b'{"timeScale":["DAY"]}', b"5MIN"])
def test_a_question_without_a_scale_is_refused(operator, body):
    assert operator.aemo.handle(Request("POST", RECENT_PATH, body=body)).status == 400


def test_wrong_methods_and_unknown_paths_are_refused(operator):
    assert operator.aemo.handle(Request("POST", SUMMARY_PATH)).status == 405
    assert operator.get(RECENT_PATH).status == 405
    assert operator.get("/aemo/apps/api/report/NOTHING").status == 404
    assert operator.get("/Reports/Archive/").status == 404


# -- directories ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("directory", "pattern"), FILES.items())
def test_a_directory_lists_a_day_of_files_the_newest_last(operator, directory, pattern):
    links = operator.links(directory)
    assert len(links) == (48 if "Predispatch" in directory else 288)
    assert links == sorted(links)
    assert all(re.fullmatch(f"/Reports/Current/{directory}/{pattern}", link) for link in links)
    assert operator.newest(directory) == "202611201800"


def test_a_directory_looks_as_the_server_shows_it(operator):
    page = operator.listing("DispatchIS_Reports")
    assert "<title>nemweb.com.au - /Reports/Current/DispatchIS_Reports/</title>" in page
    assert '<A HREF="/Reports/Current/">[To Parent Directory]</A>' in page
    assert "Friday, November 20, 2026  5:55 PM" in page
    assert page.count("<A HREF=") == 145
    assert page.count("<a href=") == 144
    assert "\n" not in page.replace("\r\n", "")


def test_the_directories_are_listed_and_found_in_any_case(operator):
    page = operator.get("/Reports/Current/").body.decode()
    assert all(f'"/Reports/Current/{directory}/"' in page for directory in FILES)
    link = max(operator.links("P5_Reports"))
    assert operator.get(link.upper()).body == operator.get(link).body


def test_the_file_server_refuses_who_gives_no_name(operator):
    link = max(operator.links("DispatchIS_Reports"))
    for path in ("/Reports/Current/DispatchIS_Reports/", link):
        assert operator.aemo.handle(Request("GET", path)).status == 403
    assert operator.aemo.handle(Request("GET", SUMMARY_PATH)).status == 200


@pytest.mark.parametrize(("directory", "after_s"), [("DispatchIS_Reports", 25), ("TradingIS_Reports", 30), ("P5_Reports", 25)])
def test_a_file_appears_some_seconds_after_the_interval_began(operator, directory, after_s):
    operator.nem("2026-11-20T18:00:00")
    operator.clock.advance(after_s - 1)
    assert operator.newest(directory) == "202611201800"
    operator.clock.advance(1)
    assert operator.newest(directory) == "202611201805"


def test_the_half_hourly_forecast_appears_two_minutes_into_the_half_hour(operator):
    operator.nem("2026-11-20T18:02:09")
    assert operator.newest("PredispatchIS_Reports") == "202611201800"
    operator.clock.advance(1)
    assert operator.newest("PredispatchIS_Reports") == "202611201830"


def test_publication_can_be_set(operator):
    operator.aemo.publication.dispatch_s = 70
    operator.nem("2026-11-20T18:01:09")
    assert (operator.newest("DispatchIS_Reports"), operator.newest("P5_Reports")) == ("202611201800", "202611201805")
    operator.clock.advance(1)
    assert operator.newest("DispatchIS_Reports") == "202611201805"


def test_files_that_are_not_there_yet_or_no_longer_are_not_found(operator):
    before = operator.links("DispatchIS_Reports")
    operator.clock.advance(300)
    after = operator.links("DispatchIS_Reports")
    assert operator.get(before[0]).status == 404
    assert operator.get(after[0]).status == 200
    late = max(after)
    operator.aemo.publication.dispatch_s = 290
    assert operator.get(late).status == 404
    for name in ("PUBLIC_DISPATCHIS_202611201755_0000000000000001.zip", "PUBLIC_DISPATCHIS_202699999999_0000000000000001.zip", "x.zip"):
        assert operator.get(f"/Reports/Current/DispatchIS_Reports/{name}").status == 404


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("directory", FILES)
def test_a_file_begins_with_a_header_and_ends_with_the_count_of_its_rows(operator, directory):
    text = operator.text(directory)
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:2] == ["C", "NEMP.WORLD"]
    assert rows[0][3:5] == ["AEMO", "PUBLIC"]
    assert rows[0][2] == rows[0][8]
    assert int(rows[0][7]) == int(rows[0][9]) + 1
    assert rows[-1] == ["C", "END OF REPORT", str(len(rows))]
    assert sum(row[0] == "I" for row in rows) >= 2
    columns = 0
    for row in rows[1:-1]:
        columns = len(row) if row[0] == "I" else columns
        assert row[0] in "ID"
        assert len(row) == columns


def test_the_dispatch_file_is_the_documented_one(operator):
    text = operator.text("DispatchIS_Reports")
    assert text.splitlines()[0].startswith("C,NEMP.WORLD,DISPATCHIS,AEMO,PUBLIC,2026/11/20,17:55:09,0000000")
    start = "I,DISPATCH,PRICE,5,SETTLEMENTDATE,RUNNO,REGIONID,DISPATCHINTERVAL,INTERVENTION,RRP,EEP,ROP,APCFLAG,"
    start += "MARKETSUSPENDEDFLAG,LASTCHANGED,"
    assert start in text
    assert "I,DISPATCH,REGIONSUM,9,SETTLEMENTDATE,RUNNO,REGIONID,DISPATCHINTERVAL,INTERVENTION,TOTALDEMAND," in text
    [row] = of(tables(text)["PRICE"])
    price = row["RRP"]
    stamps = '"2026/11/20 18:00:00",1,NSW1,20261120168,0', '0,0,"2026/11/20 17:55:04"'
    assert f"D,DISPATCH,PRICE,5,{stamps[0]},{price},0,{price},{stamps[1]}," in text
    assert {row["REGIONID"] for row in tables(text)["REGIONSUM"]} == set(REGIONS)
    assert float(price) == operator.summary()["ELEC_NEM_SUMMARY_PRICES"][0]["RRP"]


def test_intervals_of_the_trading_day_count_from_five_past_four(operator):
    for nem, expected in (("2026-11-21T03:57:00", "20261120288"), ("2026-11-21T04:02:00", "20261121001")):
        operator.nem(nem)
        assert operator.table("DispatchIS_Reports", "PRICE")[0]["DISPATCHINTERVAL"] == expected


def test_the_trading_file_counts_its_periods_from_midnight(operator):
    text = operator.text("TradingIS_Reports")
    assert "I,TRADING,PRICE,3,SETTLEMENTDATE,RUNNO,REGIONID,PERIODID,RRP,EEP,INVALIDFLAG,LASTCHANGED,ROP," in text
    header = next(line for line in text.splitlines() if line.startswith("I,TRADING,PRICE"))
    assert header.endswith(",PRICE_STATUS")
    [row] = of(tables(text)["PRICE"], "QLD1")
    assert (row["SETTLEMENTDATE"], row["PERIODID"], row["PRICE_STATUS"]) == ("2026/11/20 18:00:00", "216", "FIRM")
    for nem, expected in (("2026-11-20T23:57:00", "288"), ("2026-11-21T00:02:00", "1"), ("2026-11-21T13:32:00", "163")):
        operator.nem(nem)
        assert operator.table("TradingIS_Reports", "PRICE")[0]["PERIODID"] == expected


def test_the_five_minute_forecast_begins_with_the_present_interval(operator):
    text = operator.text("P5_Reports")
    assert "I,P5MIN,REGIONSOLUTION,10,RUN_DATETIME,INTERVENTION,INTERVAL_DATETIME,REGIONID,RRP,ROP,EXCESSGENERATION" in text
    rows = tables(text)["REGIONSOLUTION"]
    assert len(rows) == 60
    assert {row["RUN_DATETIME"] for row in rows} == {"2026/11/20 18:00:00"}
    expected = [f"2026/11/20 18:{minute:02d}:00" for minute in range(0, 60, 5)]
    assert [row["INTERVAL_DATETIME"] for row in of(rows)] == expected
    for region in REGIONS:
        assert prices(rows, region)[0] == prices(operator.table("DispatchIS_Reports", "PRICE"), region)[0]


def test_the_half_hourly_forecast_is_the_documented_one(operator):
    operator.nem("2026-11-20T18:10:00")
    text = operator.text("PredispatchIS_Reports")
    assert "I,PREDISPATCH,REGION_PRICES,2,PREDISPATCHSEQNO,RUNNO,REGIONID,PERIODID,INTERVENTION,RRP,EEP," in text
    mine = of(tables(text)["REGION_PRICES"], "QLD1")
    assert {row["PREDISPATCHSEQNO"] for row in mine} == {"2026112029"}
    assert [row["PERIODID"] for row in mine[:2]] == ["01", "02"]
    assert [row["DATETIME"] for row in mine[:2]] == ["2026/11/20 18:30:00", "2026/11/20 19:00:00"]
    assert mine[0]["LASTCHANGED"] == "2026/11/20 18:01:52"
    assert mine[-1]["DATETIME"] == "2026/11/22 04:00:00"


def test_the_first_half_hour_is_the_mean_of_its_six_intervals(operator):
    operator.nem("2026-11-20T18:02:30")
    run = operator.world.nem
    index = int(operator.clock.now().timestamp()) // 300
    mean = sum(price.rrp for price in run.p5min("NSW1", index)[:6]) / 6
    assert prices(operator.table("PredispatchIS_Reports", "REGION_PRICES"))[0] == pytest.approx(mean, abs=0.006)


@pytest.mark.parametrize(
    ("nem", "end", "half_hours"),
    [
        ("2026-11-21T12:29", "2026/11/22 04:00:00", 32),
        ("2026-11-21T12:33", "2026/11/23 04:00:00", 79),
        ("2026-11-22T03:59", "2026/11/23 04:00:00", 49),
        ("2026-11-22T04:05", "2026/11/23 04:00:00", 48),
    ],
)
def test_the_forecast_ends_with_the_last_trading_day_that_is_bid_for(operator, nem, end, half_hours):
    operator.nem(nem)
    rows = of(operator.table("PredispatchIS_Reports", "REGION_PRICES"))
    assert (rows[-1]["DATETIME"], len(rows)) == (end, half_hours)


def test_the_hour_of_the_jump_can_be_set(operator):
    operator.world.nem.bids_in_at = time(13, 30)
    operator.nem("2026-11-21T13:10")
    assert of(operator.table("PredispatchIS_Reports", "REGION_PRICES"))[-1]["DATETIME"] == "2026/11/22 04:00:00"


def test_a_world_with_a_short_horizon_has_short_forecasts():
    operator = Operator(horizon_h=0.5)
    operator.nem("2026-11-20T18:03:00")
    assert len(of(operator.table("P5_Reports", "REGIONSOLUTION"))) == 6
    assert len(of(operator.table("PredispatchIS_Reports", "REGION_PRICES"))) == 1


def test_negative_prices_are_told_as_they_are():
    operator = Operator()
    market, index = operator.world.market, int(EVENING.timestamp()) // 300
    while market.settled_c(index) > -1:
        index += 1
    operator.clock.advance_to(datetime.fromtimestamp(index * 300 + 60, UTC))
    [price] = prices(operator.table("DispatchIS_Reports", "PRICE"))
    assert price == round(market.settled_c(index) / 1.1 * 10, 2) < -9


@pytest.mark.parametrize(("spot_c", "told", "ordinary"), [(3_000.0, "23200", "27272.73"), (-500.0, "-1000", "-4545.45")])
def test_prices_end_at_the_limits_of_the_year(operator, spot_c, told, ordinary):
    index = int(datetime(2026, 11, 20, 8, 0, tzinfo=UTC).timestamp()) // 300
    operator.world.market.pin(index, index + 1, spot_c)
    operator.nem("2026-11-20T18:01:00")
    [row] = of(operator.table("DispatchIS_Reports", "PRICE"))
    assert (row["RRP"], row["ROP"]) == (told, ordinary)


def test_the_cap_can_be_set(operator):
    operator.world.nem.cap_per_mwh = 150.0
    assert prices(operator.table("DispatchIS_Reports", "PRICE")) == [150.0]
    assert operator.summary()["ELEC_NEM_SUMMARY_PRICES"][0]["RRP"] == 150.0


def test_an_event_is_forecast_as_far_ahead_as_it_is_foreseen(operator):
    market, index = operator.world.market, int(operator.clock.now().timestamp()) // 300
    market.pin(index + 3, index + 4, 1_650.0, foreseen_h=0.2)
    ahead = prices(operator.table("P5_Reports", "REGIONSOLUTION"))
    assert ahead[3] < 15_000
    operator.clock.advance(300)
    assert prices(operator.table("P5_Reports", "REGIONSOLUTION"))[2] == 15_000
    operator.clock.advance(600)
    assert operator.summary()["ELEC_NEM_SUMMARY_PRICES"][0]["RRP"] == 15_000


def test_a_fixed_price_counts_although_another_was_known_before():
    market, index = Operator().world.market, int(EVENING.timestamp()) // 300
    market.settled_c(index)
    market.quote(index + 2, EVENING)
    market.pin(index, index + 3, 77.0, foreseen_h=1)
    assert (market.settled_c(index), market.quote(index + 2, EVENING).spot_c) == (77.0, 77.0)


# -- sameness ---------------------------------------------------------------------------------------------------------


def everything(seed: int, backwards: bool = False) -> list[bytes]:
    operator = Operator(seed=seed)
    operator.nem("2026-11-20T18:12:00")
    paths = [SUMMARY_PATH] + [link for directory in FILES for link in operator.links(directory)[-3:]]
    bodies = {path: operator.get(path).body for path in (reversed(paths) if backwards else paths)}
    return [bodies[path] for path in paths]


def test_the_same_seed_gives_the_same_bytes_in_any_order_of_asking():
    assert everything(3) == everything(3, backwards=True)
    assert all(mine != other for mine, other in zip(everything(3), everything(4), strict=True))


def test_an_answer_is_made_once_for_all_who_ask(operator):
    for path in (SUMMARY_PATH, "/Reports/Current/P5_Reports/", max(operator.links("PredispatchIS_Reports"))):
        assert operator.get(path).body is operator.get(path).body


def test_nothing_is_worked_out_before_it_is_asked_for(monkeypatch):
    asked = []
    settled_c = Market.settled_c
    monkeypatch.setattr(Market, "settled_c", lambda self, index: asked.append(index) or settled_c(self, index))
    operator = Operator()
    operator.clock.advance(3600)
    assert asked == []
    operator.get("/Reports/Current/DispatchIS_Reports/")
    assert asked == []
    operator.get(max(operator.links("DispatchIS_Reports")))
    assert len(asked) == 5


# -- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "error"), [("truncated", zipfile.BadZipFile), ("checksum", (zipfile.BadZipFile, zipfile.zlib.error))])
def test_a_file_cannot_be_unpacked(operator, form, error):
    operator.faults.add(e.CorruptZip(form))
    for directory in FILES:
        with pytest.raises(error):
            operator.text(directory)


def test_a_file_is_no_file(operator):
    operator.faults.add(e.CorruptZip("page"))
    answer = operator.get(max(operator.links("P5_Reports")))
    assert answer.status == 200
    assert not zipfile.is_zipfile(io.BytesIO(answer.body))


def test_a_file_breaks_off_or_counts_wrongly(operator):
    number = operator.faults.add(e.MissingEndOfReport())
    assert "END OF REPORT" not in operator.text("P5_Reports")
    assert len(operator.table("P5_Reports", "REGIONSOLUTION")) == 58
    operator.faults.remove(number)
    operator.faults.add(e.MissingEndOfReport("count"))
    rows = list(csv.reader(io.StringIO(operator.text("P5_Reports"))))
    assert rows[-1] == ["C", "END OF REPORT", str(len(rows) + 3)]


def test_a_listing_breaks_off_before_the_newest_files(operator):
    operator.faults.add(e.TruncatedListing(0.25))
    page = operator.listing("DispatchIS_Reports")
    assert "</html>" not in page
    assert operator.newest("DispatchIS_Reports") < "202611200005"


def test_the_summary_stays_behind_while_the_files_go_on(operator):
    operator.faults.add(e.StaleSummary(1200))
    assert operator.summary()["ELEC_NEM_SUMMARY"][0]["SETTLEMENTDATE"] == "2026-11-20T17:40:00"
    assert operator.newest("DispatchIS_Reports") == "202611201800"


def test_a_price_is_not_firm(operator):
    operator.faults.add(e.UnfirmPrice("NOT FIRM", 7.5))
    summary = operator.summary()
    entry, price = summary["ELEC_NEM_SUMMARY"][0], summary["ELEC_NEM_SUMMARY_PRICES"][0]
    assert entry["PRICE_STATUS"] == "NOT FIRM"
    assert entry["PRICE"] == pytest.approx(price["RRP"] + 7.5)


@pytest.mark.parametrize("code", [403, 503])
def test_the_file_server_is_busy_at_publication(operator, code):
    operator.faults.add(e.BusyAtPublication(code, 45))
    operator.nem("2026-11-20T18:00:44")
    assert operator.get("/Reports/Current/P5_Reports/").status == code
    assert operator.get(SUMMARY_PATH).status == 200
    operator.clock.advance(1)
    assert operator.get("/Reports/Current/P5_Reports/").status == 200


@pytest.mark.parametrize("first", [False, True])
def test_an_intervention_adds_rows_with_another_price(operator, first):
    names = {"DispatchIS_Reports": "PRICE", "P5_Reports": "REGIONSOLUTION", "PredispatchIS_Reports": "REGION_PRICES"}
    usual = {directory: operator.table(directory, name) for directory, name in names.items()}
    operator.faults.add(e.Intervention(250, first))
    for directory, name in names.items():
        rows = operator.table(directory, name)
        assert [row for row in rows if row["INTERVENTION"] == "0"] == usual[directory]
        assert [row["INTERVENTION"] for row in rows[:2]] == (["1", "0"] if first else ["0", "1"])
        other = [row for row in rows if row["INTERVENTION"] == "1"]
        assert prices(other) == pytest.approx([price + 250 for price in prices(usual[directory])])
    assert len(operator.table("DispatchIS_Reports", "REGIONSUM")) == 10


def test_prices_are_administered(operator):
    index = int(operator.clock.now().timestamp()) // 300
    operator.world.market.pin(index, index + 1, 1_100.0)
    operator.faults.add(e.AdministeredPricing(600))
    [row] = of(operator.table("DispatchIS_Reports", "PRICE"))
    assert (row["RRP"], row["ROP"], row["APCFLAG"]) == ("600", "10000", "1")
    summary = operator.summary()
    assert summary["ELEC_NEM_SUMMARY"][0]["APCFLAG"] == 1.0
    assert summary["ELEC_NEM_SUMMARY_PRICES"][0]["RRP"] == 600
    operator.faults.clear()
    assert of(operator.table("DispatchIS_Reports", "PRICE"))[0]["APCFLAG"] == "0"


def test_columns_move_with_a_new_version(operator):
    usual = operator.table("DispatchIS_Reports", "PRICE")
    operator.faults.add(e.MovedColumns())
    assert "I,DISPATCH,PRICE,6," in operator.text("DispatchIS_Reports")
    moved = operator.table("DispatchIS_Reports", "PRICE")
    assert moved == usual
    assert list(moved[0]) != list(usual[0])


def test_a_column_or_a_key_has_another_name(operator):
    operator.faults.add(e.RenamedField("RRP", "SPOT"))
    for row in (
        operator.table("DispatchIS_Reports", "PRICE")[0],
        operator.summary()["ELEC_NEM_SUMMARY_PRICES"][0],
        operator.recent()[0],
    ):
        assert "RRP" not in row
        assert float(row["SPOT"])


def test_a_region_is_unknown_or_missing(operator):
    operator.faults.add(e.UnknownRegion())
    assert {row["REGIONID"] for row in operator.table("P5_Reports", "REGIONSOLUTION")} == {*REGIONS, "SNOWY1"}
    operator.faults.clear()
    operator.faults.add(e.MissingRegion("SA1"))
    left = set(REGIONS) - {"SA1"}
    assert {row["REGIONID"] for row in operator.table("DispatchIS_Reports", "PRICE")} == left
    assert {entry["REGIONID"] for entry in operator.summary()["ELEC_NEM_SUMMARY"]} == left


def test_half_hours_are_missing(operator):
    operator.faults.add(e.PriceGap(half_hours=2, ahead_half_hours=1))
    labels = [row["DATETIME"] for row in of(operator.table("PredispatchIS_Reports", "REGION_PRICES"))]
    assert labels[:3] == ["2026/11/20 18:00:00", "2026/11/20 19:30:00", "2026/11/20 20:00:00"]
    assert len(of(operator.table("P5_Reports", "REGIONSOLUTION"))) == 1
    assert len(of(operator.table("DispatchIS_Reports", "PRICE"))) == 1
    operator.faults.clear()
    operator.faults.add(e.PriceGap(half_hours=1, ahead_half_hours=0))
    assert operator.table("DispatchIS_Reports", "PRICE") == []
    assert operator.summary()["ELEC_NEM_SUMMARY_PRICES"] == []


def test_the_horizon_is_cut(operator):
    operator.faults.add(e.ShortHorizon(3))
    operator.nem("2026-11-20T18:00:00")
    assert of(operator.table("PredispatchIS_Reports", "REGION_PRICES"))[-1]["DATETIME"] == "2026/11/20 21:00:00"
    assert of(operator.recent("30MIN"))[-1]["SETTLEMENTDATE"] == "2026-11-20T21:00:00"


CELLS = {"null": "", "nan": "NaN", "infinity": "Infinity", "text": "n/a", "absurd": "987654"}


@pytest.mark.parametrize(("value", "cell"), CELLS.items())
def test_a_price_in_a_file_is_no_price(operator, value, cell):
    operator.faults.add(e.BadPrice(value, 1, 1))
    rows = of(operator.table("PredispatchIS_Reports", "REGION_PRICES"))
    assert [row["RRP"] for row in rows[:3]].index(cell) == 1
    assert float(rows[2]["RRP"]) != 987_654
    assert {row["RRP"] for row in of(operator.table("P5_Reports", "REGIONSOLUTION"))[1:7]} == {cell}


def test_a_row_ends_before_its_price(operator):
    operator.faults.add(e.BadPrice("absent", 1, 0))
    row = operator.table("DispatchIS_Reports", "PRICE")[0]
    assert list(row)[-1] == "INTERVENTION"


@pytest.mark.parametrize("value", ["null", "nan", "infinity", "text", "absent", "absurd"])
def test_a_price_in_the_summary_is_no_price(operator, value):
    operator.faults.add(e.BadPrice(value))
    summary = operator.summary()
    for price in (
        summary["ELEC_NEM_SUMMARY_PRICES"][0].get("RRP", "absent"),
        summary["ELEC_NEM_SUMMARY"][0].get("PRICE", "absent"),
    ):
        assert {
            "null": price is None,
            "nan": isinstance(price, float) and math.isnan(price),
            "infinity": price == math.inf,
            "text": price == "n/a",
            "absent": price == "absent",
            "absurd": price == 987_654.0,
        }[value]


def test_data_freezes_when_the_fault_begins(operator):
    paths = (SUMMARY_PATH, *(f"/Reports/Current/{directory}/" for directory in FILES))
    before = [operator.get(path).body for path in paths]
    operator.faults.add(e.Frozen())
    operator.clock.advance(3600)
    assert [operator.get(path).body for path in paths] == before
    operator.faults.clear()
    assert all(operator.get(path).body != body for path, body in zip(paths, before, strict=True))


@pytest.mark.parametrize("code", [403, 429, 503])
def test_a_status_is_a_page(operator, code):
    operator.faults.add(e.Status(code, retry_after_s=30))
    for path in (SUMMARY_PATH, "/Reports/Current/P5_Reports/"):
        answer = operator.get(path)
        assert (answer.status, answer.headers["Retry-After"], answer.headers["Content-Type"]) == (code, "30", "text/html")


def test_a_fault_leaves_no_trace_in_later_answers(operator):
    link, body = max(operator.links("DispatchIS_Reports")), operator.summary()
    whole = operator.get(link).body
    operator.faults.add(e.BadPrice("absurd"), count=2)
    assert operator.get(link).body != whole
    assert operator.summary() != body
    assert operator.get(link).body == whole
    assert operator.summary() == body


# -- in the world -----------------------------------------------------------------------------------------------------


def test_the_operator_answers_on_a_port_and_can_be_gone(world, clock):
    clock.advance(60)
    environment = world.environment()
    summary = requests.get(environment["AEMO_SUMMARY_URL"], timeout=2)
    assert summary.json()["ELEC_NEM_SUMMARY"][0]["SETTLEMENTDATE"] == "2026-11-20T18:00:00"
    listing = requests.get(f"{environment['AEMO_NEMWEB_URL']}/Reports/Current/DispatchIS_Reports/", timeout=2)
    link = re.findall(r'href="([^"]+zip)"', listing.text, re.IGNORECASE)[-1]
    file = requests.get(environment["AEMO_NEMWEB_URL"] + link, timeout=2)
    assert zipfile.ZipFile(io.BytesIO(file.content)).testzip() is None
    world.faults.add(e.Refused())
    with pytest.raises(requests.ConnectionError):
        requests.get(environment["AEMO_SUMMARY_URL"], timeout=2)


def test_the_line_can_break_without_a_socket(operator):
    session = requests.Session()
    session.mount("http://aemo.test", InProcess(operator.aemo, operator.clock))
    assert session.get(f"http://aemo.test{SUMMARY_PATH}").json() == operator.summary()
    operator.faults.add(e.HalfAnswer())
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(f"http://aemo.test{SUMMARY_PATH}")


def test_a_given_port_is_used(clock):
    with World(clock) as first:
        ports = [int(url.rsplit(":", 1)[1].split("/")[0]) for url in (first.aemo_nemweb_url, first.flow_power_url)]
    with World(clock, aemo_port=ports[0], kwatch_port=ports[1]) as second:
        assert (second.aemo_nemweb_url, second.flow_power_url) == (first.aemo_nemweb_url, first.flow_power_url)


def test_each_retailer_has_an_entry_for_the_site_file():
    world = World(SimulatedPace(EVENING), zone="Australia/Adelaide")
    assert world.retailer_entry("amber") == world.site_file()["retailer"]
    assert world.retailer_entry("aemo") == {"brand": "aemo", "region": "SA1"}
    flow_power = world.retailer_entry("flow_power")
    assert flow_power == {"brand": "flow_power", "region": "SA1", "source": "aemo", "pea": {"enabled": True, "base_c": 34.0}}
    with pytest.raises(ValueError, match="flow_power"):
        world.retailer_entry("nobody")


def test_a_region_that_is_none_is_refused():
    with pytest.raises(ValueError, match="TAS1"):
        place_of_region("WA1")
