"""Where an attempt's outcome takes its delivery, and the sentence that a person reads about it. Pure data and rules."""

from dataclasses import dataclass
from datetime import timedelta

from core.delivery.rests import how_long_it_says, rest_for
from core.mail.outcome import SERVICE_CLOSING, Outcome
from core.taxonomy import AttemptOutcome, DeliveryStatus, Phase, Reason, Verb
from core.text.words import outcomes

#: How long a refused delivery waits before each further try. Greylisting servers ask for some minutes (RFC 6647 §2).
BACKOFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))

#: Greylisting is no failure (RFC 6647): so long it is waited out, without counting as a try, and then it does.
PATIENCE = timedelta(hours=24)
#: The shortest and the longest wait, and the one where the server does not say how long it takes.
SHORTEST, LONGEST, USUAL = timedelta(minutes=1), timedelta(hours=4), timedelta(minutes=5)

#: Held back by ourselves, not by a server or a fault: the campaign was paused. Not a try.
NOT_A_TRY = frozenset({Reason.START_REFUSED})


@dataclass(frozen=True)
class Transition:
    """The transition to make: its verb, the state it leads to, the tries it adds and the wait before the next."""

    verb: Verb
    to: DeliveryStatus
    counts: int = 0
    wait: timedelta = timedelta(0)


def transition_for(
    status: str, outcome: Outcome, *, tries: int, limit: int, greylisted_for: timedelta = timedelta(0)
) -> Transition | None:
    """The transition that `outcome` asks for from `status`; None where it changes nothing any more.

    `greylisted_for` is how long it is since a server first asked for a second try of this delivery.
    """
    match status, outcome.kind:
        case DeliveryStatus.SENDING, AttemptOutcome.SENT:
            return Transition(Verb.DELIVER, DeliveryStatus.SENT)
        case DeliveryStatus.OUTCOME_UNKNOWN, AttemptOutcome.SENT:
            return Transition(Verb.CONFIRM, DeliveryStatus.SENT)
        case DeliveryStatus.SENDING, AttemptOutcome.UNKNOWN:
            return Transition(Verb.LOSE, DeliveryStatus.OUTCOME_UNKNOWN)
        case DeliveryStatus.OUTCOME_UNKNOWN, AttemptOutcome.NOT_SENT:
            # Known to be refused now, but it waited for a person: it is theirs again, not the queue's.
            return Transition(Verb.FAIL, DeliveryStatus.FAILED)
        case DeliveryStatus.CLAIMED | DeliveryStatus.SENDING, AttemptOutcome.NOT_SENT:
            return _refused(status, outcome, tries, limit, greylisted_for)
        case _:
            return None


def _refused(status: str, outcome: Outcome, tries: int, limit: int, greylisted_for: timedelta) -> Transition:
    if rest_for(outcome):  # its account rests: no try of this mail, which goes behind what else is due
        return Transition(Verb.RELEASE if status == DeliveryStatus.CLAIMED else Verb.RETRY, DeliveryStatus.QUEUED)
    if outcome.reason in NOT_A_TRY:
        return Transition(Verb.RELEASE, DeliveryStatus.QUEUED)
    if outcome.reason == Reason.GREYLISTED and greylisted_for < PATIENCE:
        return Transition(Verb.RETRY, DeliveryStatus.QUEUED, wait=_second_try(outcome.reply, greylisted_for))
    if not outcome.transient or tries + 1 >= limit:
        return Transition(Verb.FAIL, DeliveryStatus.FAILED, counts=1)
    return Transition(Verb.RETRY, DeliveryStatus.QUEUED, counts=1, wait=BACKOFF[min(tries, len(BACKOFF) - 1)])


def _second_try(reply: str, greylisted_for: timedelta) -> timedelta:
    """The wait before the next try: what the server asks for; longer, the longer it has been asking."""
    return min(max(how_long_it_says(reply) or USUAL, SHORTEST, greylisted_for / 2), LONGEST)


def sentence_for(outcome: Outcome) -> str:
    """What happened, in one sentence, with the step, and the server's own words where there were any."""
    if outcome.kind == AttemptOutcome.UNKNOWN:
        return outcomes.OUTCOME_UNKNOWN
    sentence = outcomes.REASONS.get(Reason(outcome.reason), outcomes.NOT_SENT)
    if outcome.reason in outcomes.WITHOUT_A_STEP:
        return sentence
    if outcome.code == SERVICE_CLOSING and Reason(outcome.reason) in outcomes.OF_THE_STEP:
        sentence = outcomes.CLOSING
    return outcomes.at_step(sentence, Phase(outcome.phase), outcome.code, outcome.reply)
