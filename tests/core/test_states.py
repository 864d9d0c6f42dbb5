"""The machines: core/states.py, the live database and docs/states.md say the same."""

import re
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise, product
from pathlib import Path

import psycopg
import pytest
from psycopg import errors as pg

from core.drafts.state import EDITABLE, OF_FEEDBACK, OPEN, draft_state
from core.ids import UUID, new_id
from core.states import DELIVERY, DRAFT, LIVE_DELIVERY, OPEN_DRAFT, TASK, Machine
from core.taxonomy import DeliveryStatus, DraftState, DraftStatus, TaskStatus, Verb
from tests.core.tasks.task_parts import tasks_at
from tests.fixtures.domain import Domain

D, Q, T = DraftStatus, DeliveryStatus, TaskStatus
PAGE = Path(__file__).resolve().parents[2] / "docs" / "states.md"

#: A way from the beginning to each state, along the machine's own moves.
WAY_OF_DRAFT: dict[str, tuple[str, ...]] = {
    D.PENDING: (D.PENDING,),
    D.NEEDS_REVIEW: (D.NEEDS_REVIEW,),
    D.MANUAL_REVIEW: (D.MANUAL_REVIEW,),
    D.APPROVED: (D.NEEDS_REVIEW, D.APPROVED),
    D.REJECTED: (D.NEEDS_REVIEW, D.REJECTED),
    D.EXPIRED: (D.NEEDS_REVIEW, D.EXPIRED),
}
WAY_OF_DELIVERY: dict[str, tuple[str, ...]] = {
    Q.QUEUED: (Q.QUEUED,),
    Q.CLAIMED: (Q.QUEUED, Q.CLAIMED),
    Q.SENDING: (Q.QUEUED, Q.CLAIMED, Q.SENDING),
    Q.SENT: (Q.QUEUED, Q.CLAIMED, Q.SENDING, Q.SENT),
    Q.OUTCOME_UNKNOWN: (Q.QUEUED, Q.CLAIMED, Q.SENDING, Q.OUTCOME_UNKNOWN),
    Q.FAILED: (Q.QUEUED, Q.CLAIMED, Q.FAILED),
    Q.CANCELLED: (Q.QUEUED, Q.CANCELLED),
    Q.SKIPPED: (Q.QUEUED, Q.SKIPPED),
}

WAY_OF_TASK: dict[str, tuple[str, ...]] = {
    T.WAITING: (T.WAITING,),
    T.OFFERED: (T.WAITING, T.OFFERED),
    T.DONE: (T.WAITING, T.OFFERED, T.DONE),
    T.COULD_NOT: (T.WAITING, T.OFFERED, T.COULD_NOT),
    T.SKIPPED: (T.WAITING, T.SKIPPED),
}


@pytest.fixture
def raw(domain: Domain) -> Iterator[psycopg.Connection]:
    """A connection past all code, its transaction rolled back at the end."""
    with psycopg.connect(domain.url) as connection:
        yield connection
        connection.rollback()


def insert_draft(raw: psycopg.Connection, like: UUID, status: str) -> UUID:
    """A draft in an initial state, written by hand."""
    draft = new_id()
    raw.execute(
        "INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status)"
        " SELECT %s, workspace_id, %s, content_hash, campaign_id, contact_id, %s FROM drafts WHERE id = %s",
        (draft, str(draft), status, like),
    )
    raw.execute(
        "INSERT INTO draft_versions (draft_id, version, subject, body, surface) VALUES (%s, 1, 'S', 'B', 'api')",
        (draft,),
    )
    return draft


def move_draft(raw: psycopg.Connection, draft: UUID, to: str) -> None:
    """The draft's status, with all that must stand beside it, so that only the table of moves can refuse."""
    raw.execute(
        "UPDATE drafts d SET status = %(to)s, decided_at = CASE WHEN %(decided)s THEN now() END,"
        " decided_by = CASE WHEN %(decided)s THEN m.id END, decision_note = 'Why', change_note = 'What',"
        " change_asked_by = m.id FROM members m WHERE m.slack_user_id = 'U01ALICE' AND d.id = %(draft)s",
        {"to": to, "decided": to in (D.APPROVED, D.REJECTED), "draft": draft},
    )


def insert_delivery(raw: psycopg.Connection, draft: UUID, status: str = Q.QUEUED) -> UUID:
    delivery = new_id()
    raw.execute(
        "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id,"
        " status) SELECT %s, d.workspace_id, d.id, d.version, d.campaign_id, c.account_id, d.contact_id, %s"
        " FROM drafts d JOIN campaigns c ON c.id = d.campaign_id WHERE d.id = %s",
        (delivery, status, draft),
    )
    return delivery


