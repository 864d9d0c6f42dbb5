"""Bot tokens: each belongs to a team and has scopes; they expire, are refreshed and revoked.

https://docs.slack.dev/authentication/tokens and https://docs.slack.dev/authentication/using-token-rotation
"""

import secrets
import sqlite3

from bot.sandbox.errors import SlackError
from bot.sandbox.state import Sandbox

ROTATING_LIFE = 12 * 3600  # seconds: "expires_in": 43200


def known(sandbox: Sandbox, token: str | None) -> sqlite3.Row:
    """A token that may be used. Raises not_authed, invalid_auth, account_inactive, token_revoked, token_expired."""
    if not token:
        raise SlackError("not_authed")
    if token == sandbox.config.app_token:
        raise SlackError("not_allowed_token_type")
    row = sandbox.store.one("SELECT * FROM tokens WHERE token = ?", token)
    if row is None:
        raise SlackError("invalid_auth")
    if row["ended"]:
        raise SlackError(row["ended"])
    if row["expires"] is not None and row["expires"] < sandbox.now():
        raise SlackError("token_expired")
    return row


def require_scope(row: sqlite3.Row, needed: str) -> None:
    """Raises missing_scope, with what was needed and what there is, as Slack does."""
    if needed not in row["scope"].split(","):
        raise SlackError("missing_scope", needed=needed, provided=row["scope"])


def live(sandbox: Sandbox, team: str) -> list[sqlite3.Row]:
    """The team's tokens that work, or would, were they not expired; the newest first."""
    return sandbox.store.all("SELECT * FROM tokens WHERE team = ? AND ended IS NULL ORDER BY rowid DESC", team)


def install(sandbox: Sandbox, team: str, scope: str) -> sqlite3.Row:
    """The bot token of an installation. Slack gives the same one again for as long as it lives; scopes add up."""
    standing = live(sandbox, team)
    scope = ",".join(sorted({*scope.split(","), *(s for row in standing for s in row["scope"].split(","))}))
    sandbox.store.write("UPDATE tokens SET scope = ? WHERE team = ? AND ended IS NULL", scope, team)
    lasting = [row for row in live(sandbox, team) if row["expires"] is None]
    if lasting and not sandbox.rotation:
        return lasting[0]
    return _new(sandbox, team, scope)


def refresh(sandbox: Sandbox, refresh_token: str) -> sqlite3.Row:
    """A new pair for a refresh token, which works once; raises invalid_refresh_token."""
    row = sandbox.store.one("SELECT * FROM tokens WHERE refresh = ? AND ended IS NULL", refresh_token)
    spent = "UPDATE tokens SET refresh = NULL WHERE refresh = ?"
    if row is None or not sandbox.store.write(spent, refresh_token):
        raise SlackError("invalid_refresh_token")
    return _new(sandbox, row["team"], row["scope"])


def end(sandbox: Sandbox, code: str, *, token: str | None = None, team: str | None = None) -> int:
    """Ends one token, or all of a team: from now on they answer `code`. Returns how many there were."""
    return sandbox.store.write(
        "UPDATE tokens SET ended = ?, refresh = NULL WHERE (token = ? OR team = ?) AND ended IS NULL",
        *(code, token, team),
    )


def keep(sandbox: Sandbox, team: str, token: str) -> None:
    """A token that is there from the beginning, with the scopes of the config."""
    sandbox.store.write(
        "INSERT INTO tokens (token, team, scope) VALUES (?, ?, ?) ON CONFLICT (token) DO NOTHING",
        *(token, team, ",".join(sandbox.config.scopes)),
    )


def _new(sandbox: Sandbox, team: str, scope: str) -> sqlite3.Row:
    secret = secrets.token_hex(12)
    row: tuple[str, float | None, str | None] = (f"xoxb-sandbox-{secret}", None, None)
    if sandbox.rotation:
        row = (f"xoxe.xoxb-1-{secret}", sandbox.now() + ROTATING_LIFE, f"xoxe-1-{secrets.token_hex(12)}")
    token, expires, refresh_token = row
    sandbox.store.write(
        "INSERT INTO tokens (token, team, scope, expires, refresh) VALUES (?, ?, ?, ?, ?)",
        *(token, team, scope, expires, refresh_token),
    )
    return known(sandbox, token)
