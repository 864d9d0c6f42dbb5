"""What the tests of kept sessions share: a server with nothing kept, a mail of an account, and what was said to it."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from core.ids import new_id
from core.mail import pool
from core.mail.outcome import Outcome
from core.mail.smtp import Deadlines, send
from core.mail.smtp_url import SmtpUrl
from tests.core.mail.smtp_parts import PATIENT, Start, envelope, plain
from tests.fakes.smtp.client import FakeSmtp

SAM, TOM = new_id(), new_id()
MAIL = ["MAIL", "RCPT", "DATA"]


@pytest.fixture
def smtp(server: FakeSmtp) -> Iterator[FakeSmtp]:
    pool.end_all()
    server.reset()
    server.log.write_text("")
    yield server
    pool.end_all()
    server.reset()


def deliver(
    smtp: FakeSmtp,
    account: UUID = SAM,
    *,
    url: SmtpUrl | None = None,
    start: Start | None = None,
    limits: Deadlines = PATIENT,
    mime: bytes | None = None,
) -> Outcome:
    mail = envelope(mime) if mime else envelope()
    return send(url or plain(smtp), mail, start or Start(), limits, account=account)


def verbs(smtp: FakeSmtp) -> list[list[str]]:
    return [seen["verbs"] for seen in smtp.sessions()]
