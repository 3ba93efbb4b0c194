"""What is asked of the battery. A wish is recorded; the scheduler carries it out."""

from app.clock import utc_now
from app.extensions import db
from app.models.site import CONTROL_ON, Site
from app.services import idempotency, wishes
from app.services.idempotency import KeyUsedOtherwise
from app.services.wishes import WishRefused
from app.web.access import Access, access
from app.web.api import state
from app.web.api.blueprint import bp
from app.web.api.operations import Asked, operation
from app.web.api.problems import Refused
from app.web.api.schemas import Ended, NewWish, Wish, Wishes
from app.web.bearer import caller

WATCHING = "PowerSync only watches this site: its owner switches control on first."


@bp.get("/wishes")
@access(Access.TOKEN_READ)
@operation("The wish in force", answer=Wishes)
def standing(site: Site, asked: Asked) -> Wishes:
    wish = wishes.alive(db.session(), site.id, utc_now())
    return Wishes(wishes=[state.told(wish)] if wish else [])


@bp.post("/wishes")
@access(Access.TOKEN_CONTROL)
@operation(
    "Ask the battery to charge, discharge, hold or run the home, until a minute",
    answer=Wish,
    body=NewWish,
    status=201,
    has_key=True,
    refuses=(
        (409, "The site cannot take this wish: no battery, control is off, or the battery cannot do it."),
        (422, "A value is missing or not allowed, or the key came with another request before."),
    ),
)
def ask(site: Site, asked: Asked) -> Wish:
    now, wanted = utc_now(), asked.body
    if site.control != CONTROL_ON:
        raise Refused(409, WATCHING)

    def place() -> dict[str, object]:
        wish = wishes.place(db.session(), site, wanted.kind, wanted.minutes, now, power_w=wanted.power_w, user_id=caller().user_id)
        db.session.flush()  # its id
        return state.told(wish).model_dump(mode="json")

    try:
        answer = idempotency.once(db.session(), caller().token_id, asked.key, asked.raw, now, place)
    except WishRefused as refused:
        raise Refused(409, f"{str(refused)[:1].upper()}{str(refused)[1:]}.") from None
    except KeyUsedOtherwise:
        raise Refused(422, "This Idempotency-Key came with another request before: take a new one.") from None
    return Wish.model_validate(answer)


@bp.delete("/wishes")
@access(Access.TOKEN_CONTROL)
@operation("End the wish in force; the battery gets its settings back, tariff sync goes on", answer=Ended)
def end(site: Site, asked: Asked) -> Ended:
    return Ended(ended=wishes.restore_now(db.session(), site, utc_now()))
