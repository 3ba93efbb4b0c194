"""The report files: the reference's extracts word for word, and everything that can be wrong with a file."""

import struct
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.prices import Quality
from app.feeds.market.aemo import report_file
from app.feeds.market.aemo.nem import FIVE_MINUTES, HALF_HOUR, Reading
from app.feeds.market.aemo.report_file import DISPATCH, P5MIN, PDREGION, PREDISPATCH, FileRefused, Table, read_report, unpacked
from tests.feeds.market.samples import DISPATCHIS, LEGACY_ROWS, NOW, P5MIN_ROWS, PREDISPATCHIS_ROWS, at, report, zipped


def read(text: str, table: Table = DISPATCH) -> Reading:
    return read_report(zipped(text), table, NOW)


def prices(reading: Reading) -> dict[tuple[str, str], float]:
    """(region, label in market time) → price."""
    return {(price.region, f"{price.end + timedelta(hours=10):%H:%M}"): price.aud_per_mwh for price in reading.prices}


def test_the_dispatch_extract() -> None:
    found = read(DISPATCHIS)
    assert prices(found) == {("NSW1", "18:00"): 131.07, ("QLD1", "18:00"): 118.42, ("SA1", "18:00"): -38.15}
    assert {(price.start, price.end) for price in found.prices} == {(at("17:55"), at("18:00"))}
    assert {price.quality for price in found.prices} == {Quality.SETTLED}
    assert found.refused == ()


def test_the_five_minute_forecast_extract() -> None:
    found = read(report(P5MIN_ROWS), P5MIN)
    assert prices(found) == {("QLD1", "18:00"): 118.42, ("QLD1", "18:05"): 124.90}
    assert {(price.end - price.start, price.quality) for price in found.prices} == {(FIVE_MINUTES, Quality.FORECAST)}


@pytest.mark.parametrize(
    ("rows", "table"),
    [
        (PREDISPATCHIS_ROWS, PREDISPATCH),
        (LEGACY_ROWS, PDREGION),
        (LEGACY_ROWS.replace("PDREGION,,", "PDREGION,"), PDREGION),
    ],
)
def test_the_predispatch_extract_and_the_old_layouts(rows: str, table: Table) -> None:
    found = read(report(rows), table)
    assert prices(found) == {("QLD1", "18:30"): 132.6, ("QLD1", "19:00"): 210.4}
    assert {(price.end - price.start, price.quality) for price in found.prices} == {(HALF_HOUR, Quality.FORECAST)}


def test_an_old_layout_whose_names_do_not_stand_over_their_values_is_refused() -> None:
    with pytest.raises(FileRefused, match="no price"):
        read(report(LEGACY_ROWS.replace("I,PDREGION,,", "I,PDREGION,")), PDREGION)


def test_positions_are_read_from_the_header() -> None:
    header, *rows = P5MIN_ROWS.splitlines()
    moved = [",".join([*line.split(",")[:4], *reversed(line.split(",")[4:])]) for line in (header.replace(",10,", ",11,"), *rows)]
    assert prices(read(report("\n".join(moved)), P5MIN)) == {("QLD1", "18:00"): 118.42, ("QLD1", "18:05"): 124.90}


def test_a_header_in_the_middle_counts_from_there_on() -> None:
    first, second = P5MIN_ROWS.splitlines()[:2], P5MIN_ROWS.splitlines()[::2]
    second = [",".join([*line.split(",")[:4], *reversed(line.split(",")[4:])]) for line in second]
    assert prices(read(report("\n".join([*first, *second])), P5MIN)) == {("QLD1", "18:00"): 118.42, ("QLD1", "18:05"): 124.90}


