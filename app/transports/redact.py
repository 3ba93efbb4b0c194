"""Text of others made fit to be shown: short, one line, without secrets."""

import re
from collections.abc import Iterable

HIDDEN = "•••"
_LONGEST = 200
_LEAST_SECRET = 6  # a shorter word is not searched for: it would blank out ordinary text
_NAMED = re.compile(r"""(?ix)
    ( \b (?: bearer | basic ) \s+
    | (?: token | api[_-]?key | apikey | secret | password | authorization | signature ) [\w-]{0,20}
      ["']? \s* [:=] \s* ["']? (?: (?: bearer | basic ) \s+ )? )
    [^\s"'&,;<>}]{4,}""")
_LOOKS_SECRET = re.compile(r"\b(?:psk_\w+|eyJ[\w-]+\.[\w.-]+|[A-Za-z0-9_-]{40,})")
_BLANKS = re.compile(r"\s+")


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` in one line of at most 200 characters; the words of `secrets` and whatever looks like a token are blanked out."""
    for secret in sorted(_words(secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    text = _LOOKS_SECRET.sub(HIDDEN, _NAMED.sub(lambda found: found.group(1) + HIDDEN, text))
    text = "".join(char if char.isprintable() else " " for char in text)
    text = _BLANKS.sub(" ", text).strip()
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _words(secrets: Iterable[str]) -> set[str]:
    return {word for secret in secrets for word in secret.split() if len(word) >= _LEAST_SECRET}
