"""What became of one attempt to hand a message over, and how far the conversation got."""

from dataclasses import dataclass, field

from core.taxonomy import AttemptOutcome, Phase, Reason

SERVICE_CLOSING = 421  #: RFC 5321 §3.8: the server ends the session, whatever it was asked


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
