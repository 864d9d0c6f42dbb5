"""`POST /drafts/{id}/arrived` and `/drafts/{id}/again`: what an admin or owner says of an unknown outcome."""

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.web import session
from bot.web.login import database_away, not_set_up, to_login
from bot.web.pages import in_thread, notice
from core.access import act
from core.actor import Actor
from core.db import Connection, transaction
from core.delivery import unknown
from core.errors import DatabaseAway, Refusal
from core.models import Member
from core.taxonomy import Role, Surface, Verb
from jobs.ring import ring_cards, ring_deliver


async def arrived(request: Request) -> Response:
    """Somebody has seen it: it is sent."""

    def do(draft_id: UUID, number: int, identify: Callable[[Connection], Actor]) -> None:
        act(
            identify,
            Role.ADMIN,
            Verb.CONFIRM,
            lambda tx, by: unknown.confirm_arrival(tx, draft_id, number, by),
            draft_id=draft_id,
        )

    return await _said(request, do)


async def again(request: Request) -> Response:
    """Somebody has seen that it did not arrive: queue it once more."""

    def do(draft_id: UUID, number: int, identify: Callable[[Connection], Actor]) -> None:
        account_id = act(
            identify,
            Role.ADMIN,
            Verb.RESEND,
            lambda tx, by: unknown.send_again(tx, draft_id, number, by),
            draft_id=draft_id,
        )
        ring_deliver(account_id)

    return await _said(request, do)


async def _said(request: Request, do: Callable[[UUID, int, Callable[[Connection], Actor]], None]) -> Response:
    """Do what a form of the page asked for, as the member who is signed in; then back to the page."""
    if missing := session.missing_settings():
        return not_set_up(missing)
    found = session.read(request)
    if found is None:
        return to_login(request)
    async with request.form(max_files=0, max_fields=5) as form:
        token, number, sure = (str(form.get(name, "")) for name in ("token", "number", "sure"))
    if not session.is_form_token(found, token):
        return notice(403, "That did not work", "Please use the buttons on the page of the draft.")
    try:
        draft_id = UUID(request.path_params["id"])
    except ValueError:
        return notice(404, "There is no such page", "The link may be of another workspace, or not whole.")
    back = (f"/drafts/{draft_id}", "Back to the draft")
    if sure != "yes" or not number.isdecimal() or len(number) > 18:
        return notice(400, "Nothing happened", "Tick the box first, to say that you are sure.", link=back)
    try:
        if not await in_thread(lambda: _is_member(found)):
            return to_login(request)
        await in_thread(lambda: do(draft_id, int(number), _identify(found)))
        await in_thread(lambda: ring_cards([draft_id]))
    except Refusal as refusal:
        return notice(409, "Nothing happened", str(refusal), link=back)
    except DatabaseAway:
        return database_away()
    return RedirectResponse(back[0], 303)


def _is_member(found: session.Session) -> bool:
    with transaction() as tx:
        return session.member(tx, found) is not None


def _identify(found: session.Session) -> Callable[[Connection], Actor]:
    """The member behind a session, as an actor on the web; without a role if they have left meanwhile."""

    def identify(tx: Connection) -> Actor:
        if (member := session.member(tx, found)) is None:
            return Actor(Surface.WEB, name="Somebody")
        role = tx.execute(sa.select(Member.role).where(Member.id == member.member_id)).scalar_one()
        return Actor(Surface.WEB, member.workspace_id, member.member_id, name=member.name, role=Role(role))

    return identify


routes = [
    Route("/drafts/{id}/arrived", arrived, methods=["POST"]),
    Route("/drafts/{id}/again", again, methods=["POST"]),
]
