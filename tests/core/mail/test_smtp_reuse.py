"""A session that serves several mails of one account changes no outcome: every doubt about it means a fresh one."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from core.ids import new_id
from core.mail import pool
from core.mail import smtp as transport
from core.mail.outcome import Interrupted, Outcome
from core.mail.smtp import Deadlines, send
from core.mail.smtp_url import SmtpUrl
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.core.mail.smtp_parts import IMPATIENT, LARGE, QUICK, Start, envelope, plain, starttls
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, UNKNOWN, server
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.waiting import wait_until

__all__ = ["server"]

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
    limits: Deadlines = QUICK,
    mime: bytes | None = None,
) -> Outcome:
    mail = envelope(mime) if mime else envelope()
    return send(url or plain(smtp), mail, start or Start(), limits, account=account)


def verbs(smtp: FakeSmtp) -> list[list[str]]:
    return [seen["verbs"] for seen in smtp.sessions()]


def test_mail_that_follows_closely_uses_the_same_session(smtp: FakeSmtp) -> None:
    assert [deliver(smtp).kind for _ in range(3)] == [SENT] * 3
    assert verbs(smtp) == [["EHLO", *MAIL, "RSET", *MAIL, "RSET", *MAIL]]
    assert len(smtp.accepted()) == 3


def test_a_session_that_is_logged_in_over_tls_stays_so(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="hunter2")
    url = starttls(smtp, "sam", "hunter2")
    assert [deliver(smtp, url=url).kind for _ in range(2)] == [SENT] * 2
    assert verbs(smtp) == [["EHLO", "STARTTLS", "EHLO", "AUTH", *MAIL, "RSET", *MAIL]]


def test_without_an_account_nothing_is_kept(smtp: FakeSmtp) -> None:
    assert send(plain(smtp), envelope(), Start(), QUICK).kind is SENT
    smtp.wait_quiet()
    assert verbs(smtp) == [["EHLO", *MAIL, "QUIT"]]


@pytest.mark.parametrize(
    ("phase", "say", "reason"),
    [
        ("mail", "451 later", Reason.REJECTED_SENDER),
        ("rcpt", "550 no such user", Reason.REJECTED_RECIPIENT),
        ("data", "554 no", Reason.REJECTED_DATA),
        ("dot", "550 spam", Reason.REJECTED_BODY),
    ],
)
def test_a_refusal_of_one_mail_leaves_the_session_for_the_next(
    smtp: FakeSmtp, phase: str, say: str, reason: Reason
) -> None:
    smtp.plan(phase, say=say)
    refused = deliver(smtp)
    assert (refused.kind, refused.phase, refused.reason) == (NOT_SENT, Phase(phase), reason)
    assert deliver(smtp).kind is SENT
    assert len(smtp.sessions()) == 1
    assert len(smtp.accepted()) == 1


def test_a_mail_that_start_refused_leaves_the_session_and_nothing_in_it(smtp: FakeSmtp) -> None:
    assert deliver(smtp, start=Start(answer=False)).reason is Reason.START_REFUSED
    assert deliver(smtp).kind is SENT
    assert verbs(smtp) == [["EHLO", "MAIL", "RCPT", "RSET", *MAIL]]
    [accepted] = smtp.accepted()
    assert accepted["rcpt_to"] == ["dana@example.org"]


@pytest.mark.parametrize(
    ("phase", "act", "say", "mime"),
    [
        ("mail", "reply", "421 closing", None),
        ("rcpt", "close", "", None),
        ("data", "reply", "hello", None),
        ("body", "reply", "552 too large", LARGE),
        ("dot", "reply", "421 closing", None),
        ("dot", "close", "", None),
        ("dot", "reply", "354 what", None),
    ],
)
def test_after_an_unclear_end_nothing_is_kept(
    smtp: FakeSmtp, phase: str, act: str, say: str, mime: bytes | None
) -> None:
    smtp.plan(phase, act, say=say)
    assert deliver(smtp, mime=mime).kind is not SENT
    smtp.wait_quiet()
    assert deliver(smtp).kind is SENT
    assert verbs(smtp)[1] == ["EHLO", *MAIL]


def test_a_hanging_server_is_not_kept(smtp: FakeSmtp) -> None:
    smtp.plan("dot", "hold")
    assert deliver(smtp, limits=IMPATIENT).kind is UNKNOWN
    smtp.release("dot")
    smtp.wait_quiet()
    assert deliver(smtp).kind is SENT
    assert len(smtp.sessions()) == 2


@pytest.mark.parametrize("say", ["", "421 4.4.2 idle for too long", "250 ok"])
def test_a_session_that_died_while_it_waited_costs_no_try(smtp: FakeSmtp, say: str) -> None:
    assert deliver(smtp).kind is SENT
    smtp.cut(say)
    start = Start()
    assert deliver(smtp, start=start).kind is SENT
    assert start.calls == 1
    assert verbs(smtp) == [["EHLO", *MAIL], ["EHLO", *MAIL]]


@pytest.mark.parametrize(
    ("act", "say"),
    [("reply", "421 bye"), ("reply", "500 what"), ("reply", "354 go"), ("close", ""), ("rst", ""), ("hold", "")],
)
def test_a_session_that_does_not_answer_rset_well_is_replaced(
    smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch, act: str, say: str
) -> None:
    monkeypatch.setattr(pool, "CHECK_SECONDS", 0.2)
    assert deliver(smtp).kind is SENT
    smtp.plan("rset", act, say=say)
    start = Start()
    assert deliver(smtp, start=start).kind is SENT
    assert start.calls == 1
    smtp.release("rset")
    assert [seen.count("DATA") for seen in verbs(smtp)] == [1, 1]
    assert len(smtp.accepted()) == 2


def test_a_server_that_limits_mails_in_a_session_gets_them_in_several(smtp: FakeSmtp) -> None:
    smtp.conduct(mails_a_session=2)
    starts = [Start() for _ in range(5)]
    assert {deliver(smtp, start=start).kind for start in starts} == {SENT}
    assert [start.calls for start in starts] == [1] * 5
    assert [seen.count("DATA") for seen in verbs(smtp)] == [2, 2, 1]


@pytest.mark.parametrize("phase", ["mail", "rcpt"])
@pytest.mark.parametrize(
    ("act", "say"), [("close", ""), ("reply", "550 too many here"), ("reply", "hello"), ("hold", "")]
)
def test_what_a_kept_session_has_against_a_mail_is_asked_once_more_of_a_fresh_one(
    smtp: FakeSmtp, phase: str, act: str, say: str
) -> None:
    assert deliver(smtp).kind is SENT
    smtp.plan(phase, act, say=say)
    start = Start()
    assert deliver(smtp, start=start).kind is SENT
    assert start.calls == 1
    smtp.release(phase)
    assert len(smtp.accepted()) == 2


def test_a_refusal_that_a_fresh_session_repeats_counts(smtp: FakeSmtp) -> None:
    assert deliver(smtp).kind is SENT
    smtp.plan("rcpt", say="550 5.1.1 no such user", times=2)
    start = Start()
    outcome = deliver(smtp, start=start)
    assert (outcome.kind, outcome.phase, outcome.code) == (NOT_SENT, Phase.RCPT, 550)
    assert start.calls == 0


@pytest.mark.parametrize(
    ("phase", "kind", "accepted"), [("data", NOT_SENT, 1), ("body", NOT_SENT, 1), ("dot", UNKNOWN, 2)]
)
@pytest.mark.parametrize("act", ["close", "rst"])
def test_once_started_a_kept_session_is_judged_like_any_other(
    smtp: FakeSmtp, phase: str, kind: AttemptOutcome, accepted: int, act: str
) -> None:
    assert deliver(smtp).kind is SENT
    smtp.plan(phase, act, accept=phase == "dot")
    start = Start()
    patient = Deadlines(before_start=2, after_start=20)  # the server looks at nine megabytes before it drops
    outcome = deliver(smtp, start=start, limits=patient, mime=LARGE)
    assert (outcome.kind, outcome.phase, outcome.reason) == (kind, Phase(phase), Reason.DROPPED)
    assert start.calls == 1
    smtp.wait_quiet()
    assert len(smtp.sessions()) == 1
    assert len(smtp.accepted()) == accepted


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
    monkeypatch.setattr(pool, "MOST_MAILS", 2)
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
