"""Where an attempt's outcome takes its delivery, and the sentence that a person reads about it. Pure data and rules."""

from dataclasses import dataclass
from datetime import timedelta

from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, DeliveryStatus, Reason, Verb

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
class Transition:
    """The transition to make: its verb, the state it leads to, the tries it adds and the wait before the next."""

    verb: Verb
    to: DeliveryStatus
    counts: int = 0
    wait: timedelta = timedelta(0)


def transition_for(status: str, outcome: Outcome, *, tries: int, limit: int) -> Transition | None:
    """The transition that `outcome` asks for from `status`; None where it changes nothing any more."""
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
            return _refused(outcome, tries, limit)
        case _:
            return None


def _refused(outcome: Outcome, tries: int, limit: int) -> Transition:
    if outcome.reason in NOT_A_TRY:
        return Transition(Verb.RELEASE, DeliveryStatus.QUEUED)
    if not outcome.transient or tries + 1 >= limit:
        return Transition(Verb.FAIL, DeliveryStatus.FAILED, counts=1)
    return Transition(Verb.RETRY, DeliveryStatus.QUEUED, counts=1, wait=BACKOFF[min(tries, len(BACKOFF) - 1)])


_SENTENCES: dict[Reason, str] = {
    Reason.DNS_FAILED: "The mail server's name could not be found.",
    Reason.CONNECT_REFUSED: "The mail server refused the connection.",
    Reason.UNREACHABLE: "The mail server could not be reached.",
    Reason.TLS_FAILED: "The mail server's certificate could not be verified.",
    Reason.TLS_UNAVAILABLE: "The mail server offers no encryption, which Signoff requires.",
    Reason.AUTH_FAILED: "The mail server refused the account's user name or password.",
    Reason.AUTH_UNAVAILABLE: "The mail server offers no way of logging in that Signoff knows.",
    Reason.SMTPUTF8_UNSUPPORTED: "The mail server cannot take an address with these characters (SMTPUTF8).",
    Reason.EIGHTBIT_UNSUPPORTED: "The mail server cannot take a mail with these characters (8BITMIME).",
    Reason.TOO_LARGE: "The mail is larger than the mail server takes.",
    Reason.REJECTED_SERVER: "The mail server did not want to talk to us.",
    Reason.REJECTED_SENDER: "The mail server refused the sender.",
    Reason.REJECTED_RECIPIENT: "The mail server refused the recipient.",
    Reason.REJECTED_DATA: "The mail server refused to take the mail.",
    Reason.REJECTED_BODY: "The mail server refused the mail after reading it.",
    Reason.START_REFUSED: "Held back: the campaign, account or contact was paused.",
    Reason.START_FAILED: "Signoff's database did not answer right before sending, so nothing was sent.",
    Reason.TIMEOUT: "The mail server did not answer in time.",
    Reason.DROPPED: "The mail server closed the connection.",
    Reason.MALFORMED_REPLY: "The mail server answered something that makes no sense.",
    Reason.INTERRUPTED: "Signoff was stopped before it could send this.",
    Reason.UNSENDABLE: "This cannot be made into an email: an address or a header is malformed.",
    Reason.NO_SERVER: "The account's mail server is not set up: its address is missing or malformed.",
    Reason.STILL_SEALED: "The account's stored secret cannot be read with this SECRET_KEY: "
    "enter it again with `signoff accounts secret`.",
    Reason.RATE_LIMITED: "The mail provider takes no more for the moment: a limit or quota is reached.",
    Reason.LEASE_EXPIRED: "Signoff was interrupted before it could send this.",
    Reason.EVIDENCE: "The mail was refused after it had been handed over.",
}


def sentence_for(outcome: Outcome) -> str:
    """What happened, in one sentence, with the server's code. The server's own words stay with the attempt."""
    if outcome.kind == AttemptOutcome.UNKNOWN:
        return (
            "The mail was handed over, but the mail server's answer never came. It may have arrived, "
            "so Signoff does not send it again."
        )
    sentence = _SENTENCES.get(Reason(outcome.reason), "The mail could not be sent.")
    return f"{sentence} ({outcome.code})" if outcome.code else sentence
