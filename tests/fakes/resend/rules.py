"""What a request to `POST /emails` has to be, as Resend documents it, and stricter where that is loose.

https://resend.com/docs/api-reference/emails/send-email and https://resend.com/docs/api-reference/errors
"""

import json
import re
from collections.abc import Mapping
from typing import Any

Refusal = tuple[int, str, str]

FIELDS = {"from", "to", "subject", "text", "html", "headers"}
ADDRESS = r"[^\s<>@\",]+@[^\s<>@\",]+\.[A-Za-z0-9-]+"
MAILBOX = re.compile(rf'(?:(?:"(?:[^"\\]|\\["\\])*"|[^<>@",;:\\]+) <{ADDRESS}>|{ADDRESS})')
#: Headers that are written from other fields, or by the provider.
RESERVED = {"from", "to", "cc", "bcc", "subject", "date", "mime-version", "content-type", "content-transfer-encoding"}


def refusal_of_head(method: str, path: str, headers: Mapping[str, str], key: str) -> Refusal | None:
    """What is wrong with the request line or the headers, if anything."""
    if path == "/domains" and method == "GET" and headers.get("authorization") == f"Bearer {key}":
        return 401, "restricted_api_key", "This API key is restricted to only send emails"
    if path not in ("/emails", "/domains"):
        return 404, "not_found", "The requested endpoint does not exist."
    if method != "POST" and path != "/domains":
        return 405, "method_not_allowed", "Method is not allowed for the requested path."
    if not headers.get("user-agent"):
        return 403, "forbidden", "A request needs a User-Agent."
    if not headers.get("authorization"):
        return 401, "missing_api_key", "Missing API key in the authorization header."
    if headers["authorization"] != f"Bearer {key}":
        return 403, "invalid_api_key", "API key is invalid."
    if headers.get("content-type", "").split(";")[0] != "application/json":
        return 422, "validation_error", "The body has to be JSON."
    if not 1 <= len(headers.get("idempotency-key", "")) <= 256:
        return 400, "invalid_idempotency_key", "The key must be between 1-256 chars."
    return None


def refusal_of_body(raw: bytes) -> Refusal | None:
    """What is wrong with the body, if anything."""
    try:
        body = json.loads(raw)
    except ValueError:
        return 422, "validation_error", "This is not JSON."
    problem = _problem(body)
    return (422, "validation_error", problem) if problem else None


def _problem(body: Any) -> str | None:
    if not isinstance(body, dict):
        return "The body has to be an object."
    if missing := {"from", "to", "subject"} - body.keys():
        return f"Missing: {sorted(missing)}"
    if unknown := body.keys() - FIELDS:
        return f"Unknown: {sorted(unknown)}"
    if not all(isinstance(body[name], str) for name in body.keys() & {"from", "subject", "text", "html"}):
        return "These are texts."
    if not body.get("text") and not body.get("html"):
        return "Either text or html."
    to = body["to"]
    if not isinstance(to, list) or not 1 <= len(to) <= 50:
        return "to is a list of 1 to 50."
    if not all(isinstance(one, str) and MAILBOX.fullmatch(one) for one in (body["from"], *to)):
        return "An address is `email@example.com` or `Name <email@example.com>`."
    return _header_problem(body.get("headers", {}))


def _header_problem(headers: Any) -> str | None:
    if not isinstance(headers, dict):
        return "headers is an object."
    for name, value in headers.items():
        if not re.fullmatch(r"[!-9;-~]+", name) or not isinstance(value, str) or not value.isprintable():
            return "A header is a name and a line of text."
        if name.lower() in RESERVED:
            return "This header is not yours to give."
    return None
