"""Nobody is written to twice within sixty days, by any account and offer of the workspace (CHECKLIST 004.2)."""

import pytest

from core.delivery.gates import COOLING_OFF
from core.ids import new_id
from tests.core.contacts.person_parts import DANA, MAIL, TO_DANA, VARIANTS, in_sequence, is_held, linked, other, send
from tests.core.delivery.claim_parts import Seat, contact, days_pass, delivery, queued, wrote
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

__all__ = ["other"]

# --- who is the same person ---


def test_whom_one_offer_has_written_to_no_other_offer_writes_to_for_sixty_days(domain: Domain, other: Seat) -> None:
    send(domain, queued(domain, to=TO_DANA))
    waits = queued(other, to=TO_DANA)
    assert is_held(other, waits)
    (written,) = domain.rows("SELECT contacted_at FROM outreach_history")[0]
    assert delivery(other, waits).due_at == written + COOLING_OFF
    days_pass(domain, 59)
    other.make_due()
    assert is_held(other, waits)
    days_pass(domain, 1)
    assert not is_held(other, waits)


@pytest.mark.parametrize("variant", ["Dana@Example.org", "DANA@EXAMPLE.ORG", "dana@example.ORG"])
def test_another_case_is_the_same_person(domain: Domain, other: Seat, variant: str) -> None:
    send(domain, queued(domain, to=TO_DANA))
    assert is_held(other, queued(other, to={"email": variant}))


@pytest.mark.parametrize("variant", ["Dana@Example.org", "  DANA@EXAMPLE.ORG "])
def test_history_from_elsewhere_is_folded_whoever_writes_it(domain: Domain, variant: str) -> None:
    waits = queued(domain, to=TO_DANA)
    wrote(domain, variant, days=3)
    assert is_held(domain, waits)


@pytest.mark.parametrize("variant", VARIANTS)
def test_another_way_to_write_a_linkedin_url_is_the_same_person(domain: Domain, other: Seat, variant: str) -> None:
    first = queued(domain, to=TO_DANA)
    linked(domain, MAIL, DANA)
    send(domain, first)
    waits = queued(other, to={"email": "dana.private@example.net"})
    linked(other, "dana.private@example.net", variant)
    assert is_held(other, waits)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.linkedin.com/in/dana-12",
        "https://www.linkedin.com/company/dana-1",
        "https://linkedin.com/",
        "",
        None,
    ],
)
def test_another_profile_is_another_person(domain: Domain, other: Seat, url: str | None) -> None:
    first = queued(domain, to=TO_DANA)
    linked(domain, MAIL, DANA)
    send(domain, first)
    waits = queued(other, to={"email": "erin@example.net"})
    linked(other, "erin@example.net", url)
    assert not is_held(other, waits)


def test_two_contacts_without_linkedin_are_two_persons(domain: Domain, other: Seat) -> None:
    send(domain, queued(domain, to=TO_DANA))
    assert not is_held(other, queued(other))


def test_history_of_an_address_counts_for_whoever_shares_its_profile(domain: Domain, other: Seat) -> None:
    """An imported line knows only the address; a contact ties it to the profile that another contact has, too."""
    queued(domain, to=TO_DANA)
    linked(domain, MAIL, DANA)
    wrote(domain, MAIL, days=5)
    waits = queued(other, to={"email": "dana.private@example.net"})
    linked(other, "dana.private@example.net", DANA)
    assert is_held(other, waits)


def test_another_workspace_is_another_world(domain: Domain) -> None:
    domain.sql("INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02')")
    domain.sql(
        "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at)"
        " SELECT gen_random_uuid(), id, 'sent', %s, now() FROM workspaces WHERE slack_team_id = 'T02'",
        MAIL,
    )
    assert not is_held(domain, queued(domain, to=TO_DANA))


# --- what passes ---


