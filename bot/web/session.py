"""Who is signed in: a signed cookie that names a member and a team, and nothing else.

It proves only that somebody signed in as that member less than SESSION_SECONDS ago. Whether the member may still see
anything is asked of Postgres at every request (`member`), so that one who was deactivated is out at once. Signing out
takes the cookie from the browser; a copy of it made before lasts until its time is up, or until SECRET_KEY is changed.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from itsdangerous import BadData, Signer, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from core.access import Identify
from core.actor import Actor, SignedIn, web_member
from core.db import Connection, transaction
from core.settings import settings
from core.taxonomy import Surface

#: Twelve hours: a working day. Ten minutes for a sign-in that was begun, which is how long Slack's codes live.
SESSION_SECONDS, LOGIN_SECONDS = 12 * 3600, 600
LOGIN_PATH = "/auth/callback"


@dataclass(frozen=True)
class Trip:
    """A way to Slack and back, and where it ends. Its cookie goes there and nowhere else."""

    kind: str
    path: str


LOGIN = Trip("login", LOGIN_PATH)
INSTALL = Trip("install", "/slack/oauth_redirect")


@dataclass(frozen=True)
class Session:
    """What the cookie says, and the cookie itself."""

    member_id: UUID
    team_id: str
    cookie: str


def missing_settings() -> list[str]:
    """The variables that signing in needs and that are not set."""
    found = settings()
    needed = {
        "SLACK_CLIENT_ID": found.slack_client_id,
        "SLACK_CLIENT_SECRET": found.slack_client_secret.get_secret_value(),
        "SECRET_KEY": found.secret_key.get_secret_value(),
    }
    return [name for name, value in needed.items() if not value]


def read(request: Request) -> Session | None:
    """The session of this request; None when there is none, or it is forged, of another kind, or too old."""
    cookie = request.cookies.get(_name("session"), "")
    said = _load("session", cookie, SESSION_SECONDS)
    if said is None:
        return None
    try:
        return Session(UUID(said["member"]), str(said["team"]), cookie)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def member(tx: Connection, session: Session | None) -> SignedIn | None:
    """The active member whom the session names, in the team that it names; None if there is no such any more."""
    return web_member(tx, session.member_id, session.team_id) if session else None


def signed_in(session: Session) -> SignedIn | None:
    """The same, in a transaction of its own."""
    with transaction() as tx:
        return member(tx, session)


def identify(session: Session) -> Identify:
    """Finds the member behind a session, as an actor on the web; one without a role if they have left meanwhile."""

    def found(tx: Connection) -> Actor:
        by = member(tx, session)
        if by is None:
            return Actor(Surface.WEB, name="Somebody")
        return Actor(Surface.WEB, by.workspace_id, by.member_id, name=by.name, role=by.role)

    return found


def begin(response: Response, member_id: UUID, team_id: str) -> None:
    """Sign the browser in."""
    value = _serializer("session").dumps({"member": str(member_id), "team": team_id})
    response.set_cookie(_name("session"), value, max_age=SESSION_SECONDS, path="/", **_flags())


def end(response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(_name("session"), path="/", **_flags())


def form_token(session: Session) -> str:
    """What a form must bring along to act for this session: other sites can neither read nor guess it (CSRF)."""
    return Signer(_secret(), salt="signoff.form", digest_method=hashlib.sha256).get_signature(session.cookie).decode()


def is_form_token(session: Session, token: str) -> bool:
    """Whether a form was made for this session."""
    return hmac.compare_digest(form_token(session).encode(), token.encode())


def remember_login(response: Response, state: str, begun: dict[str, str | None], trip: Trip = LOGIN) -> None:
    """Keep a trip that was begun, in a cookie of its own: several tabs may sign in at once."""
    value = _serializer(trip.kind).dumps({"state": state, **begun})
    response.set_cookie(_trip_name(trip, state), value, max_age=LOGIN_SECONDS, path=trip.path, **_flags())


def recall_login(request: Request, state: str, trip: Trip = LOGIN) -> dict[str, Any] | None:
    """The trip that this browser began with this state, less than LOGIN_SECONDS ago."""
    said = _load(trip.kind, request.cookies.get(_trip_name(trip, state), ""), LOGIN_SECONDS)
    if said is None or not hmac.compare_digest(str(said.get("state")).encode(), state.encode()):
        return None
    return said


def forget_login(response: Response, state: str, trip: Trip = LOGIN) -> None:
    """A trip is over: its state is good only once."""
    response.delete_cookie(_trip_name(trip, state), path=trip.path, **_flags())


def _https() -> bool:
    return settings().public_url.startswith("https://")


def _flags() -> Any:
    return {"secure": _https(), "httponly": True, "samesite": "lax"}


def _name(kind: str) -> str:
    """On https with the prefix that ties a cookie to this very host (RFC 6265bis §4.1.3.2)."""
    return f"__Host-signoff_{kind}" if _https() else f"signoff_{kind}"


def _trip_name(trip: Trip, state: str) -> str:
    return f"signoff_{trip.kind}_{hashlib.sha256(state.encode()).hexdigest()[:16]}"


def _secret() -> str:
    return settings().secret_key.get_secret_value()


def _serializer(kind: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        _secret(), salt=f"signoff.{kind}", signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    )


def _load(kind: str, value: str, max_age: int) -> dict[str, Any] | None:
    try:
        said = _serializer(kind).loads(value, max_age=max_age)
    except BadData:
        return None
    return said if isinstance(said, dict) else None
