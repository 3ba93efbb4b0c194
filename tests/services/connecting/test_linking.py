"""Linking stores what was chosen, takes nothing away that is still needed, and wakes the scheduler."""

import json

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.clock import utc_now
from app.config import Config
from app.control.connections import fields_of
from app.control.surroundings import Surroundings
from app.domain.brands import Choice
from app.feeds.registry import retailer_brands
from app.models.connection import Connection
from app.models.control import Signal
from app.models.site import Membership, Site
from app.models.types import keyring
from app.models.user import User
from app.services import connecting
from app.services.connecting import Draft, NameTaken, WithinTime
from app.services.connecting_zones import currency_in, is_served, zone_groups
from app.services.sites import StillSteered
from app.simulators import effects
from app.simulators.pace import SimulatedPace
from app.simulators.world import World
from app.transports.context import NoBudget
from app.transports.errors import CredentialsRefused, Unreachable
from tests.conftest import NOW
from tests.services.connecting.homes import connection, steer

CHOICE = Choice("01J", "Energex, NMI 312•••2345", "active", "Australia/Brisbane")


def a_draft(user: User, site: Site | None = None, role: str = "retailer", **changes: object) -> Draft:
    brand, values = ("amber", {"token": "psk_new"}) if role == "retailer" else ("tesla", {"token": "tok_new"})
    draft = {
        "user_id": user.id,
        "role": role,
        "brand": brand,
        "values": values,
        "choices": (CHOICE,),
        "made_at": NOW,
        "site_id": site.id if site else None,
        "home_name": "Beach",
    }
    return Draft(**{**draft, **changes})  # type: ignore[arg-type]


def rung(session: Session, site: Site) -> int:
    return session.scalar(select(Signal.count).where(Signal.site_id == site.id)) or 0


def test_a_new_home_watches_and_belongs_to_who_made_it(session: Session, owner: User):
    site = connecting.begin_home(session, a_draft(owner), CHOICE, NOW)
    session.expire_all()
    assert (site.name, site.control, site.timezone, site.currency) == ("Beach", "watch", "Australia/Brisbane", "AUD")
    assert session.get_one(Membership, (owner.id, site.id)).role == "owner"
    row = connection(session, site, "retailer")
    assert (row.config["site_id"], fields_of(row).token.get_secret_value()) == ("01J", "psk_new")
    assert "psk_new" not in json.dumps(row.config)
    assert rung(session, site) == 1


def test_two_homes_never_have_one_name(session: Session, owner: User, linked: Site):
    with pytest.raises(NameTaken):
        connecting.begin_home(session, a_draft(owner, home_name="Home"), CHOICE, NOW)
    assert len(session.scalars(select(Site)).all()) == 1


def test_a_new_key_goes_to_the_same_connection_and_is_asked_at_once(session: Session, owner: User, linked: Site):
    old = connection(session, linked, "retailer")
    old.problem, old.problem_kind, old.retry_at = "Amber: the token was not accepted", "CredentialsRefused", NOW
    session.commit()
    before = rung(session, linked)
    draft = a_draft(owner, linked, connection_id=old.id, choices=(Choice(old.config["site_id"], "Home"),))
    row = connecting.link(session, linked, draft, draft.choices[0], NOW)
    assert (row.id, row.problem, row.retry_at) == (old.id, None, None)
    assert fields_of(row).token.get_secret_value() == "psk_new"
    assert rung(session, linked) == before + 1
    assert session.get_one(Signal, linked.id).fetch_asked_at == NOW


def test_the_home_takes_the_zone_that_was_chosen(session: Session, owner: User, linked: Site):
    connecting.link(session, linked, a_draft(owner, linked), CHOICE, NOW, "Australia/Perth")
    session.expire_all()
    assert linked.timezone == "Australia/Perth"


def test_linking_again_forgets_what_the_driver_learned(session: Session, owner: User, linked: Site):
    old = connection(session, linked, "battery")
    old.learned = '{"certificate_sha256": "ab"}'
    session.commit()
    same = Choice(old.config["energy_site_id"], "Home")
    unchanged = a_draft(
        owner, linked, "battery", connection_id=old.id, choices=(same,), values=connecting.values_with_secrets(fields_of(old))
    )
    row = connecting.link(session, linked, unchanged, same, NOW)
    assert (row.id, row.learned) == (old.id, None)


def test_a_steered_battery_is_not_replaced(session: Session, owner: User, linked: Site):
    steer(session, linked)
    old = connection(session, linked, "battery")
    with pytest.raises(StillSteered):
        connecting.link(session, linked, a_draft(owner, linked, "battery", connection_id=old.id), Choice("99", "Other"), NOW)
    session.rollback()
    assert connection(session, linked, "battery").config == old.config


