"""flask keys: the encryption keys of stored secrets."""

from dataclasses import asdict

from flask import current_app

from app.cli.command import OneLineGroup, emit, fail, json_option
from app.config import Config
from app.extensions import db
from app.services import keys as service
from app.services.keys import KeysRefused

keys_commands = OneLineGroup("keys", help="Encryption keys of stored secrets.")


@keys_commands.command("add")
@json_option
def add(as_json: bool) -> None:
    """Put a new first key into the key file. Then restart PowerSync and run: flask keys rotate."""
    config: Config = current_app.config["POWERSYNC"]
    try:
        count = service.add_key(config.fernet_key_file)
    except KeysRefused as error:
        fail(str(error))
    emit({"keys": count}, f"{count} keys in {config.fernet_key_file}. Restart PowerSync, then run: flask keys rotate", as_json)


@keys_commands.command("rotate")
@json_option
def rotate(as_json: bool) -> None:
    """Encrypt every stored secret with the first key. Can be stopped and run again at any time."""
    config: Config = current_app.config["POWERSYNC"]
    columns = service.rotate(db.engine, config.fernet_keys)
    total = service.total(columns)
    counts = {"rotated": total.rotated, "already": total.already, "unreadable": total.unreadable}
    emit(
        {**counts, "columns": [asdict(column) for column in columns]},
        f"{total.rotated} encrypted anew, {total.already} were already, {total.unreadable} cannot be read.",
        as_json,
    )
    if total.unreadable:
        fail(f"{total.unreadable} secrets fit none of the keys: add the key they were kept under, or enter them again")
