"""What is remembered comes back as it was."""

import json
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.codec import from_json, to_json
from app.domain.opinions import BATTERY, Charge, Command, Curtail, Discharge, Hold, Priority, Wish
from app.domain.policies.tariff_sync import follow_prices
from app.domain.reasons import because
from app.domain.sentences import sentence
from app.domain.settings.export_boost import ExportBoost
from app.domain.snapshot import SiteLimits, Snapshot, StandingWish
from tests.domain.builders import NOW, SYDNEY, a_snapshot, before


def through_json(value: object) -> object:
    return json.loads(json.dumps(to_json(value)))


def test_a_wish_with_a_tariff_survives() -> None:
    wish = follow_prices(a_snapshot())
    assert isinstance(wish, Wish)
    again = from_json(Wish, through_json(wish))
    assert (again.axis, again.command, again.priority, again.expires_at) == (wish.axis, wish.command, wish.priority, wish.expires_at)
    assert sentence(again.reason, SYDNEY) == sentence(wish.reason, SYDNEY)


def test_a_snapshot_survives_with_all_that_decides() -> None:
    wish = Wish(BATTERY, Hold(), Priority.OWNER, because("owner_hold", until=NOW), NOW + timedelta(minutes=30))
    snapshot = a_snapshot(
        settings={"export_boost": ExportBoost(enabled=True, offset_c=5)},
        limits=SiteLimits(max_import_w=15000),
        owner_wishes=(StandingWish(wish, NOW),),
        before=before("tariff_sync", wish, NOW),
    )
    again = from_json(Snapshot, through_json(snapshot))
    assert again.settings.of(ExportBoost) == snapshot.settings.of(ExportBoost)
    assert (again.now, again.zone, again.prices, again.live, again.limits) == (
        snapshot.now,
        snapshot.zone,
        snapshot.prices,
        snapshot.live,
        snapshot.limits,
    )
    assert again.owner_wishes[0].wish.command == Hold()
    assert again.before["tariff_sync"].began_at == NOW


@given(
    st.one_of(
        st.builds(Charge, st.none() | st.integers(1, 9000)), st.builds(Discharge, st.none()), st.builds(Curtail, st.integers(0, 9000))
    )
)
def test_commands_survive(command: Command) -> None:
    assert from_json(Command, through_json(command)) == command  # type: ignore[arg-type]
