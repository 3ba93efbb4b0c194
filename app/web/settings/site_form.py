"""The home itself: name, clock, currency, and the limits of its wiring in kW as people know them."""

from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, SelectChoice, SelectField, StringField

from app.models.site import Site
from app.web.zones import zone_options

CURRENCIES = (("AUD", "Australian dollar"), ("NZD", "New Zealand dollar"), ("GBP", "Pound sterling"), ("EUR", "Euro"), ("USD", "US dollar"))
LONGEST_NAME = 80
MOST_W = 1_000_000
_NUMBER = {"inputmode": "decimal", "autocomplete": "off", "maxlength": "12"}


class SiteForm(Form):  # type: ignore[misc]  # WTForms has no types
    """`revision` is what stood there when the form was shown."""

    name = StringField("Name", render_kw={"maxlength": str(LONGEST_NAME), "autocomplete": "off"})
    timezone = SelectField("Time zone", validate_choice=False)
    currency = SelectField("Currency", choices=[SelectChoice(code, words) for code, words in CURRENCIES], validate_choice=False)
    max_import_kw = StringField("Largest import", render_kw=_NUMBER)
    max_export_kw = StringField("Largest export", render_kw=_NUMBER)


def site_form(site: Site, sent: MultiDict[str, str] | None = None) -> SiteForm:
    """The form with what is stored, or with what was sent."""
    stored = {
        "name": site.name,
        "timezone": site.timezone,
        "currency": site.currency,
        "max_import_kw": kw_text_from_w(site.max_import_w),
        "max_export_kw": kw_text_from_w(site.max_export_w),
    }
    form = SiteForm(formdata=sent, data=stored, prefix="site-")
    form.timezone.choices = [
        SelectChoice(name, city, optgroup=region) for region, zones in zone_options(site.timezone) for name, city in zones
    ]
    for each in form:
        each.errors = []
    return form


def revision_of(site: Site) -> str:
    """What a stale form is known by."""
    return "|".join(str(value) for value in (site.name, site.timezone, site.currency, site.max_import_w, site.max_export_w))


def kw_text_from_w(power_w: int | None) -> str:
    """15000 → "15"; None → nothing."""
    return "" if power_w is None else f"{power_w / 1000:g}"


def w_from_kw_text(text: str) -> int | None:
    """ "7.5" → 7500; nothing → None. Raises ValueError for what is no power from 0 to 1000 kW."""
    text = text.strip().removesuffix("kW").strip()
    if not text:
        return None
    power_w = round(float(text) * 1000)
    if not 0 <= power_w <= MOST_W:
        raise ValueError(text)
    return power_w


def limit_of(field: Field) -> Any:
    """A limit in W as entered, None for none; a mistake is told at the field and False is returned."""
    try:
        return w_from_kw_text(field.data or "")
    except (ValueError, OverflowError):
        field.errors = ["A power from 0 to 1000 kW, or nothing for no limit."]
        return False
