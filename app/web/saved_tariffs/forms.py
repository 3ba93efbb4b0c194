"""Forms of the saved tariffs."""

from flask_wtf.file import FileField, FileRequired
from wtforms import StringField

from app.services.saved_tariffs import LONGEST_NAME, LONGEST_NOTE
from app.web.forms import Form


class NameForm(Form):
    """How a saved tariff is called; the service says what is wrong with it."""

    name = StringField("Name", render_kw={"maxlength": str(LONGEST_NAME), "autocomplete": "off"})
    note = StringField("Note", render_kw={"maxlength": str(LONGEST_NOTE), "autocomplete": "off"})


class ImportForm(Form):
    file = FileField("File", [FileRequired("Choose a file.")], render_kw={"accept": ".json,application/json"})
