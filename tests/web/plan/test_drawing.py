"""The tracks as geometry: one axis for all, what is past up to the now-line, what is planned from it on."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.domain.plan_words import stretches
from app.domain.reasons import because
from app.services.overview import stored
from app.services.plan_page import plan_page
from app.web.plan.drawing import PRICE_HEIGHT, SOC_HEIGHT, PlanDrawing, draw
from app.web.plan_tracks import Axis, charge_course, line_path, planned_blocks, step_path
from tests.conftest import NOW
from tests.domain.battery_plans import a_plan_of, a_step
from tests.services.overview.homes import Home, running_home
from tests.services.plan_page.homes import CHARGE, HOLD, HOUR, MINUTE, RUN, keep, measured_until, optimizer, planned_home, two_days

AXIS = Axis(NOW, NOW + 10 * HOUR)


def drawing_of(home: Home) -> PlanDrawing:
    home.session.commit()
    found = draw(plan_page(home.session, stored(home.session, home.site, NOW)))
    assert found is not None
    return found


def xs(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"[MLH](\d+\.?\d*)", path)]


def ys(path: str) -> list[float]:
    return [float(each) for each in re.findall(r"(?:[ML][\d.]+ |V)(\d+\.?\d*)", path)]


def test_without_a_plan_there_is_no_drawing(session: Session):
    home = running_home(session)
    assert draw(plan_page(session, stored(session, home.site, NOW))) is None


def test_what_was_measured_ends_where_the_plan_begins(session: Session):
    home = planned_home(session)
    measured_until(home, NOW - 2 * MINUTE, 120, load_wh=80.0)
    found = drawing_of(home)
    assert found.done[-1].x + found.done[-1].width == pytest.approx(found.now, abs=0.01)
    assert found.planned[0].x == pytest.approx(found.now)
    assert found.planned[-1].x + found.planned[-1].width == pytest.approx(100.0, abs=0.01)
    assert max(xs(found.price.import_past)) <= found.now * 10 + 0.1
    assert min(xs(found.price.import_ahead)) == pytest.approx(found.now * 10, abs=0.1)
    assert max(xs(found.soc.measured)) <= found.now * 10 + 0.1
    assert max(xs(found.soc.planned)) == 1000.0


def test_where_nobody_measured_there_is_no_block_and_no_line(session: Session):
    home = optimizer(Home(session).link().reading().device().decision())
    keep(home, two_days())
    found = drawing_of(home)
    assert found.done == ()
    assert found.price.import_past == ""


def test_nothing_leaves_its_track_and_a_spike_is_named_not_drawn_to_its_height(session: Session):
    home = optimizer(running_home(session))
    keep(home, a_plan_of([a_step(HOLD, 600, import_c_per_kwh=900.0, feed_in_c_per_kwh=-40.0), a_step(RUN, 1000, import_c_per_kwh=20.0)]))
    price = drawing_of(home).price
    assert price.spike is not None
    assert price.spike.label == "Spike to 900\u202fc"
    assert price.has_negative
    for path in (price.import_ahead, price.feed_in_ahead, price.import_past, price.feed_in_past):
        assert all(0 <= y <= PRICE_HEIGHT for y in ys(path))
    assert 0 < price.zero < PRICE_HEIGHT


def test_the_lines_of_the_price_are_few_and_hold_zero(session: Session):
    price = drawing_of(planned_home(session)).price
    assert 3 <= len(price.lines) <= 7
    assert price.zero in [line.at for line in price.lines]


def test_only_what_nobody_published_is_hatched(session: Session):
    home = optimizer(running_home(session))
    keep(home, two_days(notes=(because("plan_prices_estimated", known_until=NOW + 24 * HOUR),)))
    found = drawing_of(home)
    assert found.estimate is not None
    x, width = found.estimate
    assert x + width == pytest.approx(100.0)
    assert min(xs(found.price.import_estimate)) <= x * 10
    assert max(xs(found.price.import_ahead)) >= x * 10 - 10
    keep(home, two_days(NOW - MINUTE))
    assert drawing_of(home).estimate is None


def test_the_charge_lies_between_empty_and_full_and_the_reserve_has_its_place(session: Session):
    soc = drawing_of(planned_home(session)).soc
    assert all(0 <= y <= SOC_HEIGHT for y in ys(soc.planned) + ys(soc.measured))
    assert soc.reserve is not None
    assert ys(soc.planned)[0] < soc.reserve.at < SOC_HEIGHT


def test_midnight_is_the_name_of_the_day_and_every_label_lies_on_the_axis(session: Session):
    found = drawing_of(planned_home(session))
    assert [hour.label for hour in found.hours if hour.css == "t-strong"] == ["Sat", "Sun"]
    assert len(found.midnights) == 2
    assert all(0 <= hour.at <= 100 for hour in found.hours)


# The shared tracks


def test_blocks_tile_the_axis_and_a_word_is_told_only_where_it_fits():
    rows = a_plan_of([a_step(HOLD, 300), a_step(CHARGE, 5), a_step(RUN, 295)], start=NOW)
    blocks = planned_blocks(stretches(rows, NOW), AXIS, "Australia/Sydney", NOW)
    assert [round(each.x, 1) for each in blocks] == [0.0, 50.0, 50.8]
    assert [each.label_class for each in blocks] == ["", None, ""]
    assert blocks[1].title == "21:42 to 21:47: Charge"


def test_a_price_without_a_value_is_a_gap():
    parts = [(NOW, NOW + HOUR, 10.0), (NOW + HOUR, NOW + 2 * HOUR, None), (NOW + 2 * HOUR, NOW + 3 * HOUR, 20.0)]
    assert step_path(parts, AXIS, lambda value: value) == "M0 10H100M200 20H300"


def test_a_line_breaks_where_nothing_was_read():
    points = [(NOW, 10.0), (NOW + 5 * MINUTE, 20.0), (NOW + 2 * HOUR, 30.0)]
    assert line_path(points, AXIS, lambda value: value, timedelta(minutes=15)) == "M0 10L8.3 20M200 30"


def test_the_charge_goes_straight_within_a_step_and_is_cut_at_both_ends():
    plan = a_plan_of([a_step(RUN, 60, soc_end_pct=40.0), a_step(RUN, 60, soc_end_pct=20.0)], start=NOW)
    assert charge_course(plan, NOW + 30 * MINUTE, NOW + 90 * MINUTE) == [
        (NOW + 30 * MINUTE, 50.0),
        (NOW + 60 * MINUTE, 40.0),
        (NOW + 90 * MINUTE, 30.0),
    ]
    assert charge_course(plan, plan.until) == []
