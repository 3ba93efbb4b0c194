"""Forms of the Now page."""

from wtforms import DecimalField, RadioField
from wtforms.validators import InputRequired, NumberRange, Optional

from app.services.overview.takeover import ACTIONS, minutes_in_words
from app.services.wishes import MINUTES
from app.web.forms import Form


class TakeoverForm(Form):
    """What the battery should do, and for how long. Which actions this battery honours is checked by the service."""

    action = RadioField("What the battery should do", [InputRequired("Choose what the battery should do.")])
    minutes = RadioField("For how long", [InputRequired("Choose for how long.")], coerce=int)
    power_kw = DecimalField("Power", [Optional(), NumberRange(0.1, 500, "Enter a power from 0.1 kW.")])
    until_soc_pct = DecimalField("End at a charge of", [Optional(), NumberRange(0, 100, "Enter a charge from 0 to 100 %.")])
    until_price_c = DecimalField("End at a price of", [Optional(), NumberRange(-1000, 10_000, "Enter a price in cents.")])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.action.choices = [(each.name, each.label) for each in ACTIONS]
        self.minutes.choices = [(each, minutes_in_words(each)) for each in MINUTES]
