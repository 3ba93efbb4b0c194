"""The currency of a home in a form."""

from app.models.site import Site


def minor_unit(site: Site) -> str:
    """ "c", or "p" where people pay in pence."""
    return "p" if site.currency == "GBP" else "c"
