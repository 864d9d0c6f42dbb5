"""What the tests of Resend's door share: one mail, a strict server, and deadlines."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.mail import resend
from core.mail.envelope import Envelope
from core.mail.mime import Mail, build
from core.mail.outcome import Outcome
from core.mail.resend import send
from core.mail.resend_url import ResendUrl, parse_resend_url
from core.mail.smtp import Deadlines
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.core.mail.smtp_parts import PATIENT, Start
from tests.fakes.resend.client import FakeResend, running_resend

NOT_SENT, SENT, UNKNOWN = AttemptOutcome.NOT_SENT, AttemptOutcome.SENT, AttemptOutcome.UNKNOWN
MAIL = Mail(
    "sam@example.com",
    "dana@example.org",
    "Hello",
    "Hi Dana,\n\nsee https://example.com.\n\nSam\n",
    "<attempt@example.com>",
    datetime(2026, 11, 20, 14, 5, 9, tzinfo=UTC),
    from_name="Sam Hill",
    to_name="Dana",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeResend]:
    with running_resend(tmp_path_factory.mktemp("resend") / "accepted.jsonl") as running:
        yield running


@pytest.fixture
def fake(server: FakeResend, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeResend]:
    monkeypatch.setattr(resend, "REPLAYS", (0.01, 0.02, 0.03))
    server.reset()
    server.log.write_text("")
    yield server
    server.reset()


def envelope(mail: Mail = MAIL) -> Envelope:
    return Envelope.of(mail.from_address, [mail.to_address], build(mail).content)


def deliver(
    fake: FakeResend,
    start: Start | None = None,
    limits: Deadlines = PATIENT,
    *,
    url: ResendUrl | None = None,
    key: str = "attempt-1",
) -> Outcome:
    return send(url or parse_resend_url(fake.url), envelope(), key, start or Start(), limits)


def secure(fake: FakeResend, **changes: str) -> ResendUrl:
    return dataclasses.replace(ResendUrl("localhost", fake.tls_port, True, fake.key, fake.ca), **changes)  # type: ignore[arg-type]  # all of the changed ones are strings


def short(outcome: Outcome) -> tuple[AttemptOutcome, Phase, Reason, bool, int | None]:
    return outcome.kind, outcome.phase, outcome.reason, outcome.transient, outcome.code
