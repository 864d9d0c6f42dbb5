"""The reconciler for mail that was handed to a provider and never answered: ask again, and record what it says."""

import structlog

from core.db import now, transaction
from core.delivery import replays
from core.delivery.evidence import Evidence, record
from core.delivery.replays import Unanswered
from core.mail import resend
from core.mail.envelope import Envelope
from core.mail.resend_url import ResendUrl
from core.mail.server import mail_server
from core.mail.smtp import Deadlines
from core.secrets import StillSealed
from core.taxonomy import AttemptOutcome, EvidenceKind, Says
from jobs.ring import ring_cards

log = structlog.get_logger("jobs.replay")

#: Seconds that one of them may take; far less than `core.delivery.replays.MARGIN`.
LIMITS = Deadlines(before_start=10, after_start=20, step=10)


def replay_unknown() -> None:
    """Ask about each attempt that may be asked about. Safe to run twice, or at once: the provider takes each once."""
    with transaction() as tx:
        waiting = replays.unanswered(tx)
    for one in waiting:
        if replay(one):
            ring_cards([one.draft_id])


def replay(one: Unanswered) -> bool:
    """Whether it is known now that this mail was sent. Every other answer leaves it as it was, before a person."""
    try:
        server = mail_server(one.smtp_url, one.account_id)
    except (ValueError, StillSealed):
        return False
    if not isinstance(server, ResendUrl):
        return False

    def may_ask() -> bool:
        with transaction() as tx:
            return replays.may_replay(tx, one, server)

    try:
        envelope = Envelope.of(one.mail_from, [one.rcpt_to], one.mime)
    except ValueError:
        return False
    outcome = resend.send(server, envelope, str(one.attempt_id), may_ask, LIMITS)
    log.info("asked again", attempt_id=str(one.attempt_id), outcome=outcome.kind, reason=outcome.reason)
    if outcome.kind is not AttemptOutcome.SENT:
        return False
    code = outcome.reply.removeprefix("id ") or None
    with transaction() as tx:
        record(tx, one.attempt_id, Evidence(EvidenceKind.PROVIDER_REPLAY, Says.ARRIVED, now(tx), code))
    return True
