"""How PowerSync gets to a gateway: certificate first, then a token, which is kept, looked at, and renewed once."""

from datetime import timedelta

import pytest

from app.devices.enphase.fields import GatewayFields
from app.devices.enphase.jwt import claims_of
from app.simulators import effects
from app.simulators.certificate import self_signed
from app.simulators.enlighten import EnphaseAccount, token_for
from app.simulators.enphase import GatewayQuirks
from app.transports.context import TokensInMemory
from app.transports.errors import CertificateChanged, CredentialsRefused, RequestRefused, Unreachable
from app.transports.pinned_tls import KEPT_AS
from tests.devices.contract.inverter_rig import NOON
from tests.devices.enphase.benches import ACCOUNT, Bench, a_gateway

CHECK = "/auth/check_jwt"


def read(bench: Bench) -> float:
    ac_w = bench.inverters.read_status(bench.clock.now()).ac_w
    assert ac_w is not None
    return ac_w


# The certificate


def test_the_certificate_is_kept_with_the_first_answer_and_outlives_the_process() -> None:
    with a_gateway() as bench:
        read(bench)
        assert len(bench.store.load()[KEPT_AS]) == 64
        bench.inverters = bench.opened()
        assert read(bench) > 0


def test_no_token_is_shown_to_another_certificate() -> None:
    with a_gateway(**ACCOUNT) as bench:
        read(bench)
        bench.server.close()
        bench.server.tls = self_signed("envoy.local", NOON).context
        bench.server.listen()
        arrived = len(bench.gateway.requests)
        for inverters in (bench.inverters, bench.opened()):
            for call in (lambda each=inverters: each.read_status(NOON), inverters.read_settings):
                with pytest.raises(CertificateChanged, match="link it again under Devices"):
                    call()
        assert len(bench.gateway.requests) == arrived
        assert bench.cloud.tokens_given() == 1


def test_what_is_no_gateway_gets_no_token_and_its_certificate_is_not_kept() -> None:
    with a_gateway() as bench:
        bench.faults.add(effects.Html(), server="http.enphase", path="/info")
        with pytest.raises(Exception, match="no IQ Gateway"):
            read(bench)
        assert bench.store.load() == {}
        assert {recorded.path for recorded in bench.gateway.requests} == {"/info"}


# The token


def test_a_token_from_the_account_is_kept_and_used_by_the_next_process() -> None:
    with a_gateway(**ACCOUNT) as bench:
        read(bench)
        bench.inverters = bench.opened()
        read(bench)
        assert bench.cloud.tokens_given() == 1
        assert claims_of(bench.store.load()["token"]).user == "installer"


def test_a_token_is_looked_at_once() -> None:
    with a_gateway() as bench:
        read(bench)
        read(bench)
        assert bench.asked(CHECK) == 1


def test_a_gateway_that_was_restarted_looks_at_the_same_token_again() -> None:
    with a_gateway(**ACCOUNT) as bench:
        read(bench)
        bench.gateway.restart()
        read(bench)
        assert (bench.asked(CHECK), bench.cloud.tokens_given()) == (2, 1)


def test_a_token_is_renewed_within_its_last_hour() -> None:
    with a_gateway(**ACCOUNT) as bench:  # an installer's lasts 12 hours
        read(bench)
        bench.clock.advance(timedelta(hours=10, minutes=59).total_seconds())
        read(bench)
        assert bench.cloud.tokens_given() == 1
        bench.clock.advance(120)
        read(bench)
        read(bench)
        assert bench.cloud.tokens_given() == 2


def test_a_cloud_that_is_away_is_not_needed_while_the_token_holds() -> None:
    with a_gateway(**ACCOUNT) as bench:
        read(bench)
        bench.clock.advance(timedelta(hours=11, minutes=5).total_seconds())
        bench.faults.add(effects.Status(503), server="http.enlighten")
        before = len(bench.cloud.requests)
        for _ in range(4):
            read(bench)
            bench.clock.advance(30)
        tried = len(bench.cloud.requests) - before
        assert tried == 1, "asked once in ten minutes"
        bench.clock.advance(timedelta(hours=1).total_seconds())
        with pytest.raises(Unreachable, match="Enlighten"):
            read(bench)
        bench.faults.clear()
        assert read(bench) >= 0


