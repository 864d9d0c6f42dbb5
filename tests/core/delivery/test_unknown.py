"""Unknown outcomes: what a person can say of a mail that may have left, and that nothing of it is lost (P1, P2)."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors as pg

from core.actor import slack_user
from core.db import engine, transaction
from core.delivery import unknown
from core.errors import Conflict, Refusal
from core.ids import UUID, new_id
from core.mail.outcome import Outcome
from core.secrets import seal
from core.taxonomy import RefusalCode
from tests.core.delivery.claim_parts import back_dated
from tests.core.delivery.unknown_parts import CAROL, again, alarm, arrived, history, last, lost, number_of, wait_out
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN, Domain

# --- what is known ---


def test_what_is_known_is_shown(domain: Domain) -> None:
    draft, claimed = lost(domain)
    known = domain.view(draft).unknown
    assert known is not None
    [(since, message_id)] = domain.rows("SELECT finished_at, message_id FROM send_attempts")
    number = number_of(domain, claimed)
    again_from = since + timedelta(minutes=30)
    assert known == unknown.Unknown(number, claimed.attempt_id, "dot", "127.0.0.1", since, message_id, again_from)
    with transaction() as tx:
        assert unknown.read_unknown(tx, domain.ingest()) is None


@pytest.mark.parametrize(("owner", "server"), [(None, "mail.example.com"), (new_id(), None)])
def test_a_server_is_named_where_this_process_can_read_the_secret(
    domain: Domain, owner: UUID | None, server: str | None
) -> None:
    """A secret is sealed for its account alone."""
    draft, _ = lost(domain)
    sealed = seal("smtps://sam:secret@mail.example.com", owner or domain.account_id)
    domain.sql("UPDATE accounts SET smtp_url = %s", sealed)
    known = domain.view(draft).unknown
    assert known is not None
    assert known.server == server


def test_a_server_whose_address_is_a_secret_is_not_named(domain: Domain) -> None:
    domain.sql("UPDATE accounts SET smtp_url = 'env:SAM_SMTP'")
    draft, _ = lost(domain)
    known = domain.view(draft).unknown
    assert known is not None
    assert known.server is None


def test_each_unknown_and_each_duplicate_is_a_number_that_can_ring(domain: Domain) -> None:
    draft, first = lost(domain)
    assert alarm(domain, "signoff_outcomes_unknown") == 1
    again(domain, draft, first)
    assert alarm(domain, "signoff_outcomes_unknown") == 0
    second = domain.claim()
    assert domain.start(second)
    domain.finish(second, SENT)
    assert alarm(domain, "signoff_arrived_twice_last_hour") == 0
    domain.finish(first, SENT)
    assert alarm(domain, "signoff_arrived_twice_last_hour") == 1


# --- it arrived ---


def test_an_admin_says_that_it_arrived(domain: Domain) -> None:
    draft, claimed = lost(domain)
    arrived(domain, draft, claimed)
    assert domain.state(draft) == "sent"
    assert domain.attempts(draft) == [(True, "sent")]
    assert last(domain, draft) == ("confirm", "outcome_unknown", "sent", None)
    ((who, kind),) = domain.rows(
        "SELECT m.slack_user_id, e.data->>'evidence' FROM message_events e JOIN members m ON m.id = e.member_id"
        " WHERE verb = 'confirm'"
    )
    assert (who, kind) == (CAROL, "person")
    assert history(domain) == ["sent"]
    [(left,)] = domain.rows("SELECT contacted_at FROM outreach_history")
    assert domain.view(draft).ended_at == left, "when it left, and not when somebody found that out"


def test_a_reviewer_may_say_neither_and_the_click_is_noted(domain: Domain) -> None:
    draft, claimed = lost(domain)
    for says in (arrived, again):
        with pytest.raises(Refusal, match="needs the role admin"):
            says(domain, draft, claimed, "U01ALICE")
    assert [event[0::3] for event in domain.events(draft)[-2:]] == [("refuse", "role_too_low")] * 2
    assert domain.state(draft) == "outcome_unknown"


def test_the_second_to_say_it_is_told_who_was_first(domain: Domain) -> None:
    draft, claimed = lost(domain)
    arrived(domain, draft, claimed)
    with pytest.raises(Conflict, match="and it was sent"):
        arrived(domain, draft, claimed)
    with pytest.raises(Conflict, match="and it was sent"):
        again(domain, draft, claimed)
    assert domain.verbs(draft).count("confirm") == 1


# --- it did not: send again ---


def test_nobody_sends_again_before_half_an_hour_has_passed(domain: Domain) -> None:
    draft = domain.ingest()
    claimed = domain.deliver(draft, UNKNOWN)
    with pytest.raises(Refusal) as refused:
        again(domain, draft, claimed)
    [(since, now)] = domain.rows("SELECT finished_at, clock_timestamp() FROM send_attempts")
    told = unknown.too_early(since + timedelta(minutes=30), now, "Europe/London")
    assert (refused.value.code, str(refused.value)) == (RefusalCode.TOO_EARLY, told)
    assert last(domain, draft) == ("refuse", None, None, "too_early")
    with pytest.raises(pg.IntegrityConstraintViolation):  # and neither does careless code (P4)
        domain.sql("UPDATE send_attempts SET overruled_at = now(), overruled_by = (SELECT id FROM members LIMIT 1)")


def test_it_is_sent_again_once_and_no_gate_is_in_its_own_way(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    assert domain.statuses(draft) == ("approved", ["queued"])
    assert last(domain, draft) == ("resend", "outcome_unknown", "queued", None)
    assert history(domain) == ["failed"]
    second = domain.claim()
    assert (second.draft_id, second.delivery_id) == (draft, first.delivery_id)
    assert second.attempt_id != first.attempt_id
    assert domain.start(second)
    domain.finish(second, SENT)
    assert domain.state(draft) == "sent"
    assert domain.attempts(draft) == [(True, "unknown"), (True, "sent")]
    assert history(domain) == ["sent"]
    assert domain.try_claim() is None


def test_the_sixty_days_begin_with_the_mail_that_was_sent_again(domain: Domain) -> None:
    draft, first = lost(domain)
    back_dated(domain, "3 days")
    again(domain, draft, first)
    second = domain.claim()
    assert domain.start(second)
    domain.finish(second, SENT)
    assert domain.rows("SELECT contacted_at > now() - interval '1 minute' FROM outreach_history") == [(True,)]


def test_what_may_have_left_stays_counted(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    assert domain.rows("SELECT counted_emails FROM accounts") == [(1,)]
    domain.claim()
    assert domain.rows("SELECT counted_emails FROM accounts") == [(2,)]


def test_every_gate_applies_once_more(domain: Domain) -> None:
    draft, first = lost(domain)
    domain.sql("UPDATE contacts SET status = 'do_not_contact'")
    again(domain, draft, first)
    assert domain.try_claim() is None
    assert domain.statuses(draft) == ("manual_review", ["skipped"])


def test_two_who_send_again_send_once_and_nothing_else(domain: Domain) -> None:
    other, _ = lost(domain)
    draft, first = lost(domain)
    again(domain, draft, first)
    assert domain.statuses(other) == ("approved", ["outcome_unknown"])
    with pytest.raises(Conflict):
        again(domain, draft, first)
    assert domain.verbs(draft).count("resend") == 1


def test_a_click_on_an_earlier_unknown_is_not_taken_for_the_later_one(domain: Domain) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    assert domain.start(second)
    domain.finish(second, UNKNOWN)
    wait_out(domain)
    for says in (arrived, again):
        with pytest.raises(Refusal) as refused:
            says(domain, draft, first)
        assert (refused.value.code, str(refused.value)) == (
            RefusalCode.STALE_VERSION,
            "This was about an earlier attempt. Check the card again, then decide.",
        )
    again(domain, draft, second)
    third = domain.claim()
    assert domain.start(third)
    domain.finish(third, SENT)
    assert domain.attempts(draft) == [(True, "unknown"), (True, "unknown"), (True, "sent")]


def test_who_comes_when_it_is_back_in_review_is_told_so(domain: Domain) -> None:
    draft, claimed = lost(domain)
    domain.finish(claimed, REFUSED)
    for says in (arrived, again):
        with pytest.raises(Refusal) as refused:
            says(domain, draft, claimed)
        assert (refused.value.code, str(refused.value)) == (
            RefusalCode.ALREADY_DECIDED,
            "The outcome is already known: the draft is back in review.",
        )


def test_an_attempt_of_another_draft_is_none_of_this_one(domain: Domain) -> None:
    draft, claimed = lost(domain)
    other, _ = lost(domain)
    for says in (arrived, again):
        with pytest.raises(Refusal, match="an earlier attempt"):
            says(domain, other, claimed)
    assert [domain.state(each) for each in (draft, other)] == ["outcome_unknown"] * 2


def test_it_keeps_no_approval_waiting(domain: Domain) -> None:
    """What shares the account and the workspace goes on, while one mail is decided."""
    draft, claimed = lost(domain)
    number, carol = number_of(domain, claimed), domain.member(CAROL)
    for says in (unknown.confirm_arrival, unknown.send_again):
        with engine().connect() as tx:
            says(tx, draft, number, carol)
            for table in ("accounts", "workspaces"):
                domain.sql(f"SELECT FROM {table} FOR KEY SHARE NOWAIT")
            tx.rollback()


@pytest.mark.parametrize(
    ("timezone", "told"), [("Europe/London", "12:30"), ("Asia/Kolkata", "18:00"), ("Pacific/Kiritimati", "Sat 02:30")]
)
def test_too_early_says_from_when(timezone: str, told: str) -> None:
    from_then = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
    assert unknown.too_early(from_then, from_then - timedelta(hours=3), timezone) == (
        f"Not yet: the mail server may just be slow. It can be sent again from {told}. "
        "Meanwhile look for its Message-ID in the account's Sent folder."
    )


def test_another_workspaces_mail_does_not_exist(domain: Domain) -> None:
    draft, first = lost(domain)
    domain.sql("INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER')")
    domain.sql(
        "INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
        " SELECT gen_random_uuid(), id, 'U09EVE', 'Eve', 'owner' FROM workspaces WHERE slack_team_id = 'T02OTHER'"
    )
    with pytest.raises(Refusal, match="no such draft"), transaction() as tx:
        unknown.send_again(tx, draft, number_of(domain, first), slack_user(tx, "T02OTHER", "U09EVE"))
    assert domain.state(draft) == "outcome_unknown"


@pytest.mark.parametrize(("outcome", "state"), [(REFUSED, "failed_back"), (BUSY, "waiting")])
def test_a_second_try_that_is_refused_does_not_say_that_nothing_was_sent(
    domain: Domain, outcome: Outcome, state: str
) -> None:
    draft, first = lost(domain)
    again(domain, draft, first)
    second = domain.claim()
    domain.finish(second, outcome)
    assert domain.state(draft) == state
    overruled = domain.view(draft).overruled
    assert overruled is not None
    assert (overruled.by, overruled.arrived) == (CAROL, False)
