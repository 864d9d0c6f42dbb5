"""Claim: lease the head of an account's queue, and freeze what will leave, before any I/O."""

from datetime import UTC, datetime

import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlalchemy.engine import Connection

from core.actor import SIGNOFF
from core.delivery.facts import AccountRow, DeliveryRow, facts_of
from core.delivery.finishing import finish
from core.delivery.gates import Facts, GateRefusal, contact_busy, first_refusal
from core.delivery.leased import Claimed, claim_lease
from core.delivery.queue import PRIORITIES, head_of_queue, lock_account_and_head, read_delivery
from core.delivery.refusals import apply_refusal, put_off_account
from core.ids import UUID, new_id
from core.mail.mime import Mail, build, make_message_id
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, DeliveryStatus, GateCode, Phase, Reason, Verb
from core.text.message_ids import first_usable, thread_of
from core.text.phrases import full_name

#: Deliveries that one claim looks at, before it leaves the rest to the next.
MOST_LOOKS = 50
#: Gates that hold back all of an account, whatever its priority.
WHOLE_ACCOUNT = frozenset(
    {
        *(GateCode.SENDING_STOPPED, GateCode.ACCOUNT_NOT_ACTIVE, GateCode.ACCOUNT_RESTS, GateCode.ACCOUNT_UNHEALTHY),
        GateCode.DAILY_LIMIT,
    }
)


def claim(tx: Connection, account_id: UUID) -> Claimed | None:
    """Claim, under a lease, the head of the account's queue that every gate lets pass; freeze its mail before any I/O.

    The head is locked with SKIP LOCKED, and one conditional update claims it, with the attempt whose id is its fencing
    token.

    The account's row is locked, so its limit, spacing and day are counted once, by one claim at a time. None when
    nothing may go now: then what was looked at knows why, and the account knows when to be looked at again. None, too,
    when the head could not be made into a mail: it is back with a person then.
    """
    found = lock_account_and_head(tx, account_id)
    if found is None:
        return None
    account, row = found
    priorities, untils = list(PRIORITIES), list[datetime]()
    for _ in range(MOST_LOOKS):
        if row is None:
            break
        facts = facts_of(account, row)
        result = first_refusal(facts) or _claim(tx, account, row, facts)
        if isinstance(result, Claimed):
            if result.mime:
                return result
            # It cannot be made into a mail: it fails at once, and its draft goes back to a person.
            finish(tx, result.attempt_id, Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.UNSENDABLE))
            return None
        apply_refusal(tx, row, result)
        if result.of_account:
            blocked = priorities if result.code in WHOLE_ACCOUNT else [row.priority]
            priorities = [priority for priority in priorities if priority not in blocked]
            untils += [result.until] if result.until else []
        if result.code == GateCode.SENDING_STOPPED:
            untils.append(account.now)  # while it lasts the clock looks at no account, and then at this one at once
        row = head_of_queue(tx, account_id, priorities, account.now) if priorities else None
    put_off_account(tx, account_id, priorities, untils)
    return None


def _claim(tx: Connection, account: AccountRow, row: DeliveryRow, facts: Facts) -> Claimed | GateRefusal:
    """Conditional update: claim this delivery, with its attempt and event. The database counts it, and may refuse.

    Only refusals that are about the person can come by right: somebody has written, or begun to write, to them, or they
    to us, and the contact's row did not say so. Then the gates are asked again, with all that the database knows.
    """
    attempt_id = new_id()
    try:
        message_id = make_message_id(attempt_id, account.address.rpartition("@")[2])
        mime, mime_sha256 = _freeze(account, row, message_id)
    except ValueError:
        # It must not block the queue behind it: an attempt that fails with nothing to hand over.
        message_id, mime, mime_sha256 = f"<{attempt_id.hex}@unsendable.invalid>", b"", ""
    number = tx.scalar(
        _CLAIM,
        {
            "delivery": row.id,
            "attempt": attempt_id,
            "lease": claim_lease(),
            "workspace": row.workspace_id,
            "draft": row.draft_id,
            "message_id": message_id,
            "mime": mime,
            "mime_sha256": mime_sha256,
            "event": new_id(),
            "data": Jsonb({"try": row.tries + 1}),
        },
    )
    if number is None:
        known = read_delivery(tx, row.id)
        return (known and first_refusal(facts_of(account, known))) or contact_busy(facts)
    return Claimed(
        attempt_id, row.id, row.draft_id, account.account_id, account.smtp_url, account.address, row.email, mime, number
    )


def _freeze(account: AccountRow, row: DeliveryRow, message_id: str) -> tuple[bytes, str]:
    """The mail as it will leave, and its SHA-256. Its date is the database's: a process's clock may jump.

    Raises ValueError when an address or a header cannot be sent. That theirs cannot be is no reason: it is left out.
    """
    parent = first_usable(row.in_reply_to or "")
    mime = build(
        Mail(
            from_name=account.account_name,
            from_address=account.address,
            to_name=full_name(row.first_name, row.last_name),
            to_address=row.email,
            subject=row.subject,
            body=row.body,
            message_id=message_id,
            date=account.now.astimezone(UTC),
            in_reply_to=parent,
            references=tuple(thread_of(row.reference_ids or [], parent)),
        )
    )
    return mime.content, mime.sha256


#: One round trip: the delivery, and if it was claimed, its attempt and the event (`core/events.py`).
_CLAIM = sa.text(f"""
    WITH taken AS (
        SELECT take_delivery(:delivery, :attempt, :lease) AS is_ours
    ), attempt AS (
        INSERT INTO send_attempts (id, workspace_id, delivery_id, draft_id, message_id, mime, mime_sha256)
        SELECT :attempt, :workspace, :delivery, :draft, :message_id, :mime, :mime_sha256 FROM taken WHERE is_ours
        RETURNING number
    ), event AS (
        INSERT INTO message_events
            (id, workspace_id, verb, surface, draft_id, delivery_id, attempt_id, from_status, to_status, data)
        SELECT :event, :workspace, '{Verb.CLAIM}', '{SIGNOFF.surface}', :draft, :delivery, :attempt,
            '{DeliveryStatus.QUEUED}', '{DeliveryStatus.CLAIMED}', :data
        FROM attempt
    )
    SELECT number FROM attempt
""").bindparams(sa.bindparam("lease", type_=sa.Interval))  # noqa: S608  words of our own taxonomy