def move_delivery(raw: psycopg.Connection, delivery: UUID, to: str) -> None:
    """As `move_draft`: the attempts say what the new status needs, so that only the table of moves can refuse."""
    attempt = raw.execute("SELECT attempt_id FROM send_queue WHERE id = %s", (delivery,)).fetchone()[0]
    if attempt is None:
        attempt = new_id()
        raw.execute(
            "INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256)"
            " SELECT %s, workspace_id, id, draft_id, %s, '', '' FROM send_queue WHERE id = %s",
            (attempt, f"<{attempt}@example.com>", delivery),
        )
    before = raw.execute("SELECT status FROM send_queue WHERE id = %s", (delivery,)).fetchone()[0]
    if (before, to) in BY_OVERRULING:
        overrule(raw, attempt)
    may_have_left = to in (Q.SENDING, Q.SENT, Q.OUTCOME_UNKNOWN)
    outcome = {Q.CLAIMED: None, Q.SENDING: None, Q.SENT: "sent", Q.OUTCOME_UNKNOWN: "unknown"}.get(to, "not_sent")
    raw.execute(
        "UPDATE send_attempts SET outcome = %s, finished_at = CASE WHEN %s THEN now() END,"
        " started_at = coalesce(started_at, CASE WHEN %s THEN now() END)"
        " WHERE id = %s AND coalesce(outcome, 'unknown') = 'unknown' AND (overruled_at IS NULL OR %s = 'sent')",
        (outcome, outcome is not None, may_have_left, attempt, outcome),
    )
    lease = "now() + interval '1 minute'" if to in (Q.CLAIMED, Q.SENDING) else "NULL"
    raw.execute(
        f"UPDATE send_queue SET status = %s, lease_until = {lease}, attempt_id = %s, reason = 'Why' WHERE id = %s",
        (to, attempt, delivery),
    )


def insert_task(raw: psycopg.Connection, like: UUID, status: str = T.WAITING) -> UUID:
    task = new_id()
    raw.execute(
        "INSERT INTO tasks (id, workspace_id, key, content_hash, campaign_id, account_id, contact_id, kind, text, link,"
        " status, offered_to, done_at, counted_on) SELECT %s, workspace_id, %s, content_hash, campaign_id, account_id,"
        " contact_id, kind, text, link, %s, (SELECT id FROM members LIMIT 1), CASE WHEN %s THEN now() END,"
        " CASE WHEN %s THEN current_date END FROM tasks WHERE id = %s",
        (task, str(task), status, status in (T.DONE, T.COULD_NOT), status in (T.OFFERED, T.DONE), like),
    )
    return task


def move_task(raw: psycopg.Connection, task: UUID, to: str) -> None:
    """The task's status, as though it had been offered before: only the table of moves can refuse."""
    told = "now()" if to in (T.DONE, T.COULD_NOT) else "NULL"
    raw.execute("UPDATE tasks SET offers = 1 WHERE id = %s", (task,))
    raw.execute(
        f"UPDATE tasks SET status = %s, done_at = {told}, done_by = (SELECT id FROM members LIMIT 1), reason = 'Why',"
        " offers = offers + %s WHERE id = %s",
        (to, int(to == T.OFFERED), task),
    )


#: Moves that need a person who overruled the attempt.
BY_OVERRULING = {(Q.OUTCOME_UNKNOWN, Q.QUEUED), (Q.QUEUED, Q.SENT), (Q.CLAIMED, Q.SENT)}


def overrule(raw: psycopg.Connection, attempt: UUID) -> None:
    """Let the outcome of an attempt be unknown since an hour ago, and a person overrule it."""
    raw.execute(
        "UPDATE send_attempts SET started_at = coalesce(started_at, now()), outcome = 'unknown',"
        " finished_at = now() - interval '1 hour' WHERE id = %s",
        (attempt,),
    )
    raw.execute(
        "UPDATE send_attempts SET overruled_at = now(),"
        " overruled_by = (SELECT id FROM members WHERE role = 'admin' LIMIT 1) WHERE id = %s",
        (attempt,),
    )


def passes(raw: psycopg.Connection, move: Callable[[], object]) -> bool:
    """Whether the database lets `move()` through; either way it is undone."""
    raw.execute("SAVEPOINT tried")
    try:
        move()
    except pg.IntegrityConstraintViolation as refusal:  # what the triggers raise, and nothing else
        # The sixty days are asked before the machine is, and know what was sent.
        return not any(words in str(refusal) for words in ("cannot", "stays", "is not approved", "sixty_days"))
    else:
        return True
    finally:
        raw.execute("ROLLBACK TO tried")


