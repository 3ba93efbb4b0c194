"""flask backtest: a home's past, or a file of its meter, lived through again."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from app.cli.command import OneLineCommand, emit, fail, json_option
from app.clock import utc_now
from app.optimizer.backtest import Strategy
from app.services import sites
from app.services.backtesting.home import Size
from app.services.backtesting.meter import STEPS, NotBacktestable
from app.services.backtesting.run import USUAL, Asked, prepare, run
from app.services.backtesting.source import LARGEST_FILE
from app.surroundings import surroundings_of_app

_A_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_A_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("backtest", cls=OneLineCommand)
@click.argument("name")
@click.option("--csv", "file", type=_A_FILE, help="Meter data instead of the home's records: CSV or NEM12.")
@click.option("--from", "first", type=_A_DAY, help="The first day (local).")
@click.option("--to", "last", type=_A_DAY, help="The last day (local).")
@click.option(
    "--strategy",
    "strategies",
    multiple=True,
    type=click.Choice([each.value for each in Strategy]),
    help=f"May be given several times. Without it: {', '.join(USUAL)}.",
)
@click.option("--capacity-kwh", type=float, help="A battery of another usable capacity.")
@click.option("--power-kw", type=float, help="… and of another power, charging and discharging.")
@click.option("--retailer-file", type=_A_FILE, help="Prices of another plan of fixed prices: the retailer part of a site file.")
@click.option("--step", "minutes", type=click.Choice([str(each) for each in STEPS]), default=str(STEPS[0]), show_default=True)
@json_option
@with_appcontext
def backtest(
    name: str,
    file: Path | None,
    first: datetime | None,
    last: datetime | None,
    strategies: tuple[str, ...],
    capacity_kwh: float | None,
    power_kw: float | None,
    retailer_file: Path | None,
    minutes: str,
    as_json: bool,
) -> None:
    """What each day would have cost with other strategies, another battery or another plan."""
    asked = Asked(
        _day(first),
        _day(last),
        tuple(Strategy(each) for each in strategies) or USUAL,
        Size(capacity_kwh, power_kw),
        int(minutes),
        _text(file),
        _text(retailer_file),
    )
    try:
        around = surroundings_of_app()
        with around.reading() as session:
            prepared = prepare(session, sites.find(session, name), asked, utc_now(), around.pace)
        with _progress() as show:
            result = run(prepared, show)
    except (NotBacktestable, sites.NoSuchSite) as error:
        fail(str(error))
    emit(result, _as_text(result), as_json)


class _progress:  # noqa: N801 - used as a with-statement alone
    """One line on standard error that renews itself, where somebody watches."""

    def __enter__(self) -> Callable[[int, int], None]:
        self._shown = -1
        return self._show if sys.stderr.isatty() else lambda done, of: None

    def __exit__(self, *_: object) -> None:
        if self._shown >= 0:
            click.echo("\r\033[K", err=True, nl=False)

    def _show(self, done: int, of: int) -> None:
        share = 100 * done // of
        if share != self._shown:
            self._shown = share
            click.echo(f"\r{share:3d} %  day {done} of {of}", err=True, nl=False)


def _day(given: datetime | None) -> date | None:
    return given.date() if given is not None else None


def _text(path: Path | None) -> str | None:
    if path is None:
        return None
    if path.stat().st_size > LARGEST_FILE:
        fail(f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{path.name} is not UTF-8 text")


def _as_text(result: dict[str, Any]) -> str:
    battery, currency = result["battery"], result["currency"]
    lines = [
        f"{result['name']}, {result['from']} to {result['to']}, steps of {result['step_minutes']} minutes",
        f"Battery of {battery['capacity_kwh']:g} kWh, {battery['charge_kw']:g} kW in and {battery['discharge_kw']:g} kW out",
        f"Prices: {result['prices']}. Measured and priced: {result['covered_pct']:.1f} % of the time",
        "",
        f"{'':18}{'total':>12}{'per day':>12}{'worst day':>12}{'':14}{'cycles':>8}   ({currency}, paid)",
    ]
    for each in result["strategies"]:
        worst = each["worst_day"]
        lines.append(
            f"{each['strategy']:18}{each['total_cost']:12.2f}{each['mean_cost_per_day']:12.2f}{worst['cost']:12.2f}"
            f"  {worst['date']:12}{each['cycles']:8.1f}"
        )
    return "\n".join([*lines, "", *result["notes"]])
