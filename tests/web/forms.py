"""What a browser would send of a form on a page, without the button: every field with what stands in it."""

import re
from html import unescape

from werkzeug.datastructures import MultiDict

_FIELD = re.compile(r"<input\b([^>]*)>|<select\b([^>]*)>(.*?)</select>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_OPTION = re.compile(r'<option([^>]*)value="([^"]*)"([^>]*)>')


def form_on(page: str, mark: str) -> MultiDict[str, str]:
    """The fields of the form in whose tag `mark` stands (`id="editor"`)."""
    form = page[page.index(mark) :]
    form = form[: form.index("</form>")]
    sent: MultiDict[str, str] = MultiDict()
    for of_input, of_select, inside in _FIELD.findall(form):
        attributes = of_input or of_select
        told = {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
        if of_select:
            options = [(unescape(value), "selected" in f"{before}{behind}") for before, value, behind in _OPTION.findall(inside)]
            sent.add(told["name"], next((value for value, is_chosen in options if is_chosen), options[0][0]))
        elif told.get("type") in ("checkbox", "radio"):
            if re.search(r"\bchecked\b", attributes):
                sent.add(told["name"], told.get("value", "on"))
        elif "name" in told:
            sent.add(told["name"], told.get("value", ""))
    return sent


def words_of(page: str) -> str:
    """What a person reads, without line breaks and narrow spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " "))
