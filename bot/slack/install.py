"""`/slack/install`, `/slack/oauth_redirect`: the app goes into a Slack team. Many teams may have it.

https://docs.slack.dev/authentication/installing-with-oauth. The way to Slack and back is tied to this browser by a
cookie, is good for ten minutes and once; what comes back without it gets one plain page, and Slack is not asked.
"""

import hashlib
from typing import Any
from urllib.parse import urlencode

from anyio import to_thread
from authlib.common.security import generate_token
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.web import session
from bot.web.login import database_away
from bot.web.pages import in_thread, notice
from core.cards.mrkdwn import cut
from core.db import transaction
from core.errors import BadInput, DatabaseAway, Refusal
from core.settings import settings
from core.slack_codes import Meaning, meant_by
from core.teams import installations
from core.teams.installations import Granted, Installed
from core.telemetry.logs import logger
from core.time_zones import is_time_zone
from jobs.slack import access, budget, lost_rights, oauth
from jobs.slack.methods import SCOPES
from jobs.slack.trouble import SlackTrouble

INSTALL_PATH = "/slack/install"
_AGAIN = (INSTALL_PATH, "Add to Slack")


async def install(_request: Request) -> Response:
    """GET /slack/install: on to Slack, where a person sees what the app may do, and says yes or no."""
    if missing := session.missing_settings():
        return _not_set_up(missing)
    state = generate_token(32)
    asked = {"client_id": settings().slack_client_id, "scope": ",".join(sorted(SCOPES)), "state": state}
    query = urlencode(asked | {"redirect_uri": _redirect_uri()})
    response = RedirectResponse(f"{settings().slack_openid_url}/oauth/v2/authorize?{query}", 303)
    session.remember_login(response, state, {}, session.INSTALL)
    return response


async def oauth_redirect(request: Request) -> Response:
    """GET /slack/oauth_redirect?code=…&state=…: back from Slack."""
    if missing := session.missing_settings():
        return _not_set_up(missing)
    state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    if session.recall_login(request, state, session.INSTALL) is None:
        return _start_again("This was started in another browser, or too long ago.")
    if not code:
        response: Response = notice(403, "Nothing was installed", "Slack says that you declined.", link=_AGAIN)
    else:
        response = await _installed(code, state)
    session.forget_login(response, state, session.INSTALL)
    return response


async def _installed(code: str, state: str) -> Response:
    try:
        granted = await to_thread.run_sync(_ask_slack, code, state)
        installed = await in_thread(lambda: _keep(granted))
    except BadInput as bad:
        return _start_again(str(bad))
    except Refusal as refusal:
        return _start_again(str(refusal))
    except SlackTrouble as trouble:
        return _slack_refuses(trouble.code)
    except DatabaseAway:
        return database_away()
    logger.info("slack installed", workspace_id=str(installed.workspace_id), new=installed.is_new)
    return notice(
        200,
        f"Signoff is in {granted.team_name}",
        "Find it in Slack under Apps. Its Home shows what waits for review; “/outreach help” lists the commands.",
        "You are its owner. Next, the operator of Signoff declares your accounts, campaigns and reviewers with "
        f"“signoff apply”, for slack_team_id = {granted.team_id}."
        if installed.is_new
        else "Your workspace was known here already: its drafts and queue continue.",
    )


def _ask_slack(code: str, state: str) -> Granted:
    """What Slack grants. Raises `SlackTrouble`, or `BadInput` with a sentence for the installer."""
    answer = oauth.exchange(code, _redirect_uri())
    team, user = _dict(answer.get("team")), _dict(answer.get("authed_user"))
    if answer.get("is_enterprise_install") or not team.get("id") or not user.get("id"):
        raise BadInput(
            "Signoff is installed in one workspace at a time: please choose a workspace, not the whole organisation."
        )
    tokens, scopes = oauth.tokens_in(answer), str(answer.get("scope", "")).split(",")
    if lacking := SCOPES - set(scopes):
        raise BadInput(f"Slack did not grant {', '.join(sorted(lacking))}: the app's manifest does not ask for it.")
    installer = oauth.person(tokens.bot, str(user["id"]))
    return Granted(
        team_id=str(team["id"]),
        team_name=cut(str(team.get("name") or team["id"]), 100),
        bot_user_id=str(answer.get("bot_user_id", "")),
        scopes=scopes,
        tokens=tokens,
        user_id=str(user["id"]),
        user_name=cut(installer.name if installer else str(user["id"]), 100),
        timezone=installer.timezone if installer and is_time_zone(installer.timezone) else "UTC",
        state_sha256=hashlib.sha256(state.encode()).hexdigest(),
    )


def _keep(granted: Granted) -> Installed:
    """Keep it, and let calls go that were held back because of an older token."""
    with transaction() as tx:
        installed = installations.install(tx, granted)
    access.forget()
    lost_rights.forget()
    budget.open_again(str(installed.workspace_id))
    return installed


def _slack_refuses(code: str) -> HTMLResponse:
    logger.warning("installation refused by Slack", code=code)
    meaning = meant_by(code).meaning
    if meaning is Meaning.ADMIN:  # not the installer's fault
        return notice(
            502,
            "Slack does not accept this app",
            f"It says {code}. The operator of Signoff should compare SLACK_CLIENT_ID, SLACK_CLIENT_SECRET and the "
            f"redirect URL {_redirect_uri()} with the app's page at Slack.",
        )
    if meaning is Meaning.LATER:
        return notice(502, "Slack does not answer", "Nothing was installed. Please try again in a moment.", link=_AGAIN)
    return _start_again("Slack no longer accepts this.")


def _start_again(why: str) -> HTMLResponse:
    return notice(400, "Nothing was installed", why, link=_AGAIN)


def _not_set_up(missing: list[str]) -> HTMLResponse:
    return notice(
        503,
        "Installing is not set up",
        f"Set {', '.join(missing)} in the environment of Signoff, and start it again.",
        f"The redirect URL of the Slack app is {_redirect_uri()}.",
    )


def _redirect_uri() -> str:
    return f"{settings().public_url}{session.INSTALL.path}"


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


routes = [Route(INSTALL_PATH, install), Route(session.INSTALL.path, oauth_redirect)]
