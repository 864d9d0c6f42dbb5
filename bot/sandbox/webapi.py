"""POST /api/{method}: reads the call as Slack does, checks the token, does the work, writes it down.

https://docs.slack.dev/apis/web-api
"""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.sandbox import conversations, faults
from bot.sandbox.errors import SlackError
from bot.sandbox.methods import FORM_ONLY, METHODS
from bot.sandbox.state import Json, Sandbox

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
        _authenticate(sandbox, token)
        if (wait := sandbox.rates.take(sandbox.config.team_id, method, _place(channel), sandbox.now())) is not None:
            _log(sandbox, method, args, ok=False, error="ratelimited")
            return faults.too_many(wait)
        result = (
            METHODS[method](sandbox, args) if method in METHODS else SlackError("unknown_method", req_method=method)
        )
    except SlackError as error:
        result = error
    if fault is not None and fault.kind == "drop":
        _log(sandbox, method, args, ok=False, error="fault:drop")
        return PlainTextResponse("", status_code=500)
    return _answer(sandbox, method, args, result, warnings)


async def read(request: Request, method: str) -> tuple[str | None, Json, list[str]]:
    """The token, the arguments and the warnings of a call. Raises invalid_json, invalid_form_data.

    A token counts in the header or in a form, not in a JSON body, as in Slack.
    """
    bearer = request.headers.get("authorization", "")
    token = bearer[7:].strip() if bearer.lower().startswith("bearer ") else None
    args: Json = dict(request.query_params)
    warnings: list[str] = []
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    raw = await request.body()
    if kind == "application/json":
        if "charset" not in parameters:
            warnings.append("missing_charset")
        if method not in FORM_ONLY:
            args |= _json_object(raw)
        args.pop("token", None)
    elif raw:
        args |= await _form(request, raw, kind)
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


def _place(channel: str | None) -> str:
    """The channel that a call counts against: a member's id stands for their DM."""
    if channel is None:
        return ""
    return conversations.dm_id(channel) if channel.startswith(("U", "W")) else channel


def _authenticate(sandbox: Sandbox, token: str | None) -> None:
    if not token:
        raise SlackError("not_authed")
    if token != sandbox.config.bot_token:
        raise SlackError("invalid_auth")


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
