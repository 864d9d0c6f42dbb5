"""What goes wrong when we call Slack."""


class SlackTrouble(Exception):
    """Slack refused a call, or did not answer, or we know that it would refuse. `code` is Slack's own error, or one of
    ours: `unreachable`, `not_installed`. `retry_after`: seconds before which a new try is in vain, where that is known.
    `here_alone`: it is for this channel alone that there is no more to spend, and elsewhere there may be.
    """

    def __init__(self, code: str, retry_after: float | None = None, *, here_alone: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after = retry_after
        self.here_alone = here_alone
