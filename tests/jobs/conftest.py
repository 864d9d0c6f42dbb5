"""A mail server for the account of a test."""

from collections.abc import Iterator

import pytest

from tests.fakes.smtp.client import FakeSmtp, running_smtp
from tests.fixtures.office import Office


@pytest.fixture(scope="session")
def smtp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeSmtp]:
    with running_smtp(tmp_path_factory.mktemp("smtp") / "accepted.jsonl") as server:
        yield server


@pytest.fixture
def mailbox(office: Office, smtp_server: FakeSmtp) -> FakeSmtp:
    """A mail server that behaves, for the account of this test."""
    smtp_server.reset()
    office.sql("UPDATE accounts SET smtp_url = %s", f"smtp://127.0.0.1:{smtp_server.port}")
    return smtp_server


def taken(mailbox: FakeSmtp, office: Office) -> int:
    """How many mails of this test the server accepted."""
    ours = {row[0] for row in office.rows("SELECT message_id FROM send_attempts")}
    return sum(mail["message_id"] in ours for mail in mailbox.accepted())