def test_a_token_that_was_ended_early_is_renewed_once() -> None:
    store = TokensInMemory()
    store.save({"token": token_for("122012345678", "installer", NOON - timedelta(days=3))})
    with a_gateway(store=store, **ACCOUNT) as bench:
        bench.gateway.quirks = GatewayQuirks()
        bench.store.save({"token": bench.store.load()["token"] + "x"})  # of nobody
        read(bench)
        assert bench.cloud.tokens_given() == 1
        assert (bench.asked(CHECK), len(bench.store.load()["token"])) == (2, len(token_for("122012345678", "installer", NOON)))


def test_a_gateway_that_refuses_every_token_makes_no_storm_of_sign_ins() -> None:
    with a_gateway(**ACCOUNT) as bench:
        read(bench)
        bench.faults.add(effects.Status(401), server="http.enphase")
        with pytest.raises(CredentialsRefused):
            read(bench)
        assert bench.cloud.tokens_given() == 2


def test_a_token_that_was_entered_is_never_replaced_and_its_end_is_told() -> None:
    token = token_for("122012345678", "owner", NOON - timedelta(days=366))
    with a_gateway(token=token) as bench:
        with pytest.raises(CredentialsRefused, match="enter a new one under Devices"):
            read(bench)
        assert bench.cloud.requests == []


def test_a_token_for_another_gateway_is_told_without_asking() -> None:
    with a_gateway(token=token_for("999999999999", "owner", NOON)) as bench:
        with pytest.raises(CredentialsRefused, match="for the gateway 999999999999, and 122012345678 answers"):
            read(bench)
        assert bench.asked(CHECK) == 0


# The account


@pytest.mark.parametrize(
    ("account", "words"),
    [
        (EnphaseAccount(password="another"), "did not accept the e-mail and password"),
        (EnphaseAccount(has_second_factor=True), "enter a token by hand"),
    ],
)
def test_a_sign_in_that_fails_says_what_to_do(account: EnphaseAccount, words: str) -> None:
    with a_gateway(account=account, **ACCOUNT) as bench:
        with pytest.raises(CredentialsRefused, match=words) as caught:
            read(bench)
        assert caught.value.vendor == "Enphase Enlighten"
        assert len(bench.cloud.requests) == 1


def test_no_error_shows_a_secret() -> None:
    with a_gateway(account=EnphaseAccount(password="another"), **ACCOUNT) as bench:
        with pytest.raises(CredentialsRefused) as caught:
            read(bench)
        assert ACCOUNT["password"] not in str(caught.value)
        assert "Passw0rd!" not in repr(bench.inverters.__dict__)


def test_either_a_token_or_a_whole_account_is_entered() -> None:
    for entered in ({}, {"username": "a@example.com"}, {"password": "x"}, {"token": "eyJ", **ACCOUNT}):
        with pytest.raises(ValueError, match="token"):
            GatewayFields.model_validate({"host": "192.0.2.7", **entered})
    with pytest.raises(ValueError, match="installed_w"):
        GatewayFields.model_validate({"host": "192.0.2.7", "token": "eyJ", "is_dynamic": True})


# What a token says


def test_a_text_that_is_no_token_says_nothing() -> None:
    for text in ("", "a.b", "a.b.c", "a.bnVsbA.c", "a.W10.c", "a.eyJleHAiOiAxZTk5fQ.c"):
        claims = claims_of(text)
        assert (claims.ends_at, claims.serial, claims.user) == (None, None, None)
    claims = claims_of(token_for("122012345678", "owner", NOON))
    assert (claims.ends_at, claims.serial, claims.user) == (NOON + timedelta(days=365), "122012345678", "owner")


def test_an_older_gateway_is_refused_before_it_gets_a_token() -> None:
    with a_gateway(GatewayQuirks(firmware="D5.0.62")) as bench:
        with pytest.raises(RequestRefused, match="older than 7"):
            read(bench)
        assert {recorded.path for recorded in bench.gateway.requests} == {"/info"}
