"""Where an outcome leads, and the sentence about a try that failed: it names the step, and quotes the server."""

from datetime import timedelta

import pytest

from core.delivery.outcomes import PATIENCE, Transition, sentence_for, transition_for
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, DeliveryStatus, Phase, Reason, Verb
from core.text.words import outcomes
from tests.fixtures.domain import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Domain

WRONG_PASSWORD = Outcome(AttemptOutcome.NOT_SENT, Phase.AUTH, Reason.AUTH_FAILED, code=535)
QUOTA = Outcome(AttemptOutcome.NOT_SENT, Phase.DOT, Reason.QUOTA_REACHED, code=550)


def again(minutes: int) -> Transition:
    """Another try after so long."""
    return Transition(Verb.RETRY, DeliveryStatus.QUEUED, 1, timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("status", "outcome", "tries", "leads_to"),
    [
        ("sending", SENT, 0, Transition(Verb.DELIVER, DeliveryStatus.SENT)),
        ("outcome_unknown", SENT, 0, Transition(Verb.CONFIRM, DeliveryStatus.SENT)),
        ("sending", UNKNOWN, 0, Transition(Verb.LOSE, DeliveryStatus.OUTCOME_UNKNOWN)),
        ("outcome_unknown", BUSY, 0, Transition(Verb.FAIL, DeliveryStatus.FAILED)),
        ("outcome_unknown", REFUSED, 0, Transition(Verb.FAIL, DeliveryStatus.FAILED)),
        ("claimed", WRONG_PASSWORD, 4, Transition(Verb.RELEASE, DeliveryStatus.QUEUED)),
        ("sending", QUOTA, 4, Transition(Verb.RETRY, DeliveryStatus.QUEUED)),
        ("claimed", HELD_BACK, 4, Transition(Verb.RELEASE, DeliveryStatus.QUEUED)),
        ("claimed", REFUSED, 0, Transition(Verb.FAIL, DeliveryStatus.FAILED, 1)),
        ("sending", REFUSED, 0, Transition(Verb.FAIL, DeliveryStatus.FAILED, 1)),
        ("claimed", BUSY, 0, again(1)),
        ("claimed", BUSY, 1, again(5)),
        ("sending", BUSY, 2, again(15)),
        ("sending", BUSY, 3, again(60)),
        ("claimed", BUSY, 4, again(240)),
        ("claimed", BUSY, 5, again(240)),
        ("claimed", BUSY, 6, again(240)),
        ("claimed", BUSY, 7, Transition(Verb.FAIL, DeliveryStatus.FAILED, 1)),
        ("claimed", BUSY, 8, Transition(Verb.FAIL, DeliveryStatus.FAILED, 1)),
        *(("claimed", late, 0, None) for late in (SENT, UNKNOWN)),
        ("outcome_unknown", UNKNOWN, 0, None),
        *(
            (ended, late, 0, None)
            for ended in ("queued", "sent", "failed", "skipped")
            for late in (SENT, BUSY, UNKNOWN)
        ),
    ],
)
def test_where_an_outcome_leads(status: str, outcome: Outcome, tries: int, leads_to: Transition | None) -> None:
    assert transition_for(status, outcome, tries=tries, limit=8) == leads_to


# --- the sentence ---


@pytest.mark.parametrize(
    ("phase", "reason", "code", "reply", "said"),
    [
        (Phase.CONNECT, Reason.CONNECT_REFUSED, None, "", "The mail server refused the connection (connect)."),
        (Phase.GREETING, Reason.TIMEOUT, None, "", "The mail server did not answer in time (greeting)."),
        (Phase.EHLO, Reason.DROPPED, None, "", "The mail server closed the connection (EHLO)."),
        (
            Phase.STARTTLS,
            Reason.TLS_FAILED,
            None,
            "certificate has expired",
            "The mail server's certificate could not be verified (STARTTLS): “certificate has expired”.",
        ),
        (
            Phase.AUTH,
            Reason.AUTH_FAILED,
            535,
            "5.7.8 no",
            "The mail server refused the account's user name or password (log in): “535 5.7.8 no”.",
        ),
        (Phase.MAIL, Reason.REJECTED_SENDER, 550, "", "The mail server refused the sender (MAIL, 550)."),
        (
            Phase.RCPT,
            Reason.REJECTED_RECIPIENT,
            550,
            "5.1.1 no such user",
            "The mail server refused the recipient (RCPT): “550 5.1.1 no such user”.",
        ),
        (Phase.DATA, Reason.REJECTED_DATA, 421, "bye", "The mail server closed the session (DATA): “421 bye”."),
        (Phase.DOT, Reason.REJECTED_BODY, 554, "", "The mail server refused the mail after reading it (DATA, 554)."),
        (Phase.RCPT, Reason.MAILBOX_FULL, 421, "full", "The recipient's mailbox is full (RCPT): “421 full”."),
        (Phase.CONNECT, Reason.ACCEPTED, None, "", "The mail could not be sent (connect)."),  # without words of its own
    ],
)
def test_it_names_the_step_and_quotes_the_server(
    phase: Phase, reason: Reason, code: int | None, reply: str, said: str
) -> None:
    assert sentence_for(Outcome(AttemptOutcome.NOT_SENT, phase, reason, code=code, reply=reply)) == said


