"""What a data folder holds: the generated keys and the mark that PowerSync was installed here.

Two mistakes would cost an owner everything: a new encryption key beside old secrets, and an empty database where a full one
was expected (a volume that is not mounted). Both are refused here, each in one line.
"""

import contextlib
import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, create_engine, inspect, make_url, text
from sqlalchemy.exc import SQLAlchemyError

MARKER = "installed.json"
_DATA_TABLES = ("user", "site")  # whoever has entered a secret has an account or a site


class InstallationError(Exception):
    """The data folder, its keys and its database do not fit together. The text is one line for the owner."""


def secure_data_dir(data_dir: Path) -> None:
    """Create the folder with mode 0700. One that exists keeps its mode: a mounted volume has an owner of its own."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InstallationError(f"the data folder {data_dir} cannot be created: {error.strerror}") from None


def read_or_create_key(path: Path, generate: Callable[[], str], holds_data: Callable[[], bool], variable: str) -> str:
    """The text of a key file; generated once (mode 0600) when it is missing and there is no data that an old key protects.

    Two processes that start together end with the same key. Raises InstallationError when others can read the file, when it is
    empty, or when it is missing although data exists.
    """
    if not path.exists():
        if holds_data():
            raise InstallationError(
                f"{path} is missing but the database holds data that was encrypted with it: "
                f"restore the file from a backup, or set {variable} (secrets kept under another key must then be entered again)"
            )
        _create_once(path, generate())
    return _read_private(path)


def _create_once(path: Path, content: str) -> None:
    """Write the whole key beside its place and link it there: nobody sees half a file, and the second of two starters loses."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(content + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    except OSError as error:
        raise InstallationError(f"the key file {path} cannot be written: {error.strerror}") from None
    finally:
        beside.unlink(missing_ok=True)


def _read_private(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            raise InstallationError(f"{path} can be read by others (mode {mode:04o}): run chmod 600 {path}")
        content = path.read_text().strip()
    except OSError as error:
        raise InstallationError(f"the key file {path} cannot be read: {error.strerror}") from None
    if not content:
        raise InstallationError(f"the key file {path} is empty: restore it from a backup")
    return content


def database_holds_data(database_url: str) -> bool:
    """Whether an account or a site is stored. Never creates a database file. Raises InstallationError when that cannot be told."""
    url = make_url(database_url)
    file = sqlite_file(url)
    if file is not None and not _has_content(file):
        return False
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            present = set(inspect(connection).get_table_names())
            tables = (engine.dialect.identifier_preparer.quote(name) for name in _DATA_TABLES if name in present)
            return any(connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() for name in tables)  # noqa: S608
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise InstallationError(f"the database cannot be read, so no keys are generated: {reason}") from None
    finally:
        engine.dispose()


def refuse_a_lost_database(data_dir: Path, database_url: str) -> None:
    """Raises InstallationError when this folder was installed with the configured SQLite file and that file is gone or foreign."""
    file = sqlite_file(make_url(database_url))
    if file is None:
        return
    if _has_content(file):
        with file.open("rb") as content:
            if content.read(16) != b"SQLite format 3\x00":
                raise InstallationError(f"{file} is not a database any more: restore it from a backup")
    elif _marked_database(data_dir) == _name_in(data_dir, file):
        raise InstallationError(
            f"the database {file} is missing although PowerSync was installed here: "
            f"restore it (is the volume mounted?), or remove {data_dir / MARKER} to begin anew"
        )


def refuse_a_damaged_database(database_url: str) -> None:
    """Read the whole SQLite file once (for the starter: seconds for a large one). Raises InstallationError; changes nothing."""
    file = sqlite_file(make_url(database_url))
    if file is None or not _has_content(file):
        return
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    except SQLAlchemyError as error:
        found = str(getattr(error, "orig", error))
    finally:
        engine.dispose()
    if found != "ok":
        raise InstallationError(f"the database {file} is damaged ({' '.join(str(found).split())}): restore it from a backup")


def mark_installed(data_dir: Path, database_url: str) -> None:
    """Remember that the database exists, once it does. Called at every start; writes only when something changed."""
    url = make_url(database_url)
    file = sqlite_file(url)
    if file is not None and not _has_content(file):
        return
    name = _name_in(data_dir, file) if file is not None else url.render_as_string(hide_password=True)
    if _marked_database(data_dir) == name:
        return
    marker = data_dir / MARKER
    beside = marker.with_name(f".{MARKER}.{os.getpid()}")
    beside.write_text(json.dumps({"database": name}) + "\n")
    beside.replace(marker)


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite address; None for a server or a database in memory."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _has_content(file: Path) -> bool:
    # Connecting to a missing file leaves an empty one behind: that is no database yet.
    return file.exists() and file.stat().st_size > 0


def _name_in(data_dir: Path, file: Path) -> str:
    """Relative inside the data folder, so that a folder restored elsewhere still fits its mark."""
    resolved, folder = file.resolve(), data_dir.resolve()
    return str(resolved.relative_to(folder)) if resolved.is_relative_to(folder) else str(resolved)


def _marked_database(data_dir: Path) -> str | None:
    try:
        return str(json.loads((data_dir / MARKER).read_text())["database"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise InstallationError(f"{data_dir / MARKER} cannot be read: restore it from a backup, or remove it") from None
