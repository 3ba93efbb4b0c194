"""Days of the week as an owner writes them ("mon-fri", "sat,sun", "fri-mon", "weekdays") and as a sentence names them."""

from collections.abc import Iterable, Sequence

from app.domain.tariffs.time_of_use import WEEK_DAYS

KEYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALLOWED = "write all, weekdays, weekends, or days such as mon-fri or sat,sun"
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAMES = {name: number for names in (KEYS, _LONG) for number, name in enumerate(names)}
_SETS = {"all": frozenset(WEEK_DAYS), "weekdays": frozenset(range(5)), "weekends": frozenset({5, 6})}
_IN_ROW = 3  # from so many neighbours on "to" is shorter than a list


def written(text: object) -> str:
    """What was written, in small letters without blanks. Raises ValueError where it names no days."""
    if not isinstance(text, str):
        raise ValueError(f"not understood; {ALLOWED}")  # noqa: TRY004  # pydantic names the place of a ValueError alone
    plain = "".join(text.split()).lower().replace("–", "-")
    week_days(plain)
    return plain


def week_days(text: str) -> frozenset[int]:
    """The weekdays (Monday is 0) that `text` names. A range may cross the week's end. Raises ValueError."""
    found: set[int] = set()
    for part in text.split(","):
        if part in _SETS:
            found |= _SETS[part]
            continue
        first, dash, last = part.partition("-")
        if first not in _NAMES or (dash and last not in _NAMES):
            raise ValueError(f"not understood; {ALLOWED}")
        begin, end = _NAMES[first], _NAMES[last if dash else first]
        found |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return frozenset(found)


def text_of(days: Iterable[int]) -> str:
    """The shortest text for some weekdays: "all", "mon-fri", "sat,sun", "fri-mon"."""
    given = frozenset(days)
    if given == _SETS["all"]:
        return "all"
    return ",".join(part for run in _runs(given) for part in _parts(run, KEYS, "-"))


def in_words(days: Iterable[int]) -> str:
    """Some weekdays in a sentence: "every day", "Mon–Fri", "Sat and Sun", "Mon, Wed and Fri"."""
    given = frozenset(days)
    if given == _SETS["all"]:
        return "every day"
    parts = [part for run in _runs(given) for part in _parts(run, [key.capitalize() for key in KEYS], "–")]
    return listed(parts)


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def _runs(days: frozenset[int]) -> list[list[int]]:
    """Neighbouring days together, across the week's end too, not all seven: {0, 4, 5, 6} → [[4, 5, 6, 0]]."""
    runs = []
    for begin in (day for day in WEEK_DAYS if day in days and (day - 1) % 7 not in days):
        run = [begin]
        while (run[-1] + 1) % 7 in days:
            run.append((run[-1] + 1) % 7)
        runs.append(run)
    return runs


def _parts(run: Sequence[int], names: Sequence[str], dash: str) -> list[str]:
    return [f"{names[run[0]]}{dash}{names[run[-1]]}"] if len(run) >= _IN_ROW else [names[day] for day in run]
