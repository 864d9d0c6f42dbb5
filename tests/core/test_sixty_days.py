"""Nobody is written to twice within sixty days, by any account and offer of the workspace (CHECKLIST 004.2)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core.db import engine, transaction
from core.gates import COOLING_OFF
from core.ids import UUID, new_id
from core.turns import take_turns
from tests.core.claim_parts import Seat, contact, database_now, days_pass, delivery, queued, seat, wrote
from tests.fixtures.cases import cases
from tests.fixtures.desk import HELD_BACK, REFUSED, SENT, UNKNOWN, Desk
from tests.fixtures.waiting import wait_until

DANA = "https://www.linkedin.com/in/dana-1"
MAIL = "dana@example.org"
TO_DANA = {"email": MAIL, "first_name": "Dana"}


@pytest.fixture
def other(desk: Desk) -> Seat:
    """Another account, with an offer of its own."""
    return seat(desk, "winter")


def linked(desk: Desk, email: str, url: str | None) -> None:
    desk.sql("UPDATE contacts SET linkedin_url = %s WHERE email_folded = %s", url, email)


def in_sequence(desk: Desk, delivery_id: UUID, sequence: UUID) -> None:
    """Make the delivery's draft a step of this run of a sequence."""
    desk.sql(
        "INSERT INTO sequence_instances (id, workspace_id, contact_id, key)"
        " SELECT %s, workspace_id, contact_id, %s FROM send_queue WHERE id = %s ON CONFLICT DO NOTHING",
        sequence,
        str(sequence),
        delivery_id,
    )
    desk.sql(
        "UPDATE drafts SET sequence_instance_id = %s WHERE id = (SELECT draft_id FROM send_queue WHERE id = %s)",
        sequence,
        delivery_id,
    )


def send(desk: Desk, delivery_id: UUID, outcome: Any = SENT) -> Any:
    claimed = desk.claim()
    assert claimed.delivery_id == delivery_id
    assert desk.start(claimed)
    desk.finish(claimed, outcome)
    return claimed


def is_held(desk: Desk, delivery_id: UUID) -> bool:
    """Whether the claim holds this delivery back for the sixty days."""
    claimed = desk.try_claim()
    row = delivery(desk, delivery_id)
    assert (row.held_code == "sixty_days") == (claimed is None)
    return claimed is None


# --- who is the same person ---


def test_whom_one_offer_has_written_to_no_other_offer_writes_to_for_sixty_days(desk: Desk, other: Seat) -> None:
    send(desk, queued(desk, to=TO_DANA))
    waits = queued(other, to=TO_DANA)
    assert is_held(other, waits)
    (written,) = desk.rows("SELECT contacted_at FROM outreach_history")[0]
    assert delivery(other, waits).due_at == written + COOLING_OFF
    days_pass(desk, 59)
    other.make_due()
    assert is_held(other, waits)
    days_pass(desk, 1)
    assert not is_held(other, waits)


@pytest.mark.parametrize("variant", ["Dana@Example.org", "DANA@EXAMPLE.ORG", "dana@example.ORG"])
def test_another_case_is_the_same_person(desk: Desk, other: Seat, variant: str) -> None:
    send(desk, queued(desk, to=TO_DANA))
    assert is_held(other, queued(other, to={"email": variant}))


@pytest.mark.parametrize("variant", ["Dana@Example.org", "  DANA@EXAMPLE.ORG "])
def test_history_from_elsewhere_is_folded_whoever_writes_it(desk: Desk, variant: str) -> None:
    waits = queued(desk, to=TO_DANA)
    wrote(desk, variant, days=3)
    assert is_held(desk, waits)


