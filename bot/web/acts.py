"""An act by the form of a page: who is signed in, the form's token, what it is aimed at; then back to the page.

303 done, 400 not taken, 403 not our form, 404 no such page, 409 refused, 503 the database is away.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.acts import Act, Away, Done, NotTaken, Outcome, Refused, Target, outcome_of, run
from bot.web import session
from bot.web.login import database_away, not_set_up, to_login
from bot.web.pages import in_thread, notice

#: What was typed into a form, by the names of its fields.
Fields = Mapping[str, str]


@dataclass(frozen=True)
class PageForm:
    """A form of a page: which act it asks for, on which version of its row. Both raise `BadInput` with a sentence."""

    act: Callable[[Fields], Act[Any]]
    target: Callable[[UUID, Fields], Target]
    #: The address of its page, and the words of a link back to it.
    page: str = "/drafts/{id}"
    back: str = "Back to the draft"
    #: Fields that it has at most, the token among them.
    most_fields: int = 5


async def post(request: Request, form: PageForm) -> Response:
    """Do what a form asked for, as the member who is signed in; then back to its page."""
    if missing := session.missing_settings():
        return not_set_up(missing)
    found = session.read(request)
    if found is None:
        return to_login(request)
    async with request.form(max_files=0, max_fields=form.most_fields) as sent:
        fields = {name: str(value) for name, value in sent.items()}
    if not session.is_form_token(found, fields.get("token", "")):
        return notice(403, "That did not work", "Please use the buttons on the draft's page.")
    try:
        row_id = UUID(request.path_params["id"])
    except ValueError:
        return notice(404, "There is no such page", "The link may belong to another workspace, or be incomplete.")
    outcome = await in_thread(lambda: outcome_of(lambda: _done(found, form, row_id, fields)))
    if isinstance(outcome, Done) and not outcome.result:
        return to_login(request)
    return _told(outcome, form.page.format(id=row_id), form.back)


def _done(found: session.Session, form: PageForm, row_id: UUID, fields: Fields) -> bool:
    """In a thread: the act, and its rings once it is committed. False for a session of somebody who has left."""
    act, target = form.act(fields), form.target(row_id, fields)
    if session.signed_in(found) is None:
        return False
    rings: list[Callable[[], object]] = []
    run(session.identify(found), act, target, rings.append)
    for ring in rings:
        ring()
    return True


def _told(outcome: Outcome[bool], page: str, back: str) -> Response:
    """An outcome, in the words and the status of a page."""
    match outcome:
        case Done():
            return RedirectResponse(page, 303)
        case Away():
            return database_away()
        case NotTaken() | Refused():
            status = 409 if isinstance(outcome, Refused) else 400
            return notice(status, "Nothing happened", outcome.sentence, link=(page, back))
