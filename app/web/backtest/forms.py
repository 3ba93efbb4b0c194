"""What is asked of a backtest."""

from datetime import date
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, DateField, FloatField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from app.optimizer.backtest import Strategy
from app.services.backtesting.home import LEAST_KW, LEAST_KWH, MOST_KW, MOST_KWH, Size
from app.services.backtesting.meter import STEPS
from app.services.backtesting.run import Asked
from app.web.forms import Form

_MINUTES = [SelectChoice(str(minutes), f"{minutes} minutes") for minutes in STEPS]


class BacktestForm(Form):
    """Empty fields: as it is at home, and as far as there are records."""

    first = DateField("First day", [Optional()])
    last = DateField("Last day", [Optional()])
    self_consumption = BooleanField("Battery on its own", default=True)
    optimizer = BooleanField("Optimizer", default=True)
    perfect = BooleanField("Perfect foresight", default=True)
    no_battery = BooleanField("No battery")
    capacity_kwh = FloatField(
        "Usable capacity",
        [Optional(), NumberRange(LEAST_KWH, MOST_KWH, f"Enter {LEAST_KWH:g} to {MOST_KWH:g} kWh.")],
        render_kw={"inputmode": "decimal"},
    )
    power_kw = FloatField(
        "Power", [Optional(), NumberRange(LEAST_KW, MOST_KW, f"Enter {LEAST_KW:g} to {MOST_KW:g} kW.")], render_kw={"inputmode": "decimal"}
    )
    minutes = SelectField("Steps of", [InputRequired()], choices=_MINUTES)
    file = FileField("Meter file", render_kw={"accept": ".csv,.nem12,.txt,text/csv"})

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        if isinstance(self.first.data, date) and isinstance(self.last.data, date) and self.last.data < self.first.data:
            self.last.errors = [*self.last.errors, "The last day comes before the first."]
            return False
        if not self.strategies():
            self.self_consumption.errors = ["Choose at least one strategy."]
            return False
        return is_valid

    def strategies(self) -> tuple[Strategy, ...]:
        """Those that are ticked."""
        ticked = {
            Strategy.SELF_CONSUMPTION: self.self_consumption,
            Strategy.OPTIMIZER: self.optimizer,
            Strategy.PERFECT: self.perfect,
            Strategy.NO_BATTERY: self.no_battery,
        }
        return tuple(strategy for strategy, field in ticked.items() if field.data)

    def asked(self) -> Asked:
        """As the service has it, without the file."""
        size = Size(self.capacity_kwh.data, self.power_kw.data)
        return Asked(self.first.data, self.last.data, self.strategies(), size, int(self.minutes.data))
