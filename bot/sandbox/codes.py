"""What both ways of OAuth share: who the app is, where people are sent back to, and codes that work once."""

import base64
import secrets
import sqlite3
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse

from bot.sandbox.config import is_loopback
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox

CODE_LIFE = 600.0  # "codes expire after 10 minutes": https://docs.slack.dev/authentication/installing-with-oauth


def issue(sandbox: Sandbox, kind: str, member: str, asked: Json) -> str:
    """A code for what a member allowed; `asked` is what the app asked the authorize page for."""
    code = f"{sandbox.next_number()}.{secrets.token_hex(32)}"
    sandbox.store.write(
        "INSERT INTO codes (code, kind, client_id, redirect_uri, nonce, member, scope, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        *(code, kind, asked["client_id"], asked.get("redirect_uri"), asked.get("nonce"), member),
        *(asked.get("scope", ""), sandbox.now() + CODE_LIFE),
    )
    return code


def spend(sandbox: Sandbox, kind: str, form: Json) -> sqlite3.Row:
    """The row of a code, worth nothing from now on; raises invalid_code, bad_redirect_uri, code_already_used."""
    row = sandbox.store.one("SELECT * FROM codes WHERE code = ? AND kind = ?", str(form.get("code", "")), kind)
    if row is None or row["expires"] < sandbox.now():
        raise SlackError("invalid_code")
    if row["redirect_uri"] != form.get("redirect_uri"):
        raise SlackError("bad_redirect_uri")
    if not sandbox.store.write("UPDATE codes SET used = 1 WHERE code = ? AND NOT used", row["code"]):
        raise SlackError("code_already_used")
    return row


def require_app(sandbox: Sandbox, args: Json) -> None:
    """Raises invalid_client_id, bad_client_secret."""
    if args.get("client_id") != sandbox.config.client_id:
        raise SlackError("invalid_client_id")
    if not secrets.compare_digest(str(args.get("client_secret", "")).encode(), sandbox.config.client_secret.encode()):
        raise SlackError("bad_client_secret")


def basic(authorization: str) -> dict[str, str]:
    """The app's id and secret from an `Authorization: Basic` header; empty ones where it cannot be read."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, client_secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return {"client_id": "", "client_secret": ""}
    return {"client_id": client_id, "client_secret": client_secret}


def allowed(uris: tuple[str, ...], redirect_uri: str) -> bool:
    """Slack takes a redirect at or under a configured one. Here a loopback one without a port allows every port."""
    try:
        asked = urlsplit(redirect_uri)
        port = asked.port
    except ValueError:  # no address at all
        return False
    for uri in uris:
        known = urlsplit(uri)
        same_port = known.port is None and is_loopback(known.hostname or "")
        same_host = asked.scheme == known.scheme and asked.hostname == known.hostname
        under = f"{asked.path}/".startswith(f"{known.path.rstrip('/')}/")
        if same_host and under and (same_port or port == known.port):
            return True
    return False


def back(redirect_uri: str, answer: dict[str, str]) -> RedirectResponse:
    """Sends the browser back to the app."""
    joint = "&" if "?" in redirect_uri else "?"
    return RedirectResponse(f"{redirect_uri}{joint}{urlencode(answer)}", status_code=302)
