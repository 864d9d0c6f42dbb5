"""`/outreach`: what operators and reviewers type. Whatever is typed gets a kind answer that only they see.

One file for what belongs together, and a table of the words (`words.py`). What a word changes is committed before its
answer leaves (P6, P7).
"""

from slack_bolt import BoltResponse

from bot.acts import Done, outcome_of
from bot.slack.outreach.replies import reply
from bot.slack.outreach.typed import typed
from bot.slack.outreach.words import WORDS, unknown_word
from bot.slack.payload import Body, after_ack_in
from core.cards.answers import plain_answer
from core.telemetry import metrics


def outreach(body: Body, context: dict[str, object]) -> BoltResponse:
    """Answer one command. No word at all is a call for help."""
    command = typed(body, after_ack_in(context))
    name = command.word or "help"
    if name not in WORDS:
        metrics.click("outreach", "unknown_word")
        return reply(unknown_word(command))
    outcome = outcome_of(lambda: WORDS[name].do(command), count_as=name)
    message = outcome.result if isinstance(outcome, Done) else plain_answer(outcome.sentence)
    return reply(message) if message else BoltResponse(status=200)
