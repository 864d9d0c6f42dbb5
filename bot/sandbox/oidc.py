"""Sign in with Slack: OpenID Connect as Slack does it. https://docs.slack.dev/authentication/sign-in-with-slack"""

import base64
import hashlib
import secrets
import time
from urllib.parse import urlencode

from joserfc import jwt
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.sandbox import codes, members, teams
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.templates import templates

TOKEN_LIFE = 300
SCOPES = frozenset({"openid", "profile", "email"})


async def discovery(request: Request) -> Response:
    """GET /.well-known/openid-configuration"""
    base = request.app.state.sandbox.base_url
    return JSONResponse(
        {
            "issuer": base,
            "authorization_endpoint": f"{base}/openid/connect/authorize",
            "token_endpoint": f"{base}/api/openid.connect.token",
            "userinfo_endpoint": f"{base}/api/openid.connect.userInfo",
            "jwks_uri": f"{base}/openid/connect/keys",
            "scopes_supported": sorted(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["form_post"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "claims_supported": ["sub", "auth_time", "iss"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": True,
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        }
    )


async def keys(request: Request) -> Response:
    """GET /openid/connect/keys"""
    key = request.app.state.sandbox.key
    return JSONResponse({"keys": [key.as_dict(private=False)]})


async def authorize(request: Request) -> Response:
    """GET /openid/connect/authorize: a list of members to sign in as, or with `sandbox_member` straight on."""
    sandbox: Sandbox = request.app.state.sandbox
    query = request.query_params
    if problem := _unfit(sandbox, query.get("client_id"), query.get("redirect_uri"), query.get("scope", "")):
        return templates.TemplateResponse(request, "refused.html", {"code": problem}, status_code=400)
    state = {"state": query.get("state", "")}
    if query.get("response_type") != "code":
        return codes.back(query["redirect_uri"], {"error": "unsupported_response_type"} | state)
    chosen = query.get("sandbox_member")
    if chosen is None:
        people = [
            {"name": row["name"], "id": row["id"], "url": f"?{urlencode({**query, 'sandbox_member': row['id']})}"}
            for row in members.everyone(sandbox)
            if not row["deleted"]
        ]
        return templates.TemplateResponse(
            request,
            "sign_in.html",
            {"people": people, "team": sandbox.config.team_name, "app": sandbox.config.bot_name},
        )
    if chosen == "deny" or not _active(sandbox, chosen):
        return codes.back(query["redirect_uri"], {"error": "access_denied"} | state)
    code = codes.issue(sandbox, "openid", chosen, dict(query))
    return codes.back(query["redirect_uri"], {"code": code} | state)


def token(sandbox: Sandbox, args: Json) -> Json:
    """openid.connect.token: one code, once, by the app that asked for it.

    Errors as on https://docs.slack.dev/reference/methods/openid.connect.token
    """
    codes.require_app(sandbox, args)
    if args.get("grant_type", "authorization_code") != "authorization_code":
        raise SlackError("invalid_grant_type")
    row = codes.spend(sandbox, "openid", args)
    access = f"xoxp-sandbox-{secrets.token_hex(16)}"
    sandbox.store.write("INSERT INTO user_tokens VALUES (?, ?, ?)", access, row["member"], row["scope"])
    id_token = _id_token(sandbox, row["member"], row["scope"], row["nonce"], access)
    return {"access_token": access, "token_type": "Bearer", "id_token": id_token}


async def user_info(request: Request) -> Response:
    """GET or POST /api/openid.connect.userInfo"""
    sandbox: Sandbox = request.app.state.sandbox
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    row = sandbox.store.one("SELECT * FROM user_tokens WHERE token = ?", bearer)
    if row is None:
        return JSONResponse({"ok": False, "error": "invalid_auth" if bearer else "not_authed"})
    return JSONResponse({"ok": True, **_claims(sandbox, row["member"], row["scope"])})


def _unfit(sandbox: Sandbox, client_id: str | None, redirect_uri: str | None, scope: str) -> str | None:
    if client_id != sandbox.config.client_id:
        return "invalid_client_id"
    if not redirect_uri or not codes.allowed(sandbox.config.redirect_uris, redirect_uri):
        return "bad_redirect_uri"
    asked = set(scope.replace(",", " ").split())
    if "openid" not in asked or not asked <= SCOPES:
        return "invalid_scope"
    return None


def _active(sandbox: Sandbox, member: str) -> bool:
    return sandbox.store.one("SELECT 1 FROM members WHERE id = ? AND NOT deleted", member) is not None


def _id_token(sandbox: Sandbox, member: str, scope: str, nonce: str | None, access: str) -> str:
    now = int(time.time())
    half = hashlib.sha256(access.encode()).digest()[:16]
    claims = _claims(sandbox, member, scope) | {
        "iss": sandbox.base_url,
        "aud": sandbox.config.client_id,
        "exp": now + TOKEN_LIFE,
        "iat": now,
        "auth_time": now,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    return jwt.encode({"alg": "RS256", "kid": sandbox.key.kid, "typ": "JWT"}, claims, sandbox.key)


def _claims(sandbox: Sandbox, member: str, scope: str) -> Json:
    row = members.find(sandbox, member)
    team = teams.find(sandbox, row["team"])
    asked = set(scope.replace(",", " ").split())
    first, _, last = row["name"].partition(" ")
    claims: Json = {
        "sub": member,
        "https://slack.com/user_id": member,
        "https://slack.com/team_id": team.id,
    }
    if "email" in asked:
        claims |= {"email": row["email"], "email_verified": True, "date_email_verified": 1700000000}
    if "profile" in asked:
        claims |= {
            "name": row["name"],
            "given_name": first,
            "family_name": last,
            "locale": "en-GB",
            "https://slack.com/team_name": team.name,
            "https://slack.com/team_domain": team.domain,
        }
    return claims
