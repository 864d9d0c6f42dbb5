"""The question before an approval that may not be meant as it was clicked. Pure. `value` is `draft_id:round`."""

from core.cards.modals import View, choice_field, form
from core.cards.mrkdwn import cut, escape, mrkdwn, plain, section
from core.taxonomy import Timing

CALLBACK = "approve_asked"
TITLE = "Approve?"
WHEN = "when"


def approve_form(value: str, sentence: str, about: str, chosen: Timing) -> View:
    """Names the draft, says what is odd about it, and asks when it is to leave; nothing is approved yet."""
    choices: dict[str, str] = {
        Timing.NEXT_SLOT: "At the next slot, within business hours",
        Timing.EARLIEST: "Now",
    }
    blocks = [
        section(mrkdwn(f"*{escape(sentence)}*\nNothing has been approved yet.")),
        section(plain(cut(about, 1_000) or "This draft")),
        choice_field(WHEN, "When to send", choices, chosen=chosen),
    ]
    return form(CALLBACK, value, TITLE, "Approve", blocks)
