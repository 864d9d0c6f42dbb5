"""Kept sessions: one account each, only so many and so long, and none outlives its process."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.ids import new_id
from core.mail import pool
from core.mail import smtp as transport
from core.mail.outcome import Interrupted
from core.settings import settings
from core.taxonomy import Reason
from tests.core.mail.smtp_parts import starttls
from tests.core.mail.smtp_reuse_parts import MAIL, SAM, TOM, deliver, smtp, verbs
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, server
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.waiting import wait_until

__all__ = ["server", "smtp"]


def test_accounts_never_share_a_session(smtp: FakeSmtp) -> None:
    for account in (SAM, TOM, SAM, TOM):
        assert deliver(smtp, account).kind is SENT
    assert verbs(smtp) == [["EHLO", *MAIL, "RSET", *MAIL]] * 2


def test_a_changed_password_ends_what_the_old_one_opened(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="old")
    assert deliver(smtp, url=starttls(smtp, "sam", "old")).kind is SENT
    smtp.conduct(user="sam", password="new")
    assert deliver(smtp, url=starttls(smtp, "sam", "new")).kind is SENT
    wait_until(lambda: verbs(smtp)[0][-1] == "QUIT", what="the old session to end")
    outcome = deliver(smtp, url=starttls(smtp, "sam", "wrong"))
    assert (outcome.kind, outcome.reason) == (NOT_SENT, Reason.AUTH_FAILED)


def test_a_session_that_waits_too_long_is_ended_without_another_mail(
    smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.1)
    assert deliver(smtp).kind is SENT
    smtp.wait_quiet()
    assert verbs(smtp) == [["EHLO", *MAIL, "QUIT"]]


def test_an_old_session_is_not_used_again(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    assert deliver(smtp).kind is SENT
    monkeypatch.setattr(pool, "AGE_SECONDS", 0.0)
    assert deliver(smtp).kind is SENT
    smtp.wait_quiet()
    assert verbs(smtp) == [["EHLO", *MAIL, "QUIT"]] * 2


def test_a_session_has_a_last_mail(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings(), "delivery_mails_per_connection", 2)
    assert {deliver(smtp).kind for _ in range(3)} == {SENT}
    assert verbs(smtp) == [["EHLO", *MAIL, "RSET", *MAIL, "QUIT"], ["EHLO", *MAIL]]


def test_only_so_many_sessions_wait(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that waited longest make room: the server has heard their goodbye a moment later."""
    monkeypatch.setattr(pool, "MOST", 8)
    accounts = [new_id() for _ in range(11)]
    assert {deliver(smtp, account).kind for account in accounts} == {SENT}
    wait_until(lambda: sum(seen[-1] == "QUIT" for seen in verbs(smtp)) >= 3, what="three sessions to end")
    assert [seen[-1] == "QUIT" for seen in verbs(smtp)] == [True] * 3 + [False] * 8


def test_two_mails_at_once_never_meet_in_one_session(smtp: FakeSmtp) -> None:
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda _: deliver(smtp), range(40)))
    assert {outcome.kind for outcome in outcomes} == {SENT}
    assert len(smtp.accepted()) == 40
    waiting = [seen for seen in verbs(smtp) if seen[-1] != "QUIT"]
    assert len(waiting) <= pool.MOST_OF_ACCOUNT


def test_an_interrupt_leaves_no_session_behind(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    assert deliver(smtp).kind is SENT

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(transport, "_address", stop)
        with pytest.raises(Interrupted) as stopped:
            deliver(smtp)
    assert stopped.value.outcome.kind is NOT_SENT
    smtp.wait_quiet()
    assert deliver(smtp).kind is SENT
    assert len(smtp.accepted()) == 2


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_leaves_its_parents_session_alone(smtp: FakeSmtp) -> None:
    assert deliver(smtp).kind is SENT
    child = os.fork()
    if child == 0:
        os._exit(0 if deliver(smtp).kind is SENT else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert deliver(smtp).kind is SENT
    assert ["EHLO", *MAIL, "RSET", *MAIL] in verbs(smtp)
    assert len(smtp.accepted()) == 3


PROGRAM = """
import os, sys
from core.ids import new_id
from core.mail.envelope import Envelope
from core.mail.smtp import send
from core.mail.smtp_url import parse_smtp_url
mail = Envelope.of("sam@example.com", ["dana@example.org"], b"Message-ID: <m@test>\\r\\n\\r\\n")
print(send(parse_smtp_url(sys.argv[1]), mail, lambda: True, account=new_id()).kind)
if sys.argv[2] == "kill":
    os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize(("end", "last"), [("exit", "QUIT"), ("kill", "DATA")])
def test_a_process_that_ends_takes_its_sessions_along(smtp: FakeSmtp, end: str, last: str) -> None:
    root = Path(__file__).parents[3]
    address = f"smtp://127.0.0.1:{smtp.port}"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, address, end], cwd=root, stdout=subprocess.PIPE, timeout=30, check=False
    )
    assert done.returncode == (-9 if end == "kill" else 0)
    smtp.wait_quiet()
    assert verbs(smtp)[0][-1] == last
