"""Which source a home's solar forecast comes from, and how it is set up."""

import hashlib
import json

from sqlalchemy.orm import Session

from app.control.connections import load
from app.models.connection import Connection

ROLE = "solar_forecast"
HISTORY = "history"  # source and setup of what is learnt from the home itself


def setup_of(connection: Connection) -> str:
    """A fingerprint of a source and its settings: another roof, another account, another fingerprint."""
    told = json.dumps([connection.brand, connection.config, connection.account], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def source_of(session: Session, site_id: int) -> Connection | None:
    """The home's source of solar forecasts."""
    return load(session, site_id, ROLE)
