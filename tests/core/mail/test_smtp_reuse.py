"""A session that serves several mails of one account changes no outcome: every doubt about it means a fresh one."""

import dataclasses

import pytest

from core.mail import pool
from core.mail.smtp import Deadlines, send
from core.taxonomy import AttemptOutcome, Phase, Reason
from tests.core.mail.smtp_parts import IMPATIENT, LARGE, PATIENT, Start, envelope, plain, starttls
from tests.core.mail.smtp_reuse_parts import MAIL, deliver, smtp, verbs
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, UNKNOWN, server
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]


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
    assert send(plain(smtp), envelope(), Start(), PATIENT).kind is SENT
    smtp.wait_quiet()
    assert verbs(smtp) == [["EHLO", *MAIL, "QUIT"]]


@pytest.mark.parametrize(
    ("phase", "say", "reason"),
    [
        ("mail", "451 later", Reason.SERVER_TROUBLE),
        ("rcpt", "550 no such user", Reason.RECIPIENT_UNKNOWN),
        ("data", "554 no", Reason.REJECTED_DATA),
        ("dot", "550 spam", Reason.CONTENT_REFUSED),
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
    smtp.wait_quiet(pool.IDLE_SECONDS / 2)  # one that was kept would stay open for longer
    assert deliver(smtp).kind is SENT
    assert verbs(smtp)[1] == ["EHLO", *MAIL]


def test_a_hanging_server_is_not_kept(smtp: FakeSmtp) -> None:
    smtp.plan("dot", "hold")
    assert deliver(smtp, limits=IMPATIENT).kind is UNKNOWN
    smtp.release("dot")
    smtp.wait_quiet(pool.IDLE_SECONDS / 2)
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


@pytest.mark.parametrize(
    ("phase", "act", "say"),
    [
        *((phase, act, say) for phase in ("mail", "rcpt") for act, say in (("close", ""), ("reply", "hello"))),
        *(("mail", "hold", ""), ("rcpt", "hold", ""), ("mail", "reply", "550 too many here")),
        ("rcpt", "reply", "421 4.7.0 too many errors"),
        ("rcpt", "reply", "452 4.5.3 too many recipients"),
        ("rcpt", "reply", "450 4.7.1 too many mails in one session"),
        ("rcpt", "reply", "451 too many messages this connection"),
    ],
)
def test_what_a_kept_session_has_against_a_mail_is_asked_once_more_of_a_fresh_one(
    smtp: FakeSmtp, phase: str, act: str, say: str
) -> None:
    assert deliver(smtp).kind is SENT
    smtp.plan(phase, act, say=say)
    start = Start()
    limits = dataclasses.replace(PATIENT, step=0.5) if act == "hold" else PATIENT
    assert deliver(smtp, start=start, limits=limits).kind is SENT
    assert start.calls == 1
    smtp.release(phase)
    assert len(smtp.accepted()) == 2


def test_a_refusal_that_a_fresh_session_repeats_counts(smtp: FakeSmtp) -> None:
    assert deliver(smtp).kind is SENT
    smtp.plan("mail", say="550 5.7.1 not from you", times=2)
    start = Start()
    outcome = deliver(smtp, start=start)
    assert (outcome.kind, outcome.phase, outcome.code) == (NOT_SENT, Phase.MAIL, 550)
    assert start.calls == 0


@pytest.mark.parametrize(
    "say", ["550 5.1.1 no such user", "450 4.2.1 receiving mail too quickly", "451 4.7.1 greylisted", "550 no"]
)
def test_a_refused_recipient_is_asked_for_once(smtp: FakeSmtp, say: str) -> None:
    """Servers count recipients that they do not know, and shut whoever tries many."""
    assert deliver(smtp).kind is SENT
    smtp.plan("rcpt", say=say)
    outcome = deliver(smtp)
    assert (outcome.kind, outcome.phase, outcome.code) == (NOT_SENT, Phase.RCPT, int(say[:3]))
    assert sum(seen.count("RCPT") for seen in verbs(smtp)) == 2
    assert deliver(smtp).kind is SENT
    assert len(smtp.sessions()) == 1


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
