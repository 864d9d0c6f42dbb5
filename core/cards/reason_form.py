"""The forms that ask for a reason: Reject, and Could not. A few common ones to choose from, and room for another."""

from dataclasses import dataclass

from core.cards.modals import View, choice_field, form, said, text_field
from core.text.clean import REASON_LIMIT

#: The fields: one of the common reasons, and one's own words.
WHY, REASON = "why", "reason"
#: None of the common ones: then the other field must say it.
OWN, OWN_WORDS = "own", "Another reason (write it below)"


@dataclass(frozen=True)
class ReasonForm:
    """One act that wants a reason. `common` has the words that are sent, and the reasons that are kept and shown."""

    callback_id: str
    title: str
    submit: str
    common: dict[str, str]
    hint: str
    #: What its reader should know besides.
    told: str

    def view(self, value: str) -> View:
        """`value` is `draft_id:round`, or `task_id:offer`."""
        # What is typed stands behind a common reason, and both are kept in one line.
        typed = REASON_LIMIT - max(map(len, self.common.values())) - 1
        fields = [
            # One of them is always chosen, so that only what may be left empty is called optional.
            choice_field(WHY, "Why?", self.common | {OWN: OWN_WORDS}, chosen=OWN),
            text_field(REASON, "Details", multiline=True, most=typed, optional=True, hint=self.hint),
            said(self.told),
        ]
        return form(self.callback_id, value, self.title, self.submit, fields)

    def whole_reason(self, why: str, typed: str) -> str:
        """What was chosen and what was typed, as one reason; empty when neither was."""
        return " ".join(filter(None, (self.common.get(why, ""), typed.strip())))


IN_TOUCH = "Somebody is already in touch with them."
REJECT = ReasonForm(
    "reject_draft",
    "Reject draft",
    "Reject",
    {
        "wrong_person": "Not the right person.",
        "bad_moment": "Not the right moment.",
        "wrong_facts": "Something in it is wrong.",
        "wrong_tone": "Wrong tone.",
        "in_touch": IN_TOUCH,
    },
    hint="Required for a reason of your own, otherwise optional. The draft's author reads it.",
    told="A rejected draft is never sent.",
)
COULD_NOT = ReasonForm(
    "task_could_not",
    "Could not do it",
    "Could not do it",
    {
        "no_page": "The profile does not exist.",
        "wrong_person": "Not the right person.",
        "not_allowed": "LinkedIn does not allow messages to them.",
        "in_touch": IN_TOUCH,
    },
    hint="Required for a reason of your own, otherwise optional.",
    told="It does not count towards today's limit and is not offered again.",
)
