"""The password as the sign-in wants it: the vectors of the portal."""

import pytest

from app.devices.sigenergy.password import encrypted


@pytest.mark.parametrize(
    ("plain", "hidden"),
    [
        ("Passw0rd!", "t4wDM8TwqY1th2wVvaPrug=="),
        ("correct-horse", "SPHXK0FEvD/FmIqPPLOywQ=="),
        ("0123456789abcdef", "paQt1PwhakURXgKUcqkosG0swN6DK3H6WwocCV0XhYs="),  # a whole block is padded with another
    ],
)
def test_a_password_is_encrypted_as_the_portal_does(plain: str, hidden: str) -> None:
    assert encrypted(plain) == hidden