def test_a_steered_battery_takes_a_new_key(session: Session, owner: User, linked: Site):
    steer(session, linked)
    old = connection(session, linked, "battery")
    same = Choice(old.config["energy_site_id"], "Home")
    row = connecting.link(session, linked, a_draft(owner, linked, "battery", connection_id=old.id, choices=(same,)), same, NOW)
    assert (row.id, fields_of(row).token.get_secret_value()) == (old.id, "tok_new")


def test_a_steered_battery_is_not_removed(session: Session, linked: Site):
    steer(session, linked)
    with pytest.raises(StillSteered):
        connecting.unlink(session, linked, connection(session, linked, "battery"))
    session.rollback()
    assert connection(session, linked, "battery") is not None


def test_a_key_that_nobody_can_read_any_more_is_replaced(session: Session, owner: User, linked: Site, config: Config):
    old = connection(session, linked, "retailer")
    stranger = Fernet(Fernet.generate_key()).encrypt(b"{}").decode()
    session.execute(text("UPDATE connection SET secrets = :it WHERE id = :id"), {"it": stranger, "id": old.id})
    session.commit()
    session.expunge_all()
    site = session.get_one(Site, linked.id)
    keyring.use(list(config.fernet_keys))
    assert connecting.kept_secrets(session, old.id) == {}
    same = Choice(old.config["site_id"], "Home")
    row = connecting.link(session, site, a_draft(owner, site, connection_id=old.id, choices=(same,)), same, NOW)
    assert (row.id, fields_of(row).token.get_secret_value()) == (old.id, "psk_new")


def test_a_test_that_went_well_ends_the_pause_after_a_refusal(session: Session, linked: Site):
    row = connection(session, linked, "battery")
    assert connecting.set_right(session, row.id, NOW) is False
    row.problem, row.problem_kind, row.problem_since, row.retry_at = "Teslemetry: no", "CredentialsRefused", NOW, NOW
    session.commit()
    before = rung(session, linked)
    assert connecting.set_right(session, row.id, NOW) is True
    session.expire_all()
    assert (row.problem, row.problem_kind, row.problem_since, row.retry_at) == (None, None, None, None)
    assert rung(session, linked) == before + 1


def test_the_vendor_offers_its_sites_with_one_request(around: Surroundings, world: World):
    brand = retailer_brands()["amber"]
    offered = connecting.choices_for(around, brand, brand.fields(token=world.amber.account.token), utc_now())
    assert [choice.is_usable for choice in offered] == [True, True, False]
    assert len(world.amber.requests) == 1


def test_a_refused_key_is_asked_about_once(around: Surroundings, world: World):
    brand = retailer_brands()["amber"]
    with pytest.raises(CredentialsRefused) as refusal:
        connecting.choices_for(around, brand, brand.fields(token="psk_wrong"), utc_now())
    assert "psk_wrong" not in str(refusal.value)
    assert len(world.amber.requests) == 1


def test_a_pause_that_the_vendor_asked_for_holds_for_tests_too(around: Surroundings, world: World):
    brand = retailer_brands()["amber"]
    world.faults.add(effects.Status(429, retry_after_s=60), server="amber")
    fields = brand.fields(token=world.amber.account.token)
    for _ in range(3):
        with pytest.raises(Exception, match="Amber"):
            connecting.choices_for(around, brand, fields, utc_now())
    assert len(world.amber.requests) == 1


def test_no_further_call_begins_when_the_time_is_over():
    pace = SimulatedPace(NOW)
    budget = WithinTime(NoBudget(), pace, 15.0)
    budget.spend("Teslemetry", "a", "read")
    pace.sleep(14.9)
    budget.spend("Teslemetry", "a", "read")
    pace.sleep(0.2)
    with pytest.raises(Unreachable, match="15 s"):
        budget.spend("Teslemetry", "a", "read")


def test_zones_begin_with_australia_and_have_the_markets_half_hours(app: Flask):
    groups = zone_groups()
    assert groups[0][0] == "Australia"
    assert groups[0][1][0] == "Australia/Sydney"
    offered = {name for _, names in groups for name in names}
    assert {"Australia/Brisbane", "Australia/Adelaide", "Europe/London", "Pacific/Auckland"} <= offered
    assert "Asia/Kathmandu" not in offered
    assert not is_served("Australia/Eucla")
    assert not is_served("../etc/passwd")


def test_the_currency_follows_the_clock():
    assert [currency_in(zone) for zone in ("Australia/Perth", "Europe/London", "Pacific/Auckland")] == ["AUD", "GBP", "NZD"]


def test_a_home_may_have_one_battery_and_several_inverters(session: Session, linked: Site, owner: User):
    connecting.link(session, linked, a_draft(owner, linked, "battery"), Choice("99", "Other"), NOW)
    assert len(session.scalars(select(Connection).where(Connection.role == "battery")).all()) == 1
