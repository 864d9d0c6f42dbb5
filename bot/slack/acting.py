"""One act on one draft, by a click or by a submitted modal: done before the ack, and shown on every card after it."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from slack_bolt import BoltResponse

from bot.slack.answers import Click
from bot.slack.own_home import redraw_if_open
from bot.slack.payload import Body, Later, Seen, clicked, person, seen
from bot.slack.submitting import done, errors, replace
from core.access import act
from core.actor import Actor
from core.cards import modals
from core.db import Connection
from core.errors import BadInput, Refusal
from core.taxonomy import Role, Verb
from jobs.ring import ring_cards

Result = TypeVar("Result")
#: The act itself: as whom, on which version of which draft.
Do = Callable[[Connection, Actor, Seen], Result]


def do(click: Click, verb: Verb, what_to_do: Do[Result], *, needs: Role = Role.REVIEWER) -> Result:
    """Act on the draft of a click. Raises what the act raises."""
    return _act(click.body, click.later, clicked(click.body), verb, what_to_do, needs)


def submit(
    body: Body,
    view: Body,
    later: Later,
    verb: Verb,
    what_to_do: Do[Result],
    *,
    title: str,
    field: str = "",
    needs: Role = Role.REVIEWER,
    then: Callable[[Result], modals.View | None] | None = None,
) -> BoltResponse | None:
    """Act on the draft of a modal. None closes it; `then` does what follows, and may give a window that tells of it.

    What cannot be taken is told under `field`, and a refusal in the form's place.
    """
    what = seen(view.get("private_metadata"))
    try:
        result = _act(body, later, what, verb, what_to_do, needs)
    except BadInput as bad:
        return errors(field, str(bad)) if field else replace(modals.notice(title, str(bad)))
    except Refusal as refusal:
        _show(what, later)
        return replace(modals.notice(title, str(refusal)))
    later(partial(redraw_if_open, person(body)))  # last: the form may have been opened there, and cards go first
    told = then(result) if then else None
    return done(told) if told else None


def _act(body: Body, later: Later, what: Seen, verb: Verb, what_to_do: Do[Result], needs: Role) -> Result:
    result = act(person(body).identify, needs, verb, lambda tx, by: what_to_do(tx, by, what), draft_id=what.draft_id)
    _show(what, later)
    return result


def _show(what: Seen, later: Later) -> None:
    """Whatever became of it, the cards of this draft and their threads say so."""
    draft_id = what.draft_id
    if draft_id is not None:
        later(lambda: ring_cards([draft_id]))
