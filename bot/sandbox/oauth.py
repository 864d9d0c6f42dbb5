"""Installing the app: OAuth v2. https://docs.slack.dev/authentication/installing-with-oauth"""

import sqlite3
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from bot.sandbox import codes, events, members, teams, tokens
from bot.sandbox.config import APP_ID
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team
from bot.sandbox.templates import templates

SCOPES = {  # https://docs.slack.dev/reference/scopes: those that an app like ours may ask for
    "app_mentions:read": "Read messages that mention it",
    "channels:history": "Read messages in channels that it was invited to",
    "channels:join": "Join channels",
    "channels:read": "See which channels there are",
    "chat:write": "Send and change its own messages",
    "chat:write.public": "Send messages to channels that it is not in",
    "commands": "Add slash commands",
    "files:read": "See files",
    "files:write": "Upload files",
    "groups:history": "Read messages in private channels that it was invited to",
    "groups:read": "See which private channels it is in",
    "im:history": "Read its direct messages with people",
    "im:read": "See which direct messages it has with people",
    "im:write": "Start direct messages with people",
    "reactions:write": "Add reactions",
    "team:read": "See the name of the workspace",
    "users:read": "See who is in the workspace",
    "users:read.email": "See people's e-mail addresses",
}


async def authorize(request: Request) -> Response:
    """GET /oauth/v2/authorize: who installs, and where? With `sandbox_member` (an id, or "deny") straight on."""
    sandbox: Sandbox = request.app.state.sandbox
    query = request.query_params
    redirect_uri = query.get("redirect_uri") or sandbox.config.redirect_uris[0]
    if problem := _unfit(sandbox, query.get("client_id"), redirect_uri, query.get("scope", "")):
        return templates.TemplateResponse(request, "refused.html", {"code": problem}, status_code=400)
    chosen = query.get("sandbox_member")
    state = {"state": query["state"]} if "state" in query else {}
    if chosen is None:
        return _page(request, sandbox)
    if chosen == "deny" or not _may_install(sandbox, chosen):
        return codes.back(redirect_uri, {"error": "access_denied"} | state)
    code = codes.issue(sandbox, "install", chosen, dict(query))
    return codes.back(redirect_uri, {"code": code} | state)


def access(sandbox: Sandbox, args: Json) -> Json:
    """oauth.v2.access: a code, once, or a refresh token, once, for a bot token of a team."""
    codes.require_app(sandbox, args)
    grant = args.get("grant_type", "authorization_code")
    if grant == "refresh_token":
        return _granted(sandbox, tokens.refresh(sandbox, str(args.get("refresh_token", ""))))
    if grant != "authorization_code":
        raise SlackError("invalid_grant_type")
    code = codes.spend(sandbox, "install", args)
    team = members.team_of(sandbox, code["member"])
    return _granted(sandbox, tokens.install(sandbox, team.id, code["scope"])) | {"authed_user": {"id": code["member"]}}


def revoke(sandbox: Sandbox, team: Team, token: str, args: Json) -> Json:
    """auth.revoke: the token that asks ends; the app is told."""
    if str(args.get("test", "")).lower() in {"1", "true"}:
        return {"revoked": False}
    tokens.end(sandbox, "token_revoked", token=token)
    sandbox.later(events.announce(sandbox, team, tokens_revoked(sandbox, team)))
    return {"revoked": True}


def uninstall(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """apps.uninstall: every token of the team ends; the app is told."""
    codes.require_app(sandbox, args)
    for event in remove(sandbox, team):
        sandbox.later(events.announce(sandbox, team, event))
    return {}


def remove(sandbox: Sandbox, team: Team) -> list[Json]:
    """Someone takes the app out of their team: the events that follow, in no order that Slack promises."""
    tokens.end(sandbox, "account_inactive", team=team.id)
    return [{"type": "app_uninstalled", "event_ts": sandbox.next_ts()}, tokens_revoked(sandbox, team)]


def tokens_revoked(sandbox: Sandbox, team: Team) -> Json:
    """https://docs.slack.dev/reference/events/tokens_revoked: the users whose tokens ended, not the tokens."""
    return {
        "type": "tokens_revoked",
        "tokens": {"oauth": [], "bot": [team.bot_user]},
        "event_ts": sandbox.next_ts(),
    }


def _granted(sandbox: Sandbox, row: sqlite3.Row) -> Json:
    team = teams.find(sandbox, row["team"])
    granted: Json = {
        "access_token": row["token"],
        "token_type": "bot",
        "scope": row["scope"],
        "bot_user_id": team.bot_user,
        "app_id": APP_ID,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if row["expires"] is not None:
        granted |= {"expires_in": round(row["expires"] - sandbox.now()), "refresh_token": row["refresh"]}
    return granted


def _unfit(sandbox: Sandbox, client_id: str | None, redirect_uri: str, scope: str) -> str | None:
    if client_id != sandbox.config.client_id:
        return "invalid_client_id"
    if not codes.allowed(sandbox.config.redirect_uris, redirect_uri):
        return "bad_redirect_uri"
    asked = scope.split(",") if scope else []
    if not asked:
        return "no_scopes"
    return None if set(asked) <= SCOPES.keys() else "invalid_scope"


def _may_install(sandbox: Sandbox, member: str) -> bool:
    return sandbox.store.one("SELECT 1 FROM members WHERE id = ? AND NOT deleted", member) is not None


def _page(request: Request, sandbox: Sandbox) -> Response:
    query = dict(request.query_params)
    listed = teams.everyone(sandbox)
    chosen = next((team for team in listed if team.id == query.get("team")), listed[0])
    people = [row for row in members.everyone(sandbox, chosen) if not row["deleted"]]

    def link(**more: str) -> str:
        return f"?{urlencode(query | more)}"

    shown = {
        "app": sandbox.config.bot_name,
        "team": chosen.name,
        "teams": [{"name": t.name, "id": t.id, "url": link(team=t.id), "on": t == chosen} for t in listed],
        "scopes": [SCOPES[scope] for scope in query["scope"].split(",")],
        "fields": {key: value for key, value in query.items() if key != "sandbox_member"},
        "people": people,
        "deny": link(sandbox_member="deny"),
    }
    return templates.TemplateResponse(request, "install.html", shown)
