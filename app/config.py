"""The settings of one installation, read once at the start from the environment and checked there."""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from cryptography.fernet import Fernet
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from app.installation import InstallationError, database_holds_data, read_or_create_key, refuse_a_lost_database, secure_data_dir

SECRET_KEY_FILE = "secret.key"  # noqa: S105 - the name of the file
FERNET_KEY_FILE = "fernet.key"
LEAST_SECRET_LENGTH = 32
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Words that stand in examples and tutorials: a secret built from one is known to everybody.
_KNOWN_SECRET_WORDS = ("changeme", "yoursecret", "secretkey", "devkey", "password", "example", "insecure", "replaceme", "defaultsecret")


class ConfigError(Exception):
    """PowerSync cannot start with these settings. The text is one line that names the setting and what to do."""


@dataclass(frozen=True, slots=True)
class PasswordCost:
    """What one argon2id hash costs (OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane)."""

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that is decided outside the database. Secrets never show in `repr`."""

    secret_key: str = field(repr=False)
    fernet_keys: tuple[str, ...] = field(repr=False)  # the first encrypts, all decrypt
    database_url: str = field(repr=False)  # normalised for SQLAlchemy: absolute file, psycopg 3 driver
    data_dir: Path
    port: int = 5001
    trusted_proxies: int = 0  # how many proxies in front may be believed about the client's address
    allow_localhost_devices: bool = False  # whether a page may name a device at 127.0.0.1: a simulated one
    log_level: str = "INFO"
    metrics_token: str | None = field(default=None, repr=False)
    git_hash: str | None = None
    password_cost: PasswordCost = field(default_factory=PasswordCost)
    fernet_key_file: Path | None = None  # None when the keys come from the environment
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)  # vendors' base URLs are read from here

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Config":
        """Read and check the environment; generate missing keys into the data folder on a first start.

        An empty value counts as missing. Raises ConfigError.
        """
        data_dir = Path(env.get("DATA_DIR") or "data").absolute()
        database_url = _database_url(env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'app.db'}")
        try:
            secure_data_dir(data_dir)
            refuse_a_lost_database(data_dir, database_url)
            secret_key = env.get("SECRET_KEY") or read_or_create_key(
                data_dir / SECRET_KEY_FILE, lambda: secrets.token_urlsafe(48), lambda: database_holds_data(database_url), "SECRET_KEY"
            )
            fernet_keys = env.get("FERNET_ENCRYPTION_KEY") or read_or_create_key(
                data_dir / FERNET_KEY_FILE,
                lambda: Fernet.generate_key().decode(),
                lambda: database_holds_data(database_url),
                "FERNET_ENCRYPTION_KEY",
            )
        except InstallationError as error:
            raise ConfigError(str(error)) from None
        return cls(
            secret_key=_secret("SECRET_KEY", secret_key),
            fernet_keys=_fernet_keys(fernet_keys),
            database_url=database_url,
            data_dir=data_dir,
            port=_whole_number(env, "PORT", 5001, 1, 65535),
            trusted_proxies=_whole_number(env, "TRUSTED_PROXIES", 0, 0, 10),
            allow_localhost_devices=_whole_number(env, "ALLOW_LOCALHOST_DEVICES", 0, 0, 1) == 1,
            log_level=_log_level(env.get("LOG_LEVEL") or "INFO"),
            metrics_token=_secret("METRICS_TOKEN", env["METRICS_TOKEN"]) if env.get("METRICS_TOKEN") else None,
            git_hash=env.get("POWERSYNC_GIT_HASH") or _git_hash_of(Path(__file__).parents[1]),
            fernet_key_file=None if env.get("FERNET_ENCRYPTION_KEY") else data_dir / FERNET_KEY_FILE,
            environment=MappingProxyType(dict(env)),
        )


def _database_url(value: str) -> str:
    """The address for SQLAlchemy: psycopg 3 for any spelling of PostgreSQL, an absolute file for SQLite."""
    scheme, colon, rest = value.partition("://")
    if colon and scheme in ("postgres", "postgresql"):
        value = f"postgresql+psycopg://{rest}"
    try:
        url = make_url(value)
    except ArgumentError:
        raise ConfigError("DATABASE_URL is not a database address: write sqlite:////folder/app.db or postgresql://user@host/name") from None
    if url.get_backend_name() == "sqlite":
        if url.database and url.database != ":memory:":
            url = url.set(database=str(Path(url.database).absolute()))
    elif url.drivername != "postgresql+psycopg":
        raise ConfigError(f"DATABASE_URL names {url.drivername}: PowerSync works with sqlite and postgresql")
    return url.render_as_string(hide_password=False)


def _secret(name: str, value: str) -> str:
    plain = "".join(letter for letter in value.lower() if letter.isalnum())
    if any(word in plain for word in _KNOWN_SECRET_WORDS):
        raise ConfigError(f"{name} is a well-known example: remove it, or set a random value")
    if len(value) < LEAST_SECRET_LENGTH or len(set(value)) < 8:
        raise ConfigError(f"{name} is too short or too simple: it needs at least {LEAST_SECRET_LENGTH} random characters")
    return value


def _fernet_keys(value: str) -> tuple[str, ...]:
    keys = tuple(key for key in value.replace(",", " ").split() if key)
    for key in keys:
        try:
            Fernet(key)
        except ValueError:
            raise ConfigError("FERNET_ENCRYPTION_KEY is not a Fernet key: it needs 32 bytes in urlsafe base64") from None
        if len(set(base64.urlsafe_b64decode(key))) < 8:
            raise ConfigError("FERNET_ENCRYPTION_KEY is too simple: generate a random one")
    if not keys:
        raise ConfigError("FERNET_ENCRYPTION_KEY holds no key")
    return keys


def _whole_number(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = env.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
        raise ConfigError(f"{name} is {value!r}: a whole number from {least} to {most} is needed")
    return int(value)


def _log_level(value: str) -> str:
    if value.upper() not in LOG_LEVELS:
        raise ConfigError(f"LOG_LEVEL is {value!r}: choose one of {', '.join(LOG_LEVELS)}")
    return value.upper()


def _git_hash_of(root: Path) -> str | None:
    """The commit of a source checkout, read without git; None in an image, where POWERSYNC_GIT_HASH says it."""
    try:
        head = (root / ".git" / "HEAD").read_text().strip()
        if head.startswith("ref: "):
            head = (root / ".git" / head.removeprefix("ref: ")).read_text().strip()
    except OSError:
        return None
    return head[:12] or None
