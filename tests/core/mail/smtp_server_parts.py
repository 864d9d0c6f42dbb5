"""What the tests of the transport share: a mail server in a process of its own, and what they read of an outcome."""

from collections.abc import Iterator

import pytest

from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.fakes.smtp.client import FakeSmtp, running_smtp

NOT_SENT, SENT, UNKNOWN = AttemptOutcome.NOT_SENT, AttemptOutcome.SENT, AttemptOutcome.UNKNOWN
COMMANDS = ["greeting", "ehlo", "mail", "rcpt", "data"]
REFUSED = {
    "greeting": Reason.REJECTED_SERVER,
    "ehlo": Reason.REJECTED_SERVER,
    "mail": Reason.REJECTED_SENDER,
    "rcpt": Reason.REJECTED_RECIPIENT,
    "data": Reason.REJECTED_DATA,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSmtp]:
    with running_smtp(tmp_path_factory.mktemp("smtp") / "accepted.jsonl") as running:
        yield running


@pytest.fixture
def smtp(server: FakeSmtp) -> Iterator[FakeSmtp]:
    server.reset()
    server.log.write_text("")
    yield server
    server.reset()


def short(outcome: Outcome) -> tuple[AttemptOutcome, Phase, Reason, bool, int | None]:
    return outcome.kind, outcome.phase, outcome.reason, outcome.transient, outcome.code


def assert_never_after(smtp: FakeSmtp, phase: str) -> None:
    """Nothing of a message was said or taken after a fault at a phase up to the reply to DATA."""
    smtp.wait_quiet()
    seen = smtp.sessions()[-1]
    later = {"greeting": {"EHLO", "MAIL", "RCPT", "DATA"}, "ehlo": {"MAIL", "RCPT", "DATA"}}
    later |= {"connect": later["greeting"], "mail": {"RCPT", "DATA"}, "rcpt": {"DATA"}}
    assert not later.get(phase, set()) & set(seen["verbs"])
    assert seen["body_bytes"] == 0
    assert smtp.accepted() == []
