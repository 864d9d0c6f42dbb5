"""Slack's door: whatever is wrong with a signature is a 401 that says nothing, and changes nothing (P12)."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.sandbox.signing import SignedRequest, signature
from core.settings import settings
from tests.fixtures.domain_with_slack import ALICE, DomainWithSlack

Change = Callable[[dict[str, str], str], tuple[dict[str, str], str]]
TIMESTAMP, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


def resigned(timestamp: str) -> Change:
    """Signed rightly, over another timestamp."""

    def change(headers: dict[str, str], body: str) -> tuple[dict[str, str], str]:
        secret = settings().slack_signing_secret.get_secret_value()
        return headers | {TIMESTAMP: timestamp, SIGNATURE: signature(secret, timestamp, body)}, body

    return change


def with_signature(signed: str) -> Change:
    return lambda headers, body: (headers | {SIGNATURE: signed}, body)


def without(name: str) -> Change:
    return lambda headers, body: ({key: value for key, value in headers.items() if key != name}, body)


def now(shift: int = 0) -> str:
    return str(int(time.time()) + shift)


FAULTS: dict[str, Callable[[], Change]] = {
    "no signature": lambda: without(SIGNATURE),
    "no timestamp": lambda: without(TIMESTAMP),
    "empty signature": lambda: with_signature(""),
    "wrong signature": lambda: with_signature("v0=" + "0" * 64),
    "short signature": lambda: with_signature("v0=12"),
    "another version": lambda: lambda h, b: (h | {SIGNATURE: h[SIGNATURE].replace("v0=", "v1=")}, b),
    "signature in capitals": lambda: lambda h, b: (h | {SIGNATURE: h[SIGNATURE].upper()}, b),
    "another secret": lambda: lambda h, b: (h | {SIGNATURE: signature("another", h[TIMESTAMP], b)}, b),
    "no secret": lambda: lambda h, b: (h | {SIGNATURE: signature("", h[TIMESTAMP], b)}, b),
    "old": lambda: resigned(now(-301)),
    "of the future": lambda: resigned(now(302)),
    "of long ago": lambda: resigned("0"),
    "of the far future": lambda: resigned("9" * 30),
    "not a number": lambda: resigned("yesterday"),
    "a fraction": lambda: resigned(f"{time.time():.2f}"),
    "negative": lambda: resigned(f"-{now()}"),
    "signed plus": lambda: resigned(f"+{now()}"),
    "with spaces": lambda: resigned(f"{now()[:5]} {now()[5:]}"),
    "hexadecimal": lambda: resigned(hex(int(now()))),
    "infinite": lambda: resigned("inf"),
    "body altered by one byte": lambda: lambda h, b: (h, f"{b[:-1]}{'x' if b[-1] != 'x' else 'y'}"),
    "body with one byte more": lambda: lambda h, b: (h, f"{b}&"),
    "empty body": lambda: lambda h, _b: (h, ""),
}


def post(domain_with_slack: DomainWithSlack, headers: Any, body: bytes) -> httpx.Response:
    return httpx.post(domain_with_slack.door, content=body, headers=headers, timeout=30, trust_env=False)


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 401 and answer.content == b""


def test_every_fault_is_a_401_that_says_nothing(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    click = domain_with_slack.slack.signed_click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send")
    let_in = [
        name
        for name, fault in FAULTS.items()
        for headers, body in [fault()(click.headers, click.body)]
        if not refused(post(domain_with_slack, headers, body.encode()))
    ]
    assert let_in == []
    assert domain_with_slack.verbs(draft) == ["ingest"], "nothing was done, and nothing noted as the act of anybody"
    assert domain_with_slack.posts(click).status_code == 200, "and the same click, untouched, passes"


@pytest.mark.parametrize("digits", ["١٢٣٤٥٦٧٨٩٠", "１７９５１５３０５０", "²³⁴"])
def test_digits_of_other_scripts_are_no_timestamp(domain_with_slack: DomainWithSlack, digits: str) -> None:
    click = SignedRequest(domain_with_slack.door, "ssl_check=1", {})
    headers = {TIMESTAMP: digits.encode(), SIGNATURE: b"v0=" + b"0" * 64}
    assert refused(post(domain_with_slack, headers, click.body.encode()))
    signed = signature(settings().slack_signing_secret.get_secret_value(), digits, click.body)
    assert refused(post(domain_with_slack, headers | {SIGNATURE: signed.encode()}, click.body.encode()))


def test_bytes_that_are_no_text_are_refused(domain_with_slack: DomainWithSlack) -> None:
    headers = {TIMESTAMP: now().encode(), SIGNATURE: b"v0=\xff\xfe"}
    assert refused(post(domain_with_slack, headers, b"payload=%7B%7D"))
    assert refused(post(domain_with_slack, headers, b"\xff\xfe\x00"))


def test_a_body_larger_than_any_of_slacks_is_not_read(domain_with_slack: DomainWithSlack) -> None:
    body = urlencode({"payload": "x" * (3 * 1024 * 1024)})
    headers = {TIMESTAMP: now(), SIGNATURE: signature(settings().slack_signing_secret.get_secret_value(), now(), body)}
    assert refused(post(domain_with_slack, headers, body.encode()))

    def endless() -> Any:
        for _ in range(64):
            yield b"x" * 65536

    assert refused(post(domain_with_slack, headers, endless()))  # no length declared


@pytest.mark.parametrize("secret", ["", None])
def test_p12_without_a_secret_nobody_gets_in(
    domain_with_slack: DomainWithSlack, monkeypatch: pytest.MonkeyPatch, secret: str | None
) -> None:
    draft = domain_with_slack.shown()
    click = domain_with_slack.slack.signed_click(ALICE, domain_with_slack.card(ALICE, draft), "approve_send")
    if secret is None:
        monkeypatch.delenv("SLACK_SIGNING_SECRET")
    else:
        monkeypatch.setenv("SLACK_SIGNING_SECRET", secret)
    settings.cache_clear()
    assert refused(domain_with_slack.posts(click))
    guessed = signature("", click.headers[TIMESTAMP], click.body)
    assert refused(domain_with_slack.posts(click, **{SIGNATURE: guessed}))
    assert domain_with_slack.statuses(draft) == ("needs_review", [])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_answered(domain_with_slack: DomainWithSlack, method: str) -> None:
    assert httpx.request(method, domain_with_slack.door, trust_env=False).status_code == 405


def test_slack_may_check_the_address(domain_with_slack: DomainWithSlack) -> None:
    assert domain_with_slack.slack.verify_url()
