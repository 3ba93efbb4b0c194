"""A form drawn from a model: groups, rows inside rows, dates, parts that may be left out; each mistake at its place."""

from datetime import date, time
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator
from werkzeug.datastructures import MultiDict

from app.services.config_words import config_in_words
from app.web.model_drawing import draw
from app.web.model_form import Group, ModelForm, Rows, leaves
from app.web.model_rows import with_row, without_row


class Hour(BaseModel):
    name: str = Field(title="Name", min_length=1)
    start: time = time(17)
    price_c: Annotated[float, Field(ge=-10, le=100)] | None = Field(default=None, title="Price", json_schema_extra={"unit": "c/kWh"})


class Season(BaseModel):
    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    first: date = Field(alias="from", title="From")
    hours: list[Hour] = Field(title="Periods", min_length=1, max_length=3)


class Fee(BaseModel):
    on_top: bool = Field(default=False, title="On top")
    base_c: float = Field(default=34.0, title="Base")
    kind: Literal["flat", "by_day"] | None = Field(default=None, title="Kind", json_schema_extra={"labels": {"by_day": "For each day"}})

    @model_validator(mode="after")
    def _is_cheap(self) -> "Fee":
        if self.base_c > 50:
            raise ValueError("base_c is above 50; leave on_top out")
        return self


class Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: SecretStr | None = Field(default=None, title="Key")
    fee: Fee = Field(default=Fee(), title="Fee")
    extra: Fee | None = Field(default=None, title="Extra", description="Only on some plans.")
    seasons: list[Season] = Field(default=[], title="Seasons")


def sent(form: ModelForm, **changes: str | None) -> MultiDict[str, str]:
    """What a browser sends of the form; None leaves a field out."""
    found = MultiDict(
        [
            (item.input.name, "y" if item.kind == "check" else str(item.input.data or ""))
            for item in leaves(form.items)
            if item.kind != "check" or item.input.data
        ]
    )
    for name, value in changes.items():
        if value is None:
            found.poplist(name)
        else:
            found[name] = value
    return found


def read(changes: dict[str, str | None], values: dict[str, object] | None = None) -> tuple[ModelForm, BaseModel | None]:
    form = draw(Plan, sent=sent(draw(Plan, values=values), **changes))
    return form, form.validated()


STORED: dict[str, object] = {
    "fee": {"on_top": True, "base_c": 30.5, "kind": "by_day"},
    "extra": {"on_top": False, "base_c": 1.0, "kind": None},
    "seasons": [{"from": "2027-07-01", "hours": [{"name": "Peak", "start": "15:00", "price_c": -2.25}]}],
}


def test_what_is_stored_comes_back_as_it_was():
    _, values = read({}, STORED)
    assert values == Plan.model_validate(STORED)


def test_what_is_usual_comes_back_as_usual():
    _, values = read({})
    assert values == Plan()


def test_a_part_that_may_be_left_out_counts_only_while_its_box_is_ticked():
    _, without = read({"extra-is_given": None}, STORED)
    assert isinstance(without, Plan)
    assert without.extra is None
    _, with_it = read({"extra-is_given": "y", "extra-base_c": "7"})
    assert isinstance(with_it, Plan)
    assert with_it.extra == Fee(base_c=7)


def test_mistakes_in_a_part_that_is_left_out_do_not_matter():
    _, values = read({"extra-base_c": "much"})
    assert values == Plan()


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"fee-base_c": "much"}, "fee-base_c", "Enter a number, such as 2.5."),
        ({"fee-base_c": ""}, "fee-base_c", "Enter a number."),
        ({"extra-is_given": "y", "extra-base_c": "much"}, "extra-base_c", "Enter a number, such as 2.5."),
        ({"seasons-0-first": "soon"}, "seasons-0-first", "Enter a day."),
        ({"seasons-0-first": ""}, "seasons-0-first", "This is needed."),
        ({"seasons-0-hours-0-start": "25:00"}, "seasons-0-hours-0-start", "Enter a time such as 17:00."),
        ({"seasons-0-hours-0-price_c": "200"}, "seasons-0-hours-0-price_c", "At most 100."),
        ({"seasons-0-hours-0-name": ""}, "seasons-0-hours-0-name", "This is needed."),
    ],
)
def test_each_mistake_stands_at_its_field(changes: dict[str, str | None], place: str, words: str):
    form, values = read(changes, STORED)
    assert values is None
    told = {item.input.name: item.input.errors for item in leaves(form.items) if item.input.errors}
    assert told == {place: [words]}


