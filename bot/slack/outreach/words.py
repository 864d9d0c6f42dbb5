"""The words of `/outreach`: what each does, how it is written, and what the help says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.slack.outreach import approving, looking, muting, skipping, switching
from bot.slack.outreach.typed import Typed
from core.cards.answers import Message, answer
from core.cards.mrkdwn import cut, escape

#: What a word does with a command: the answer, or None where a window opens instead.
Do = Callable[[Typed], Message | None]


@dataclass(frozen=True)
class Word:
    """One word. `takes` is how its argument is written."""

    do: Do
    takes: str
    says: str


def help_(typed: Typed) -> Message:
    """All words, the commonest first."""
    return answer(*(f"`/outreach {name}{word.takes}` {word.says}" for name, word in WORDS.items()))


WORDS: dict[str, Word] = {
    "status": Word(looking.status, "", "says whether mail goes, what waits, and what asks for attention."),
    "queue": Word(looking.queue, "", "lists what waits for you, and what is approved and waits to be sent."),
    "why": Word(looking.why, " <draft or address>", "says why a mail has not left yet, or what became of it."),
    approving.WORD: Word(
        approving.approve_low_risk, " [campaign]", "opens a list of low-risk drafts to approve together."
    ),
    "pause": Word(
        switching.pause, " <campaign>|all", "stops a campaign at once, mail that is about to leave included. Admins."
    ),
    "resume": Word(switching.resume, " <campaign>|all", "lets it go on. Admins."),
    "skip": Word(skipping.skip, " <draft> [reason]", "takes a draft out of the queue, back to review. Admins."),
    "mute": Word(
        muting.mute, " [1h|4h|today|tomorrow|until 14:30]", "keeps new cards, reminders and digests away for a while."
    ),
    "unmute": Word(muting.unmute, "", "has them come again."),
    "digest": Word(looking.digest, "", "shows today so far."),
    "help": Word(
        help_, "", "shows this. Campaigns go by their slug, or by their name; drafts by their key or address."
    ),
}


def unknown_word(typed: Typed) -> Message:
    """A hint at the nearest word, and the help."""
    near = get_close_matches(typed.word[:40], WORDS, n=1)
    hint = f" Did you mean `/outreach {near[0]}`?" if near else ""
    return answer(f"I do not know `{escape(cut(typed.word, 40).replace('`', ' '))}`.{hint}", help_(typed)["text"])
