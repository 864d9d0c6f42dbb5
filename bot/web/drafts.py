"""`/drafts/{id}`: where the link of a card leads. Reads one moment of the database, and changes nothing."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.web import session
from bot.web.login import database_away, not_set_up, to_login
from bot.web.pages import in_thread, notice, page
from core.db import transaction
from core.errors import DatabaseAway
from core.views import draft_page


async def draft(request: Request) -> Response:
    """GET /drafts/{id}: the draft, to active members of its workspace; to everybody else a sign-in, or a 404."""
    if missing := session.missing_settings():
        return not_set_up(missing)
    found = session.read(request)
    if found is None:
        return to_login(request)
    try:
        made = await in_thread(lambda: _made(found, request.path_params["id"]))
    except DatabaseAway:
        return database_away()
    return made or to_login(request)


def not_found() -> HTMLResponse:
    """The same page for what is not there, what belongs to others, and what could never be there."""
    return notice(404, "There is no such page", "The link may belong to another workspace, or be incomplete.")


def _made(found: session.Session, wanted: str) -> Response | None:
    """The page, or None when the session's member is no member any more."""
    with transaction() as tx:
        draft_page.snapshot(tx)
        member = session.member(tx, found)
        if member is None:
            return None
        draft_id = _id(wanted)
        content = draft_page.read(tx, member.workspace_id, draft_id) if draft_id else None
    if content is None:
        return not_found()
    return page("draft.html", member=member, form_token=session.form_token(found), page=content, draft=content.draft)


def _id(wanted: str) -> UUID | None:
    try:
        found = UUID(wanted)
    except ValueError:
        return None
    return found if str(found) == wanted.lower() else None


routes = [Route("/drafts/{id}", draft)]
