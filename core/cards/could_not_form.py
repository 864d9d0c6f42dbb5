"""Could not: asks why a task could not be done. A few common reasons to choose from, and room for another."""

from core.cards.modals import View, choice_field, form, said, text_field
from core.text.clean import REASON_LIMIT

TITLE = "Could not do it"
#: The word that is sent, and the reason that is kept and shown.
COMMON: dict[str, str] = {
    "no_page": "The profile is not there.",
    "wrong_person": "It is not the right person.",
    "not_allowed": "LinkedIn does not let us write to them.",
    "in_touch": "Somebody is in touch with them already.",
}
WHY, REASON = "why", "reason"
TYPED = REASON_LIMIT - max(map(len, COMMON.values())) - 1


def could_not_form(value: str) -> View:
    """`value` is `task_id:offer`."""
    return form(
        "task_could_not",
        value,
        TITLE,
        "Could not",
        [
            choice_field(WHY, "Why?", COMMON, optional=True),
            text_field(REASON, "Reason", multiline=True, most=TYPED, optional=True, hint="In your own words."),
            said("It is not counted against today's limit, and does not come again."),
        ],
    )


def whole_reason(why: str, typed: str) -> str:
    """What was chosen and what was typed, as one reason; empty when neither was."""
    return " ".join(filter(None, (COMMON.get(why, ""), typed.strip())))
