"""The real clock, for the outermost layer alone (web, command line, jobs): below it `now` is an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)
