"""The commonest slip in a form about money: dollars typed where cents are asked for."""

Doubt = tuple[tuple[str | int, ...], str]  # the path of a figure inside its settings, and the question about it


def dollars_for_cents(figure_c: float, least_c: float) -> str | None:
    """The question about a figure that is too small to be cents; `least_c` is the smallest that anybody pays. None for a good one and 0."""
    if not 0 < figure_c < least_c:
        return None
    return f"{figure_c:g} looks like dollars: did you mean {figure_c * 100:g} c?"
