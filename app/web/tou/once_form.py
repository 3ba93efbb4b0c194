"""The form of a price that holds once: from and until on the clock of the home, one or both prices."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isfinite
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Field, Form, StringField

from app.domain.tariffs.half_hourly import HALF_HOUR, half_hour_start
from app.models.site import Site
from app.services.price_overrides import LONGEST_NOTE
from app.web.model_leaves import ClockField

_FIGURE = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "12"}
_CLOCK = {"autocomplete": "off", "maxlength": "5", "size": "5", "placeholder": "17:00"}


class OnceForm(Form):  # type: ignore[misc]  # WTForms has no types
    """All as text until `entered` reads it."""

    from_day = DateField("From, day")
    from_clock = ClockField("From, time", render_kw=_CLOCK)
    until_day = DateField("Until, day")
    until_clock = ClockField("Until, time", render_kw=_CLOCK)
    import_c = StringField("Import", render_kw=_FIGURE)
    feed_in_c = StringField("Feed-in", render_kw=_FIGURE)
    note = StringField("Note", render_kw={"autocomplete": "off", "maxlength": str(LONGEST_NOTE)})

    problem = ""  # about the whole, not one field


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered."""

    start: datetime
    end: datetime
    import_c: float | None
    feed_in_c: float | None
    note: str


def once_form(site: Site, now: datetime, sent: MultiDict[str, str] | None = None) -> OnceForm:
    """Empty, from the next half-hour on for an hour; or as it was sent."""
    start = (half_hour_start(now) + HALF_HOUR).astimezone(ZoneInfo(site.timezone))
    end = (start.astimezone(ZoneInfo("UTC")) + timedelta(hours=1)).astimezone(start.tzinfo)
    data = {"from_day": start.date(), "from_clock": f"{start:%H:%M}", "until_day": end.date(), "until_clock": f"{end:%H:%M}"}
    form = OnceForm(formdata=sent, data=data, prefix="once-")
    for each in form:
        each.errors = []
    return form


def entered(form: OnceForm, zone: ZoneInfo) -> Entered | None:
    """What was entered, or None with the mistakes at their fields."""
    start = _instant(form.from_day, form.from_clock, zone)
    end = _instant(form.until_day, form.until_clock, zone)
    import_c, feed_in_c = _price(form.import_c), _price(form.feed_in_c)
    if start is None or end is None or any(field.errors for field in form):
        return None
    return Entered(start, end, import_c, feed_in_c, form.note.data or "")


def _instant(day_field: Field, clock_field: Field, zone: ZoneInfo) -> datetime | None:
    day: date | None = day_field.data
    if day is None:
        day_field.errors = ["Enter a day."]
        return None
    text = str(clock_field.data or "").strip()
    is_midnight = text == "24:00"  # as the end of the day before
    try:
        clock = datetime.strptime("00:00" if is_midnight else text, "%H:%M").time()  # noqa: DTZ007  # a clock without a day
    except ValueError:
        clock_field.errors = ["Enter a time such as 17:00."]
        return None
    local = datetime.combine(day + timedelta(days=is_midnight), clock, tzinfo=zone)
    instant = local.astimezone(ZoneInfo("UTC"))
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        clock_field.errors = ["The clock goes forward over this time on that day."]
        return None
    return instant


def _price(field: Field) -> float | None:
    text = (field.data or "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        field.errors = ["Enter a number, such as 2.5."]
        return None
    return value
