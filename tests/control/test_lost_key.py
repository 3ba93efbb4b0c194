"""The encryption key is lost: everything is still shown, control stops, and the owner is told what to do."""

from cryptography.fernet import Fernet

from app.control.connections import Opener, load
from app.models.types import keyring
from tests.control.conftest import Home


def test_without_its_key_a_home_is_seen_and_not_steered(home: Home, fernet_key: str) -> None:
    home.tick()
    writes = len(home.posts())
    keyring.use([Fernet.generate_key().decode()])
    try:
        home.opener = Opener(home.around, home.pace.now)
        home.later(minutes=5)
        home.tick()
        with home.session() as session:
            battery = load(session, home.site_id, "battery")
            assert battery is not None
            assert "enter it again under Devices" in (battery.problem or "")
        assert len(home.posts()) == writes
        assert home.baseline is not None
    finally:
        keyring.use([fernet_key])
