"""What became of one attempt to hand a message over, and how far the conversation got."""

from dataclasses import dataclass, field
from enum import StrEnum

from core.taxonomy import AttemptOutcome, Phase


class Reason(StrEnum):
    """Why an attempt ended as it did, short enough for a log line, a metric label and a lookup of a sentence."""

    ACCEPTED = "accepted"
    DNS_FAILED = "dns_failed"
    CONNECT_REFUSED = "connect_refused"
    UNREACHABLE = "unreachable"
    TLS_FAILED = "tls_failed"
    TLS_UNAVAILABLE = "tls_unavailable"
    AUTH_FAILED = "auth_failed"
    AUTH_UNAVAILABLE = "auth_unavailable"
    SMTPUTF8_UNSUPPORTED = "smtputf8_unsupported"
    EIGHTBIT_UNSUPPORTED = "eightbit_unsupported"
    TOO_LARGE = "too_large"
    REJECTED_SERVER = "rejected_server"
    REJECTED_SENDER = "rejected_sender"
    REJECTED_RECIPIENT = "rejected_recipient"
    REJECTED_DATA = "rejected_data"
    REJECTED_BODY = "rejected_body"
    START_REFUSED = "start_refused"
    START_FAILED = "start_failed"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    MALFORMED_REPLY = "malformed_reply"
    INTERRUPTED = "interrupted"
    UNSENDABLE = "unsendable"
    NO_SERVER = "no_server"
    STILL_SEALED = "still_sealed"
    RATE_LIMITED = "rate_limited"
    KEY_CONFLICT = "key_conflict"
    NO_VERDICT = "no_verdict"
    LEASE_EXPIRED = "lease_expired"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one attempt.

    `transient` says that the same attempt may succeed later; it is only ever true of `not_sent`.
    `code` is the reply code that decided, where one did. `reply` is the server's words, at most 500 characters without
    control characters; servers quote addresses in them, so they go to the database and never to a log (P11).
    """

    kind: AttemptOutcome
    phase: Phase
    reason: Reason
    transient: bool = False
    code: int | None = None
    reply: str = field(default="", repr=False)


class Interrupted(BaseException):
    """Something that no server did ended the attempt: a worker told to stop, a time limit, a defect of ours.

    `outcome` is what can be said of the message all the same. The caller records it and raises `__cause__` again. It is
    no Exception, so that no `except Exception` on the way mistakes it for a failure to send. A caller that never gets
    to record it loses nothing: the lease of the attempt runs out and says the same.
    """

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"interrupted at {outcome.phase}: {outcome.kind}")
        self.outcome = outcome
