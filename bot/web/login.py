"""`/login`, `/auth/callback`, `/logout`: Sign in with Slack, and out again. Nothing here writes to the database."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.web import openid, session
from bot.web.pages import in_thread, notice
from core.actor import Actor, SignedIn, slack_user
from core.db import transaction
from core.errors import DatabaseAway
from core.settings import settings
from core.taxonomy import Surface
from core.telemetry.logs import logger

#: Own paths only, in characters that no browser reads as anything else: no backslash (browsers take it for a slash), no
#: control characters (browsers leave them out). Two slashes in a row, which begin a host, are refused as well.
_OWN_PATH = re.compile(r"/[A-Za-z0-9._~%/-]*(?:\?[A-Za-z0-9._~%=&+-]*)?")
_NEXT_LIMIT = 500
_LATER = "Nothing is wrong with your account: please try again in a moment."


async def login(request: Request) -> Response:
    """GET /login?next=…: on to Slack; or straight on to `next` for somebody who is signed in."""
    if missing := session.missing_settings():
        return not_set_up(missing)
    wanted = own_path(request.query_params.get("next", ""))
    try:
        signed_in = await _member(request)
    except DatabaseAway:
        return database_away()
    if signed_in is not None:
        return RedirectResponse(wanted, 303) if wanted else _you_are(signed_in)
    try:
        begun = await openid.begin(_callback_url())
    except openid.SignInAway as error:
        return _slack_away(error)
    response = RedirectResponse(begun.url, 303)
    kept = {"nonce": begun.nonce, "verifier": begun.verifier, "next": wanted}
    session.remember_login(response, begun.state, kept)
    return response


async def callback(request: Request) -> Response:
    """GET /auth/callback?code=…&state=…: back from Slack."""
    if missing := session.missing_settings():
        return not_set_up(missing)
    state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    begun = session.recall_login(request, state)
    if begun is None:
        return _start_again("This sign-in was started in another browser, or too long ago.")
    again = f"/login?next={quote(begun['next'])}" if begun["next"] else "/login"
    if not code:
        response: Response = notice(
            403, "You did not sign in", "Slack says that you declined.", link=(again, "Sign in")
        )
    else:
        response = await _signed_in(request, code, begun, again)
    session.forget_login(response, state)
    return response


async def _signed_in(request: Request, code: str, begun: dict[str, str | None], again: str) -> Response:
    try:
        identity = await openid.finish(
            code, nonce=str(begun["nonce"]), verifier=begun["verifier"], redirect_uri=_callback_url()
        )
        actor = await in_thread(lambda: _known(identity))
    except openid.SignInRefused as error:
        return _start_again(str(error), again)
    except openid.SignInAway as error:
        return _slack_away(error)
    except DatabaseAway:
        return database_away()
    if actor.member_id is None:
        logger.info("sign-in of a stranger", route="/auth/callback")
        return notice(
            403,
            "You are not a member here yet",
            "Slack knows you, but nobody has added you to Signoff in this workspace.",
            "Ask an admin of your team to add you; then open the link again.",
        )
    response = RedirectResponse(str(begun["next"] or "/login"), 303)
    session.begin(response, actor.member_id, identity.team_id)
    logger.info("signed in", member_id=str(actor.member_id))
    return response


async def logout(request: Request) -> Response:
    """POST /logout, with the form token of the session."""
    if missing := session.missing_settings():
        return not_set_up(missing)
    current = session.read(request)
    if current is not None:
        async with request.form(max_files=0, max_fields=5) as form:
            token = str(form.get("token", ""))
        if not session.is_form_token(current, token):
            return notice(403, "That did not work", "Please sign out with the button on the page.")
    response = RedirectResponse("/signed-out", 303)
    session.end(response)
    return response


async def signed_out(_request: Request) -> Response:
    """GET /signed-out"""
    return notice(
        200, "You are signed out", "Close this page, or sign in again.", link=("/login", "Sign in with Slack")
    )


def own_path(wanted: str) -> str:
    """`wanted` if it is a path of ours that is worth going to after signing in; empty otherwise."""
    if len(wanted) > _NEXT_LIMIT or "//" in wanted or not _OWN_PATH.fullmatch(wanted):
        return ""
    return "" if wanted.startswith(("/login", "/logout", "/auth", "/signed-out")) else wanted


def to_login(request: Request) -> Response:
    """Off to sign in, and back to this page afterwards. The same whether or not there is such a page."""
    response = RedirectResponse(f"/login?next={quote(quote(request.scope['path']))}", 303)
    if session.read(request) is not None:  # a session of somebody who is no member any more
        session.end(response)
    return response


def not_set_up(missing: list[str]) -> HTMLResponse:
    """What to set. 503: a person who runs Signoff can put it right, and until then nothing is shown."""
    return notice(
        503,
        "Signing in is not set up",
        f"Set {', '.join(missing)} in the environment of Signoff, and start it again.",
        f"The redirect URL of the Slack app is {_callback_url()}. Until then, review drafts in Slack.",
    )


def database_away() -> HTMLResponse:
    """Postgres does not answer."""
    return notice(503, "Signoff cannot reach its database", _LATER)


def _slack_away(error: openid.SignInAway) -> HTMLResponse:
    logger.warning("sign-in away", exc_info=error)
    if isinstance(error, openid.SignInMisconfigured):
        return notice(502, "Slack does not accept this sign-in", str(error), "Ask the operator of Signoff to check it.")
    return notice(502, "Slack does not answer", "Signing in needs Slack, and it does not answer just now.", _LATER)


def _start_again(why: str, link: str = "/login") -> HTMLResponse:
    return notice(400, "Please sign in again", why, link=(link, "Sign in with Slack"))


def _you_are(member: SignedIn) -> HTMLResponse:
    return notice(
        200, "You are signed in", f"As {member.name}, in {member.workspace}.", "Open a draft from its card in Slack."
    )


async def _member(request: Request) -> SignedIn | None:
    found = session.read(request)
    return await in_thread(lambda: session.signed_in(found)) if found else None


def _known(identity: openid.Identity) -> Actor:
    with transaction() as tx:
        return slack_user(tx, identity.team_id, identity.user_id, Surface.WEB)


def _callback_url() -> str:
    return f"{settings().public_url}{session.LOGIN_PATH}"


routes = [
    Route("/login", login),
    Route(session.LOGIN_PATH, callback),
    Route("/logout", logout, methods=["POST"], max_body_size=4_096),
    Route("/signed-out", signed_out),
]
