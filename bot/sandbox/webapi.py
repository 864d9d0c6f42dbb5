"""POST /api/{method}: reads the call as Slack does, checks the token, does the work, writes it down.

https://docs.slack.dev/apis/web-api
"""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.http.media_type import media_type
from bot.sandbox import codes, conversations, faults, oauth, oidc, teams, tokens
from bot.sandbox.errors import SlackError
from bot.sandbox.methods import METHODS
from bot.sandbox.state import Json, Sandbox

BY_SECRET = {"oauth.v2.access": oauth.access, "openid.connect.token": oidc.token}  # no token, but the app's secret
AS_JSON = ("blocks", "view", "metadata", "attachments")  # arguments that a form carries as JSON text


async def call(request: Request) -> Response:
    """One call; 200 with `ok` true or false, 429 and 500 where a fault was ordered."""
    sandbox: Sandbox = request.app.state.sandbox
    method = request.path_params["method"]
    try:
        token, args, warnings = await read(request, method)
    except SlackError as error:
        return _answer(sandbox, method, {}, error, [])
    channel = args.get("channel") if isinstance(args.get("channel"), str) else None
    fault = faults.take(sandbox.faults, method, channel)
    instead = await faults.before(fault)
    if instead is not None:
        _log(sandbox, method, args, ok=False, error=f"fault:{fault.kind if fault else ''}")
        return instead
    result: Json | SlackError
    try:
        result = _do(sandbox, method, token, args)
    except SlackError as error:
        if error.code == "ratelimited":
            _log(sandbox, method, args, ok=False, error=error.code)
            return faults.too_many(error.more["retry_after"])
        result = error
    spoilt = faults.afterwards(fault)
    if spoilt is not None:
        _log(sandbox, method, args, ok=False, error=f"fault:{fault.kind if fault else ''}")
        return spoilt
    return _answer(sandbox, method, args, result, warnings)


def _do(sandbox: Sandbox, method: str, token: str | None, args: Json) -> Json:
    """The work of a call. Raises SlackError, `ratelimited` with `retry_after` among them."""
    if method in BY_SECRET:
        return BY_SECRET[method](sandbox, args)
    if method == "apps.connections.open":
        return _connect(sandbox, token)
    row = tokens.known(sandbox, token)
    team = teams.find(sandbox, row["team"])
    channel = args["channel"] if isinstance(args.get("channel"), str) else ""
    wait = sandbox.rates.take(team.id, method, _place(channel), sandbox.now())
    if wait is not None:
        raise SlackError("ratelimited", retry_after=wait)
    if method == "auth.revoke":
        return oauth.revoke(sandbox, team, row["token"], args)
    if method == "apps.uninstall":
        return oauth.uninstall(sandbox, team, args)
    if method not in METHODS:
        raise SlackError("unknown_method", req_method=method)
    if needed := METHODS[method].needs(channel):
        tokens.require_scope(row, needed)
    return METHODS[method].do(sandbox, team, args)


async def read(request: Request, method: str) -> tuple[str | None, Json, list[str]]:
    """The token, the arguments and the warnings of a call. Raises invalid_json, invalid_form_data.

    A token counts in the header or in a form, not in a JSON body, as in Slack.
    """
    bearer = request.headers.get("authorization", "")
    token = bearer[7:].strip() if bearer.lower().startswith("bearer ") else None
    args: Json = dict(request.query_params)
    warnings: list[str] = []
    header = request.headers.get("content-type", "")
    kind = media_type(header)
    raw = await request.body()
    if kind == "application/json":
        if "charset" not in header.lower():
            warnings.append("missing_charset")
        if method not in METHODS or not METHODS[method].form_only:
            args |= _json_object(raw)
        args.pop("token", None)
    elif raw:
        args |= await _form(request, raw, kind)
    args |= codes.basic(bearer)
    token = token or args.pop("token", None)
    return token, {k: _decoded(k, v) for k, v in args.items() if v is not None}, warnings


async def _form(request: Request, raw: bytes, kind: str) -> Json:
    try:
        if kind == "multipart/form-data":
            async with request.form() as form:
                return {key: value for key, value in form.items() if isinstance(value, str)}
        return dict(parse_qsl(raw.decode(), keep_blank_values=True))
    except (UnicodeDecodeError, HTTPException) as error:
        raise SlackError("invalid_form_data") from error


def _json_object(raw: bytes) -> Json:
    try:
        body = json.loads(raw) if raw else {}
    except ValueError as error:
        raise SlackError("invalid_json") from error
    if not isinstance(body, dict):
        raise SlackError("json_not_object")
    return body


def _decoded(name: str, value: Any) -> Any:
    if name not in AS_JSON or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise SlackError("invalid_blocks_format" if name == "blocks" else "invalid_arguments") from error


def _place(channel: str) -> str:
    """The channel that a call counts against: a member's id stands for their DM."""
    return conversations.dm_id(channel) if channel.startswith(("U", "W")) else channel


def _connect(sandbox: Sandbox, token: str | None) -> Json:
    """apps.connections.open, by the token of the app itself. https://docs.slack.dev/reference/methods/apps.connections.open"""
    if token != sandbox.config.app_token:
        tokens.known(sandbox, token)  # says what is wrong with it
        raise SlackError("not_allowed_token_type")
    return {"url": sandbox.sockets.address(sandbox.base_url, sandbox.now())}


def _answer(sandbox: Sandbox, method: str, args: Json, result: Json | SlackError, warnings: list[str]) -> JSONResponse:
    failed = isinstance(result, SlackError)
    body: Json = {"ok": not failed}
    body |= {"error": result.code, **result.more} if isinstance(result, SlackError) else result
    _log(sandbox, method, args, ok=not failed, error=body.get("error"), ts=body.get("ts") or body.get("message_ts"))
    if warnings:
        body["warning"] = ",".join(warnings)
        body.setdefault("response_metadata", {})["warnings"] = warnings
    return JSONResponse(body)


def _log(sandbox: Sandbox, method: str, args: Json, *, ok: bool, error: str | None = None, ts: Any = None) -> None:
    named = {key: args.get(key) for key in ("channel", "user", "view_id", "user_id") if isinstance(args.get(key), str)}
    stamp = args.get("ts") or ts
    sandbox.calls.append({"method": method, "ok": ok, "error": error, "at": sandbox.now(), "ts": stamp} | named)
