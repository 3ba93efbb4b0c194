"""What can be pressed on the Plan page: whether the plan is carried out, and a new plan now."""

from sqlalchemy.orm import Session

from app.domain.codec import to_json
from app.domain.settings.optimizer import CONTROL, WATCH, Optimizer
from app.services import sites
from app.services.overview.stored import Stored
from app.services.policy_forms import stored_from
from app.services.signals import ring

OPTIMIZER = "optimizer"
MODES = (WATCH, CONTROL)


def switch_mode(session: Session, found: Stored, mode: str) -> None:
    """Let the plan be shown, or carried out (`mode`: one of MODES); the other settings stay. Commits."""
    values = {**to_json(found.settings.of(Optimizer)), "mode": mode}
    sites.save_policy(session, found.site.id, OPTIMIZER, stored_from(OPTIMIZER, values), found.now)
    ring(session, found.site.id)
    session.commit()


def plan_now(session: Session, site_id: int) -> None:
    """Let the scheduler make a plan at once. Commits."""
    ring(session, site_id)
    session.commit()