VARIANTS = [
    "https://linkedin.com/in/dana-1",
    "http://www.linkedin.com/in/dana-1/",
    "www.linkedin.com/in/Dana-1",
    "https://uk.linkedin.com/in/dana-1?trk=public_profile",
    "HTTPS://WWW.LINKEDIN.COM/IN/DANA-1/#about",
    "https://www.linkedin.com/in/dana-1/details/experience/",
    "https://www.linkedin.com/in/dana-1/en/",
    "https://www.linkedin.com/mwlite/in/dana-1/",
    " //linkedin.com//in/dana-1// ",
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_another_way_to_write_a_linkedin_url_is_the_same_person(desk: Desk, other: Seat, variant: str) -> None:
    first = queued(desk, to=TO_DANA)
    linked(desk, MAIL, DANA)
    send(desk, first)
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
def test_another_profile_is_another_person(desk: Desk, other: Seat, url: str | None) -> None:
    first = queued(desk, to=TO_DANA)
    linked(desk, MAIL, DANA)
    send(desk, first)
    waits = queued(other, to={"email": "erin@example.net"})
    linked(other, "erin@example.net", url)
    assert not is_held(other, waits)


def test_two_contacts_without_linkedin_are_two_persons(desk: Desk, other: Seat) -> None:
    send(desk, queued(desk, to=TO_DANA))
    assert not is_held(other, queued(other))


def test_history_of_an_address_counts_for_whoever_shares_its_profile(desk: Desk, other: Seat) -> None:
    """An imported line knows only the address; a contact ties it to the profile that another contact has, too."""
    queued(desk, to=TO_DANA)
    linked(desk, MAIL, DANA)
    wrote(desk, MAIL, days=5)
    waits = queued(other, to={"email": "dana.private@example.net"})
    linked(other, "dana.private@example.net", DANA)
    assert is_held(other, waits)


def test_another_workspace_is_another_world(desk: Desk) -> None:
    desk.sql("INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02')")
    desk.sql(
        "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at)"
        " SELECT gen_random_uuid(), id, 'sent', %s, now() FROM workspaces WHERE slack_team_id = 'T02'",
        MAIL,
    )
    assert not is_held(desk, queued(desk, to=TO_DANA))


# --- what passes ---


def test_follow_ups_of_the_same_sequence_pass(desk: Desk, other: Seat) -> None:
    sequence = new_id()
    first = queued(desk, to=TO_DANA)
    in_sequence(desk, first, sequence)
    send(desk, first)
    for _ in range(2):
        follow_up = queued(desk, to=TO_DANA, kind="follow_up")
        in_sequence(desk, follow_up, sequence)
        send(desk, follow_up)
    of_none = queued(desk, to=TO_DANA, kind="follow_up")
    assert is_held(desk, of_none)
    of_another = queued(other, to=TO_DANA, kind="follow_up")
    in_sequence(other, of_another, new_id())
    assert is_held(other, of_another)


def test_a_follow_up_waits_when_somebody_else_has_written_in_between(desk: Desk, other: Seat) -> None:
    sequence = new_id()
    first = queued(desk, to=TO_DANA)
    in_sequence(desk, first, sequence)
    send(desk, first)
    wrote(desk, MAIL, days=1)
    follow_up = queued(desk, to=TO_DANA, kind="follow_up")
    in_sequence(desk, follow_up, sequence)
    assert is_held(desk, follow_up)


def test_an_answer_passes(desk: Desk, other: Seat) -> None:
    send(desk, queued(desk, to=TO_DANA))
    send(other, queued(other, to=TO_DANA, kind="reply"))


# --- what counts as written to ---


def test_a_failure_is_not_counted(desk: Desk, other: Seat) -> None:
    send(desk, queued(desk, to=TO_DANA), REFUSED)
    assert desk.rows("SELECT count(*) FROM outreach_history") == [(0,)]
    assert contact(desk, MAIL).status == "available"
    assert not is_held(other, queued(other, to=TO_DANA))


def test_a_failure_from_elsewhere_is_not_counted(desk: Desk) -> None:
    waits = queued(desk, to=TO_DANA)
    wrote(desk, MAIL, days=1, status="failed")
    assert contact(desk, MAIL).last_contacted_at is None
    assert not is_held(desk, waits)


@pytest.mark.parametrize("status", ["sent", "unknown", "bounced"])
def test_whatever_may_have_arrived_is_counted(desk: Desk, status: str) -> None:
    wrote(desk, MAIL, days=30, status=status)
    assert is_held(desk, queued(desk, to=TO_DANA))


def test_an_unknown_outcome_counts_and_a_late_refusal_takes_it_back(desk: Desk, other: Seat) -> None:
    first = send(desk, queued(desk, to=TO_DANA), UNKNOWN)
    assert desk.rows("SELECT status FROM outreach_history") == [("unknown",)]
    assert contact(desk, MAIL).status == "cooling_off"
    waits = queued(other, to=TO_DANA)
    assert is_held(other, waits)
    desk.finish(first, REFUSED)
    assert desk.rows("SELECT status FROM outreach_history") == [("failed",)]
    for each in (desk, other):
        row = contact(each, MAIL)
        assert (row.status, row.eligible_for_outreach, row.last_contacted_at) == ("available", True, None)
    other.make_due()
    assert not is_held(other, waits)


def test_a_late_refusal_takes_back_only_its_own(desk: Desk) -> None:
    first = queued(desk, to=TO_DANA)
    wrote(desk, MAIL, days=90)
    before = contact(desk, MAIL).last_contacted_at
    claimed = send(desk, first, UNKNOWN)
    assert contact(desk, MAIL).last_contacted_at > before
    desk.finish(claimed, REFUSED)
    assert contact(desk, MAIL).last_contacted_at == before


def test_an_unknown_outcome_that_arrived_is_sent_since_its_own_time(desk: Desk) -> None:
    claimed = send(desk, queued(desk, to=TO_DANA), UNKNOWN)
    before = desk.rows("SELECT contacted_at FROM outreach_history")
    desk.finish(claimed, SENT)
    assert desk.rows("SELECT status FROM outreach_history") == [("sent",)]
    assert desk.rows("SELECT contacted_at FROM outreach_history") == before


@pytest.mark.parametrize("known", ["bounced", "replied"])
def test_a_late_result_does_not_overwrite_what_is_known_better(desk: Desk, known: str) -> None:
    claimed = send(desk, queued(desk, to=TO_DANA), UNKNOWN)
    desk.sql("UPDATE outreach_history SET status = %s", known)
    desk.finish(claimed, SENT)
    assert desk.rows("SELECT status FROM outreach_history") == [(known,)]


# --- what contacts say of themselves ---


def test_every_contact_of_the_person_is_told(desk: Desk, other: Seat) -> None:
    third = seat(desk, "spring")
    waits = queued(desk, to=TO_DANA)
    queued(other, to=TO_DANA)
    queued(third, to={"email": "dana.private@example.net"})
    linked(desk, MAIL, DANA)
    linked(third, "dana.private@example.net", VARIANTS[3])
    send(desk, waits)
    for each, email in ((desk, MAIL), (other, MAIL), (third, "dana.private@example.net")):
        row = contact(each, email)
        assert (row.status, row.eligible_for_outreach) == ("cooling_off", False)
        assert row.last_contacted_at == desk.rows("SELECT contacted_at FROM outreach_history")[0][0]


def test_a_new_contact_of_somebody_known_knows_it_at_once(desk: Desk, other: Seat) -> None:
    send(desk, queued(desk, to=TO_DANA))
    other.ingest(to={"email": "DANA@example.org"})
    row = contact(other, MAIL)
    assert (row.status, row.eligible_for_outreach) == ("cooling_off", False)
    assert row.last_contacted_at == contact(desk, MAIL).last_contacted_at


def test_a_profile_that_is_learnt_later_brings_its_history(desk: Desk, other: Seat) -> None:
    first = queued(desk, to=TO_DANA)
    linked(desk, MAIL, DANA)
    send(desk, first)
    other.ingest(to={"email": "dana.private@example.net"})
    assert contact(other, "dana.private@example.net").status == "available"
    linked(other, "dana.private@example.net", VARIANTS[0])
    assert contact(other, "dana.private@example.net").status == "cooling_off"


def test_dates_never_move_back(desk: Desk) -> None:
    desk.ingest(to=TO_DANA)
    wrote(desk, MAIL, days=10)
    late = contact(desk, MAIL).last_contacted_at
    for days, status in ((100, "sent"), (30, "unknown"), (20, "bounced"), (5, "failed")):
        wrote(desk, MAIL, days=days, status=status)
        assert contact(desk, MAIL).last_contacted_at == late
    desk.sql("UPDATE outreach_history SET status = 'bounced' WHERE status = 'unknown'")
    assert contact(desk, MAIL).last_contacted_at == late


def test_sixty_days_later_the_daily_refresh_makes_a_contact_available_again(desk: Desk) -> None:
    send(desk, queued(desk, to=TO_DANA))
    assert refreshed(desk) == 0
    desk.sql("ALTER TABLE contacts DISABLE TRIGGER keep_contact")  # time passes without a write
    days_pass(desk, 60)
    desk.sql("ALTER TABLE contacts ENABLE TRIGGER keep_contact")
    assert contact(desk, MAIL).status == "cooling_off"
    assert refreshed(desk) == 1
    row = contact(desk, MAIL)
    assert (row.status, row.eligible_for_outreach) == ("available", True)
    assert refreshed(desk) == 0


def refreshed(desk: Desk) -> int:
    changed: int = desk.rows("SELECT refresh_outreach_eligibility()")[0][0]
    return changed


@pytest.mark.parametrize("status", ["replied", "do_not_contact"])
def test_who_replied_or_opted_out_is_never_revived(desk: Desk, status: str) -> None:
    desk.ingest(to=TO_DANA)
    wrote(desk, MAIL, days=100)
    desk.sql("UPDATE contacts SET status = %s", status)
    for act in (
        lambda: wrote(desk, MAIL, days=70),
        lambda: desk.sql("UPDATE outreach_history SET status = 'bounced'"),
        lambda: refreshed(desk),
        lambda: days_pass(desk, 100),
        lambda: refreshed(desk),
        lambda: desk.ingest(to=TO_DANA | {"company": "Example"}),
    ):
        act()
        row = contact(desk, MAIL)
        assert (row.status, row.eligible_for_outreach) == (status, False)


def test_a_reply_reaches_every_contact_but_takes_back_no_opt_out(desk: Desk, other: Seat) -> None:
    send(desk, queued(desk, to=TO_DANA))
    other.ingest(to=TO_DANA)
    desk.sql(
        "UPDATE contacts SET status = 'do_not_contact' WHERE offer_id = (SELECT offer_id FROM campaigns WHERE id = %s)",
        other.campaign_id,
    )
    desk.sql("UPDATE outreach_history SET status = 'replied'")
    assert contact(desk, MAIL).status == "replied"
    assert contact(other, MAIL).status == "do_not_contact"


# --- the suppression list ---

LISTED = {
    "address": " DANA@example.org ",
    "domain": "@Example.ORG",
    "company": " example ltd ",
}


def suppress(desk: Desk, kind: str, value: str) -> None:
    desk.sql(
        "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
        " VALUES (gen_random_uuid(), %s, %s, %s, 'asked')",
        desk.workspace_id,
        kind,
        value,
    )


@pytest.mark.parametrize("kind", LISTED)
@pytest.mark.parametrize("known_before", [True, False])
def test_whoever_is_on_the_list_is_marked_and_never_written_to(desk: Desk, kind: str, known_before: bool) -> None:
    person = TO_DANA | {"company": "Example Ltd"}
    if known_before:
        desk.ingest(to=person)
    suppress(desk, kind, LISTED[kind])
    draft = desk.ingest(to=person)
    row = contact(desk, MAIL)
    assert (row.suppressed_by, row.eligible_for_outreach) == (kind, False)
    if desk.state(draft) == "needs_review":
        desk.approve(draft)
        assert desk.try_claim() is None
        assert desk.statuses(draft) == ("needs_review", ["skipped"])


def test_a_domain_covers_what_is_below_it_and_nothing_that_only_ends_like_it(desk: Desk) -> None:
    suppress(desk, "domain", "example.org")
    for address, marked in (
        ("a@mail.example.org", "domain"),
        ("a@x.y.example.org", "domain"),
        ("a@notexample.org", None),
        ("a@example.org.uk", None),
        ("a.example.org@example.net", None),
    ):
        desk.ingest(to={"email": address})
        assert contact(desk, address).suppressed_by == marked


def test_a_company_that_is_learnt_later_is_looked_up(desk: Desk) -> None:
    suppress(desk, "company", "Example Ltd")
    desk.ingest(to=TO_DANA)
    assert contact(desk, MAIL).suppressed_by is None
    desk.ingest(to=TO_DANA | {"company": "EXAMPLE LTD"})
    assert contact(desk, MAIL).suppressed_by == "company"


def test_the_list_is_asked_even_where_a_contact_was_not_marked(desk: Desk) -> None:
    """The contact and the entry can be written at the same time, each by somebody who cannot see the other yet."""
    waits = queued(desk, to=TO_DANA)
    suppress(desk, "address", MAIL)
    desk.sql("UPDATE contacts SET suppressed_by = NULL")
    assert desk.try_claim() is None
    assert delivery(desk, waits).status == "skipped"


@pytest.mark.parametrize("kind", LISTED)
def test_an_entry_is_obeyed_by_mail_that_is_already_connected(desk: Desk, kind: str) -> None:
    waits = queued(desk, to=TO_DANA | {"company": "Example Ltd"})
    claimed = desk.claim()
    suppress(desk, kind, LISTED[kind])
    assert not desk.start(claimed)
    desk.finish(claimed, HELD_BACK)
    assert desk.try_claim() is None
    assert delivery(desk, waits).status == "skipped"


@pytest.mark.parametrize("kind", LISTED)
def test_an_entry_that_is_corrected_names_whom_it_names_now(desk: Desk, kind: str) -> None:
    suppress(desk, kind, "somebody.else")
    queued(desk, to=TO_DANA | {"company": "Example Ltd"})
    claimed = desk.claim()
    desk.sql("UPDATE suppressions SET value_folded = %s", LISTED[kind])
    assert contact(desk, MAIL).suppressed_by == kind
    assert not desk.start(claimed)


def test_an_entry_that_was_being_written_while_the_contact_was_made_is_obeyed(desk: Desk) -> None:
    """Neither could see the other, and the claim could not see the entry: `start` asks the list itself."""
    with desk.connect() as writing:
        writing.execute("BEGIN")
        writing.execute(
            "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
            " VALUES (gen_random_uuid(), %s, 'domain', 'example.org', 'asked')",
            (desk.workspace_id,),
        )
        queued(desk, to=TO_DANA)
        claimed = desk.claim()
        writing.execute("COMMIT")
    assert contact(desk, MAIL).suppressed_by is None
    assert not desk.start(claimed)


# --- one person, several contacts ---


def test_an_opt_out_in_one_offer_is_obeyed_in_every_other_even_where_nobody_was_told(desk: Desk, other: Seat) -> None:
    """The second contact is made while the opt-out is being written: neither sees the other."""
    desk.ingest(to=TO_DANA | {"linkedin_url": DANA})
    with desk.connect() as writing:
        writing.execute("BEGIN")
        writing.execute("UPDATE contacts SET status = 'do_not_contact'")
        waits = queued(other, to={"email": "dana.private@example.net", "linkedin_url": DANA})
        claimed = other.claim()
        writing.execute("COMMIT")
    assert contact(other, "dana.private@example.net").status == "available"
    assert not other.start(claimed)
    other.finish(claimed, HELD_BACK)
    assert other.try_claim() is None
    row = delivery(other, waits)
    assert (row.status, row.held_code) == ("skipped", "opted_out")


@pytest.mark.parametrize("status", ["do_not_contact", "replied"])
def test_whoever_turns_out_to_have_opted_out_is_marked_in_every_offer(desk: Desk, other: Seat, status: str) -> None:
    desk.ingest(to=TO_DANA | {"linkedin_url": DANA})
    desk.sql("UPDATE contacts SET status = %s", status)
    private = {"email": "dana.private@example.net"}
    other.ingest(to=private)
    desk.ingest(to=private)
    desk.ingest(to=private | {"linkedin_url": DANA})  # known to be the same person now, in this offer
    for each in (desk, other):
        assert contact(each, private["email"]).status == status


@pytest.mark.parametrize(("said", "marker"), [("do_not_contact", "opted_out:"), ("replied", "replied:")])
def test_a_careless_client_cannot_write_to_whom_another_contact_spoke_for(
    desk: Desk, other: Seat, said: str, marker: str
) -> None:
    desk.ingest(to=TO_DANA)
    waits = queued(other, to=TO_DANA)
    desk.sql("UPDATE contacts SET status = %s WHERE id = %s", said, contact(desk, MAIL).id)
    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=marker):
        desk.sql(
            "UPDATE send_queue SET status = 'claimed', attempt_id = gen_random_uuid(),"
            " lease_until = now() + interval '1 minute' WHERE id = %s",
            waits,
        )


