"""The plans that a home keeps, and the one that its prices come from."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.control import collect
from app.control.connections import Opener, fields_of, load
from app.control.observe import observe
from app.control.price_rows import feed_of
from app.control.surroundings import Surroundings
from app.domain.codec import to_json
from app.domain.tariffs.seasonal import SeasonalTariff
from app.domain.tariffs.shaping import Shaped
from app.domain.tariffs.time_of_use import Period, Season, TimeOfUse
from app.domain.tariffs.todays import todays_tariff
from app.feeds.retailers.custom_tou import CustomTouFields
from app.models.connection import Connection
from app.models.control import Signal
from app.models.site import Site
from app.models.tariffs import TouPlan
from app.models.user import User
from app.services import price_overrides, sites
from app.services.site_file import validate
from app.services.tariff_view import payload_of
from app.services.tou_plans import kept, preview, use
from app.services.tou_plans.draft import read
from app.transports.pace import RealPace
from tests.services.tou_plans.plans import changed, whole
from tests.web.prices.home import NOW, a_home, give_prices

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def site(session: Session, owner: User) -> Site:
    """On Amber, with a Powerwall."""
    return a_home(session)


@pytest.fixture
def plan(session: Session, site: Site) -> TouPlan:
    return kept.begin(session, site, whole(daily_charge_c="110"), NOW)


def retailer(session: Session, site: Site) -> Connection:
    found = load(session, site.id, "retailer")
    assert found is not None
    return found


def test_a_plan_is_kept_in_the_shape_of_a_site_file(session: Session, plan: TouPlan):
    assert CustomTouFields.model_validate(plan.plan) == read(whole(daily_charge_c="110")).fields
    assert json.loads(json.dumps(plan.plan)) == plan.plan
    assert kept.values_of(plan) == whole(daily_charge_c="110")


def test_a_new_plan_takes_the_next_free_name(session: Session, site: Site, plan: TouPlan):
    assert [kept.begin(session, site, whole(), NOW).name for _ in range(2)] == ["Saver 2", "Saver 3"]
    assert kept.begin(session, site, kept.first_values(), NOW).name == "New plan"


def test_a_first_plan_has_no_hole_and_no_invented_price():
    draft = read(kept.first_values())
    assert {problem.what for problem in draft.problems} == {"not complete"}
    assert all(row["import_c"] == "" for row in draft.values["seasons"][0]["periods"])


def test_plans_are_those_of_one_home(session: Session, plan: TouPlan, owner: User, a_site: Callable[..., Site]):
    shack = a_site(owner, name="Shack")
    assert kept.of_site(session, shack.id) == []
    assert kept.find(session, shack.id, plan.id) is None


def test_a_name_is_taken_once_in_a_home(session: Session, site: Site, plan: TouPlan):
    other = kept.begin(session, site, whole(name="Other"), NOW)
    with pytest.raises(kept.NameTaken, match="another plan is called Saver"):
        use.change(session, site, other, whole(name="Saver"), kept.revision_of(other), LATER)
    with pytest.raises(kept.PlanRefused, match="give the plan a name"):
        use.change(session, site, other, whole(name=" "), kept.revision_of(other), LATER)
    session.expire_all()
    assert session.get_one(TouPlan, other.id).name == "Other"


def test_a_stale_form_overwrites_nothing(session: Session, site: Site, plan: TouPlan):
    seen = kept.revision_of(plan)
    use.change(session, site, plan, whole(utility="Theirs"), seen, LATER)
    with pytest.raises(kept.ChangedMeanwhile):
        use.change(session, site, plan, whole(utility="Mine"), seen, LATER + timedelta(seconds=1))
    assert plan.plan["utility"] == "Theirs"


def test_a_file_of_a_plan_can_be_taken_in_and_put_into_a_site_file(session: Session, plan: TouPlan):
    text = json.dumps(kept.exported(plan))
    assert read(kept.imported(text)).fields == read(kept.values_of(plan)).fields
    home = {"name": "Shack", "timezone": "Australia/Sydney", "owner": "a@example.com", "retailer": json.loads(text)}
    assert validate(home).connections[0].brand.key == "custom_tou"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not readable as JSON"),
        ("[]", "must be an object"),
        ('{"brand": "amber", "token": "x"}', "about another retailer"),
        ('{"seasons": []}', "seasons"),
        ('{"seasons": [{"name": "All year", "from": "01-01", "to": "12-31", "periods": []}], "colour": 1}', "colour: unknown key"),
        ("x" * 200_001, "larger than 200 kB"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_with_the_reason(text: str, words: str):
    with pytest.raises(kept.PlanRefused) as refused:
        kept.imported(text)
    assert words in str(refused.value)


def test_a_plan_in_use_is_the_homes_retailer_and_the_loop_is_called(session: Session, site: Site, plan: TouPlan):
    before = session.get_one(Signal, site.id).count
    use.put_in_use(session, site, plan, 1, LATER)
    connection = retailer(session, site)
    assert (connection.brand, connection.config["daily_charge_c"]) == ("custom_tou", 110)
    assert fields_of(connection) == read(kept.values_of(plan)).fields
    signal = session.get_one(Signal, site.id)
    assert (signal.count, signal.fetch_asked_at) == (before + 1, LATER)
    present = use.present(session, site)
    assert (present.plan, present.is_other, plan.activated_at) == (plan, False, LATER)


def test_it_is_stored_as_a_site_file_stores_it(session: Session, site: Site, plan: TouPlan):
    use.put_in_use(session, site, plan, 1, LATER)
    by_page = dict(retailer(session, site).config)
    file = sites.export_file(session, site)
    file["retailer"] = kept.exported(plan)
    file["battery"]["token"] = "a-token"
    sites.import_file(session, validate(file), LATER)
    assert retailer(session, site).config == by_page


def test_a_replaced_retailer_can_be_put_back_with_its_key(session: Session, site: Site, plan: TouPlan, owner: User):
    before = fields_of(retailer(session, site))
    replaced = use.put_in_use(session, site, plan, owner.id, LATER)
    assert replaced is not None
    assert "psk_" not in repr(replaced)
    use.put_back(session, site, replaced, LATER)
    connection = retailer(session, site)
    assert (connection.brand, fields_of(connection)) == ("amber", before)
    assert use.present(session, site).is_other


def test_one_plan_takes_the_place_of_another_without_losing_prices(session: Session, site: Site, plan: TouPlan):
    use.put_in_use(session, site, plan, 1, NOW)
    connection_id = retailer(session, site).id
    other = kept.begin(session, site, changed(whole(name="Other"), at=2, import_c="60"), NOW)
    assert use.put_in_use(session, site, other, 1, LATER) is None
    assert retailer(session, site).id == connection_id
    assert use.present(session, site).plan == other


def test_a_plan_of_a_site_file_is_kept_before_it_is_replaced(session: Session, site: Site, plan: TouPlan):
    use.put_in_use(session, site, plan, 1, NOW)
    session.delete(plan)
    session.commit()
    found = use.present(session, site)
    assert (found.plan, found.fields is not None) == (None, True)
    other = kept.begin(session, site, changed(whole(name="Other"), at=2, import_c="60"), NOW)
    use.put_in_use(session, site, other, 1, LATER)
    assert [row.name for row in kept.of_site(session, site.id)] == ["Other", "Saver"]
    assert kept.values_of(kept.of_site(session, site.id)[1]) == whole(daily_charge_c="110")


def test_a_draft_cannot_be_used(session: Session, site: Site):
    draft = kept.begin(session, site, changed(whole(), at=3, end="21:00"), NOW)
    with pytest.raises(use.NotWhole):
        use.put_in_use(session, site, draft, 1, NOW)
    assert retailer(session, site).brand == "amber"


def test_a_change_of_the_plan_in_use_takes_effect_at_once_and_must_be_whole(session: Session, site: Site, plan: TouPlan):
    use.put_in_use(session, site, plan, 1, NOW)
    use.change(session, site, plan, changed(whole(name="Dearer"), at=2, import_c="60"), kept.revision_of(plan), LATER)
    config = retailer(session, site).config
    assert (config["name"], config["seasons"][0]["periods"][2]["import_c"]) == ("Dearer", 60)
    assert use.is_used(session, site, plan)
    with pytest.raises(use.NotWhole):
        use.change(session, site, plan, changed(whole(), at=3, end="21:00"), kept.revision_of(plan), LATER)
    assert plan.plan["name"] == "Dearer"


def test_of_two_plans_alike_the_one_of_that_name_is_in_use(session: Session, site: Site, plan: TouPlan):
    copy = kept.begin(session, site, whole(name="A copy", daily_charge_c="110"), NOW)
    use.put_in_use(session, site, plan, 1, NOW)
    assert (use.is_used(session, site, plan), use.is_used(session, site, copy)) == (True, False)


def test_the_plan_in_use_is_not_deleted_and_another_one_is(session: Session, site: Site, plan: TouPlan):
    other = kept.begin(session, site, whole(name="Other", utility="x"), NOW)
    use.put_in_use(session, site, plan, 1, NOW)
    with pytest.raises(use.InUse):
        use.delete(session, site, plan)
    use.delete(session, site, other)
    assert list(session.scalars(select(TouPlan.name))) == ["Saver"]


def test_stopping_removes_the_retailer_and_keeps_the_plan(session: Session, site: Site, plan: TouPlan):
    use.put_in_use(session, site, plan, 1, NOW)
    use.stop(session, site, LATER)
    assert load(session, site.id, "retailer") is None
    assert kept.of_site(session, site.id) == [plan]
    assert use.present(session, site).retailer == ""


def test_stopping_leaves_another_retailer_alone(session: Session, site: Site):
    use.stop(session, site, LATER)
    assert retailer(session, site).brand == "amber"


def test_the_prices_of_another_retailers_plan_can_be_copied(session: Session, site: Site):
    assert use.copied(session, site) is None
    every_day = frozenset(range(7))
    midnight = NOW.replace(hour=0, minute=0).time()
    season = Season("All year", (1, 1), (12, 31), (Period("All hours", every_day, midnight, midnight, 33.0, 4.0),))
    feed = feed_of(session, retailer(session, site))
    feed.plan, feed.daily_charge_c = to_json(TimeOfUse((season,), "Theirs")), 99.0
    session.commit()
    values = use.copied(session, site)
    assert values is not None
    assert (values["name"], values["daily_charge_c"]) == ("Theirs", "99")
    assert values["seasons"][0]["periods"][0] | {"name": ""} == {
        "name": "",
        "days": "all",
        "start": "00:00",
        "end": "24:00",
        "import_c": "33",
        "feed_in_c": "4",
        "demand_c_per_kw": "",
    }


def test_plans_are_kept_and_used_on_postgresql(postgres_engine: Engine):
    with Session(postgres_engine, expire_on_commit=False) as session:
        site = a_home(session)
        row = kept.begin(session, site, whole(), NOW)
        other = kept.begin(session, site, whole(name="Other"), NOW)
        with pytest.raises(kept.NameTaken):
            use.change(session, site, other, whole(name="Saver"), kept.revision_of(other), LATER)
        use.put_in_use(session, site, session.get_one(TouPlan, row.id), 1, LATER)
        assert use.present(session, site).plan == session.get_one(TouPlan, row.id)


# Preview


def seen(session: Session, site: Site, engine: Engine) -> preview.Preview:
    fields = read(whole(daily_charge_c="110")).fields
    assert fields is not None
    return preview.preview(Surroundings(engine, RealPace()), session, site, fields, NOW)


def test_a_preview_tells_the_next_day_and_changes_nothing(session: Session, site: Site, engine: Engine):
    give_prices(session, site)
    before = retailer(session, site).brand
    told = seen(session, site, engine)
    rows = [(f"{each.day:%a}", each.hours, each.import_c, each.feed_in_c) for each in told.stretches]
    assert rows == [
        ("Fri", "16:30–22:00", 52, 8),
        ("Fri", "22:00–24:00", 19, 6),
        ("Sat", "00:00–07:00", 19, 6),
        ("Sat", "07:00–16:30", 26, 6),
    ]
    assert not told.is_shaped
    assert (told.battery, told.keeps_whole_plan, told.problem) == ("Tesla Powerwall", True, "")
    assert retailer(session, site).brand == before


def test_what_is_previewed_is_what_is_sent_once_the_plan_is_in_use(session: Session, site: Site, plan: TouPlan, engine: Engine):
    told = seen(session, site, engine)
    use.put_in_use(session, site, plan, 1, NOW)
    around = Surroundings(engine, RealPace())
    connection_id = retailer(session, site).id
    session.commit()
    assert collect.fetch(around, Opener(around, lambda: NOW), connection_id, NOW) is not None
    session.expire_all()
    sent = todays_tariff(observe(session, site, NOW))
    assert isinstance(sent, Shaped)
    assert isinstance(sent.result, SeasonalTariff)
    assert told.payload is not None
    assert told.payload == payload_of(around, session, site, sent.result, NOW)


def test_a_price_that_holds_once_is_in_the_preview(session: Session, site: Site, engine: Engine):
    price_overrides.add(session, site, NOW, NOW + timedelta(hours=2), NOW, import_c=0.0)
    told = seen(session, site, engine)
    assert told.stretches[0].import_c == 0
    assert not told.keeps_whole_plan  # until it is over, the battery is told hour by hour


def test_shaping_shows_in_the_preview(session: Session, owner: User, engine: Engine):
    boost = {"export_boost": {"enabled": True, "offset_c": 5, "minimum_c": 0, "threshold_c": 0, "start": "17:00", "end": "21:00"}}
    told = seen(session, a_home(session, policies=boost), engine)
    assert told.is_shaped
    assert [(each.feed_in_c, each.told_feed_in_c) for each in told.stretches if each.hours == "17:00–21:00"] == [(8, 13)]
