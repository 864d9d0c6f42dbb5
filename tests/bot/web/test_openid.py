"""What we believe of an ID token: an issuer on a real socket that can be told to lie."""

import asyncio
import base64
import hmac
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.web import openid
from tests.bot.web.serving import serving
from tests.fixtures.processes import free_port

NONCE, CLIENT = "the-nonce-of-this-sign-in", "1.2"
BACK = "http://127.0.0.1/auth/callback"
Json = dict[str, Any]


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, auto_kid=True)


@dataclass
class Issuer:
    """An OpenID provider. What it says can be changed between two calls."""

    url: str = ""
    key: RSAKey = field(default_factory=new_key)
    published: list[RSAKey] = field(default_factory=list)
    document: Json = field(default_factory=dict)
    claims: Json = field(default_factory=dict)
    header: Json = field(default_factory=dict)
    answer: Response | None = None
    asked: list[Json] = field(default_factory=list)

    def id_token(self) -> str:
        claims = {key: value for key, value in self.claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, **self.header}, claims, self.key)

    async def discovery(self, _request: Request) -> Response:
        return JSONResponse(self.document)

    async def keys(self, _request: Request) -> Response:
        self.asked.append({"keys": True})
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published]})

    async def token(self, request: Request) -> Response:
        self.asked.append({key: value[0] for key, value in parse_qs((await request.body()).decode()).items()})
        return self.answer or JSONResponse({"ok": True, "access_token": "t", "id_token": self.id_token()})


@pytest.fixture
def issuer(environment: Callable[..., None]) -> Iterator[Issuer]:
    port = free_port()
    made = Issuer(url=f"http://127.0.0.1:{port}")
    made.published = [made.key]
    made.document = {
        "issuer": made.url,
        "authorization_endpoint": f"{made.url}/authorize",
        "token_endpoint": f"{made.url}/token",
        "jwks_uri": f"{made.url}/keys",
    }
    now = int(time.time())
    made.claims = {
        "iss": made.url,
        "aud": CLIENT,
        "sub": "U01ALICE",
        "iat": now,
        "exp": now + 300,
        "nonce": NONCE,
        "https://slack.com/team_id": "T01TEST",
        "https://slack.com/user_id": "U01ALICE",
    }
    environment(SLACK_OPENID_URL=made.url, SLACK_CLIENT_ID=CLIENT, SLACK_CLIENT_SECRET="a-secret")
    app = Starlette(
        routes=[
            Route("/.well-known/openid-configuration", made.discovery),
            Route("/keys", made.keys),
            Route("/token", made.token, methods=["POST"]),
        ]
    )
    with serving(app, port):
        yield made


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def finish(verifier: str | None = None) -> openid.Identity:
    return asyncio.run(openid.finish("a-code", nonce=NONCE, verifier=verifier, redirect_uri=BACK))


def test_a_good_token_says_who_it_is(issuer: Issuer) -> None:
    assert finish() == openid.Identity("T01TEST", "U01ALICE")
    assert issuer.asked[0] == {
        "grant_type": "authorization_code",
        "code": "a-code",
        "redirect_uri": BACK,
        "client_id": CLIENT,
        "client_secret": "a-secret",
    }


