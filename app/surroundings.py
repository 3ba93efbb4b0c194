"""What the loop works with in a running app: its engine, the real pace, the environment's vendor addresses."""

from flask import current_app

from app.control.surroundings import Surroundings
from app.extensions import db
from app.transports.pace import RealPace


def surroundings_of_app() -> Surroundings:
    """For the app of the present context."""
    return Surroundings(db.engine, RealPace(), current_app.config["POWERSYNC"].environment)
