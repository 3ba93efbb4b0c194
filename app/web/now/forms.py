"""Forms of the Now page."""

from wtforms import RadioField
from wtforms.validators import InputRequired

from app.services.overview.takeover import ACTIONS, minutes_in_words
from app.services.wishes import MINUTES
from app.web.forms import Form


class TakeoverForm(Form):
    """What the battery should do, and for how long. Which actions this battery honours is checked by the service."""

    action = RadioField("What the battery should do", [InputRequired("Choose what the battery should do.")])
    minutes = RadioField("For how long", [InputRequired("Choose for how long.")], coerce=int)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.action.choices = [(each.name, each.label) for each in ACTIONS]
        self.minutes.choices = [(each, minutes_in_words(each)) for each in MINUTES]
