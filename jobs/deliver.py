"""The job that delivers: claim the head of an account's queue, hand it over once, record what became of it."""

import time

import dramatiq
import structlog

from core import delivery
from core.db import transaction
from core.delivery import Claimed, replays
from core.errors import DatabaseAway
from core.ids import UUID
from core.installation import restored
from core.mail import resend, smtp
from core.mail.envelope import Envelope
from core.mail.outcome import Interrupted, Outcome
from core.mail.resend_url import ResendUrl
from core.mail.server import mail_server
from core.mail.smtp import Deadlines
from core.secrets import StillSealed
from core.settings import settings
from core.taxonomy import AttemptOutcome, Phase, Reason
from jobs import start_log
from jobs.broker import DELIVER_QUEUE
from jobs.ring import ring_cards, ring_deliver
from jobs.slots import slot

log = structlog.get_logger("jobs.deliver")

#: Recording a result is retried, sending is not. After this the lease runs out and says what can be said.
RECORD_SECONDS = 600.0
#: Seconds for which one job goes on with the next mail of its account, before others have their turn.
TURN_SECONDS = 1.0


@dramatiq.actor(queue_name=DELIVER_QUEUE, priority=10)
def deliver(account_id: str) -> None:
    """Deliver what is due of this account, if a slot is free, for a second or so; and ring for the rest."""
    account, until = UUID(account_id), time.monotonic() + TURN_SECONDS
    with slot(account) as free:
        delivered = free and deliver_next(account)
        while delivered and time.monotonic() < until:
            delivered = deliver_next(account)
    if delivered:
        ring_deliver(account)


def deliver_next(account_id: UUID) -> bool:
    """Claim, hand over and record the head of the account's queue; False when nothing could be claimed. Idempotent."""
    written = start_log.marks()
    with transaction() as tx:
        # In the claim's own transaction: a database that does not know what has left gives out nothing.
        claimed = None if restored.stop_if_behind(tx, written) else delivery.claim(tx, account_id)
    if claimed is None:
        return False
    try:
        _record(claimed, _hand_over(claimed))
    except Interrupted as interrupted:
        _record(claimed, interrupted.outcome)
        raise (interrupted.__cause__ or interrupted) from None
    finally:
        ring_cards([claimed.draft_id])
    return True


def _hand_over(claimed: Claimed) -> Outcome:
    """One conversation with the account's mail server. Nothing is open in the database meanwhile."""

    def start() -> bool:
        try:
            with transaction() as tx:
                started = delivery.start(tx, claimed)
                if started and isinstance(server, ResendUrl):
                    replays.record_provider(tx, claimed.attempt_id, server)
        except Exception as error:
            log.warning("start failed", attempt_id=str(claimed.attempt_id), error=type(error).__name__)
            raise
        if started:  # committed: so whoever finds the note and not the start knows that the database is older
            start_log.note(claimed.number, claimed.attempt_id)
        return started

    began = time.monotonic()
    try:
        server = mail_server(claimed.smtp_url, claimed.account_id)
    except StillSealed:
        return Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.STILL_SEALED)
    except ValueError:
        return Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.NO_SERVER)
    try:
        envelope = Envelope.of(claimed.mail_from, [claimed.rcpt_to], claimed.mime)
    except ValueError:
        return Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, Reason.UNSENDABLE)
    limits = Deadlines(
        before_start=settings().delivery_connect_seconds,
        after_start=settings().delivery_data_seconds,
    )
    if isinstance(server, ResendUrl):
        outcome = resend.send(server, envelope, str(claimed.attempt_id), start, limits)
    else:
        outcome = smtp.send(server, envelope, start, limits, account=claimed.account_id)
    log.info(
        "attempt ended",
        attempt_id=str(claimed.attempt_id),
        draft_id=str(claimed.draft_id),
        outcome=outcome.kind,
        phase=outcome.phase,
        reason=outcome.reason,
        smtp_code=outcome.code,
        ms=round((time.monotonic() - began) * 1000),
    )
    return outcome


def _record(claimed: Claimed, outcome: Outcome) -> None:
    """Record the outcome, and go on trying while Postgres is away: what left must not look as if it had not."""
    until = time.monotonic() + RECORD_SECONDS
    pause = 0.1
    while True:
        try:
            with transaction() as tx:
                delivery.finish(tx, claimed.attempt_id, outcome)
        except DatabaseAway:
            if time.monotonic() > until:
                log.exception("outcome not recorded", attempt_id=str(claimed.attempt_id), outcome=outcome.kind)
                raise
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return
