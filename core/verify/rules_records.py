"""What the database holds whatever the code above it does: one send, the text that was read, and all that happened."""

from contextlib import suppress
from enum import StrEnum

from core import delivery
from core.delivery import Claimed
from core.drafts import review
from core.errors import Conflict, Stale
from core.ids import UUID
from core.mail.outcome import Outcome
from core.models import InboundMessage, OutreachHistory
from core.states import DELIVERY, DRAFT, Machine
from core.taxonomy import AttemptOutcome, DeliveryStatus, DraftKind, DraftStatus, HistoryStatus, Phase, Reason
from core.verify.scene import Broken, Mail, Scene, add

SENT = Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, code=250)
UNKNOWN = Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, Reason.DROPPED)

_SECOND_DELIVERY = """
    INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)
    SELECT gen_random_uuid(), workspace_id, draft_id, content_version, campaign_id, account_id, contact_id
    FROM send_queue WHERE id = :delivery
"""
_UNAPPROVED_DELIVERY = """
    INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)
    SELECT gen_random_uuid(), workspace_id, id, version, campaign_id, :account, contact_id
    FROM drafts WHERE id = :draft
"""
_SECOND_ATTEMPT = """
    INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256, started_at)
    SELECT gen_random_uuid(), workspace_id, delivery_id, draft_id, 'verify', mime, mime_sha256, clock_timestamp()
    FROM send_attempts WHERE id = :attempt
"""


def one_delivery(scene: Scene) -> str:
    """A draft is queued once, however often it is approved."""
    mail = scene.mail()
    with suppress(Conflict):
        review.approve(scene.tx, mail.draft_id, 1, scene.by)
        raise Broken("a second approval made a second delivery")
    _refuse_second(scene, mail)
    _sent(scene)
    _refuse_second(scene, mail)
    return "a second approval was a conflict, a second delivery was refused, while it waited and after it was sent"


def _refuse_second(scene: Scene, mail: Mail) -> None:
    scene.refused("a second delivery", _SECOND_DELIVERY, "uq_send_queue_one_live_delivery", delivery=mail.delivery_id)


def one_send(scene: Scene) -> str:
    """At most one attempt of a draft is sent; one that may have been sent is not queued again by itself."""
    mail = scene.mail()
    claimed = _started(scene)
    scene.refused(
        "a second attempt that starts",
        _SECOND_ATTEMPT,
        "uq_send_attempts_one_that_may_have_left",
        attempt=claimed.attempt_id,
    )
    delivery.finish(scene.tx, claimed.attempt_id, UNKNOWN)
    scene.refused(
        "queuing again what may have been sent",
        "UPDATE send_queue SET status = 'queued' WHERE id = :delivery",
        "a delivery cannot",
        delivery=mail.delivery_id,
    )
    return "a second attempt was refused, and so was queuing again a mail with an unknown outcome"


def what_was_read(scene: Scene) -> str:
    """An approval holds only for the version that was read."""
    draft_id = scene.draft()
    review.edit(scene.tx, draft_id, 1, "Hello", "Hi Dana,\n\nanother text.\n", scene.by)
    with suppress(Stale):
        review.approve(scene.tx, draft_id, 1, scene.by)
        raise Broken("a version that is not the latest was approved")
    scene.refused(
        "queuing a draft that nobody approved",
        _UNAPPROVED_DELIVERY,
        "is not approved",
        draft=draft_id,
        account=scene.account_id,
    )
    return "the approval of an older version was refused, and so was a delivery that nobody approved"


def text_kept(scene: Scene) -> str:
    """An approved text and a sent mail cannot be changed or removed."""
    mail = scene.mail()
    claimed = _sent(scene)
    for what, statement, marker in (
        ("changing a text", "UPDATE draft_versions SET body = 'Other.' WHERE draft_id = :draft", "is refused"),
        ("deleting a text", "DELETE FROM draft_versions WHERE draft_id = :draft", "is refused"),
        ("changing a sent mail", "UPDATE send_attempts SET mime = '' WHERE id = :attempt", "hands over cannot change"),
        ("deleting an attempt", "DELETE FROM send_attempts WHERE id = :attempt", "is refused"),
        ("sending a draft to somebody else", _OTHER_PERSON, "what a delivery delivers cannot change"),
        ("deleting a delivery", "DELETE FROM send_queue WHERE draft_id = :draft", "is refused"),
        ("changing an address", "UPDATE contacts SET email = 'x@y.example' WHERE id = :contact", "cannot change"),
    ):
        named = {"draft": mail.draft_id, "attempt": claimed.attempt_id, "contact": mail.contact_id}
        used = {name: value for name, value in named.items() if f":{name}" in statement}
        scene.refused(what, statement, marker, **used)
    return "7 ways to change or remove what was read and sent were refused"


