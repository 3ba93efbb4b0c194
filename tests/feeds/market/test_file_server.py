"""Directory listings: the newest file by name, whatever else the page holds."""

import pytest

from app.feeds.market.aemo.file_server import DISPATCH_IS, P5, PREDISPATCH_IS, PREDISPATCH_LEGACY, Directory, label_of, listed
from tests.feeds.market.samples import at

NAMES = {
    "DispatchIS_Reports": (DISPATCH_IS, "PUBLIC_DISPATCHIS_202611201800_0000000540012345.zip"),
    "P5_Reports": (P5, "PUBLIC_P5MIN_202611201800_20261120175514.zip"),
    "PredispatchIS_Reports": (PREDISPATCH_IS, "PUBLIC_PREDISPATCHIS_202611201800_20261120173152.zip"),
    "Predispatch_Reports": (PREDISPATCH_LEGACY, "PUBLIC_PREDISPATCH_202611201800_20261120173152_LEGACY.zip"),
}


def page(*links: str) -> bytes:
    lines = "<br>\r\n".join(f"Friday, November 20, 2026  5:55 PM  12345 {link}" for link in links)
    return f'<html><body><pre><A HREF="/Reports/Current/">[To Parent Directory]</A><br>\r\n{lines}</pre></body></html>'.encode()


@pytest.mark.parametrize(("directory", "name"), NAMES.values(), ids=NAMES)
def test_each_directory_knows_its_own_files(directory: Directory, name: str) -> None:
    everything = page(*(f'<A HREF="/Reports/Current/{folder}/{each}">{each}</A>' for folder, (_, each) in NAMES.items()))
    assert listed(everything, directory) == [name]
    assert label_of(directory, name) == at("18:00")


def test_files_are_sorted_by_name_and_named_once() -> None:
    first, second, third = (f"PUBLIC_DISPATCHIS_2026112018{minute}_00000005400123{minute}.zip" for minute in ("00", "05", "10"))
    links = [f'<A HREF="/x/{third}">{third}</A>', f"<a href='{first}'>a</a>", f"<a HREF={second}>b</a>", f'<a href="/x/{third}">c</a>']
    assert listed(page(*links), DISPATCH_IS) == [first, second, third]


def test_names_in_other_letters_are_the_same_files() -> None:
    name = "public_dispatchis_202611201800_0000000540012345.ZIP"
    assert listed(page(f'<a href="/reports/current/dispatchis_reports/{name}">x</a>'), DISPATCH_IS) == [name]


def test_a_link_that_breaks_off_is_none() -> None:
    whole = page('<A HREF="/x/PUBLIC_DISPATCHIS_202611201800_0000000540012345.zip">a</A>', '<A HREF="/x/PUBLIC_DISPATCHIS_2026112018')
    assert listed(whole.partition(b"</pre>")[0], DISPATCH_IS) == ["PUBLIC_DISPATCHIS_202611201800_0000000540012345.zip"]


@pytest.mark.parametrize("text", [b"", b"<html></html>", b"\xff\xfe", b'<a href="PUBLIC_DISPATCHIS_x.zip">', page()])
def test_a_page_without_files_lists_none(text: bytes) -> None:
    assert listed(text, DISPATCH_IS) == []


def test_a_label_that_is_no_time_is_none() -> None:
    assert label_of(DISPATCH_IS, "PUBLIC_DISPATCHIS_202613451800_0000000540012345.zip") is None
