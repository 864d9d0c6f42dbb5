"""The words of `/outreach`: what each does, how it is written, and what the help says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches

from bot.slack.outreach import approving, looking, muting, skipping, switching
from bot.slack.outreach.typed import Typed
from core.cards.answers import Message, answer

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
    "status": Word(looking.status, "", "shows whether mail is sent, what waits, and what needs attention."),
    "queue": Word(looking.queue, "", "lists what waits for you, and approved mail that waits to be sent."),
    "why": Word(looking.why, " <draft or address>", "says why a mail has not been sent yet, or what happened to it."),
    approving.WORD: Word(
        approving.approve_low_risk, " [campaign]", "opens a list of low-risk drafts to approve together."
    ),
    "pause": Word(
        switching.pause, " <campaign>|all", "pauses a campaign at once, even mail about to be sent. Admins only."
    ),
    "resume": Word(switching.resume, " <campaign>|all", "resumes it. Admins only."),
    "skip": Word(skipping.skip, " <draft> [reason]", "takes a draft out of the queue, back to review. Admins only."),
    "mute": Word(
        muting.mute, " [1h|4h|today|tomorrow|until 14:30]", "mutes new cards, reminders and digests for a while."
    ),
    "unmute": Word(muting.unmute, "", "ends the mute."),
    "digest": Word(looking.digest, "", "shows today so far."),
    "help": Word(help_, "", "shows this. Name a campaign by its slug or name, a draft by its key or address."),
}


def unknown_word(typed: Typed) -> Message:
    """One line: the nearest word, and where all of them stand."""
    near = get_close_matches(typed.word[:40], WORDS, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return answer(f"Unknown command.{hint} `/outreach help` lists all.")
