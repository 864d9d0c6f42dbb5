"""What the history says of a mail (P10): for each step who, of what, from where to where, and with which codes."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core import models as m
from core.db import transaction
from core.delivery import Claimed, finish
from core.delivery.evidence import Evidence, record
from core.ids import UUID, new_id
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, EvidenceKind, Phase, Reason, Says
from core.text.words.outcomes import REASONS
from tests.core.delivery.claim_parts import account, database_now, delivery
from tests.core.delivery.unknown_parts import CAROL, again, arrived, wait_out
from tests.fixtures.domain import BUSY, HELD_BACK, REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

NOT_SENT = AttemptOutcome.NOT_SENT
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
QUOTA = Outcome(NOT_SENT, Phase.DOT, Reason.QUOTA_REACHED, code=550, reply="5.4.5 Try again in 2 hours.")


@dataclass
class Mail:
    """One approved draft, a name for each id that its history may name, and how far the history was read."""

    domain: Domain
    draft: UUID
    names: dict[UUID | None, str] = field(default_factory=dict)
    read: int = 0

    def claim(self, name: str) -> Claimed:
        self.domain.make_due()
        claimed = self.domain.claim()
        self.names |= {claimed.attempt_id: name, claimed.delivery_id: "delivery"}
        return claimed

    def started(self, name: str) -> Claimed:
        claimed = self.claim(name)
        assert self.domain.start(claimed)
        return claimed

    def news(self) -> list[Any]:
        """What came since: (who, verb, what it names beside the draft, from, to, codes)."""
        with transaction() as tx:
            lines = tx.execute(sa.select(m.Event.__table__).order_by(m.Event.id)).all()
        new = [line for line in lines[self.read :] if line.draft_id in (self.draft, None)]
        self.read = len(lines)
        assert {line.workspace_id for line in new} <= {self.domain.workspace_id}
        return [
            (
                self.names[line.member_id] if line.member_id else line.surface,
                line.verb,
                *(self.names[each] for each in (line.delivery_id, line.attempt_id, line.campaign_id) if each),
                line.from_status,
                line.to_status,
                line.data,
            )
            for line in new
        ]


@pytest.fixture
def mail(domain: Domain) -> Mail:
    domain.ingest()  # another, to which nothing of this happens
    draft = domain.ingest()
    approved = domain.approve(draft)
    mail = Mail(domain, draft, {domain.campaign_id: "campaign", approved.delivery_id: "delivery"})
    mail.names |= {domain.member().member_id: "Alice", domain.member(CAROL).member_id: "Carol"}
    with transaction() as tx:
        mail.read = tx.execute(sa.select(sa.func.count()).select_from(m.Event)).scalar_one()
    return mail


def told(outcome: Outcome) -> dict[str, Any]:
    return {"phase": outcome.phase, "reason": outcome.reason, "smtp_code": outcome.code}


CLAIM = ("job", "claim", "delivery", "first", "queued", "claimed", {"try": 1})
START = ("job", "start", "delivery", "first", "claimed", "sending", {})
RETURN = ("job", "return", "approved", "needs_review", {})


def attempt(claimed: Claimed) -> Any:
    with transaction() as tx:
        return tx.execute(sa.select(m.Attempt.__table__).where(m.Attempt.id == claimed.attempt_id)).one()


# --- a mail that leaves ---


def test_a_claim_freezes_the_mail_and_leases_it(mail: Mail) -> None:
    before = database_now(mail.domain)
    claimed = mail.claim("first")
    assert mail.news() == [CLAIM]
    frozen, queued = attempt(claimed), delivery(mail.domain, claimed.delivery_id)
    assert claimed == Claimed(
        frozen.id, queued.id, mail.draft, mail.domain.account_id, "smtp://127.0.0.1:9", "sam@example.com",
        "dana2@example.org", frozen.mime, frozen.number,
    )  # fmt: skip
    assert (frozen.workspace_id, frozen.delivery_id, frozen.draft_id) == (
        mail.domain.workspace_id,
        queued.id,
        mail.draft,
    )
    assert frozen.message_id == f"<{claimed.attempt_id.hex}@example.com>"
    assert frozen.mime_sha256 == hashlib.sha256(claimed.mime).hexdigest()
    assert (queued.status, queued.attempt_id) == ("claimed", claimed.attempt_id)
    assert timedelta(seconds=75) <= queued.lease_until - before < timedelta(seconds=85), "connect, and a margin"


def test_it_starts_and_is_delivered(mail: Mail) -> None:
    claimed = mail.claim("first")
    before = database_now(mail.domain)
    assert mail.domain.start(claimed)
    lease = delivery(mail.domain, claimed.delivery_id).lease_until
    assert timedelta(seconds=135) <= lease - before < timedelta(seconds=145), "data, and a margin"
    taken = Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, code=250, reply="queued as 4F3B1A2C")
    due = delivery(mail.domain, claimed.delivery_id).due_at
    mail.domain.finish(claimed, taken)
    assert mail.news() == [CLAIM, START, ("job", "deliver", "delivery", "first", "sending", "sent", told(taken))]
    ended, sent = attempt(claimed), delivery(mail.domain, claimed.delivery_id)
    assert (ended.outcome, ended.phase, ended.code, ended.reason, ended.reply, ended.provider_id) == (
        "sent",
        "dot",
        250,
        "accepted",
        "queued as 4F3B1A2C",
        "4F3B1A2C",
    )
    assert (sent.status, sent.lease_until, sent.tries, sent.reason, sent.due_at) == ("sent", None, 0, None, due)


# --- a mail that does not ---


def test_what_is_tried_again_until_it_fails(mail: Mail) -> None:
    before = database_now(mail.domain)
    claimed = mail.claim("first")
    mail.domain.finish(claimed, BUSY)
    assert mail.news() == [CLAIM, ("job", "retry", "delivery", "first", "claimed", "queued", told(BUSY))]
    queued = delivery(mail.domain, claimed.delivery_id)
    assert (queued.status, queued.tries, queued.lease_until) == ("queued", 1, None)
    assert queued.reason == "The mail server refused the recipient (RCPT, 451)."
    assert timedelta(seconds=60) <= queued.due_at - before < timedelta(seconds=70)
    ended = attempt(claimed)
    assert (ended.outcome, ended.phase, ended.code, ended.reason, ended.reply, ended.provider_id) == (
        "not_sent",
        "rcpt",
        451,
        "rejected_recipient",
        None,
        None,
    )
    second = mail.started("second")
    due = delivery(mail.domain, second.delivery_id).due_at
    mail.domain.finish(second, REFUSED)
    assert mail.news() == [
        ("job", "claim", "delivery", "second", "queued", "claimed", {"try": 2}),
        ("job", "start", "delivery", "second", "claimed", "sending", {}),
        ("job", "fail", "delivery", "second", "sending", "failed", told(REFUSED)),
        RETURN,
    ]
    failed = delivery(mail.domain, second.delivery_id)
    assert (failed.status, failed.tries, failed.due_at) == ("failed", 2, due)
    assert mail.domain.rows("SELECT return_reason FROM drafts WHERE id = %s", mail.draft) == [(failed.reason,)]
    assert failed.reason == mail.domain.view(mail.draft).reason == "The mail server refused the recipient (RCPT, 550)."


def test_an_outcome_is_recorded_once_and_of_an_attempt_that_is_there(mail: Mail) -> None:
    claimed = mail.started("first")
    with transaction() as tx:
        told = [finish(tx, each, SENT) for each in (new_id(), claimed.attempt_id, claimed.attempt_id)]
    assert told == [False, True, False]


def test_what_we_held_back_ourselves_is_due_at_once(mail: Mail) -> None:
    claimed = mail.claim("first")
    before = database_now(mail.domain)
    mail.domain.finish(claimed, HELD_BACK)
    assert mail.news() == [CLAIM, ("job", "release", "delivery", "first", "claimed", "queued", told(HELD_BACK))]
    queued = delivery(mail.domain, claimed.delivery_id)
    assert (queued.tries, queued.reason) == (0, REASONS[Reason.START_REFUSED])
    assert before <= queued.due_at <= database_now(mail.domain)


def test_a_worker_that_was_too_slow_to_start_has_tried(mail: Mail) -> None:
    claimed = mail.claim("first")
    mail.domain.run_out(claimed)
    mail.domain.finish(claimed, HELD_BACK)
    slow = {"phase": "start", "reason": "lease_expired", "smtp_code": None}
    assert mail.news() == [CLAIM, ("job", "retry", "delivery", "first", "claimed", "queued", slow)]
    assert delivery(mail.domain, claimed.delivery_id).tries == 1


def test_whose_worker_died_before_it_started_is_tried_again(mail: Mail) -> None:
    mail.domain.run_out(mail.claim("first"))
    assert mail.domain.expire() == [mail.draft]
    died = {"phase": "connect", "reason": "lease_expired", "smtp_code": None}
    assert mail.news() == [CLAIM, ("job", "retry", "delivery", "first", "claimed", "queued", died)]


def test_an_address_that_does_not_exist_bounces(mail: Mail) -> None:
    nobody = Outcome(NOT_SENT, Phase.RCPT, Reason.RECIPIENT_UNKNOWN, code=550)
    claimed = mail.claim("first")
    mail.domain.finish(claimed, nobody)
    blocked = ("job", "block", "needs_review", "manual_review", {})
    assert [line[:-1] for line in mail.news()[2:]] == [
        ("job", "bounce", "delivery", "first", "campaign", None, None),
        RETURN[:-1],
        blocked[:-1],
    ]
    [(data,)] = mail.domain.rows("SELECT data FROM message_events WHERE verb = 'bounce'")
    assert data == {"hard": True, "smtp_code": 550}
    assert mail.domain.rows("SELECT kind, value_folded, reason FROM suppressions") == [
        ("address", "dana2@example.org", "bounce")
    ]
    assert mail.domain.rows("SELECT status, delivery_id FROM outreach_history") == [("bounced", claimed.delivery_id)]


def test_what_will_never_pass_is_skipped_by_its_gate(mail: Mail) -> None:
    mail.domain.sql(
        "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
        " VALUES (gen_random_uuid(), %s, 'address', 'dana2@example.org', 'asked')",
        mail.domain.workspace_id,
    )
    assert mail.domain.try_claim() is None
    assert mail.news()[:2] == [("job", "skip", "delivery", "queued", "skipped", {"gate": "suppressed"}), RETURN]
    [(status, code, reason)] = mail.domain.rows("SELECT status, held_code, reason FROM send_queue")
    assert (status, code, reason) == ("skipped", "suppressed", "This address is on the suppression list.")


# --- a mail of which nobody knows ---


def test_what_is_lost_is_found_by_a_late_answer(mail: Mail) -> None:
    claimed = mail.started("first")
    mail.domain.finish(claimed, UNKNOWN)
    mail.domain.finish(claimed, SENT)
    assert mail.news()[2:] == [
        ("job", "lose", "delivery", "first", "sending", "outcome_unknown", told(UNKNOWN)),
        ("job", "confirm", "delivery", "first", "outcome_unknown", "sent", told(SENT)),
    ]
    assert delivery(mail.domain, claimed.delivery_id).reason is None


def test_whose_worker_died_after_it_started_is_lost(mail: Mail) -> None:
    claimed = mail.started("first")
    mail.domain.run_out(claimed)
    assert mail.domain.expire() == [mail.draft]
    died = {"phase": "dot", "reason": "lease_expired", "smtp_code": None}
    assert mail.news()[2:] == [("job", "lose", "delivery", "first", "sending", "outcome_unknown", died)]


EVIDENCE = Evidence(EvidenceKind.PROVIDER_REPLAY, Says.ARRIVED, AT, "0100abc-000")
OF_EVIDENCE = {
    "evidence": "provider_replay",
    "evidence_at": "2026-11-20T12:00:00+00:00",
    "evidence_code": "0100abc-000",
}
REPORT = Evidence(EvidenceKind.DELIVERY_REPORT, Says.REFUSED, AT, "5.1.1")


def test_evidence_closes_it_and_names_its_source(mail: Mail) -> None:
    claimed = mail.started("first")
    mail.domain.finish(claimed, UNKNOWN)
    mail.news()
    with transaction() as tx:
        record(tx, claimed.attempt_id, EVIDENCE)
        record(tx, claimed.attempt_id, REPORT)
    assert mail.news() == [
        (
            *("provider", "confirm", "delivery", "first", "outcome_unknown", "sent"),
            {"phase": "dot", "reason": "evidence", "smtp_code": None, **OF_EVIDENCE},
        ),
        (
            *("provider", "contradict", "delivery", "first", None, None),
            {
                "says": "refused",
                "recorded": "sent",
                "evidence": "delivery_report",
                "evidence_at": "2026-11-20T12:00:00+00:00",
                "evidence_code": "5.1.1",
            },
        ),
    ]
    ended = attempt(claimed)
    assert (ended.reply, ended.provider_id) == ("id 0100abc-000", "0100abc-000"), "a webhook will name it so"


def test_a_persons_word_closes_it_in_their_name(mail: Mail) -> None:
    claimed = mail.started("first")
    mail.domain.finish(claimed, UNKNOWN)
    mail.news()
    arrived(mail.domain, mail.draft, claimed)
    [(who, *moved, data)] = mail.news()
    assert (who, *moved) == ("Carol", "confirm", "delivery", "first", "outcome_unknown", "sent")
    said_at = datetime.fromisoformat(data.pop("evidence_at"))
    assert abs(database_now(mail.domain) - said_at) < timedelta(seconds=10)
    assert data == {
        "phase": "dot",
        "reason": "evidence",
        "smtp_code": None,
        "evidence": "person",
        "evidence_code": None,
    }
    assert (attempt(claimed).reply, attempt(claimed).provider_id) == (None, None)


def overruled(mail: Mail) -> Claimed:
    """A mail that was lost, and that Carol has sent again."""
    claimed = mail.started("first")
    mail.domain.finish(claimed, UNKNOWN)
    wait_out(mail.domain)
    again(mail.domain, mail.draft, claimed)
    return claimed


def test_a_person_has_it_sent_again(mail: Mail) -> None:
    claimed = mail.started("first")
    mail.domain.finish(claimed, UNKNOWN)
    mail.domain.sql("UPDATE send_queue SET tries = 3")
    wait_out(mail.domain)
    mail.news()
    before = database_now(mail.domain)
    again(mail.domain, mail.draft, claimed)
    assert mail.news() == [("Carol", "resend", "delivery", "first", "outcome_unknown", "queued", {})]
    queued, first = delivery(mail.domain, claimed.delivery_id), attempt(claimed)
    assert (queued.status, queued.tries, queued.reason, queued.counted_on) == ("queued", 0, None, None)
    assert before <= queued.due_at <= database_now(mail.domain)
    assert before <= first.overruled_at <= database_now(mail.domain)
    assert first.overruled_by == mail.domain.member(CAROL).member_id


def test_it_arrived_after_all_and_nothing_else_had_left(mail: Mail) -> None:
    first = overruled(mail)
    second = mail.claim("second")
    mail.domain.sql("UPDATE send_queue SET reason = 'It waits.', held_code = 'spacing'")
    mail.news()
    with transaction() as tx:
        assert finish(tx, first.attempt_id, SENT)
    assert mail.news() == [("job", "confirm", "delivery", "first", "claimed", "sent", told(SENT))]
    sent = delivery(mail.domain, first.delivery_id)
    assert (sent.status, sent.attempt_id, sent.lease_until, sent.reason, sent.held_code) == (
        "sent",
        first.attempt_id,
        None,
        None,
        None,
    )
    assert not mail.domain.start(second)


def test_it_arrived_after_all_while_the_next_was_being_sent(mail: Mail) -> None:
    first, second = overruled(mail), mail.started("second")
    mail.news()
    mail.domain.finish(first, SENT)
    assert mail.news() == [("job", "contradict", "delivery", "first", None, None, told(SENT) | {"recorded": "sending"})]
    mail.domain.finish(second, REFUSED)
    assert mail.news() == [("job", "confirm", "delivery", "first", "sending", "sent", told(REFUSED))]
    assert delivery(mail.domain, first.delivery_id).attempt_id == first.attempt_id


@pytest.mark.parametrize("started", [False, True])
def test_a_late_refusal_leaves_the_next_to_itself(mail: Mail, started: bool) -> None:
    first = overruled(mail)
    second = mail.started("second") if started else mail.claim("second")
    mail.news()
    before = delivery(mail.domain, first.delivery_id)
    mail.domain.finish(first, QUOTA)
    assert mail.news() == []
    assert delivery(mail.domain, second.delivery_id) == before
    assert attempt(first).outcome == "not_sent"
    assert account(mail.domain).rest_reason is None, "so late it says nothing of today"


def test_both_arrived(mail: Mail) -> None:
    first, second = overruled(mail), mail.started("second")
    mail.domain.deliver(mail.domain.ingest(), SENT)  # somebody else's, which counts for nothing
    mail.news()
    mail.domain.finish(second, SENT)
    mail.domain.finish(first, SENT)
    assert mail.news() == [
        ("job", "deliver", "delivery", "second", "sending", "sent", told(SENT)),
        ("job", "duplicate", "delivery", "first", None, None, {"arrived": 2}),
    ]


def test_both_arrived_and_the_first_was_known_before(mail: Mail) -> None:
    first, second = overruled(mail), mail.started("second")
    mail.domain.finish(first, SENT)
    mail.news()
    mail.domain.finish(second, SENT)
    assert mail.news() == [
        ("job", "deliver", "delivery", "second", "sending", "sent", told(SENT)),
        ("job", "duplicate", "delivery", "second", None, None, {"arrived": 2}),
    ]


def approved_anew(mail: Mail) -> Claimed:
    """A mail that was lost; sent again, it was refused; and somebody approved its draft once more."""
    first = overruled(mail)
    mail.domain.finish(mail.claim("second"), REFUSED)
    another = mail.domain.approve(mail.draft, mail.domain.view(mail.draft).review_round)
    mail.names[another.delivery_id] = "another"
    mail.news()
    return first


CONTRADICTION = ("job", "contradict", "delivery", "first", None, None, told(SENT) | {"recorded": "failed"})


def test_it_arrived_after_all_when_the_third_has_arrived(mail: Mail) -> None:
    first = approved_anew(mail)
    third = mail.domain.claim()
    mail.names[third.attempt_id] = "third"
    assert mail.domain.start(third)
    mail.domain.finish(third, SENT)
    mail.news()
    revision = mail.domain.view(mail.draft).revision
    mail.domain.finish(first, SENT)
    assert mail.news() == [CONTRADICTION, ("job", "duplicate", "another", "first", None, None, {"arrived": 2})]
    assert mail.domain.view(mail.draft).revision == revision + 2, "two things that its cards have to say"


def test_it_arrived_after_all_when_the_third_is_connected(mail: Mail) -> None:
    first = approved_anew(mail)
    third = mail.domain.claim()
    mail.names[third.attempt_id] = "third"
    mail.news()
    mail.domain.finish(first, SENT)
    assert mail.news() == [CONTRADICTION]
    assert mail.domain.statuses(mail.draft) == ("approved", ["failed", "claimed"])


def test_it_arrived_after_all_when_its_draft_was_approved_anew(mail: Mail) -> None:
    first = approved_anew(mail)
    mail.domain.finish(first, SENT)
    assert mail.news() == [
        ("job", "contradict", "delivery", "first", None, None, told(SENT) | {"recorded": "failed"}),
        ("job", "cancel", "another", "first", "queued", "cancelled", {}),
        RETURN,
    ]
    assert mail.domain.rows("SELECT status FROM outreach_history") == [("sent",)]
    assert mail.domain.view(mail.draft).reason == (
        "It arrived after all, with an earlier attempt: do not send it again."
    )


# --- an account that rests ---


def rest(domain: Domain) -> tuple[Any, ...]:
    row = account(domain)
    return row.rest_reason, row.rest_code, row.rest_since, row.rest_until, row.rest_tries


SUSPENDED = Outcome(NOT_SENT, Phase.AUTH, Reason.ACCOUNT_SUSPENDED, code=535)


def test_an_account_rests_tries_again_and_is_well(mail: Mail) -> None:
    quota = {"kind": "account", "id": str(mail.domain.account_id), "reason": "quota_reached", "smtp_code": 550}
    before = database_now(mail.domain)
    mail.domain.finish(mail.started("first"), QUOTA)
    assert mail.news()[2:] == [
        ("job", "retry", "delivery", "first", "sending", "queued", told(QUOTA)),
        ("job", "rest", None, None, quota),
    ]
    rests = account(mail.domain)
    assert (rests.rest_reason, rests.rest_code, rests.rest_tries, rests.rest_shown) == ("quota_reached", 550, 1, False)
    assert rests.rest_until == rests.rest_since + timedelta(hours=2)
    assert before <= rests.rest_since == rests.next_send_at <= database_now(mail.domain)
    mail.domain.sql("UPDATE accounts SET rest_until = now(), rest_shown = true")
    mail.domain.finish(mail.started("second"), QUOTA)
    same = account(mail.domain)
    assert (same.rest_since, same.rest_tries, same.rest_shown) == (rests.rest_since, 2, False)
    mail.domain.sql("UPDATE accounts SET rest_until = now(), rest_shown = true")
    mail.domain.finish(mail.started("third"), SENT)
    assert mail.news()[-2:] == [
        ("job", "deliver", "delivery", "third", "sending", "sent", told(SENT)),
        ("job", "recover", None, None, {"kind": "account", "id": str(mail.domain.account_id)}),
    ]
    well = account(mail.domain)
    assert (well.rest_reason, well.rest_code, well.rest_since, well.rest_until) == (None, None, None, None)
    assert (well.rest_tries, well.rest_shown) == (0, False)
    assert rests.rest_since < well.next_send_at <= database_now(mail.domain)


def test_admins_are_told_of_it_once(mail: Mail) -> None:
    mail.domain.finish(mail.claim("first"), SUSPENDED)
    since = account(mail.domain).rest_since
    with transaction() as tx:
        [alert] = tx.execute(sa.select(m.Alert.__table__)).all()
    assert (alert.workspace_id, alert.member_id, alert.account_id, alert.draft_id) == (
        mail.domain.workspace_id,
        mail.domain.member(CAROL).member_id,
        mail.domain.account_id,
        None,
    )
    assert (alert.kind, alert.sentence) == (
        "account_rests",
        "The mail provider has suspended or blocked this account (log in, 535).",
    )
    assert alert.about == f"rests:{mail.domain.account_id}:account_suspended:{since.isoformat()}"
    assert alert.try_after <= database_now(mail.domain)


def test_what_waits_for_a_person_is_not_made_to_pass_by_itself(mail: Mail) -> None:
    """Another conversation, begun before, meets something milder; something else that waits for a person is told."""
    for _ in range(2):
        mail.domain.approve(mail.domain.ingest())
    first, second, third = (mail.domain.claim() for _ in range(3))
    mail.domain.finish(first, SUSPENDED)
    before = rest(mail.domain)
    mail.domain.finish(second, Outcome(NOT_SENT, Phase.CONNECT, Reason.TIMEOUT, transient=True))
    assert rest(mail.domain) == before == ("account_suspended", 535, before[2], None, 1)
    mail.domain.finish(third, Outcome(NOT_SENT, Phase.AUTH, Reason.AUTH_FAILED, code=534))
    assert rest(mail.domain) == ("auth_failed", 534, rest(mail.domain)[2], None, 1)
    assert rest(mail.domain)[2] > before[2]
