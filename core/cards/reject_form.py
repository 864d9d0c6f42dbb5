"""Reject: asks why. A few common reasons to choose from, and room for another or more."""

from core.cards.modals import View, choice_field, form, said, text_field
from core.text.clean import REASON_LIMIT

TITLE = "Reject draft"
#: The word that is sent, and the reason that is kept and shown.
COMMON: dict[str, str] = {
    "wrong_person": "Not the right person.",
    "bad_moment": "Not the right moment.",
    "wrong_facts": "Something in it is not true.",
    "wrong_tone": "The tone is not ours.",
    "in_touch": "Somebody is in touch with them already.",
}
#: The fields: one of the common reasons, and one's own words.
WHY, REASON = "why", "reason"
#: What is typed stands behind a common reason, and both are kept in one line.
TYPED = REASON_LIMIT - max(map(len, COMMON.values())) - 1


def reject_form(value: str) -> View:
    """`value` is `draft_id:version`."""
    return form(
        "reject_draft",
        value,
        TITLE,
        "Reject",
        [
            choice_field(WHY, "Why?", COMMON, optional=True),
            text_field(
                REASON,
                "Reason",
                multiline=True,
                most=TYPED,
                optional=True,
                hint="In your own words; not needed beside one of those above. Whoever wrote the draft reads it.",
            ),
            said("A rejected draft is never sent."),
        ],
    )


def whole_reason(why: str, typed: str) -> str:
    """What was chosen and what was typed, as one reason; empty when neither was."""
    return " ".join(filter(None, (COMMON.get(why, ""), typed.strip())))