def test_other_tables_of_the_file_are_passed_over() -> None:
    other = (
        "I,DISPATCH,REGIONSUM,9,SETTLEMENTDATE,RUNNO,REGIONID,DISPATCHINTERVAL,INTERVENTION,TOTALDEMAND,RRP\n"
        'D,DISPATCH,REGIONSUM,9,"2026/11/20 18:00:00",1,NSW1,20261120168,0,7411.9,9999'
    )
    rows = "\n".join(DISPATCHIS.splitlines()[1:-1])
    assert prices(read(report(f"{other}\n{rows}\n{other}"))) == prices(read(DISPATCHIS))


INTERVENED = 'D,DISPATCH,PRICE,5,"2026/11/20 18:00:00",1,NSW1,20261120168,1,999.0,0,999.0,0,0,"2026/11/20 17:55:04"'


@pytest.mark.parametrize("at_row", [2, 3])
def test_what_the_intervention_run_says_is_not_paid(at_row: int) -> None:
    lines = DISPATCHIS.splitlines()
    assert prices(read(report("\n".join([*lines[1:at_row], INTERVENED, *lines[at_row:-1]]))))["NSW1", "18:00"] == 131.07


def test_regions_that_are_none_are_passed_over() -> None:
    rows = "\n".join(DISPATCHIS.splitlines()[1:-1])
    assert set(prices(read(report(rows.replace(",SA1,", ",SNOWY1,"))))) == {("NSW1", "18:00"), ("QLD1", "18:00")}


def test_a_region_and_interval_counts_once_and_the_later_row_wins() -> None:
    rows = "\n".join(DISPATCHIS.splitlines()[1:-1])
    again = rows.splitlines()[1].replace("131.07,0", "132.5,0")
    found = read(report(f"{rows}\n{again}"))
    assert prices(found)["NSW1", "18:00"] == 132.5
    assert len(found.prices) == 3


@pytest.mark.parametrize("cell", ["", "NaN", "n/a", "Infinity"])
def test_a_bad_price_is_left_out_and_named_and_the_others_count(cell: str) -> None:
    found = read(report("\n".join(DISPATCHIS.splitlines()[1:-1]).replace("131.07,0,131.07", f"{cell},0,{cell}")))
    assert ("NSW1", "18:00") not in prices(found)
    assert len(found.prices) == 2
    [refusal] = found.refused
    assert refusal.region == "NSW1"
    assert refusal.words.startswith("NSW1 until 2026-11-20 18:00 market time: RRP is")


def test_a_row_that_breaks_off_has_no_price() -> None:
    line = 'D,DISPATCH,PRICE,5,"2026/11/20 18:00:00",1,VIC1,20261120168,0'
    found = read(report("\n".join([*DISPATCHIS.splitlines()[1:-1], line])))
    assert [each.words for each in found.refused] == ["VIC1 until 2026-11-20 18:00 market time: RRP is missing"]


def test_a_bad_label_is_left_out_and_named() -> None:
    found = read(report("\n".join(DISPATCHIS.splitlines()[1:-1]).replace('18:00:00",1,SA1', '18:02:00",1,SA1')))
    assert [each.words for each in found.refused] == ["SA1 in DISPATCH.PRICE: its time is not the end of an interval"]


