"""The fake server is the oracle of fault tests, so it has to be right itself."""

import hashlib
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.smtp.client import FakeSmtp, running_smtp
from tests.fakes.smtp.plan import Rule

MESSAGE = "Message-ID: <m@test>\r\nX-Draft: 7\r\n\r\n.dots\r\n..\r\nend\r\n"


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[FakeSmtp]:
    with running_smtp(tmp_path / "accepted.jsonl") as running:
        yield running


def talk(smtp: FakeSmtp, *lines: bytes) -> list[bytes]:
    """Say each and read one reply to each; the first reply is the greeting's."""
    with socket.create_connection(("127.0.0.1", smtp.port), timeout=5) as sock, sock.makefile("rb") as file:
        replies = [file.readline()]
        for line in lines:
            sock.sendall(line)
            reply = file.readline()
            while reply[3:4] == b"-":
                reply = file.readline()
            replies.append(reply)
        return replies


def send(smtp: FakeSmtp, to: str = "dana@example.org") -> None:
    with smtplib.SMTP("127.0.0.1", smtp.port, "client.test", timeout=5) as client:
        client.sendmail("sam@example.com", [to], MESSAGE)


def test_another_client_is_served_and_its_message_logged_as_it_was(smtp: FakeSmtp) -> None:
    send(smtp)
    [line] = smtp.accepted()
    assert line["sha256"] == hashlib.sha256(MESSAGE.encode()).hexdigest()
    assert (line["message_id"], line["headers"]) == ("<m@test>", {"X-Draft": "7"})
    assert (line["mail_from"], line["rcpt_to"]) == ("sam@example.com", ["dana@example.org"])


def test_commands_out_of_order_are_refused(smtp: FakeSmtp) -> None:
    mail, rcpt, data = b"MAIL FROM:<a@b.test>\r\n", b"RCPT TO:<c@d.test>\r\n", b"DATA\r\n"
    assert [reply[:3] for reply in talk(smtp, mail, rcpt, data)] == [b"220", b"503", b"503", b"503"]
    assert [reply[:3] for reply in talk(smtp, b"EHLO x\r\n", mail, data)] == [b"220", b"250", b"250", b"503"]
    assert [reply[:3] for reply in talk(smtp, b"EHLO x\r\n", mail, mail)] == [b"220", b"250", b"250", b"503"]
    assert [reply[:3] for reply in talk(smtp, b"EHLO x\r\n", b"MAIL FROM: a@b\r\n")][2] == b"501"


@pytest.mark.parametrize(
    "body", [b"a\nb\r\n.\r\n", b"a\rb\r\n.\r\n", b"x" * 999 + b"\r\n.\r\n", b"\xc3\xa9\r\n.\r\n", b"\0\r\n.\r\n"]
)
def test_a_malformed_message_is_refused_and_not_logged(smtp: FakeSmtp, body: bytes) -> None:
    before = [b"EHLO x\r\n", b"MAIL FROM:<a@b.test>\r\n", b"RCPT TO:<c@d.test>\r\n", b"DATA\r\n"]
    assert talk(smtp, *before, body)[-1][:3] == b"554"
    assert smtp.accepted() == []


def test_a_message_is_logged_before_its_250_and_only_if_it_is_taken(smtp: FakeSmtp) -> None:
    smtp.plan("dot", "close", accept=True)
    smtp.plan("dot", "close")
    for expected in (1, 1):
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(smtp)
        assert len(smtp.accepted()) == expected


def test_a_mail_can_be_held_whole_and_unread_and_is_taken_though_its_client_died(smtp: FakeSmtp) -> None:
    smtp.plan("body", "hold", after=0, arrived=True)
    with socket.create_connection(("127.0.0.1", smtp.port), timeout=5) as sock, sock.makefile("rb") as file:
        for line in (b"EHLO x\r\n", b"MAIL FROM:<a@b.test>\r\n", b"RCPT TO:<c@d.test>\r\n", b"DATA\r\n"):
            sock.sendall(line)
        while not file.readline().startswith(b"354"):
            pass
        sock.sendall(b"Message-ID: <m@test>\r\n\r\nhello\r\n")
        with pytest.raises(AssertionError, match="0 of 1"):
            smtp.wait_held("body", seconds=0.3)
        sock.sendall(b".\r\n")
        smtp.wait_held("body")
        [session] = smtp.sessions()
        assert session["body_bytes"] == 0
    assert smtp.accepted() == []
    smtp.release("body")
    smtp.wait_quiet()
    assert [line["message_id"] for line in smtp.accepted()] == ["<m@test>"]


@pytest.mark.parametrize("rule", [{"phase": "dot"}, {"act": "close"}, {"after": 1}])
def test_only_a_hold_before_anything_was_read_can_wait_for_what_is_unread(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="arrived"):
        Rule(**{"phase": "body", "act": "hold", "after": 0, "arrived": True, **rule})


def test_a_client_that_dies_before_the_dot_has_sent_nothing(smtp: FakeSmtp) -> None:
    before = [b"EHLO x\r\n", b"MAIL FROM:<a@b.test>\r\n", b"RCPT TO:<c@d.test>\r\n", b"DATA\r\n"]
    assert talk(smtp, *before)[-1][:3] == b"354"
    smtp.wait_quiet()
    assert smtp.accepted() == []


def test_rules_are_used_up_and_can_name_a_recipient_or_skip(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", say="550 no", rcpt="eve@", times=None)
    smtp.plan("rcpt", say="451 later", skip=1)
    send(smtp)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(smtp)
    assert refused.value.recipients["dana@example.org"][0] == 451
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(smtp, "eve@example.net")
    send(smtp)
    assert len(smtp.accepted()) == 2


def test_a_mistaken_order_is_an_error(smtp: FakeSmtp) -> None:
    with pytest.raises(ValueError, match="no such phase or act"):
        smtp.plan("lunch")
    with pytest.raises(ValueError, match="unexpected keyword"):
        smtp.conduct(lunch=True)


def test_the_log_survives_a_kill_and_is_appended_to(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fakes.smtp", "--log", str(tmp_path / "log")]
    for expected in (1, 2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            smtp = FakeSmtp(**json.loads(process.stdout.readline()))
            send(smtp)
            os.kill(process.pid, signal.SIGKILL)
        assert len(smtp.accepted()) == expected
