"""flask site …, prices, tariff, tick, wish: thin, each calls a service."""

import json
import sys
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from app.cli.command import OneLineCommand, OneLineGroup, WrongUse, emit, fail, json_option, read_password
from app.clock import utc_now
from app.control.lease import LeaseHeld
from app.control.surroundings import Surroundings
from app.domain.sentences import THIN
from app.models.site import Site
from app.services import sites, tariff_view, wishes
from app.services.price_view import known_prices
from app.services.sealing import PassphraseWrong
from app.services.site_file import SiteFileError, parse, schema
from app.services.steering import tick_once
from app.surroundings import surroundings_of_app


def _found(session: Session, name: str) -> Site:
    try:
        return sites.find(session, name)
    except sites.NoSuchSite as error:
        fail(str(error))


def _site(name: str) -> Site:
    """The site, detached: no transaction stays open while the command works."""
    with _around().session() as session:
        return _found(session, name)


def _around() -> Surroundings:
    return surroundings_of_app()


@click.group("site", cls=OneLineGroup)
def site() -> None:
    """Homes: import, export, list, schema."""


@site.command("import")
@click.argument("file", type=click.File("r"))
@click.option("--passphrase", "asks_passphrase", is_flag=True, help="Opens sealed secrets; one line from standard input.")
@json_option
def import_(file: Any, asks_passphrase: bool, as_json: bool) -> None:
    """Create or change a home from a site file (- for standard input)."""
    try:
        text = file.read()
    except UnicodeDecodeError:
        fail("the file is not UTF-8 text")
    passphrase = read_password() if asks_passphrase else None
    try:
        with _around().session() as session:
            imported = sites.import_file(session, parse(text, passphrase), utc_now())
    except (SiteFileError, sites.StillSteered, PassphraseWrong) as error:
        fail(str(error))
    except RecursionError:
        fail("the file is nested too deeply to be a site file")
    emit(
        {"name": imported.name, "id": imported.id, "control": imported.control},
        f"{imported.name} is stored, control {imported.control}",
        as_json,
    )


@site.command("export")
@click.argument("name")
@click.option("--with-secrets", is_flag=True, help="Adds the secrets, sealed with a passphrase: one line from standard input.")
@json_option
def export(name: str, with_secrets: bool, as_json: bool) -> None:
    """Print a home as a site file, which is JSON."""
    passphrase = read_password() if with_secrets else None
    try:
        with _around().session() as session:
            data = sites.export_file(session, _found(session, name), passphrase)
    except PassphraseWrong as error:
        fail(str(error))
    click.echo(json.dumps(data, indent=2 if sys.stdout.isatty() and not as_json else None, ensure_ascii=False))


@site.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All homes."""
    with _around().session() as session:
        rows = [{"id": each.id, "name": each.name, "timezone": each.timezone, "control": each.control} for each in sites.all_of(session)]
    text = "\n".join(f"{row['name']}  {row['timezone']}  control {row['control']}" for row in rows) or "No site yet: flask site import FILE"
    emit(rows, text, as_json)


@site.command("schema")
@json_option
def schema_(as_json: bool) -> None:
    """All keys of a site file, as JSON Schema."""
    emit(schema(), json.dumps(schema(), indent=2, ensure_ascii=False), as_json)


@click.command("prices", cls=OneLineCommand)
@click.argument("name")
@json_option
@with_appcontext
def prices(name: str, as_json: bool) -> None:
    """The prices that are known, from now on."""
    now = utc_now()
    home = _site(name)
    view = known_prices(_around(), home, now)
    if view.problem is not None and not view.intervals:
        fail(view.problem)
    emit(view.as_json(), view.as_text(), as_json)


@click.command("tariff", cls=OneLineCommand)
@click.argument("name")
@json_option
@with_appcontext
def tariff(name: str, as_json: bool) -> None:
    """The 48 half-hours as they would be sent now, and the whole plan where prices are fixed ones."""
    view = tariff_view.present(_around(), _site(name), utc_now())
    if view.tariff is None:
        fail(view.problem or "no tariff can be built")
    emit(view.as_json(), view.as_text().replace(THIN, " "), as_json)


@click.command("tick", cls=OneLineCommand)
@click.argument("name")
@click.option("--once", is_flag=True, help="Act once (also the default).")
@click.option("--dry-run", is_flag=True, help="Decide and print; send nothing.")
@json_option
@with_appcontext
def tick(name: str, once: bool, dry_run: bool, as_json: bool) -> None:
    """Observe, decide and act once. Exit 1 where a vendor refuses the credentials or a command did not take; the report is printed all
    the same with --json."""
    home = _site(name)
    try:
        report = tick_once(_around(), home, utc_now, is_dry_run=dry_run)
    except LeaseHeld:
        fail("the scheduler is acting")
    if report.refused is not None:
        emit(report.as_json(), "", as_json)
        fail(report.refused)
    lines = [*report.steps, *(f"problem: {problem}" for problem in report.problems)] or ["nothing to do"]
    emit(report.as_json(), "\n".join(lines).replace(THIN, " "), as_json)
    if not report.confirmed:
        fail("; ".join(report.problems) or "what was sent is not confirmed yet")


@click.command("wish", cls=OneLineCommand)
@click.argument("name")
@click.argument("kind", type=click.Choice([*wishes.KINDS, "restore"]))
@click.option("--minutes", type=int, default=wishes.DEFAULT_MINUTES, show_default=True)
@click.option("--power-w", type=int, default=None)
@json_option
@with_appcontext
def wish(name: str, kind: str, minutes: int, power_w: int | None, as_json: bool) -> None:
    """Record a wish for the battery; the scheduler carries it out."""
    now = utc_now()
    if not wishes.LEAST_MINUTES <= minutes <= wishes.MOST_MINUTES:
        raise WrongUse(f"--minutes must be {wishes.LEAST_MINUTES} to {wishes.MOST_MINUTES}")
    with _around().session() as session:
        home = _found(session, name)
        if kind == "restore":
            count = wishes.restore_now(session, home, now)
            emit({"ended": count}, "Timed wishes ended; tariff sync goes on", as_json)
            return
        try:
            row = wishes.record(session, home, kind, minutes, now, power_w=power_w)
        except wishes.WishRefused as error:
            fail(str(error))
    until = row.expires_at.isoformat()
    emit({"kind": kind, "until": until}, f"{kind} until {until}", as_json)
