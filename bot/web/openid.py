"""Sign in with Slack: the OpenID Connect code flow, as its client. https://docs.slack.dev/authentication/sign-in-with-slack

Protocol and token checks are authlib's; the HTTP calls are ours, over httpx.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from core.errors import SignoffError
from core.settings import settings
from core.telemetry.logs import logger

#: Who they are is all that we ask of Slack: names and roles are ours.
SCOPE = "openid"
#: Slack signs with this and says so in its discovery document. Nothing weaker is taken, whatever a document says.
ALGORITHMS = ["RS256"]
#: Seconds: for each call, for all calls of one sign-in, that a discovery document is kept, and that clocks may differ.
CALL_SECONDS, ALL_SECONDS, KEPT_SECONDS, LEEWAY_SECONDS = 4.0, 8.0, 3600.0, 60

#: What Slack answers when it is the app that it does not accept, not the person.
#: https://docs.slack.dev/reference/methods/openid.connect.token
_OUR_FAULT = frozenset(
    {"invalid_client_id", "bad_client_secret", "invalid_client", "bad_redirect_uri", "invalid_scope"}
)
_SLACKS_FAULT = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})


class SignInAway(SignoffError):
    """Slack's sign-in does not answer as it should; later it may."""


class SignInMisconfigured(SignInAway):
    """Slack does not accept this app: its client id, secret or redirect URL is wrong."""


class SignInRefused(SignoffError):
    """This sign-in is not good: its code was used or is too old, or its token does not hold."""


@dataclass(frozen=True)
class Begun:
    """A sign-in on its way: where to send the browser, and what to hold its return against."""

    url: str
    state: str
    nonce: str
    verifier: str | None


@dataclass(frozen=True)
class Identity:
    """Who signed in, as Slack names them."""

    team_id: str
    user_id: str


async def begin(redirect_uri: str) -> Begun:
    """Begin a sign-in. With PKCE where Slack's discovery document offers it (RFC 7636). Raises `SignInAway`."""
    async with _calling() as client:
        document = await _discover(client)
    state, nonce = generate_token(32), generate_token(32)
    verifier, more = None, {}
    if "S256" in document.get("code_challenge_methods_supported", ()):
        verifier = generate_token(64)
        more = {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
    url = prepare_grant_uri(
        document["authorization_endpoint"],
        client_id=settings().slack_client_id,
        response_type="code",
        redirect_uri=redirect_uri,
        scope=SCOPE,
        state=state,
        nonce=nonce,
        **more,
    )
    return Begun(url, state, nonce, verifier)


async def finish(code: str, *, nonce: str, verifier: str | None, redirect_uri: str) -> Identity:
    """Exchange the code for an ID token, and the token, verified, for an identity.

    Raises `SignInRefused`, or `SignInAway` when Slack does not answer.
    """
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings().slack_client_id,
        "client_secret": settings().slack_client_secret.get_secret_value(),
        **({"code_verifier": verifier} if verifier else {}),
    }
    async with _calling() as client:
        document = await _discover(client)
        token = await _answer(client.post(document["token_endpoint"], data=asked))
        if "id_token" not in token:
            raise _refused(str(token.get("error", "no_id_token")))
        try:
            claims = await _verified(client, document, token, nonce)
        except (JoseError, ValueError, TypeError) as error:
            logger.warning("id token refused", why=type(error).__name__)
            raise SignInRefused("Slack's answer could not be verified.") from error
    team_id, user_id = claims.get("https://slack.com/team_id"), claims.get("https://slack.com/user_id")
    if not (isinstance(team_id, str) and team_id and isinstance(user_id, str) and user_id):
        raise SignInRefused("Slack did not say who you are.")
    return Identity(team_id, user_id)


async def _verified(
    client: httpx.AsyncClient, document: Mapping[str, Any], token: Mapping[str, Any], nonce: str
) -> Mapping[str, Any]:
    """The claims of the ID token, its signature, iss, aud, exp, nonce and at_hash checked (OpenID Connect §3.1.3.7)."""
    encoded = str(token["id_token"])
    try:
        decoded = jwt.decode(encoded, await _keys(client, document), algorithms=ALGORITHMS)
    except InvalidKeyIdError:  # Slack has new keys
        decoded = jwt.decode(encoded, await _keys(client, document, anew=True), algorithms=ALGORITHMS)
    client_id = settings().slack_client_id
    claims: Any = CodeIDToken(
        decoded.claims,
        decoded.header,
        {
            "iss": {"essential": True, "value": document["issuer"]},
            "aud": {"essential": True, "value": client_id},
            "exp": {"essential": True},
        },
        {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")},
    )
    claims.validate(leeway=LEEWAY_SECONDS)
    return dict(claims)


@asynccontextmanager
async def _calling() -> AsyncIterator[httpx.AsyncClient]:
    """A client for the calls of one sign-in. They end in time, and their failures are `SignInAway`."""
    try:
        async with (
            asyncio.timeout(ALL_SECONDS),
            httpx.AsyncClient(timeout=CALL_SECONDS, follow_redirects=False, verify=_certificates()) as client,
        ):
            yield client
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise SignInAway("Slack's sign-in does not answer.") from error


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Read once: it takes tens of milliseconds, during which the event loop would answer nobody."""
    return httpx.create_ssl_context()


_kept: dict[str, tuple[float, Any]] = {}


async def _discover(client: httpx.AsyncClient) -> Mapping[str, Any]:
    """The discovery document of SLACK_OPENID_URL (OpenID Connect Discovery §4), kept for an hour."""
    issuer = settings().slack_openid_url
    document: Any = await _kept_or_asked(client, f"{issuer}/.well-known/openid-configuration")
    # Discovery §4.3: another issuer's document would have us trust another issuer's tokens.
    if document.get("issuer") != issuer:
        raise SignInMisconfigured("SLACK_OPENID_URL does not lead to the issuer that it names.")
    scheme = issuer.partition(":")[0]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not str(document.get(name, "")).startswith((f"{scheme}://", "https://")):
            raise SignInAway("Slack's discovery document is not complete.")
    return dict(document)


async def _keys(client: httpx.AsyncClient, document: Mapping[str, Any], *, anew: bool = False) -> KeySet:
    return KeySet.import_key_set(await _kept_or_asked(client, document["jwks_uri"], anew=anew))


async def _kept_or_asked(client: httpx.AsyncClient, url: str, *, anew: bool = False) -> Any:
    kept_until, found = _kept.get(url, (0.0, None))
    if anew or kept_until < time.monotonic():
        found = await _answer(client.get(url))
        _kept[url] = time.monotonic() + KEPT_SECONDS, found
    return found


async def _answer(call: Any) -> dict[str, Any]:
    """The JSON object that Slack answers. Slack's own errors come with 200 and `error`; raises `SignInAway`."""
    response: httpx.Response = await call
    try:
        said = response.json()
    except ValueError as error:
        raise SignInAway("Slack's sign-in answers something else than JSON.") from error
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or not isinstance(said, dict):
        raise SignInAway("Slack's sign-in does not answer.")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        raise SignInAway("Slack asks us to wait.")
    return said


def _refused(code: str) -> SignoffError:
    logger.warning("sign-in refused by Slack", code=code)
    if code in _OUR_FAULT:
        return SignInMisconfigured("Slack does not accept this app.")
    if code in _SLACKS_FAULT:
        return SignInAway("Slack's sign-in does not answer.")
    return SignInRefused("Slack no longer accepts this sign-in.")
