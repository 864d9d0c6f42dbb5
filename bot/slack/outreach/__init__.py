"""`/outreach`: what operators and reviewers type. Whatever is typed gets a kind answer that only they see.

One file for what belongs together, and a table of the words (`words.py`). What a word changes is committed before its
answer leaves (P6, P7).
"""

from slack_bolt import BoltResponse

from bot.slack.outreach.replies import reply
from bot.slack.outreach.typed import Typed, typed
from bot.slack.outreach.words import WORDS, Do, unknown_word
from bot.slack.payload import Body, Later
from bot.slack.tell import IN_DOUBT, NOTHING_HAPPENED
from core.cards.answers import Message, plain_answer
from core.errors import CommitInDoubt, DatabaseAway, Refusal, SignoffError
from core.telemetry import metrics


def outreach(body: Body, context: dict[str, object]) -> BoltResponse:
    """Answer one command. No word at all is a call for help."""
    later: Later = context["later"]  # type: ignore[assignment]  # put there by the endpoint
    command = typed(body, later)
    name = command.word or "help"
    if name not in WORDS:
        metrics.click("outreach", "unknown_word")
        return reply(unknown_word(command))
    result, message = _do(WORDS[name].do, command)
    metrics.click(name, result)
    return reply(message) if message else BoltResponse(status=200)


def _do(do: Do, command: Typed) -> tuple[str, Message | None]:
    """What became of it, in the words of our metrics; and the answer."""
    try:
        return "done", do(command)
    except Refusal as refusal:
        return refusal.code, plain_answer(str(refusal))
    except DatabaseAway as away:
        return "away", plain_answer(IN_DOUBT if isinstance(away, CommitInDoubt) else NOTHING_HAPPENED)
    except SignoffError as error:
        return "refused", plain_answer(str(error))