@pytest.mark.parametrize("column", ["RRP", "REGIONID", "SETTLEMENTDATE", "INTERVENTION"])
def test_a_column_with_another_name_is_never_guessed(column: str) -> None:
    with pytest.raises(FileRefused, match=f"DISPATCH.PRICE has no column {column}$"):
        read(DISPATCHIS.replace(f",{column},", f",{column}_NEW,", 1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (DISPATCHIS.replace('C,"END OF REPORT",6\n', ""), "its end is missing"),
        (DISPATCHIS.replace(",6\n", ",7\n"), "counts other than the 6 rows"),
        (DISPATCHIS.replace(",6\n", "\n"), "counts other"),
        (DISPATCHIS + "D,DISPATCH,PRICE,5\n", "goes on after its end"),
        (DISPATCHIS.replace(",PRICE,", ",PRICES,"), "the table DISPATCH.PRICE is missing"),
        ("\n".join(DISPATCHIS.splitlines()[2:]).replace(",6", ",4"), "rows before the names"),
        (report(DISPATCHIS.splitlines()[1]), "DISPATCH.PRICE has no price$"),
        (report("\n".join(DISPATCHIS.splitlines()[1:-1]).replace("2026/11/20 18:00:00", "2020/01/01 18:00:00")), "out of reach"),
        ("", "its end is missing"),
        ("<html>Request rejected</html>", "its end is missing"),
        ("a" * 200_000, "not CSV"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(text: str, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        read(text)


def test_blank_lines_at_the_end_do_no_harm() -> None:
    assert prices(read(DISPATCHIS + "\r\n\r\n")) == prices(read(DISPATCHIS))


def test_a_zip_is_unpacked_and_checked() -> None:
    assert unpacked(zipped(DISPATCHIS)) == DISPATCHIS
    assert unpacked(zipped(DISPATCHIS, how=zipfile.ZIP_STORED)) == DISPATCHIS
    assert unpacked(zipped(DISPATCHIS, "public_a.csv")) == DISPATCHIS


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the zip is broken"),
        (b"<!DOCTYPE html><html>Request rejected</html>", "the zip is broken"),
        (zipped(DISPATCHIS)[:-30], "the zip is broken"),
        (zipped(DISPATCHIS)[: len(zipped(DISPATCHIS)) // 2], "the zip is broken"),
        (zipped(DISPATCHIS, "a.txt"), "not a zip with one CSV"),
        (zipped(DISPATCHIS, "a.csv", **{"b.csv": DISPATCHIS}), "not a zip with one CSV"),
        (zipped(DISPATCHIS, how=zipfile.ZIP_LZMA), "packed in a way"),
    ],
)
def test_a_zip_that_is_not_one_csv_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(FileRefused, match=words):
        unpacked(data)


def test_bytes_that_changed_on_the_way_are_noticed() -> None:
    data = bytearray(zipped(DISPATCHIS, how=zipfile.ZIP_STORED))
    place = data.index(b"118.42")
    data[place : place + 6] = b"918.42"
    with pytest.raises(FileRefused, match="broken"):
        unpacked(bytes(data))


def test_an_encrypted_zip_is_refused() -> None:
    data = bytearray(zipped(DISPATCHIS))
    data[6] |= 1  # in the file's own header, and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(FileRefused, match="packed in a way"):
        unpacked(bytes(data))


def test_a_small_zip_that_unpacks_to_a_very_large_file_is_refused() -> None:
    bomb = zipped(b"0" * 30_000_000)
    assert len(bomb) < 40_000
    with pytest.raises(FileRefused, match="more than 20 MB"):
        unpacked(bomb)


def test_no_more_of_it_is_unpacked_than_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped(b"0" * 20_000_000)
    monkeypatch.setattr(report_file, "LARGEST_UNPACKED", 1_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused):
            unpacked(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_zip_that_lies_about_its_size_is_stopped_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = bytearray(zipped(b"0" * 3_000_000))
    for place in (bomb.index(b"PK\x03\x04") + 22, bomb.index(b"PK\x01\x02") + 24):
        bomb[place : place + 4] = struct.pack("<I", 10)
    monkeypatch.setattr(report_file, "LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(FileRefused):
        unpacked(bytes(bomb))


@settings(max_examples=200)
@given(st.data())
def test_no_damage_to_a_file_goes_unnamed(data: st.DataObject) -> None:
    """Whatever bytes are changed or lost: the prices of the file, or FileRefused."""
    whole = zipped(DISPATCHIS)
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    try:
        found = read_report(bytes(damaged[:cut] if data.draw(st.booleans()) else damaged), DISPATCH, NOW)
    except FileRefused:
        return
    assert found == read(DISPATCHIS)


@given(st.text(alphabet=st.sampled_from('CID,"\r\n0.PRICERGONDSTHAM/ :-1'), max_size=400))
def test_no_text_goes_unnamed(text: str) -> None:
    with pytest.raises(FileRefused):
        read(text)
