"""One SMTP conversation: how far it got, and what a reply that was not hoped for means there."""

from collections.abc import Callable
from dataclasses import dataclass

from core.mail.outcome import Outcome
from core.mail.pool import Session
from core.mail.reasons import what_it_is_about
from core.mail.wire import Malformed, Reply, Wire, clean_text
from core.taxonomy import AttemptOutcome, Phase, Reason


class Stopped(Exception):
    """The conversation ended in a way that was foreseen, at the phase where it is. A `reply` says itself whether the
    same may pass later."""

    def __init__(self, reason: Reason, *, transient: bool = False, reply: Reply | None = None, words: str = "") -> None:
        self.reason, self.transient, self.reply = reason, transient, reply
        #: What there is to quote where no reply was: of a handshake, or what the server offers.
        self.words = words


@dataclass(slots=True)
class Talk:
    """How far one conversation got. `verdict` is the reply to the final dot; `outcome` is set once it is certain.

    `wire` is ours to close; `session` is it with what may be used again, once the server has let us in.
    """

    phase: Phase = Phase.CONNECT
    wire: Wire | None = None
    session: Session | None = None
    verdict: Reply | None = None
    outcome: Outcome | None = None


REFUSALS = {  # what a 4xx or 5xx reply means at each phase, where its code and words say no more (core.mail.reasons)
    Phase.GREETING: Reason.REJECTED_SERVER,
    Phase.EHLO: Reason.REJECTED_SERVER,
    Phase.STARTTLS: Reason.TLS_UNAVAILABLE,
    Phase.AUTH: Reason.AUTH_FAILED,
    Phase.MAIL: Reason.REJECTED_SENDER,
    Phase.RCPT: Reason.REJECTED_RECIPIENT,
    Phase.DATA: Reason.REJECTED_DATA,
    Phase.BODY: Reason.REJECTED_BODY,
    Phase.DOT: Reason.REJECTED_BODY,
}


def expect(talk: Talk, reply: Reply, kind: int) -> None:
    """Go on with a reply of this kind (its first digit). Raises Stopped for a refusal, Malformed for anything else."""
    if reply.kind == kind:
        return
    if reply.kind in (4, 5):
        raise Stopped(REFUSALS[talk.phase], reply=reply)
    raise Malformed


def not_sent(talk: Talk, reason: Reason, *, transient: bool, reply: Reply | None = None, words: str = "") -> Outcome:
    """The end of a conversation without a mail: for `reason`, unless the reply's code or words tell more."""
    if reply is None:
        return Outcome(AttemptOutcome.NOT_SENT, talk.phase, reason, transient, reply=clean_text(words))
    text = clean_text(reply.text)
    if reply.kind in (4, 5):
        reason, transient = what_it_is_about(talk.phase, reply.code, text, reason)
    return Outcome(AttemptOutcome.NOT_SENT, talk.phase, reason, transient, reply.code, text)


def ask_to_start(talk: Talk, start: Callable[[], bool]) -> None:
    """Go on only if `start` says so. Raises Stopped at phase `start` when it answers False or raises."""
    talk.phase = Phase.START
    try:
        may_go = start()
    except Exception as fault:  # whatever the caller's database raised, nothing must follow
        raise Stopped(Reason.START_FAILED, transient=True) from fault
    if not may_go:
        raise Stopped(Reason.START_REFUSED, transient=True)
