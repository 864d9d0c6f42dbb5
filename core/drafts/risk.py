"""How risky a draft is to send, and why (CHECKLIST 000.10). Pure; sees the same text that would be sent.

`blocked` is for a person to put right first (000.5): the draft goes to `manual_review`. `review` asks them to look
closely. `low` is none of these. What the person written to did since (opted out, replied, the suppression list) blocks
the draft as well, whatever its text: `blocked_by`, which the database keeps true (`block_drafts`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.drafts.address_quality import quality_of
from core.drafts.field_names import Doubt
from core.drafts.greetings import is_no_value
from core.drafts.leftovers import find_leftovers
from core.drafts.placeholders import find_placeholder
from core.taxonomy import BlockedBy, ContactStatus, DraftKind, Risk
from core.text.words.refusals import LASTING


@dataclass(frozen=True)
class Assessment:
    """A risk and the sentences that explain it, worst first: of the text itself, and of whom it is for."""

    text_risk: Risk
    text_reasons: tuple[str, ...] = ()
    blocked_by: BlockedBy | None = None

    @property
    def risk(self) -> Risk:
        return Risk.BLOCKED if self.blocked_by else self.text_risk

    @property
    def reasons(self) -> tuple[str, ...]:
        return reasons_of(self.blocked_by, self.text_risk, self.text_reasons)


def reasons_of(blocked_by: str | None, text_risk: str | None, text_reasons: Sequence[str]) -> tuple[str, ...]:
    """The sentences to show. What asks for a closer look at the text says nothing where no text could be sent."""
    if blocked_by is None:
        return tuple(text_reasons)
    return (LASTING[blocked_by], *(text_reasons if text_risk == Risk.BLOCKED else ()))


@dataclass(frozen=True)
class RiskInput:
    """A text, and whom it is for. `evidence` is None where its author says nothing of it."""

    email: str | None = field(repr=False)
    first_name: str | None = field(repr=False)
    title: str | None = field(repr=False)
    contact_status: str
    suppressed_by: str | None
    kind: str
    evidence: Sequence[str] | None = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)


def assess(text: RiskInput) -> Assessment:
    """The risk of writing this text to this contact.

    Who answers somebody need not know their role, nor prove why they write. Anything else is low only if its author
    says what it rests on.
    """
    address = quality_of(text.email)
    unasked = text.kind != DraftKind.REPLY
    leftovers = find_leftovers(text.subject, text.body, unasked=unasked)
    blocked = [*address.blocked, *(found.sentence for found in leftovers if found.doubt == Doubt.SURE)]
    blocked_by = lasting_refusal(text.contact_status, text.suppressed_by, text.kind)
    if blocked:
        return Assessment(Risk.BLOCKED, tuple(blocked), blocked_by)
    named = (("name", text.first_name), ("role", text.title if unasked else "none needed"))
    evidence = None if text.evidence is None else known_of(text.evidence)
    missing = [name for name, known in named if is_no_value(known) or find_placeholder(known or "")]
    review = [
        *address.review,
        *(found.sentence for found in leftovers),
        *_that_hold(
            (missing, f"The contact's {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."),
            (unasked and evidence is None, "No evidence is given."),
            (unasked and evidence == (), "Nothing backs up what the text says."),
        ),
    ]
    return Assessment(Risk.REVIEW if review else Risk.LOW, tuple(review), blocked_by)


def known_of(evidence: Sequence[str] | None) -> tuple[str, ...]:
    """What of an author's evidence says anything: "n/a" and "-" are none."""
    return tuple(one for one in evidence or () if not is_no_value(one))


def lasting_refusal(contact_status: str, suppressed_by: str | None, kind: str) -> BlockedBy | None:
    """What no mail of this kind to this contact passes (`not_suppressed` and `contactable` of the gates)."""
    if contact_status == ContactStatus.DO_NOT_CONTACT:
        return BlockedBy.OPTED_OUT
    if suppressed_by:
        return BlockedBy(suppressed_by)
    if contact_status == ContactStatus.REPLIED and kind != DraftKind.REPLY:
        return BlockedBy.REPLIED
    return None


def _that_hold(*rules: tuple[object, str]) -> list[str]:
    return [sentence for holds, sentence in rules if holds]