def test_a_contact_is_not_made_while_what_came_back_of_this_person_is_being_taken_in(desk: Desk, other: Seat) -> None:
    desk.ingest(to=TO_DANA)
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            take_turns(tx, desk.workspace_id, [MAIL])
            tx.execute(sa.text("UPDATE contacts SET status = 'do_not_contact'"))
            making = pool.submit(other.ingest, to=TO_DANA)
            wait_until(lambda: desk.rows("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"))
        making.result()
    assert contact(other, MAIL).status == "do_not_contact"


# --- what counts as an answer, and as a step ---


def test_a_reply_to_somebody_who_never_wrote_passes_nothing(desk: Desk) -> None:
    """Whatever was approved before the database knew better."""
    waits = queued(desk, to=TO_DANA, kind="reply")
    desk.sql("UPDATE drafts SET inbound_message_id = NULL")
    desk.sql("DELETE FROM inbound_messages")
    wrote(desk, MAIL, days=1)
    assert is_held(desk, waits)


def test_a_second_beginning_of_a_sequence_waits_for_the_sixty_days(desk: Desk) -> None:
    sequence = new_id()
    first = queued(desk, to=TO_DANA)
    in_sequence(desk, first, sequence)
    send(desk, first)
    again = queued(desk, to=TO_DANA)
    in_sequence(desk, again, sequence)
    assert is_held(desk, again)


