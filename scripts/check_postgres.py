"""Says which PostgreSQL server the database tests will find, or in one line what is missing.

The order is that of the tests: `TEST_DATABASE_URL`, a server on this machine, the server inside the `pgserver` wheel.
"""

import importlib.util
import os
import sys

import psycopg
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

LOCAL_URL = "postgresql://postgres@127.0.0.1:5432/postgres"
CONNECT_TIMEOUT_S = 3


def answers(url: str) -> bool:
    """Whether a PostgreSQL server lets us in at `url` (an SQLAlchemy URL). Raises ArgumentError for what is not a URL."""
    plain_url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        psycopg.connect(plain_url, connect_timeout=CONNECT_TIMEOUT_S).close()
    except psycopg.OperationalError:
        return False
    return True


def check_given(url: str) -> int:
    """A server that was named is the one that must answer: no other is used silently in its place."""
    try:
        if answers(url):
            print(f"PostgreSQL: {make_url(url).render_as_string(hide_password=True)}")
            return 0
    except ArgumentError:
        print("TEST_DATABASE_URL is not a database URL", file=sys.stderr)
        return 1
    print(f"No PostgreSQL answers at TEST_DATABASE_URL ({make_url(url).render_as_string(hide_password=True)})", file=sys.stderr)
    return 1


def check() -> int:
    """Exit status: 0 when the database tests have a server, 1 otherwise."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        return check_given(given)
    if answers(LOCAL_URL):
        print("PostgreSQL: 127.0.0.1:5432")
        return 0
    if importlib.util.find_spec("pgserver"):
        print("PostgreSQL: from the pgserver wheel")
        return 0
    print(
        "The database tests need PostgreSQL: set TEST_DATABASE_URL, or start a server on 127.0.0.1:5432 that trusts the user postgres",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(check())
