"""How an answer reaches whoever typed or clicked: with the ack of a command, or in place of a question."""

from dataclasses import dataclass

import structlog
from slack_bolt import BoltResponse

from bot.acts import Act, Result, Target, run
from bot.slack.clicks import Click
from bot.slack.ephemeral import post
from bot.slack.payload import picked_value, response_url
from core.cards.answers import Message, answer
from core.cards.limits.lint import lint_message
from core.errors import Refusal
from core.taxonomy import RefusalCode

log = structlog.get_logger("bot.slack.outreach")


def reply(message: Message) -> BoltResponse:
    """The answer to a command, for its author alone."""
    return BoltResponse(status=200, body={"response_type": "ephemeral", **_linted(message)})


def instead(click: Click, message: Message) -> None:
    """After the ack, put this in the place of the question that was clicked."""
    url = response_url(click.body)
    payload = {**_linted(message), "response_type": "ephemeral", "replace_original": True}
    click.after_ack(lambda: post(url, payload))


def take_away(click: Click) -> None:
    """After the ack, take the question away."""
    url = response_url(click.body)
    click.after_ack(lambda: post(url, {"delete_original": True}))


def _linted(message: Message) -> Message:
    """The message, or what it says without its blocks, should they break a limit of Slack's."""
    if faults := lint_message(message):
        log.error("answer breaks a limit of Slack's", faults=len(faults))
        return answer(str(message["text"]))
    return message


@dataclass(frozen=True)
class Answered:
    """What a button of a question carries."""

    word: str
    what: str
    rest: str


def answered(click: Click) -> Answered:
    """Read the button. Raises `Refusal` for whoever was not asked, and for a button that is none of ours."""
    word, what, asker, *rest = [*picked_value(click.body).split(":", 3), "", ""][:4]
    if asker != click.who.user_id:
        raise Refusal(RefusalCode.NOTHING_TO_DO, "This question was for somebody else. Nothing happened.")
    return Answered(word, what, rest[0])


def decide(click: Click, act: Act[Result]) -> Result:
    """Run the act that a question was about. Raises what the act raises; a refusal takes the question away, too."""
    try:
        return run(click.who.identify, act, Target(None, 0), click.after_ack)
    except Refusal:
        take_away(click)
        raise


def leave_it(click: Click) -> None:
    """Never mind."""
    take_away(click)