def test_the_database_lets_exactly_the_moves_of_a_draft_through(domain: Domain, raw: psycopg.Connection) -> None:
    model = domain.ingest()
    allowed = set()
    for before, after in product(D, D):
        raw.execute("SAVEPOINT pair")
        draft = insert_draft(raw, model, WAY_OF_DRAFT[before][0])
        for state in WAY_OF_DRAFT[before][1:]:
            move_draft(raw, draft, state)
        if passes(raw, lambda draft=draft, after=after: move_draft(raw, draft, after)) and before != after:
            allowed.add((before, after))
        raw.execute("ROLLBACK TO pair")
    assert allowed == DRAFT.moves()


def test_the_database_lets_exactly_the_moves_of_a_delivery_through(domain: Domain, raw: psycopg.Connection) -> None:
    draft = domain.ingest()
    move_draft(raw, draft, D.APPROVED)
    allowed = set()
    for before, after in product(Q, Q):
        raw.execute("SAVEPOINT pair")
        delivery = insert_delivery(raw, draft)
        for state in WAY_OF_DELIVERY[before][1:]:
            move_delivery(raw, delivery, state)
        if passes(raw, lambda d=delivery, after=after: move_delivery(raw, d, after)) and before != after:
            allowed.add((before, after))
        raw.execute("ROLLBACK TO pair")
    assert allowed == DELIVERY.moves()


def test_the_database_lets_exactly_the_moves_of_a_task_through(domain: Domain, raw: psycopg.Connection) -> None:
    model = tasks_at(domain).ingest_task()
    allowed = set()
    for before, after in product(T, T):
        raw.execute("SAVEPOINT pair")
        task = insert_task(raw, model)
        for state in WAY_OF_TASK[before][1:]:
            move_task(raw, task, state)
        if passes(raw, lambda task=task, after=after: move_task(raw, task, after)) and before != after:
            allowed.add((before, after))
        raw.execute("ROLLBACK TO pair")
    assert allowed == TASK.moves()


def test_a_task_begins_only_where_its_machine_begins(domain: Domain, raw: psycopg.Connection) -> None:
    model = tasks_at(domain).ingest_task()
    begins = {status for status in T if passes(raw, lambda status=status: insert_task(raw, model, status))}
    assert begins == TASK.initial


def test_a_task_that_nobody_was_offered_is_not_done(domain: Domain, raw: psycopg.Connection) -> None:
    task = tasks_at(domain).ingest_task()
    with pytest.raises(pg.IntegrityConstraintViolation, match="nobody was offered"):
        raw.execute("UPDATE tasks SET status = 'done', done_at = now() WHERE id = %s", (task,))


def test_a_draft_begins_only_where_its_machine_begins(domain: Domain, raw: psycopg.Connection) -> None:
    model = domain.ingest()
    begins = {status for status in D if passes(raw, lambda status=status: insert_draft(raw, model, status))}
    assert begins == DRAFT.initial


def test_a_delivery_begins_only_where_its_machine_begins(domain: Domain, raw: psycopg.Connection) -> None:
    draft = domain.ingest()
    move_draft(raw, draft, D.APPROVED)
    begins = {status for status in Q if passes(raw, lambda status=status: insert_delivery(raw, draft, status))}
    assert begins == DELIVERY.initial


@pytest.mark.parametrize("status", sorted(set(D) - {D.APPROVED}))
def test_only_an_approved_draft_gets_a_delivery(domain: Domain, raw: psycopg.Connection, status: str) -> None:
    draft = insert_draft(raw, domain.ingest(), WAY_OF_DRAFT[status][0])
    for state in WAY_OF_DRAFT[status][1:]:
        move_draft(raw, draft, state)
    assert not passes(raw, lambda: insert_delivery(raw, draft))


@pytest.mark.parametrize("status", LIVE_DELIVERY)
def test_a_draft_with_a_live_delivery_stays_approved(domain: Domain, raw: psycopg.Connection, status: str) -> None:
    draft = domain.ingest()
    move_draft(raw, draft, D.APPROVED)
    delivery = insert_delivery(raw, draft)
    for state in WAY_OF_DELIVERY[status][1:]:
        move_delivery(raw, delivery, state)
    assert not passes(raw, lambda: move_draft(raw, draft, D.NEEDS_REVIEW))


def test_the_ends_of_the_machines() -> None:
    assert DRAFT.final() == {D.REJECTED}
    assert DELIVERY.final() == {Q.SENT, Q.FAILED, Q.CANCELLED, Q.SKIPPED}
    assert TASK.final() == {T.DONE, T.COULD_NOT}


@pytest.mark.parametrize(("machine", "ways"), [(DRAFT, WAY_OF_DRAFT), (DELIVERY, WAY_OF_DELIVERY), (TASK, WAY_OF_TASK)])
def test_every_state_can_be_reached(machine: Machine, ways: dict[str, tuple[str, ...]]) -> None:
    for state, way in ways.items():
        assert way[0] in machine.initial
        assert way[-1] == state
        assert set(pairwise(way)) <= machine.moves()


