"""The rule of sixty days holds whatever the order of inserts, updates and claims."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count, takewhile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db import engine
from core.errors import Refusal
from core.ids import UUID, new_id
from core.taxonomy import RefusalCode
from tests.core.contacts.person_parts import in_sequence
from tests.core.delivery.claim_parts import Seat, database_now, days_pass, queued, seat, wrote
from tests.fixtures.cases import cases
from tests.fixtures.domain import HELD_BACK, REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

#: Of each story, with its number: the people of one are strangers to the next.
EMAILS = ("dana{}@example.org", "erin{}@example.org", "fay{}@example.org")
URLS = (None, "https://linkedin.com/in/one{}", "https://uk.linkedin.com/in/Two{}/")
PERSON = st.tuples(st.sampled_from(EMAILS), st.sampled_from(URLS))
#: Statuses of a draft that nobody has decided.
WAITING = {"pending", "needs_review", "manual_review"}
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
    min_size=14,
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
        try:
            made = queued(each, to={"email": self.named(person)[0]}, kind="follow_up" if sequence else "intro")
        except Refusal as refusal:
            if refusal.code != RefusalCode.BLOCKED:
                raise
            return  # they replied before: nobody approves it
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
        domain = self.seats[0]
        now = database_now(domain)
        contacts = {
            row[0]: row[1:] for row in domain.rows("SELECT id, email_folded, linkedin_folded, status FROM contacts")
        }
        history = domain.rows(
            "SELECT email_folded, linkedin_folded, contacted_at, sequence_instance_id FROM outreach_history"
            " WHERE status <> 'failed'"
        )
        flying = [
            row[0] for row in domain.rows("SELECT contact_id FROM send_queue WHERE status IN ('claimed', 'sending')")
        ]
        found = {}
        for id_, contact_id, sequence, draft_id in domain.rows(
            "SELECT q.id, q.contact_id, d.sequence_instance_id, q.draft_id"
            " FROM send_queue q JOIN drafts d ON d.id = q.draft_id WHERE q.status = 'queued' AND q.account_id = %s",
            each.account_id,
        ):
            email, url, status = contacts[contact_id]
            same = [c for c in contacts.values() if c[0] == email or (url and c[1] == url)]
            emails, urls = {email, *(c[0] for c in same)}, {url, *(c[1] for c in same)} - {None}
            found[id_] = (
                status == "replied"
                or (sequence is not None and self.step_is_open(sequence, draft_id))
                or any(
                    (line[0] in emails or line[1] in urls)
                    and line[2] > now - timedelta(days=60)
                    and not (sequence is not None and line[3] == sequence)
                    for line in history
                )
                or any(contacts[c][0] in emails or contacts[c][1] in urls for c in flying)
            )
        return found

    def step_is_open(self, sequence: UUID, draft_id: UUID) -> bool:
        """Whether a step that was written before this one has not come to its end."""
        steps = self.seats[0].rows(
            "SELECT d.id, d.status, ARRAY(SELECT q.status FROM send_queue q WHERE q.draft_id = d.id)"
            " FROM drafts d WHERE d.sequence_instance_id = %s ORDER BY d.created_at, d.id",
            sequence,
        )
        before = list(takewhile(lambda step: step[0] != draft_id, steps))
        return any(
            "sent" not in tries
            and (status in WAITING or {*tries} & {"queued", "claimed", "sending", "outcome_unknown"})
            for _, status, tries in before
        )


def test_the_rule_holds_whatever_the_order_of_inserts_updates_and_claims(domain: Domain) -> None:
    """Never broken, and never stricter than it is: what may go goes."""
    (name,) = domain.rows("SELECT current_database()")[0]
    domain.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")  # no machine crashes here, and the disk is slow
    engine().dispose()
    numbers = count(1)
    total: list[int] = [0, 0]

    @cases(120, least=40)
    @given(STEPS)
    def story(steps: list[Any]) -> None:
        number = next(numbers)
        told = Story([seat(domain, f"s{number}-{n}") for n in range(3)], number)
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
