"""Every error that Signoff raises on purpose. Its text is a sentence that a person can act on."""

from datetime import datetime

from core.taxonomy import RefusalCode


class SignoffError(Exception):
    """Something that a person can put right; the command line prints it in one line."""


class BadInput(SignoffError):
    """What was given cannot be taken: the sentence names the remedy, and `field` the field where there is one."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field


class KeyTaken(SignoffError):
    """The key belongs to a draft with other content (HTTP 409)."""


class Refusal(SignoffError):
    """An act changed nothing, and its author is told why. Recorded as an event (P10)."""

    def __init__(self, code: RefusalCode, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


class Conflict(Refusal):
    """Somebody else was first: says who did what, and when."""

    def __init__(self, code: RefusalCode, sentence: str, *, who: str | None, at: datetime | None) -> None:
        super().__init__(code, sentence)
        self.who = who
        self.at = at


class Stale(Refusal):
    """The act named a round of review that is over (P3); `current` is the one that is not."""

    def __init__(self, sentence: str, *, current: int) -> None:
        super().__init__(RefusalCode.STALE_VERSION, sentence)
        self.current = current


class AskFirst(SignoffError):
    """Nothing was done yet: what it would do may not be what its author means. The sentence is what they are asked, and
    `about` names the draft."""

    def __init__(self, sentence: str, about: str = "") -> None:
        super().__init__(sentence)
        self.about = about


class DatabaseAway(SignoffError):
    """Postgres does not answer: nothing was recorded."""


class CommitInDoubt(DatabaseAway):
    """Postgres went away while it committed: what was recorded will show once it is back."""