def test_whom_we_wrote_to_and_when_stays_written_down(desk: Desk) -> None:
    wrote(desk, MAIL, days=1)
    for statement in (
        "DELETE FROM outreach_history",
        "TRUNCATE outreach_history",
        "UPDATE outreach_history SET contacted_at = contacted_at - interval '61 days'",
        "UPDATE outreach_history SET email_folded = 'erin@example.org'",
    ):
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="is refused"):
            desk.sql(statement)
    desk.sql("UPDATE outreach_history SET contacted_at = contacted_at + interval '1 hour', status = 'bounced'")


def test_a_reply_that_came_in_meanwhile_keeps_an_intro_from_starting(desk: Desk) -> None:
    queued(desk, to=TO_DANA)
    intro = desk.claim()
    desk.sql("UPDATE contacts SET status = 'replied'")
    assert not desk.start(intro)
    desk.finish(intro, HELD_BACK)
    answer = queued(desk, to=TO_DANA, kind="reply")
    claimed = desk.claim()
    assert claimed.delivery_id == answer
    assert desk.start(claimed)


# --- whatever the order ---

#: Of each story, with its number: the people of one are strangers to the next.
EMAILS = ("dana{}@example.org", "erin{}@example.org", "fay{}@example.org")
URLS = (None, "https://linkedin.com/in/one{}", "https://uk.linkedin.com/in/Two{}/")
PERSON = st.tuples(st.sampled_from(EMAILS), st.sampled_from(URLS))
STATUS = st.sampled_from(["sent", "unknown", "failed", "bounced", "replied"])

