"""A mail server that drops, hangs, refuses for now and for ever, at every phase (DESIGN §5).

What cannot have left is tried again later, or comes back to review at once where it never can. What may have left is
never sent again. Waits before the next try are turned back in the database.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from bot.sandbox.client import button
from core.ids import UUID
from tests.faults.conftest import settled
from tests.faults.stage import ask, count
from tests.fixtures.full_stack import REVIEWERS, FullStack
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

#: The time that a hung server gets. An account on this machine uses neither TLS nor a password.
FULL_STACK = {"DELIVERY_CONNECT_SECONDS": "3", "DELIVERY_DATA_SECONDS": "3", "DELIVERY_LEASE_MARGIN_SECONDS": "5"}
TRIES = 5

LATER = {"say": "451 4.3.0 come back later"}
NEVER = {"say": "550 5.7.1 never"}
DROP, RESET, HANG = {"act": "close"}, {"act": "rst"}, {"act": "hold"}
#: What "never" means at each phase that has an answer, in the words of the attempt.
REFUSED = {
    "greeting": "rejected_server",
    "ehlo": "rejected_server",
    "mail": "rejected_sender",
    "rcpt": "recipient_policy",
    "data": "recipient_policy",
    "dot": "recipient_policy",
}
#: Before a recipient is named, it is the account or its server: the account rests, and no mail has had a try.
OF_THE_ACCOUNT = ("connect", "greeting", "ehlo", "mail")
BEFORE_BODY = ("connect", "greeting", "ehlo", "mail", "rcpt", "data")


@dataclass(frozen=True)
class Misdeed:
    """What the server does at `phase`, and the outcome and reason that the attempt may have by it."""

    phase: str
    how: str
    rule: dict[str, Any]
    #: More than one where it is a matter of microseconds whether the dot was written.
    outcomes: frozenset[tuple[str, str]]
    #: How often the server took it all the same.
    accepted: int = 0

    @property
    def name(self) -> str:
        return f"{self.how}-at-{self.phase}"


def may_end(*outcomes: tuple[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(outcomes)


TRANSIENT = [
    *(Misdeed(phase, "drop", DROP, may_end(("not_sent", "dropped"))) for phase in BEFORE_BODY),
    *(Misdeed(phase, "reset", RESET, may_end(("not_sent", "dropped"))) for phase in BEFORE_BODY),
    *(Misdeed(phase, "hang", HANG, may_end(("not_sent", "timeout"))) for phase in BEFORE_BODY),
    *(Misdeed(phase, "4xx", LATER, may_end(("not_sent", "server_trouble"))) for phase in REFUSED),
]
PERMANENT = [Misdeed(phase, "5xx", NEVER, may_end(("not_sent", reason))) for phase, reason in REFUSED.items()]
UNKNOWN = [
    Misdeed("dot", "drop", DROP, may_end(("unknown", "dropped"))),
    Misdeed("dot", "reset", RESET, may_end(("unknown", "dropped"))),
    Misdeed("dot", "hang", HANG, may_end(("unknown", "timeout"))),
    Misdeed("dot", "accept-and-drop", DROP | {"accept": True}, may_end(("unknown", "dropped")), accepted=1),
    Misdeed("dot", "accept-and-hang", HANG | {"accept": True}, may_end(("unknown", "timeout")), accepted=1),
    Misdeed("dot", "half-an-answer", DROP | {"say": "250", "raw": True}, may_end(("unknown", "dropped"))),
    Misdeed("dot", "nonsense", {"say": "hello?"}, may_end(("unknown", "malformed_reply"))),
    Misdeed("body", "hang", HANG, may_end(("unknown", "timeout"))),
]
EITHER = [
    Misdeed("body", how, rule, may_end(("not_sent", "dropped"), ("unknown", "dropped")))
    for how, rule in (("drop", DROP), ("reset", RESET))
]
AFTER = [
    Misdeed("quit", "421", {"say": "421 4.3.2 going down", "act": "close"}, may_end(("sent", "accepted")), accepted=1),
    Misdeed("quit", "hang", HANG, may_end(("sent", "accepted")), accepted=1),
]


def attempted(full_stack: FullStack, misdeed: Misdeed) -> UUID:
    """A draft whose first attempt met the misdeed, and ended as it may."""
    draft = full_stack.ingest()
    card = full_stack.card("U01ALICE", draft)
    full_stack.smtp.cut()  # a session that was kept from the test before would pass some phases by
    full_stack.smtp.plan(misdeed.phase, **misdeed.rule)
    assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
    ended = "SELECT outcome, reason FROM send_attempts WHERE draft_id = %s AND outcome IS NOT NULL ORDER BY id LIMIT 1"
    (first,) = wait_until(lambda: ask(ended, draft), what=f"an attempt to end\n{full_stack.logs()}")
    assert first in misdeed.outcomes
    assert taken(full_stack, draft) == misdeed.accepted
    full_stack.smtp.reset()
    return draft


def taken(full_stack: FullStack, draft: UUID) -> int:
    """How often the server took a mail of this draft."""
    ours = {message_id for (message_id,) in ask("SELECT message_id FROM send_attempts WHERE draft_id = %s", draft)}
    return sum(mail["message_id"] in ours for mail in full_stack.accepted())


@pytest.mark.parametrize(
    "misdeed",  # a reset is to us what a drop is, so that it is tried at each phase by `make proofs`
    [pytest.param(one, marks=pytest.mark.proofs) if one.rule == RESET else one for one in TRANSIENT],
    ids=lambda misdeed: misdeed.name,
)
def test_what_cannot_have_left_waits_and_is_tried_again(full_stack: FullStack, misdeed: Misdeed) -> None:
    draft = attempted(full_stack, misdeed)
    rests = misdeed.phase in OF_THE_ACCOUNT
    waits = "SELECT count(*) FROM send_queue q JOIN accounts a ON a.id = q.account_id"
    waits += (
        " WHERE draft_id = %s AND q.status = 'queued' AND tries = %s AND reason <> '' AND (rest_reason IS NULL) = %s"
    )
    waits += " AND CASE WHEN rest_reason IS NULL THEN due_at ELSE rest_until END"
    waits += " BETWEEN clock_timestamp() + '30 s' AND clock_timestamp() + '61 s'"
    assert count(waits, draft, 0 if rests else 1, not rests) == 1
    assert full_stack.state(draft) == "waiting"
    settled(full_stack)
    assert full_stack.state(draft) == "sent"
    assert taken(full_stack, draft) == 1


@pytest.mark.parametrize(
    "misdeed", [one for one in PERMANENT if one.phase in OF_THE_ACCOUNT], ids=lambda misdeed: misdeed.name
)
def test_an_account_that_is_refused_rests_and_its_mail_stays_approved(full_stack: FullStack, misdeed: Misdeed) -> None:
    draft = attempted(full_stack, misdeed)
    assert full_stack.state(draft) == "waiting"
    assert count("SELECT count(*) FROM send_queue WHERE draft_id = %s AND tries = 0", draft) == 1
    assert ask("SELECT rest_reason FROM accounts") == [(REFUSED[misdeed.phase],)]
    full_stack.wait_for_card("U01ALICE", draft, "is resting")
    ask("UPDATE accounts SET rest_until = clock_timestamp(), next_send_at = clock_timestamp()")
    full_stack.wait_for(draft, "sent")
    assert ask("SELECT rest_reason FROM accounts") == [(None,)]


@pytest.mark.parametrize(
    "misdeed", [one for one in PERMANENT if one.phase not in OF_THE_ACCOUNT], ids=lambda misdeed: misdeed.name
)
def test_what_never_can_leave_comes_back_to_review_at_once(full_stack: FullStack, misdeed: Misdeed) -> None:
    draft = attempted(full_stack, misdeed)
    assert full_stack.state(draft) == "failed_back"
    for member in REVIEWERS:
        card = full_stack.wait_for_card(member, draft, "*Failed:*")
        assert "550" in json.dumps(card)
        assert button(card, "approve_send")
    # A person may try again, and it is a new delivery.
    assert full_stack.slack.click("U02BOB", full_stack.card("U02BOB", draft), "approve_send").ok
    full_stack.wait_for(draft, "sent")
    assert ask("SELECT status FROM send_queue WHERE draft_id = %s ORDER BY id", draft) == [("failed",), ("sent",)]


@pytest.mark.parametrize("misdeed", UNKNOWN, ids=lambda misdeed: misdeed.name)
def test_what_may_have_left_is_never_sent_again(full_stack: FullStack, misdeed: Misdeed) -> None:
    draft = attempted(full_stack, misdeed)
    full_stack.wait_for(draft, "outcome_unknown")
    settled(full_stack)
    for member in REVIEWERS:
        assert not button(full_stack.wait_for_card(member, draft, "*Outcome unknown:*"), "approve_send")
    assert count("SELECT count(*) FROM send_attempts WHERE draft_id = %s", draft) == 1


@pytest.mark.parametrize("misdeed", EITHER, ids=lambda misdeed: misdeed.name)
def test_a_connection_lost_in_the_body_is_one_or_the_other(full_stack: FullStack, misdeed: Misdeed) -> None:
    draft = attempted(full_stack, misdeed)
    settled(full_stack)
    state = full_stack.state(draft)
    assert (state, taken(full_stack, draft)) in {("sent", 1), ("outcome_unknown", 0)}


@pytest.mark.parametrize("misdeed", AFTER, ids=lambda misdeed: misdeed.name)
def test_whatever_happens_after_the_250_it_is_sent(full_stack: FullStack, misdeed: Misdeed) -> None:
    draft = attempted(full_stack, misdeed)
    full_stack.wait_for(draft, "sent")
    assert taken(full_stack, draft) == 1


def test_a_closed_port_is_tried_again(full_stack: FullStack) -> None:
    draft = full_stack.ingest()
    full_stack.card("U01ALICE", draft)
    full_stack.smtp.refuse()
    full_stack.smtp.cut()
    full_stack.approve_directly(draft)
    full_stack.wait_for(draft, "waiting")
    full_stack.smtp.listen()
    settled(full_stack)
    assert full_stack.state(draft) == "sent"


def test_after_the_last_try_it_comes_back_to_review_with_the_reason(full_stack: FullStack) -> None:
    draft = full_stack.ingest()
    card = full_stack.card("U01ALICE", draft)
    full_stack.smtp.plan("rcpt", **LATER, times=None)
    assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
    settled(full_stack)
    full_stack.smtp.reset()
    assert full_stack.state(draft) == "failed_back"
    assert count("SELECT count(*) FROM send_attempts WHERE draft_id = %s AND code = 451", draft) == TRIES
    full_stack.wait_for_card(
        "U01ALICE", draft, "*Failed:* The mail server has a temporary problem of its own (RCPT): “451 "
    )