def test_follow_ups_of_the_same_sequence_pass(domain: Domain, other: Seat) -> None:
    sequence = new_id()
    first = queued(domain, to=TO_DANA)
    in_sequence(domain, first, sequence)
    send(domain, first)
    for _ in range(2):
        follow_up = queued(domain, to=TO_DANA, kind="follow_up")
        in_sequence(domain, follow_up, sequence)
        send(domain, follow_up)
    of_none = queued(domain, to=TO_DANA, kind="follow_up")
    assert is_held(domain, of_none)
    of_another = queued(other, to=TO_DANA, kind="follow_up")
    in_sequence(other, of_another, new_id())
    assert is_held(other, of_another)


def test_a_follow_up_waits_when_somebody_else_has_written_in_between(domain: Domain, other: Seat) -> None:
    sequence = new_id()
    first = queued(domain, to=TO_DANA)
    in_sequence(domain, first, sequence)
    send(domain, first)
    wrote(domain, MAIL, days=1)
    follow_up = queued(domain, to=TO_DANA, kind="follow_up")
    in_sequence(domain, follow_up, sequence)
    assert is_held(domain, follow_up)


def test_an_answer_passes(domain: Domain, other: Seat) -> None:
    send(domain, queued(domain, to=TO_DANA))
    send(other, queued(other, to=TO_DANA, kind="reply"))


# --- what counts as written to ---


def test_a_failure_is_not_counted(domain: Domain, other: Seat) -> None:
    send(domain, queued(domain, to=TO_DANA), REFUSED)
    assert domain.rows("SELECT count(*) FROM outreach_history") == [(0,)]
    assert contact(domain, MAIL).status == "available"
    assert not is_held(other, queued(other, to=TO_DANA))


def test_a_failure_from_elsewhere_is_not_counted(domain: Domain) -> None:
    waits = queued(domain, to=TO_DANA)
    wrote(domain, MAIL, days=1, status="failed")
    assert contact(domain, MAIL).last_contacted_at is None
    assert not is_held(domain, waits)


@pytest.mark.parametrize("status", ["sent", "unknown", "bounced"])
def test_whatever_may_have_arrived_is_counted(domain: Domain, status: str) -> None:
    wrote(domain, MAIL, days=30, status=status)
    assert is_held(domain, queued(domain, to=TO_DANA))


def test_an_unknown_outcome_counts_and_a_late_refusal_takes_it_back(domain: Domain, other: Seat) -> None:
    first = send(domain, queued(domain, to=TO_DANA), UNKNOWN)
    assert domain.rows("SELECT status FROM outreach_history") == [("unknown",)]
    assert contact(domain, MAIL).status == "cooling_off"
    waits = queued(other, to=TO_DANA)
    assert is_held(other, waits)
    domain.finish(first, REFUSED)
    assert domain.rows("SELECT status FROM outreach_history") == [("failed",)]
    for each in (domain, other):
        row = contact(each, MAIL)
        assert (row.status, row.eligible_for_outreach, row.last_contacted_at) == ("available", True, None)
    other.make_due()
    assert not is_held(other, waits)


def test_a_late_refusal_takes_back_only_its_own(domain: Domain) -> None:
    first = queued(domain, to=TO_DANA)
    wrote(domain, MAIL, days=90)
    before = contact(domain, MAIL).last_contacted_at
    claimed = send(domain, first, UNKNOWN)
    assert contact(domain, MAIL).last_contacted_at > before
    domain.finish(claimed, REFUSED)
    assert contact(domain, MAIL).last_contacted_at == before


def test_an_unknown_outcome_that_arrived_is_sent_since_its_own_time(domain: Domain) -> None:
    claimed = send(domain, queued(domain, to=TO_DANA), UNKNOWN)
    before = domain.rows("SELECT contacted_at FROM outreach_history")
    domain.finish(claimed, SENT)
    assert domain.rows("SELECT status FROM outreach_history") == [("sent",)]
    assert domain.rows("SELECT contacted_at FROM outreach_history") == before


@pytest.mark.parametrize("known", ["bounced", "replied"])
def test_a_late_result_does_not_overwrite_what_is_known_better(domain: Domain, known: str) -> None:
    claimed = send(domain, queued(domain, to=TO_DANA), UNKNOWN)
    domain.sql("UPDATE outreach_history SET status = %s", known)
    domain.finish(claimed, SENT)
    assert domain.rows("SELECT status FROM outreach_history") == [(known,)]
