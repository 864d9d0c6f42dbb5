"""Where an attempt's outcome takes its delivery, and the sentence that a person reads about it. Pure data and rules."""

from dataclasses import dataclass
from datetime import timedelta

from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, DeliveryStatus, Reason, Verb
from core.text.words import reasons

#: How long a refused delivery waits before each further try. Greylisting servers ask for some minutes (RFC 6647 §2).
BACKOFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
)

#: Held back by ourselves, not by a server or a fault: the campaign was paused. Not a try.
NOT_A_TRY = frozenset({Reason.START_REFUSED})


@dataclass(frozen=True)
class Next:
    """The transition to make: its verb, the state it leads to, the tries it adds and the wait before the next."""

    verb: Verb
    to: DeliveryStatus
    counts: int = 0
    wait: timedelta = timedelta(0)


def what_next(status: str, outcome: Outcome, *, tries: int, limit: int) -> Next | None:
    """The transition that `outcome` asks for from `status`; None where it changes nothing any more."""
    match status, outcome.kind:
        case DeliveryStatus.SENDING, AttemptOutcome.SENT:
            return Next(Verb.DELIVER, DeliveryStatus.SENT)
        case DeliveryStatus.OUTCOME_UNKNOWN, AttemptOutcome.SENT:
            return Next(Verb.CONFIRM, DeliveryStatus.SENT)
        case DeliveryStatus.SENDING, AttemptOutcome.UNKNOWN:
            return Next(Verb.LOSE, DeliveryStatus.OUTCOME_UNKNOWN)
        case DeliveryStatus.OUTCOME_UNKNOWN, AttemptOutcome.NOT_SENT:
            # Known to be refused now, but it waited for a person: it is theirs again, not the queue's.
            return Next(Verb.FAIL, DeliveryStatus.FAILED)
        case DeliveryStatus.CLAIMED | DeliveryStatus.SENDING, AttemptOutcome.NOT_SENT:
            return _refused(outcome, tries, limit)
        case _:
            return None


def _refused(outcome: Outcome, tries: int, limit: int) -> Next:
    if outcome.reason in NOT_A_TRY:
        return Next(Verb.RELEASE, DeliveryStatus.QUEUED)
    if not outcome.transient or tries + 1 >= limit:
        return Next(Verb.FAIL, DeliveryStatus.FAILED, counts=1)
    return Next(Verb.RETRY, DeliveryStatus.QUEUED, counts=1, wait=BACKOFF[min(tries, len(BACKOFF) - 1)])


def sentence_for(outcome: Outcome) -> str:
    """What happened, in one sentence, with the server's code. The server's own words stay with the attempt."""
    if outcome.kind == AttemptOutcome.UNKNOWN:
        return reasons.OUTCOME_UNKNOWN
    sentence = reasons.REASONS.get(Reason(outcome.reason), reasons.NOT_SENT)
    return f"{sentence} ({outcome.code})" if outcome.code else sentence