_OTHER_PERSON = """
    UPDATE send_queue SET contact_id = (SELECT id FROM contacts WHERE id <> :contact LIMIT 1) WHERE draft_id = :draft
"""


def events_kept(scene: Scene) -> str:
    """The record of events cannot be changed or removed."""
    mail = scene.mail()
    for what, statement in (
        ("changing an event", "UPDATE message_events SET verb = 'reject' WHERE draft_id = :draft"),
        ("deleting an event", "DELETE FROM message_events WHERE draft_id = :draft"),
    ):
        scene.refused(what, statement, "is refused", draft=mail.draft_id)
    return "changing and deleting an event were refused"


def history_kept(scene: Scene) -> str:
    """The history of who was contacted, and when, cannot be changed or removed."""
    line = add(
        scene.tx,
        OutreachHistory,
        workspace_id=scene.workspace_id,
        status=HistoryStatus.SENT,
        email_folded="dana@verify.example",
        contacted_at=scene.now(),
    )
    for what, statement in (
        ("deleting a line", "DELETE FROM outreach_history WHERE id = :id"),
        ("dating a line back", "UPDATE outreach_history SET contacted_at = '2020-01-01Z' WHERE id = :id"),
        ("changing whom it names", "UPDATE outreach_history SET email_folded = 'x@y.example' WHERE id = :id"),
    ):
        scene.refused(what, statement, "is refused", id=line)
    return "deleting a line of the history, dating it back and naming somebody else in it were refused"


def transitions(scene: Scene) -> str:
    """Drafts and deliveries change state only as their state machines allow."""
    person = scene.person()
    add(scene.tx, InboundMessage, workspace_id=scene.workspace_id, contact_id=person, subject="Hello?", body="Hello?")
    # An answer, which no other rule keeps from leaving twice.
    mail, open_draft, rejected = scene.mail(person, kind=DraftKind.REPLY), scene.draft(), scene.draft()
    review.reject(scene.tx, rejected, 1, "Verify.", scene.by)
    tried = _try_all(scene, DELIVERY, DeliveryStatus, DeliveryStatus.QUEUED, mail.delivery_id)
    tried += _try_all(scene, DRAFT, DraftStatus, DraftStatus.NEEDS_REVIEW, open_draft)
    tried += _try_all(scene, DRAFT, DraftStatus, DraftStatus.REJECTED, rejected)
    _sent(scene)
    tried += _try_all(scene, DELIVERY, DeliveryStatus, DeliveryStatus.SENT, mail.delivery_id)
    _refuse_move(scene, "drafts", "a draft ", mail.draft_id, DraftStatus.NEEDS_REVIEW)
    return f"{tried} steps that no machine has were refused, and a draft whose mail was sent stays approved"


def _try_all(scene: Scene, machine: Machine, states: type[StrEnum], before: str, row_id: UUID) -> int:
    """Every step from this state that the machine does not have."""
    table, marker = ("drafts", "a draft ") if machine is DRAFT else ("send_queue", "a delivery cannot")
    illegal = [state for state in states if state != before and (before, state) not in machine.moves()]
    for state in illegal:
        _refuse_move(scene, table, marker, row_id, state)
    return len(illegal)


def _refuse_move(scene: Scene, table: str, marker: str, row_id: UUID, status: str) -> None:
    held = table == "send_queue" and status in ("claimed", "sending")
    scene.refused(
        f"{table} to {status}",
        f"UPDATE {table} SET status = :status"  # noqa: S608  our own words
        + (", attempt_id = gen_random_uuid(), lease_until = clock_timestamp()" if held else "")
        + " WHERE id = :id",
        marker,
        status=status,
        id=row_id,
    )


def _started(scene: Scene) -> Claimed:
    claimed = scene.claimed()
    if not delivery.start(scene.tx, claimed):
        raise Broken("an ordinary mail might not start")
    return claimed


def _sent(scene: Scene) -> Claimed:
    claimed = _started(scene)
    delivery.finish(scene.tx, claimed.attempt_id, SENT)
    return claimed
