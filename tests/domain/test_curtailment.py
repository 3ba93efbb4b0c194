"""Solar is limited while feeding in costs money, at the battery and at each inverter beside it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.arbiter import decide
from app.domain.codec import from_json, to_json
from app.domain.opinions import BATTERY, Axis, BatteryLimits, Charge, Curtail, Limit, Nothing, Opinion, Priority, Unknown, Wish
from app.domain.policies import opinions_on
from app.domain.policies.inverter_curtailment import limit_inverter
from app.domain.policies.solar_curtailment import keep_solar_at_home
from app.domain.prices import PriceBook, Quality
from app.domain.reasons import because
from app.domain.sentences import sentence
from app.domain.settings.solar_curtailment import SolarCurtailment
from app.domain.snapshot import InverterView, Snapshot, StandingLimit, StandingWish
from tests.domain.builders import NOW, a_book, a_reading, a_snapshot, an_interval

MINUTE = timedelta(minutes=1)
INVERTER = InverterView("7", "Sungrow SG", ac_w=4000.0, rated_w=5000.0)


def a_moment(feed_in_c: float | None, *, import_c: float | None = 30.0, now: datetime = NOW, **more: Any) -> Snapshot:
    present = an_interval(
        now.replace(second=0, microsecond=0, minute=now.minute // 5 * 5),
        minutes=5,
        import_c=import_c,
        feed_in_c=feed_in_c,
        quality=Quality.CURRENT,
    )
    book = PriceBook((present,), as_of=now, known_until=present.end)
    settings = {"solar_curtailment": SolarCurtailment(enabled=True, **more.pop("settings", {}))}
    return a_snapshot(now=now, prices=book, settings=settings, inverters=more.pop("inverters", (INVERTER,)), **more)


def exporting(w: float = 2000.0, **more: Any) -> dict[str, Any]:
    return {"live": a_reading(**{"solar_w": 4000.0, "grid_w": -w, "battery_w": 0.0, "load_w": 4000.0 - w, "soc_pct": 100.0, **more})}


@pytest.mark.parametrize(("feed_in_c", "is_stopped"), [(-3.0, True), (0.0, True), (0.1, False), (12.0, False)])
def test_the_battery_exports_nothing_while_feeding_in_pays_nothing(feed_in_c: float, is_stopped: bool) -> None:
    opinion = keep_solar_at_home(a_moment(feed_in_c))
    assert isinstance(opinion, Limit) is is_stopped
    if isinstance(opinion, Limit):
        assert opinion.limits == BatteryLimits(max_export_w=0)
        assert opinion.gives_way


def test_a_price_that_wavers_does_not_switch_to_and_fro() -> None:
    began = StandingLimit(keep_solar_at_home(a_moment(-1.0)), NOW)  # type: ignore[arg-type]

    def later(feed_in_c: float, minutes: int) -> Opinion:
        now = NOW + minutes * MINUTE
        return keep_solar_at_home(a_moment(feed_in_c, now=now, limits_before={"solar_curtailment": began}))

    assert isinstance(later(0.1, 10), Limit), "less than 0.2 c above the limit"
    assert isinstance(later(5.0, 4), Limit), "before 5 minutes are over"
    assert isinstance(later(5.0, 5), Nothing)


def test_an_unknown_feed_in_price_keeps_what_is_in_force_until_that_ends_and_starts_nothing() -> None:
    limit = keep_solar_at_home(a_moment(-1.0))
    assert isinstance(limit, Limit)
    before = {"solar_curtailment": StandingLimit(limit, NOW)}
    unknown = a_moment(None, limits_before=before, now=NOW + 5 * MINUTE)
    assert isinstance(keep_solar_at_home(unknown), Unknown)
    assert decide(unknown, opinions_on(unknown)).limits.max_export_w == 0
    assert limit.expires_at is not None
    over = a_moment(None, limits_before=before, now=limit.expires_at)
    assert decide(over, opinions_on(over)).limits.max_export_w is None
    alone = a_moment(None)
    assert decide(alone, opinions_on(alone)).limits.max_export_w is None


def test_an_owners_button_is_not_bound_by_it_and_a_rule_set_by_hand_suspends_it() -> None:
    pressed = StandingWish(Wish(BATTERY, Charge(), Priority.OWNER, because("owner_charge"), NOW + 30 * MINUTE), NOW)
    forced = a_moment(-1.0, owner_wishes=(pressed,))
    assert decide(forced, opinions_on(forced)).limits.max_export_w is None
    free = decide(a_moment(-1.0), opinions_on(a_moment(-1.0)))
    assert free.yielding == {"solar_curtailment": BatteryLimits(max_export_w=0)}
    assert free.firm_limits.max_export_w is None


def test_a_limit_survives_the_table_between_two_ticks() -> None:
    limit = keep_solar_at_home(a_moment(-1.0))
    assert from_json(Wish | Limit, to_json(limit)) == limit  # type: ignore[arg-type]


def test_an_inverter_makes_what_the_home_takes_while_feeding_in_costs() -> None:
    wish = limit_inverter(a_moment(-5.0, **exporting(2000.0)), INVERTER)
    assert isinstance(wish, Wish)
    assert wish.axis == Axis("inverter", "7")
    assert wish.command == Curtail(1900)  # 4,000 W made, 2,000 W of it exported, 100 W margin
    assert sentence(wish.reason).startswith("Feeding in costs 5.0")


@pytest.mark.parametrize(
    ("more", "settings", "view", "max_w", "why"),
    [
        (exporting(2000.0), {"inverters_to": "zero"}, {}, 0, "the owner wants it off"),
        (exporting(2000.0), {}, {"limits_export": True}, 0, "its limit is one of the feed-in: the home is still supplied"),
        (exporting(2000.0), {}, {"can_limit": False}, 0, "it knows all or nothing"),
        (exporting(2000.0, battery_w=1000.0), {}, {}, 2900, "what the battery gives is room for the sun"),
        (exporting(4500.0, load_w=0.0), {}, {}, 0, "never below nothing"),
        (exporting(-3000.0), {}, {}, 5000, "never above what it can make"),
        (exporting(500.0, soc_pct=60.0), {}, {}, 3400, "the battery has room and does not take all"),
    ],
)
def test_what_it_may_make(more: dict[str, Any], settings: dict[str, Any], view: dict[str, Any], max_w: int, why: str) -> None:
    inverter = InverterView("7", "Sungrow SG", **{"ac_w": 4000.0, "rated_w": 5000.0, **view})
    wish = limit_inverter(a_moment(-5.0, settings=settings, inverters=(inverter,), **more), inverter)
    assert isinstance(wish, Wish)
    assert wish.command == Curtail(max_w), why


def test_while_the_battery_takes_all_of_it_the_inverter_runs() -> None:
    moment = a_moment(-5.0, live=a_reading(solar_w=4000.0, grid_w=20.0, battery_w=-3000.0, soc_pct=60.0))
    assert isinstance(limit_inverter(moment, INVERTER), Nothing)


def test_two_inverters_share_what_the_home_takes() -> None:
    small = InverterView("8", "Fronius", ac_w=1000.0, rated_w=3000.0)
    moment = a_moment(-5.0, inverters=(INVERTER, small), **exporting(2400.0))
    commands = [opinions_on(moment)[f"solar_curtailment:{key}"].command for key in ("7", "8")]  # type: ignore[union-attr]
    assert commands == [Curtail(2000), Curtail(500)]


def test_a_small_change_of_the_home_is_not_worth_a_command() -> None:
    first = limit_inverter(a_moment(-5.0, **exporting(2000.0)), INVERTER)
    assert isinstance(first, Wish)
    before = {"solar_curtailment:7": StandingWish(first, NOW)}
    slow = InverterView("7", "Sungrow SG", ac_w=1900.0, rated_w=5000.0)
    calm = a_moment(-5.0, inverters=(slow,), before=before, **exporting(-150.0))
    assert limit_inverter(calm, slow).command == Curtail(1900)  # type: ignore[union-attr]
    exports = a_moment(-5.0, inverters=(slow,), before=before, **exporting(130.0))
    assert limit_inverter(exports, slow).command == Curtail(1650)  # type: ignore[union-attr]


def test_who_is_paid_to_buy_makes_nothing_whatever_the_battery_holds() -> None:
    moment = a_moment(40.0, import_c=-2.0, live=a_reading(soc_pct=20.0))
    wish = limit_inverter(moment, INVERTER)
    assert isinstance(wish, Wish)
    assert wish.command == Curtail(0)
    assert sentence(wish.reason) == "You are paid 2.0\u202fc to buy: Sungrow SG makes nothing"


def test_without_a_reading_nothing_begins_and_nothing_is_given_back() -> None:
    silent = InverterView("7", "Sungrow SG")
    assert isinstance(limit_inverter(a_moment(-5.0, inverters=(silent,), **exporting()), silent), Nothing)
    first = limit_inverter(a_moment(-5.0, **exporting()), INVERTER)
    assert isinstance(first, Wish)
    before = {"solar_curtailment:7": StandingWish(first, NOW)}
    moment = a_moment(-5.0, inverters=(silent,), before=before, now=NOW + MINUTE, **exporting())
    assert isinstance(limit_inverter(moment, silent), Unknown)
    assert decide(moment, opinions_on(moment)).chosen[Axis("inverter", "7")].command == first.command


def test_an_old_price_is_no_price() -> None:
    stale = a_moment(-5.0, **exporting())
    late = a_snapshot(
        now=NOW + 20 * MINUTE, prices=stale.prices, settings={"solar_curtailment": SolarCurtailment(enabled=True)}, inverters=(INVERTER,)
    )
    assert isinstance(keep_solar_at_home(late), Unknown)
    assert isinstance(limit_inverter(late, INVERTER), Unknown)


def test_switched_off_it_says_nothing() -> None:
    moment = a_snapshot(prices=a_book(NOW), inverters=(INVERTER,))
    assert isinstance(keep_solar_at_home(moment), Nothing)
    assert isinstance(limit_inverter(moment, INVERTER), Nothing)