def test_of_a_mail_that_may_have_left_it_promises_not_to_send_it_again() -> None:
    assert sentence_for(UNKNOWN) == outcomes.OUTCOME_UNKNOWN


@pytest.mark.parametrize("reason", sorted(outcomes.WITHOUT_A_STEP))
def test_what_was_no_servers_doing_has_no_step(reason: Reason) -> None:
    sentence = sentence_for(Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, reason, reply="id 4711"))
    assert sentence == outcomes.REASONS[reason]


def test_long_words_are_cut_in_the_sentence() -> None:
    long = Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, code=550, reply="x" * 500)
    assert sentence_for(long) == f"The mail server refused the recipient (RCPT): “550 {'x' * 235}…”"


# --- greylisting ---


def greylisted(reply: str = "4.7.1 Greylisted") -> Outcome:
    return Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.GREYLISTED, transient=True, code=451, reply=reply)


@pytest.mark.parametrize(
    ("reply", "so_far", "minutes"),
    [
        ("Greylisted", 0, 5),
        ("Greylisted for 5 minutes", 0, 5),
        ("greylisted for 60 seconds by ZEROSPAM", 0, 1),
        ("greylisted, retry in 300 sec", 0, 5),
        ("greylisted for 10 seconds", 0, 1),
        ("greylisted for 2 hours", 0, 120),
        ("greylisted for 99999 hours", 0, 240),
        ("Greylisted", 11, 5.5),
        ("Greylisted for 2 minutes", 60, 30),
        ("Greylisted", 60, 30),
        ("Greylisted", 1_000, 240),
    ],
)
@pytest.mark.parametrize("status", [DeliveryStatus.CLAIMED, DeliveryStatus.SENDING])
def test_greylisting_waits_as_long_as_it_is_asked_and_is_no_try(
    status: DeliveryStatus, reply: str, so_far: int, minutes: float
) -> None:
    next_ = transition_for(status, greylisted(reply), tries=4, limit=5, greylisted_for=timedelta(minutes=so_far))
    assert next_ == Transition(Verb.RETRY, DeliveryStatus.QUEUED, 0, timedelta(minutes=minutes))


@pytest.mark.parametrize(("tries", "leads_to"), [(1, again(5)), (4, Transition(Verb.FAIL, DeliveryStatus.FAILED, 1))])
def test_greylisting_without_end_is_a_try_like_others(tries: int, leads_to: Transition) -> None:
    over = transition_for(DeliveryStatus.CLAIMED, greylisted(), tries=tries, limit=5, greylisted_for=PATIENCE)
    assert over == leads_to


def test_ten_times_greylisted_it_still_waits_and_nothing_is_counted(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    for _ in range(10):
        domain.make_due()
        domain.sql("UPDATE accounts SET next_spaced_at = NULL, next_send_at = now()")
        domain.finish(domain.claim(), greylisted())
    assert domain.rows("SELECT status, tries FROM send_queue") == [("queued", 0)]
    assert domain.rows("SELECT counted_emails FROM accounts") == [(0,)]
    assert domain.state(draft) == "waiting"
    assert "(greylisting)" in str(domain.view(draft).reason)
    domain.sql("UPDATE send_attempts SET finished_at = finished_at - interval '25 hours'")
    domain.make_due()
    domain.sql("UPDATE accounts SET next_spaced_at = NULL, next_send_at = now()")
    domain.finish(domain.claim(), greylisted())
    assert domain.rows("SELECT status, tries FROM send_queue") == [("queued", 1)]