LIES: dict[str, Json] = {
    "another issuer": {"iss": "https://slack.com.evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "3.4"},
    "another audience, with our name in azp": {"aud": "3.4", "azp": CLIENT},
    "no audience": {"aud": None},
    "expired": {"exp": int(time.time()) - 3600},
    "no expiry": {"exp": None},
    "an expiry that is no number": {"exp": "tomorrow"},
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "made for another access token": {"at_hash": "AAAA"},
    "no team": {"https://slack.com/team_id": None},
    "no user": {"https://slack.com/user_id": None},
    "a team that is no text": {"https://slack.com/team_id": ["T01TEST"]},
    "issued in the future": {"iat": int(time.time()) + 3600},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_token_that_does_not_hold_is_refused(issuer: Issuer, lie: str) -> None:
    issuer.claims |= LIES[lie]
    with pytest.raises(openid.SignInRefused):
        finish()


def test_a_token_signed_with_an_unknown_key_is_refused(issuer: Issuer) -> None:
    issuer.key = new_key()
    with pytest.raises(openid.SignInRefused):
        finish()


def test_a_token_signed_with_another_key_under_a_known_name_is_refused(issuer: Issuer) -> None:
    issuer.header = {"kid": issuer.key.kid}
    issuer.key = new_key()
    with pytest.raises(openid.SignInRefused):
        finish()


def test_an_unsigned_token_is_refused(issuer: Issuer) -> None:
    _, payload, _ = issuer.id_token().split(".")
    none = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    issuer.answer = JSONResponse({"access_token": "t", "id_token": f"{none}.{payload}."})
    with pytest.raises(openid.SignInRefused):
        finish()


def test_a_token_signed_with_a_shared_secret_is_refused(issuer: Issuer) -> None:
    """HS256 with the public key, or the client secret, for a key: the oldest trick."""
    for secret in (issuer.key.as_pem(private=False), b"a-secret"):
        head = encoded(json.dumps({"alg": "HS256", "kid": issuer.key.kid}).encode())
        signed = f"{head}.{encoded(json.dumps(issuer.claims).encode())}"
        token = f"{signed}.{encoded(hmac.digest(secret, signed.encode(), 'sha256'))}"
        issuer.answer = JSONResponse({"access_token": "t", "id_token": token})
        with pytest.raises(openid.SignInRefused):
            finish()


@pytest.mark.parametrize("token", ["", "x", "a.b.c", 7, None, "é.é.é"])
def test_what_is_no_token_at_all_is_refused(issuer: Issuer, token: object) -> None:
    issuer.answer = JSONResponse({"access_token": "t", "id_token": token})
    with pytest.raises(openid.SignInRefused):
        finish()


def test_new_keys_are_fetched_when_slack_changes_them(issuer: Issuer) -> None:
    finish()
    issuer.key = new_key()
    issuer.published = [issuer.key]
    assert finish().user_id == "U01ALICE"
    assert sum("keys" in asked for asked in issuer.asked) == 2


@pytest.mark.parametrize("code", ["invalid_code", "code_already_used", "something_new"])
def test_a_code_that_slack_refuses_is_to_be_begun_again(issuer: Issuer, code: str) -> None:
    issuer.answer = JSONResponse({"ok": False, "error": code})
    with pytest.raises(openid.SignInRefused):
        finish()


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("<html>", 502),
        PlainTextResponse("not json"),
        JSONResponse({"error": "x"}, 500),
        JSONResponse(["a"]),
        JSONResponse({"ok": False, "error": "ratelimited"}),
        JSONResponse({"ok": False, "error": "ratelimited"}, 429),
    ],
)
def test_an_outage_is_not_the_person_s_fault(issuer: Issuer, answer: Response) -> None:
    issuer.answer = answer
    with pytest.raises(openid.SignInAway):
        finish()


@pytest.mark.parametrize("name", ["token_endpoint", "authorization_endpoint", "jwks_uri"])
def test_an_incomplete_discovery_document_is_an_outage(issuer: Issuer, name: str) -> None:
    issuer.document[name] = "file:///etc/passwd"
    with pytest.raises(openid.SignInAway):
        asyncio.run(openid.begin(BACK))


def test_pkce_is_used_where_it_is_offered(issuer: Issuer) -> None:
    issuer.document["code_challenge_methods_supported"] = ["S256"]
    begun = asyncio.run(openid.begin(BACK))
    asked = parse_qs(urlsplit(begun.url).query)
    assert begun.verifier
    assert asked["code_challenge"] == [create_s256_code_challenge(begun.verifier)]
    assert asked["code_challenge_method"] == ["S256"]
    finish(begun.verifier)
    assert issuer.asked[0]["code_verifier"] == begun.verifier


def test_without_pkce_no_challenge_is_sent(issuer: Issuer) -> None:
    begun = asyncio.run(openid.begin(BACK))
    assert begun.verifier is None
    assert "code_challenge" not in begun.url


def test_a_slack_that_hangs_is_given_up_in_time(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openid, "ALL_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        issuer.document["token_endpoint"] = f"http://127.0.0.1:{silent.getsockname()[1]}/token"
        began = time.monotonic()
        with pytest.raises(openid.SignInAway):
            finish()
    assert time.monotonic() - began < 2
