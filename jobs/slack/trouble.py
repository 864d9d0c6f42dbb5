"""What goes wrong when we call Slack."""

from core.slack_codes import MAYBE_DONE, Meaning, meant_by


class SlackTrouble(Exception):
    """Slack refused a call, or did not answer, or we know that it would refuse. `code` is Slack's own error, or one of
    ours: `unreachable`, `no_answer`, `not_installed`. `retry_after`: seconds before which a new try is in vain, where
    that is known. `here_alone`: in this place alone no call may leave now, and elsewhere one may. `left`: the call did
    leave us. `method`: which call, where it is about one.
    """

    def __init__(
        self,
        code: str,
        retry_after: float | None = None,
        *,
        here_alone: bool = False,
        left: bool = False,
        method: str = "",
    ) -> None:
        super().__init__(code)
        self.code = code
        self.method = method
        self.retry_after = retry_after
        self.here_alone = here_alone
        self.left = left

    @property
    def meaning(self) -> Meaning:
        """What is to be done about it."""
        return meant_by(self.code).meaning

    @property
    def lasts(self) -> bool:
        """It does not pass by itself, or nobody knows that it does."""
        return self.meaning not in (Meaning.LATER, Meaning.GONE)

    @property
    def maybe_done(self) -> bool:
        """Slack may have done what it was asked for."""
        return self.left and self.code in MAYBE_DONE
