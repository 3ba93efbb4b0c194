"""Passwords: which are good enough, how they are kept, how they are checked."""

from itertools import pairwise

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_LENGTH = 12
MOST_LENGTH = 256  # hashing a longer one would only cost time

# What remains of the most used long passwords without digits and signs at their ends.
# fmt: off
_COMMON_STEMS = frozenset({
    "password", "passwordpassword", "mypassword", "thepassword", "passw0rd", "p@ssword", "p@ssw0rd", "letmein",
    "letmeinplease", "welcome", "welcomehome", "welcometo", "qwerty", "qwertyuiop", "qwertyuiopas", "qwertyqwerty",
    "qwertyuiopasdfgh", "asdfghjkl", "asdfghjklzxc", "zxcvbnm", "zxcvbnmasdf", "qazwsxedc", "qazwsxedcrfv", "1q2w3e4r5t6y",
    "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "q1w2e3r4t5y6", "iloveyou", "iloveyouforever", "iloveyousomuch", "football",
    "baseball", "basketball", "sunshine", "princess", "superman", "batman", "spiderman", "starwars", "pokemon", "trustno",
    "administrator", "admin", "adminadmin", "changeme", "changemenow", "changemeplease", "secret", "topsecret", "mysecret",
    "default", "guest", "access", "monkey", "dragon", "shadow", "master", "michael", "jennifer", "jordan", "harley",
    "summer", "winter", "spring", "autumn", "powersync", "powersyncpowersync", "powerwall", "tesla", "teslapowerwall",
    "homeassistant", "raspberry", "raspberrypi", "solarpower", "correcthorsebatterystaple",
})
# fmt: on


class PasswordRefused(Exception):
    """The password is not good enough. The text tells the owner why."""


class Passwords:
    """argon2id hashes with the cost of this installation."""

    def __init__(self, memory_kib: int, passes: int, lanes: int) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes, type=Type.ID)
        # Compared when there is no such account, so that an unknown address takes as long as a wrong password.
        self._of_nobody = self._hasher.hash("the password of nobody")

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def match(self, password_hash: str | None, password: str) -> bool:
        """Whether `password` belongs to the hash; takes as long when there is none."""
        try:
            return self._hasher.verify(password_hash or self._of_nobody, password[:MOST_LENGTH]) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made at another cost than today's."""
        return self._hasher.check_needs_rehash(password_hash)


def refuse_a_weak_password(password: str, email: str) -> None:
    """Raises PasswordRefused for one that is short, common, a run of characters, or the account's own name."""
    if len(password) < LEAST_LENGTH:
        raise PasswordRefused(f"At least {LEAST_LENGTH} characters, please.")
    if len(password) > MOST_LENGTH:
        raise PasswordRefused(f"At most {MOST_LENGTH} characters, please.")
    plain = password.lower()
    stem = plain.strip("0123456789!@#$%^&*()-_=+.,?/ ")
    if plain in _COMMON_STEMS or stem in _COMMON_STEMS or not stem:
        raise PasswordRefused("This is one of the passwords that are tried first. A few random words are better.")
    if len(set(plain)) < 5 or _is_a_run(plain):
        raise PasswordRefused("This is too regular. A few random words are better.")
    if stem in {email.lower(), email.lower().partition("@")[0]}:
        raise PasswordRefused("Your e-mail address is no password. A few random words are better.")


def _is_a_run(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return steps <= {1} or steps <= {-1}
