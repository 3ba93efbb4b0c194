"""The pages of documentation point to what exists, and nothing in the checkout is about one machine."""

import re

import pytest

from .files import ROOT, guides, text

PINS = ("requirements.txt", "requirements-dev.txt", "requirements.in", "requirements-dev.in", "pyproject.toml")
GENERATED = [("README.md", "systems"), ("README.md", "environment"), ("README.md", "bench"), ("DATABASE.md", "tables")]
BUILD_FILES = ("Makefile", ".ci/run", "docker/Dockerfile", ".env.example", *PINS)


def links(page: str) -> list[tuple[str, str]]:
    """(mark, address) of each link to a file of the checkout; the mark of a picture is `!`."""
    return [(mark, address) for mark, address in re.findall(r"(!?)\[[^\]]*\]\(([^)#]+)", text(page)) if "://" not in address]


@pytest.mark.parametrize("page", guides())
def test_every_link_leads_to_a_page(page: str) -> None:
    targets = [(ROOT / page).parent / address for mark, address in links(page) if not mark]
    assert not [target for target in targets if not target.is_file()]


@pytest.mark.parametrize("page", guides())
def test_every_picture_is_there(page: str) -> None:
    targets = [(ROOT / page).parent / address for mark, address in links(page) if mark]
    assert not [target for target in targets if not target.is_file()]


def test_readme_leads_to_every_guide() -> None:
    told = {address for _, address in links("README.md")}
    assert {page for page in guides() if page.startswith("docs/")} <= told


@pytest.mark.parametrize(("page", "name"), GENERATED)
def test_generated_parts_have_one_beginning_and_one_end(page: str, name: str) -> None:
    parts = re.findall(rf"^<!-- generated:{name} -->\n(.+?)^<!-- /generated:{name} -->$", text(page), re.MULTILINE | re.DOTALL)
    assert len(parts) == 1
    assert text(page).count(f"generated:{name} ") == 2


def test_every_make_target_that_readme_names_exists() -> None:
    mentions = re.findall(r"`(?:[^`]* )?make [a-z]+`|^make .*$", text("README.md"), re.MULTILINE)
    named = set(re.findall(r"\bmake ([a-z]+)\b", " ".join(mentions)))
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert named >= {"demo", "test", "run", "bench"}
    assert named <= targets


@pytest.mark.parametrize("path", BUILD_FILES)
def test_no_file_names_a_package_index(path: str) -> None:
    """Where packages come from is the matter of the machine, not of the checkout."""
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|://[^\s/]*pypi|/simple\b", text(path))


@pytest.mark.parametrize("path", [*BUILD_FILES, *guides()])
def test_no_file_names_a_folder_of_one_machine(path: str) -> None:
    assert not re.search(r"(?<![\w.])/(home|root|Users|work|opt/pypi)/", text(path))


@pytest.mark.parametrize("path", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_is_exact_and_has_its_hashes(path: str) -> None:
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^\s*#.*\n", "", text(path), flags=re.MULTILINE).replace("\\\n", ""))
    assert len(entries) > 20
    exact = re.compile(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^\s;]+")
    assert not [entry for entry in entries if not exact.match(entry) or "--hash=sha256:" not in entry]


def test_development_has_the_same_versions_as_running() -> None:
    running, development = (set(re.findall(r"^([A-Za-z0-9._-]+==[^\s;]+)", text(path), re.MULTILINE)) for path in PINS[:2])
    assert running
    assert running <= development


def test_the_licence_is_the_one_that_the_project_states() -> None:
    assert text("LICENSE").startswith("MIT License\n")
    assert 'text = "MIT"' in text("pyproject.toml")


def test_the_changelog_says_what_is_not_released_yet() -> None:
    assert re.search(r"^## \[Unreleased\]\n\n### Added\n\n\* ", text("CHANGELOG.md"), re.MULTILINE)