QUEUE = st.tuples(st.just("queue"), st.integers(0, 2), PERSON, st.booleans())
CLAIM = st.tuples(st.just("claim"), st.integers(0, 2), st.sampled_from([SENT, SENT, UNKNOWN, REFUSED, None]))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("history"), PERSON, STATUS, st.integers(0, 80)),
        st.tuples(st.just("amend"), STATUS, st.integers(0, 99)),
        QUEUE,
        QUEUE,
        QUEUE,
        CLAIM,
        CLAIM,
        CLAIM,
        st.tuples(st.just("late"), st.sampled_from([SENT, REFUSED])),
        st.tuples(st.just("days"), st.integers(1, 70)),
        st.tuples(st.just("link"), st.integers(0, 2), PERSON),
    ),
    min_size=8,
    max_size=25,
)


@dataclass
class Story:
    """Three accounts of one workspace, in steps that Hypothesis chooses; every claim is judged by the rows alone."""

    seats: list[Seat]
    number: int
    open: list[Any] = field(default_factory=list)
    unknown: list[Any] = field(default_factory=list)
    sequences: dict[int, UUID] = field(default_factory=dict)
    claims: int = 0
    held: int = 0

    def named(self, person: tuple[str, str | None]) -> tuple[str, str | None]:
        return person[0].format(self.number), person[1] and person[1].format(self.number)

    def history(self, person: tuple[str, str | None], status: str, days: int) -> None:
        email, url = self.named(person)
        wrote(self.seats[0], email.upper(), url, days=days, status=status)

    def amend(self, status: str, chance: int) -> None:
        """What became of it is learnt later, in any order."""
        rows = self.seats[0].rows("SELECT id FROM outreach_history WHERE delivery_id IS NULL ORDER BY id")
        if rows:
            self.seats[0].sql(
                "UPDATE outreach_history SET status = %s WHERE id = %s", status, *rows[chance % len(rows)]
            )

    def queue(self, number: int, person: tuple[str, str | None], sequence: bool) -> None:
        each = self.seats[number]
        made = queued(each, to={"email": self.named(person)[0]}, kind="follow_up" if sequence else "intro")
        if sequence:
            in_sequence(each, made, self.sequences.setdefault(number, new_id()))

    def link(self, number: int, person: tuple[str, str | None]) -> None:
        self.seats[number].sql(
            "UPDATE contacts SET linkedin_url = %s WHERE email_folded = %s AND offer_id ="
            " (SELECT offer_id FROM campaigns WHERE id = %s)",
            *reversed(self.named(person)),
            self.seats[number].campaign_id,
        )

    def claim(self, number: int, outcome: Any) -> None:
        each = self.seats[number]
        each.make_due()
        before = self.blocked(each)
        claimed = each.try_claim()
        if claimed is None:
            assert all(before.values()), "it could have gone"
            self.held += len(before)
            return
        self.claims += 1
        assert before[claimed.delivery_id] is False, "the sixty days are broken"
        self.open.append((each, claimed))
        if outcome is None:
            return
        assert each.start(claimed) or self.replied(each, claimed)
        if each.rows("SELECT status FROM send_queue WHERE id = %s", claimed.delivery_id) == [("claimed",)]:
            outcome = HELD_BACK
        each.finish(claimed, outcome)
        self.open.remove((each, claimed))
        if outcome is UNKNOWN:
            self.unknown.append((each, claimed))

    def replied(self, each: Seat, claimed: Any) -> bool:
        return each.rows(
            "SELECT status FROM contacts c JOIN send_queue q ON q.contact_id = c.id WHERE q.id = %s",
            claimed.delivery_id,
        ) == [("replied",)]

    def late(self, outcome: Any) -> None:
        if self.unknown:
            each, claimed = self.unknown.pop()
            each.finish(claimed, outcome)

    def days(self, number: int) -> None:
        days_pass(self.seats[0], number)

    def blocked(self, each: Seat) -> dict[UUID, bool]:
        """Of each delivery of this account: whether the rule forbids it now, as a reader of the tables would see it."""
        desk = self.seats[0]
        now = database_now(desk)
        contacts = {
            row[0]: row[1:] for row in desk.rows("SELECT id, email_folded, linkedin_folded, status FROM contacts")
        }
        history = desk.rows(
            "SELECT email_folded, linkedin_folded, contacted_at, sequence_instance_id FROM outreach_history"
            " WHERE status <> 'failed'"
        )
        flying = [
            row[0] for row in desk.rows("SELECT contact_id FROM send_queue WHERE status IN ('claimed', 'sending')")
        ]
        found = {}
        for id_, contact_id, sequence in desk.rows(
            "SELECT q.id, q.contact_id, d.sequence_instance_id FROM send_queue q JOIN drafts d ON d.id = q.draft_id"
            " WHERE q.status = 'queued' AND q.account_id = %s",
            each.account_id,
        ):
            email, url, status = contacts[contact_id]
            same = [c for c in contacts.values() if c[0] == email or (url and c[1] == url)]
            emails, urls = {email, *(c[0] for c in same)}, {url, *(c[1] for c in same)} - {None}
            found[id_] = (
                status == "replied"
                or any(
                    (line[0] in emails or line[1] in urls)
                    and line[2] > now - timedelta(days=60)
                    and not (sequence is not None and line[3] == sequence)
                    for line in history
                )
                or any(contacts[c][0] in emails or contacts[c][1] in urls for c in flying)
            )
        return found


def test_the_rule_holds_whatever_the_order_of_inserts_updates_and_claims(desk: Desk) -> None:
    """Never broken, and never stricter than it is: what may go goes."""
    (name,) = desk.rows("SELECT current_database()")[0]
    desk.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")  # no machine crashes here, and the disk is slow
    engine().dispose()
    numbers = count(1)
    total: list[int] = [0, 0]

    @cases(120)
    @given(STEPS)
    def story(steps: list[Any]) -> None:
        number = next(numbers)
        told = Story([seat(desk, f"s{number}-{n}") for n in range(3)], number)
        for step in steps:
            getattr(told, step[0])(*step[1:])
        for days in (0, 61):
            told.days(days)
            for _ in range(2):
                for seat_number in range(3):
                    told.claim(seat_number, SENT)
        total[0] += told.claims
        total[1] += told.held

    story()
    assert min(total) > 25, f"the stories tell too little: {total}"