@pytest.mark.parametrize("move", sorted(BY_OVERRULING))
def test_a_mail_that_may_have_left_goes_again_only_by_a_person(
    domain: Domain, raw: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, move: tuple[str, str]
) -> None:
    draft = domain.ingest()
    move_draft(raw, draft, D.APPROVED)
    delivery = insert_delivery(raw, draft)
    for state in WAY_OF_DELIVERY[move[0]][1:]:
        move_delivery(raw, delivery, state)
    assert passes(raw, lambda: move_delivery(raw, delivery, move[1]))
    monkeypatch.setattr(sys.modules[__name__], "BY_OVERRULING", set())
    assert not passes(raw, lambda: move_delivery(raw, delivery, move[1]))


def test_only_a_person_leads_from_a_mail_that_may_have_left_back_to_the_queue() -> None:
    moves = {(a, b) for a, verb, b in DELIVERY.transitions if verb != Verb.RESEND}
    seen, ahead = set(), {Q.OUTCOME_UNKNOWN}
    while ahead:
        seen |= ahead
        ahead = {b for a, b in moves if a in ahead} - seen
    assert seen == {Q.OUTCOME_UNKNOWN, Q.SENT, Q.FAILED}


# --- what a person sees ---


def combinations() -> Iterator[tuple[DraftStatus, DeliveryStatus | None]]:
    """Every pair that the database allows: a draft with a live delivery is approved, and other ones are in the past."""
    for draft in D:
        for delivery in (None, *Q):
            live = delivery in LIVE_DELIVERY
            if live == (draft == D.APPROVED) or (draft == D.APPROVED and delivery in (Q.CANCELLED, Q.SKIPPED)):
                yield draft, delivery


@pytest.mark.parametrize(("draft", "delivery"), list(combinations()))
@pytest.mark.parametrize("returned", [False, True])
@pytest.mark.parametrize("held_back", [False, True])
@pytest.mark.parametrize("changes_asked", [False, True])
def test_every_combination_has_something_to_show(
    draft: str, delivery: str | None, returned: bool, held_back: bool, changes_asked: bool
) -> None:
    state = draft_state(
        draft, returned=returned, delivery_status=delivery, held_back=held_back, changes_asked=changes_asked
    )
    assert (state in OPEN) == (draft in OPEN_DRAFT), "approved and rejected only while one may decide"
    assert (state in EDITABLE) == (draft in DRAFT.sources(Verb.EDIT)), "written anew only while one may"


# --- the page ---


def rows_of(heading: str) -> set[tuple[str, ...]]:
    """The cells of the table under a heading of docs/states.md, without its head."""
    section = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return {tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in lines}


@pytest.mark.parametrize(("heading", "machine"), [("Review", DRAFT), ("Delivery", DELIVERY), ("Task", TASK)])
def test_the_page_has_the_same_transitions(heading: str, machine: Machine) -> None:
    assert {row[:3] for row in rows_of(heading)} == {(str(a), str(v), str(b)) for a, v, b in machine.transitions}


@pytest.mark.parametrize(("heading", "machine"), [("Review", DRAFT), ("Delivery", DELIVERY), ("Task", TASK)])
def test_the_page_draws_the_same_moves(heading: str, machine: Machine) -> None:
    section = PAGE.read_text().partition(f"## {heading}\n")[2].partition("\n## ")[0]
    drawn = set(re.findall(r"^    (\S+) --> (\S+)", section, re.MULTILINE))
    begin = {("[*]", str(state)) for state in machine.initial}
    end = {(str(state), "[*]") for state in machine.final()}
    loops = {(str(a), str(b)) for a, _, b in machine.transitions if a == b}
    assert drawn == begin | end | loops | {(str(a), str(b)) for a, b in machine.moves()}


def test_the_page_says_what_a_person_sees() -> None:
    told = {(row[0], row[1], row[2]): row[3] for row in rows_of("What a person sees")}
    for (draft, delivery, more), state in told.items():
        given = {"returned": "came back", "held_back": "held back", "changes_asked": "changes asked"}
        status = None if delivery == "none" else delivery
        came_back = next((verb for verb, state in OF_FEEDBACK.items() if state == more), None)
        assert state == draft_state(
            draft, delivery_status=status, came_back=came_back, **{name: more == told for name, told in given.items()}
        )
    assert set(told.values()) == set(DraftState)
    assert {(draft, delivery) for draft, delivery, _ in told} == {
        (str(draft), str(delivery or "none"))
        for draft, delivery in combinations()
        if delivery is None or draft == D.APPROVED or (draft, delivery) == (D.NEEDS_REVIEW, Q.FAILED)
    }
