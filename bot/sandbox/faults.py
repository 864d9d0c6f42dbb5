"""Faults on demand: the next calls of a Web API method go wrong in a chosen way."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

KINDS = ("ratelimited", "error", "status", "delay", "drop", "garble")


@dataclass
class Fault:
    """One order: what happens to the next `times` calls of `method` ("*" is any).

    Kinds: `ratelimited` (429, `retry_after` seconds), `error` (`ok: false` with `code`), `status` (an empty answer
    with that HTTP `status`), `delay` (answers after `seconds`), `drop` (does the work, then answers 500: a lost reply),
    `garble` (does the work, then answers with `body`, in Latin-1, as `content_type`; `cut`: and breaks off within it).
    """

    method: str
    kind: str
    times: int = 1
    code: str = "internal_error"
    status: int = 500
    retry_after: int = 1
    seconds: float = 0.0
    channel: str | None = None
    body: str = ""
    content_type: str = "application/json"
    cut: bool = False


def ordered(body: dict[str, Any]) -> Fault:
    """A fault from the control API's JSON; raises ValueError on a kind or key that is not known."""
    if body.get("kind") not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    try:
        return Fault(**body)
    except TypeError as error:
        raise ValueError(str(error)) from error


def take(faults: list[Fault], method: str, channel: str | None) -> Fault | None:
    """The fault that this call meets, counted down; None when it goes well."""
    for fault in faults:
        if fault.method in {"*", method} and fault.channel in {None, channel}:
            fault.times -= 1
            if fault.times <= 0:
                faults.remove(fault)
            return fault
    return None


async def before(fault: Fault | None) -> Response | None:
    """What is answered instead of doing the work, if anything."""
    if fault is None or fault.kind in AFTERWARDS:
        return None
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
        return None
    if fault.kind == "ratelimited":
        return too_many(fault.retry_after)
    if fault.kind == "status":
        return PlainTextResponse("", status_code=fault.status)
    return JSONResponse({"ok": False, "error": fault.code})


#: What these spoil is the answer; the work is done.
AFTERWARDS = frozenset({"drop", "garble"})


def afterwards(fault: Fault | None) -> Response | None:
    """What is answered in place of what the work came to, if anything."""
    if fault is None or fault.kind not in AFTERWARDS:
        return None
    if fault.kind == "drop":
        return PlainTextResponse("", status_code=500)
    content = fault.body.encode("latin-1")
    headers = {"Content-Length": str(len(content) + 100)} if fault.cut else {}
    return Response(content, 200, headers | {"Content-Type": fault.content_type})


def too_many(retry_after: int) -> Response:
    """The answer to a call above the limit. https://docs.slack.dev/apis/web-api/rate-limits"""
    headers = {"Retry-After": str(retry_after)}
    return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers=headers)


def described(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """The faults still to come."""
    return [vars(fault) for fault in faults]
