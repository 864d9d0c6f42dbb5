"""How risky a draft is to send, and why (CHECKLIST 000.10). Pure; sees the same text that would be sent.

`blocked` is for a person to put right first (000.5): the draft goes to `manual_review`. `review` asks them to look
closely. `low` is none of these.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.drafts.address_quality import quality_of
from core.taxonomy import ContactStatus, DraftKind, Risk

#: What a template leaves behind when a value was missing: {{first_name}}, {% if %}, [FIRST NAME], <<name>>.
PLACEHOLDER = re.compile(r"\{\{[^{}]{0,80}\}\}|\{%.{0,80}?%\}|\[[A-Z][A-Z _]{2,40}\]|<<[^<>]{1,40}>>")


@dataclass(frozen=True)
class Assessment:
    """A risk and the sentences that explain it, worst first."""

    risk: Risk
    reasons: tuple[str, ...] = ()


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

    Who answers somebody need not know their role, nor prove why they write. `evidence` that is None says
    nothing: only an author who names none has weak evidence.
    """
    address = quality_of(text.email)
    unasked = text.kind != DraftKind.REPLY
    placeholder = PLACEHOLDER.search(f"{text.subject}\n{text.body}")
    blocked = [
        *_that_hold(
            (text.contact_status == ContactStatus.DO_NOT_CONTACT, "The contact asked not to be written to."),
            (text.suppressed_by, f"This {text.suppressed_by} is on the suppression list."),
        ),
        *address.blocked,
        *_that_hold((placeholder, "A placeholder of the template was not filled in.")),
    ]
    if blocked:
        return Assessment(Risk.BLOCKED, tuple(blocked))
    named = (("name", text.first_name), ("role", text.title or not unasked))
    missing = [name for name, known in named if not known]
    review = [
        *address.review,
        *_that_hold(
            (missing, f"The contact's {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."),
            (unasked and text.evidence is not None and not text.evidence, "Nothing backs up what the text says."),
        ),
    ]
    return Assessment(Risk.REVIEW if review else Risk.LOW, tuple(review))


def _that_hold(*rules: tuple[object, str]) -> list[str]:
    return [sentence for holds, sentence in rules if holds]
