"""Claim: take the head of an account's queue, and freeze what will leave, before any I/O."""

from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import SIGNOFF
from core.delivery.facts import PRIORITIES, Account, facts_of, head, lock_account
from core.delivery.finishing import finish
from core.delivery.held import Claimed, Row, claim_lease
from core.delivery.holding import hold_back, rest
from core.gates import Facts, Held, held_by, sixty_days
from core.ids import UUID, new_id
from core.mime import Mail, build, make_message_id
from core.models import Attempt
from core.taxonomy import AttemptOutcome, DeliveryStatus, GateCode, Phase, Verb
from core.transports.outcome import Outcome, Reason

#: Deliveries that one claim looks at, before it leaves the rest to the next.
MOST_LOOKS = 50
#: Gates that hold back all of an account, whatever its priority.
WHOLE_ACCOUNT = frozenset(
    {GateCode.SENDING_STOPPED, GateCode.ACCOUNT_NOT_ACTIVE, GateCode.ACCOUNT_UNHEALTHY, GateCode.DAILY_LIMIT}
)


def claim(tx: Connection, account_id: UUID) -> Claimed | None:
    """Take the head of the account's queue that every gate lets pass: lease, frozen mail, attempt, before any I/O.

    The account's row is locked, so its limit, spacing and day are counted once, by one claim at a time. None when
    nothing may go now: then what was looked at knows why, and the account knows when to be looked at again.
    """
    account = lock_account(tx, account_id)
    if account is None:
        return None
    priorities, untils = list(PRIORITIES), list[datetime]()
    for _ in range(MOST_LOOKS):
        row = head(tx, account_id, priorities, account.now)
        if row is None:
            break
        facts = facts_of(account, row)
        attempt_id = new_id()
        held = held_by(facts) or _take(tx, row, facts, attempt_id)
        if held is None:
            return _frozen(tx, account, row, attempt_id)
        hold_back(tx, row, held)
        if held.of_account:
            blocked = priorities if held.code in WHOLE_ACCOUNT else [row.priority]
            priorities = [priority for priority in priorities if priority not in blocked]
            untils += [held.until] if held.until else []
        if held.code == GateCode.SENDING_STOPPED:
            untils.append(account.now)  # while it lasts the clock looks at no account, and then at this one at once
    else:
        untils.append(account.now)
    rest(tx, account_id, priorities, untils)
    return None


def _take(tx: Connection, row: Row, facts: Facts, attempt_id: UUID) -> Held | None:
    """Claim this delivery. The database counts it, and refuses what the gates should have held back.

    Only one refusal can come by right: another account has begun to write to the same person since we looked.
    """
    taken = tx.scalar(_TAKE, {"delivery": row.id, "attempt": attempt_id, "lease": claim_lease()})
    return None if taken else sixty_days(replace(facts, being_written_to=True))


def _frozen(tx: Connection, account: Account, row: Row, attempt_id: UUID) -> Claimed | None:
    """The mail of a delivery that was just claimed, and its attempt; None when it cannot be made into a mail."""
    try:
        message_id = make_message_id(attempt_id, account.row.address.rpartition("@")[2])
        mime, mime_sha256 = _freeze(account.row, row, message_id)
    except ValueError:
        # It must not block the queue behind it: an attempt that fails with nothing to hand over.
        message_id, mime, mime_sha256 = f"<{attempt_id.hex}@unsendable.invalid>", b"", ""
    number = tx.execute(
        _ATTEMPT,
        {
            "id": attempt_id,
            "workspace_id": row.workspace_id,
            "delivery_id": row.id,
            "draft_id": row.draft_id,
            "message_id": message_id,
            "mime": mime,
            "mime_sha256": mime_sha256,
        },
    ).scalar_one()
    events.write(
        tx,
        SIGNOFF,
        Verb.CLAIM,
        workspace_id=row.workspace_id,
        draft_id=row.draft_id,
        delivery_id=row.id,
        attempt_id=attempt_id,
        moved=(DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED),
        data={"try": row.tries + 1},
    )
    if not mime:
        finish(tx, attempt_id, Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.UNSENDABLE))
        return None
    return Claimed(
        attempt_id,
        row.id,
        row.draft_id,
        account.row.id,
        account.row.smtp_url,
        account.row.address,
        row.email,
        mime,
        number,
    )


def _freeze(account: Row, row: Row, message_id: str) -> tuple[bytes, str]:
    """The mail as it will leave, and its SHA-256. Raises ValueError when an address or a header cannot be sent."""
    mime = build(
        Mail(
            from_name=account.name,
            from_address=account.address,
            to_name=" ".join(filter(None, (row.first_name, row.last_name))),
            to_address=row.email,
            subject=row.subject,
            body=row.body,
            message_id=message_id,
            date=datetime.now(UTC),
            in_reply_to=row.answers,
        )
    )
    return mime.content, mime.sha256


_TAKE = sa.text("SELECT take_delivery(:delivery, :attempt, :lease)").bindparams(
    sa.bindparam("lease", type_=sa.Interval)
)
_ATTEMPT = sa.insert(Attempt).returning(Attempt.number)
