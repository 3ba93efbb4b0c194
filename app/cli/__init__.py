"""The flask commands: each thin, each calling a service. `app.cli.command` has what they share."""

import click

from app.cli.backtest import backtest
from app.cli.command import Failure, OneLineCommand, OneLineGroup, emit, fail, json_option
from app.cli.keys import keys_commands
from app.cli.optimize import optimize
from app.cli.replay import replay
from app.cli.sites import prices, site, tariff, tick, wish
from app.cli.user import user_commands

__all__ = ["COMMANDS", "Failure", "OneLineCommand", "OneLineGroup", "emit", "fail", "json_option"]

COMMANDS: tuple[click.Command, ...] = (user_commands, keys_commands, site, prices, tariff, tick, wish, replay, optimize, backtest)
