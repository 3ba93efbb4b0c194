"""QR codes, drawn into the page: what they hold goes nowhere else."""

import segno
from markupsafe import Markup


def drawing(text: str) -> Markup:
    """An SVG of `text`, dark on white in every theme, with the quiet zone that scanners need. Its size comes from the class `qr`."""
    # Paths with plain attributes: the page's policy allows no style in the markup.
    svg = segno.make(text, error="m", micro=False).svg_inline(
        border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return Markup(svg)  # noqa: S704 - numbers and paths of the library; the text itself does not stand in it
