"""Whoever was asked which campaign they meant has said so: go on with what they had typed."""

from collections.abc import Callable
from functools import partial

from bot.slack.clicks import Click
from bot.slack.outreach import approving, switching
from bot.slack.outreach.replies import answered
from core.errors import Refusal
from core.ids import UUID
from core.taxonomy import RefusalCode

#: By the word of the command.
GO_ON: dict[str, Callable[[Click, UUID], None]] = {
    **{word: partial(switching.switch_one, word) for word in switching.SWITCHES},
    approving.WORD: approving.list_of,
}


def choose_campaign(click: Click) -> None:
    """Go on with the campaign on the button. Raises `Refusal` for a button that is none of ours."""
    chosen = answered(click)
    go_on = GO_ON.get(chosen.word)
    if go_on is None or not chosen.what:
        raise Refusal(RefusalCode.NOT_FOUND, "This button has no campaign. Nothing was changed.")
    go_on(click, _id(chosen.what))


def _id(what: str) -> UUID:
    try:
        return UUID(what)
    except ValueError:
        raise Refusal(RefusalCode.UNKNOWN_CAMPAIGN, "There is no such campaign in your workspace.") from None
