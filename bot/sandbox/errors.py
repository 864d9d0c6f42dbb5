"""How the sandbox says no, in Slack's own words."""

from typing import Any


class SlackError(Exception):
    """A Web API answer with `ok: false`: the code that Slack documents, and what else stands in the body."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


def refused_blocks(code: str, faults: list[str]) -> SlackError:
    """`invalid_blocks` or `invalid_arguments`, with the linter's sentences where Slack puts them."""
    messages = [f"[ERROR] {fault}" for fault in faults]
    return SlackError(code, errors=faults, response_metadata={"messages": messages})