def test_a_mistake_about_a_part_stands_at_the_part_without_codes():
    form, values = read({"fee-base_c": "60"})
    fee = next(node for node in form.items if isinstance(node, Group) and node.name == "fee")
    assert (values, fee.problem, form.problem) == (None, "Base is above 50; leave On top out.", "")
    assert fee.is_open


def test_a_mistake_about_the_rows_stands_at_the_rows():
    form, values = read({"seasons-0-hours-0-name": None, "seasons-0-hours-0-start": None, "seasons-0-hours-0-price_c": None}, STORED)
    assert values is None
    seasons = next(node for node in form.items if isinstance(node, Rows))
    (hours,) = [node for node in seasons.lines[0] if isinstance(node, Rows)]
    assert hours.problem == "At least one is needed."


def test_options_and_units_are_in_words():
    form = draw(Plan, values=STORED)
    told = {item.input.name: item for item in leaves(form.items)}
    assert [words for _, words, *_ in told["fee-kind"].input.iter_choices()] == ["Not chosen", "Flat", "For each day"]
    price = told["seasons-0-hours-0-price_c"]
    assert (price.unit, price.help, price.is_needed) == ("c/kWh", "−10 to 100.", False)
    assert told["seasons-0-first"].input.render_kw == {"type": "date"}
    assert form.secrets == {"key"}
    assert not form.asks_key


def test_a_list_that_needs_a_row_is_drawn_with_one():
    more = with_row(MultiDict(), "", "seasons", Plan)
    seasons = next(node for node in draw(Plan, sent=more).items if isinstance(node, Rows))
    assert (seasons.path, seasons.adds, len(seasons.lines)) == ("seasons", "Add a season", 1)
    drawn = draw(Season).items[1]
    assert isinstance(drawn, Rows)
    assert (len(drawn.lines), drawn.adds) == (1, "Add a period")


def test_no_more_rows_are_added_than_the_model_takes():
    fields = sent(draw(Plan, values=STORED))
    for _ in range(5):
        fields = with_row(fields, "", "seasons-0-hours", Plan)
    assert sorted(key for key in fields if key.endswith("-name")) == [f"seasons-0-hours-{number}-name" for number in range(3)]
    assert fields["seasons-0-hours-2-start"] == "15:00"  # like the last one
    fewer = without_row(fields, "", "seasons-0-hours", 1)
    assert sorted(key for key in fewer if key.endswith("-name")) == ["seasons-0-hours-0-name", "seasons-0-hours-2-name"]


def test_what_is_stored_is_told_in_words():
    config = {**STORED, "key": "secret", "fee": {"on_top": False, "base_c": 30.5, "kind": None}}
    assert config_in_words(Plan, config) == (
        ("Fee", "Base: 30.5"),
        ("Extra", "Base: 1"),
        ("Seasons", "1"),
    )
    assert config_in_words(Plan, {"fee": {"on_top": False, "base_c": 34.0, "kind": None}}) == (("Fee", "As usual"),)
    assert config_in_words(Season, STORED["seasons"][0]) == (("From", "2027-07-01"), ("Periods", "Peak"))  # type: ignore[index]


class Noted(BaseModel):
    place: str = Field(title="Place")
    note_text: str = Field(title="Note", json_schema_extra={"lines": 12})

    @field_validator("note_text")
    @classmethod
    def _is_good(cls, value: str) -> str:
        if "bad" in value:
            raise ValueError("in the note: note_text.bad_key is not known")
        return value


def noted(note: str) -> tuple[ModelForm, BaseModel | None]:
    form = draw(Noted, sent=MultiDict({"place": "here", "note_text": note}))
    return form, form.validated()


def test_a_text_of_several_lines_is_an_area_and_comes_back_as_it_was_typed():
    form, values = noted("\r\n  first: 1\r\n  second:\r\n    - 2\r\n\r\n")
    assert isinstance(values, Noted)
    assert values.note_text == "  first: 1\n  second:\n    - 2"
    area = form.item("note_text")
    assert (area.kind, area.is_needed, area.input.type, area.input.render_kw["rows"]) == ("lines", True, "TextAreaField", "12")


def test_a_mistake_in_a_text_of_several_lines_keeps_its_own_words():
    form, values = noted("bad")
    assert values is None
    assert form.item("note_text").input.errors == ["In the note: note_text.bad_key is not known."]
    form, values = noted(" \n ")
    assert values is None
    assert form.item("note_text").input.errors == ["This is needed."]


def test_a_text_of_several_lines_is_told_by_its_length():
    assert config_in_words(Noted, {"place": "here", "note_text": "a\nb\nc\n"}) == (("Place", "here"), ("Note", "3 lines"))
