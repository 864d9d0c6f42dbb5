"""How risky a draft is to send, and why. Pure; sees the same text that would be sent.

`blocked` is for a person to put right first (CHECKLIST 000.5): the draft goes to `manual_review`.
"""

import re
from dataclasses import dataclass

from core.taxonomy import ContactStatus, Risk

#: Mailboxes that a machine reads (RFC 2142 names some of the role mailboxes below).
NO_REPLY = frozenset({"noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster", "bounce"})
ROLE_MAILBOXES = frozenset({"info", "sales", "support", "contact", "hello", "office", "admin", "team", "hr", "jobs"})
#: What a template leaves behind when a value was missing: {{first_name}}, {% if %}, [FIRST NAME], <<name>>.
PLACEHOLDER = re.compile(r"\{\{[^{}]{0,80}\}\}|\{%.{0,80}?%\}|\[[A-Z][A-Z _]{2,40}\]|<<[^<>]{1,40}>>")


@dataclass(frozen=True)
class Assessment:
    """A risk and the sentences that explain it, worst first."""

    risk: Risk
    reasons: tuple[str, ...] = ()


def assess(*, email: str, first_name: str | None, contact_status: str, subject: str, body: str) -> Assessment:
    """The risk of writing this text to this contact."""
    mailbox = email.rpartition("@")[0].casefold()
    blocked = [
        reason
        for holds, reason in (
            (contact_status == ContactStatus.DO_NOT_CONTACT, "The contact asked not to be written to."),
            (mailbox in NO_REPLY, "Nobody reads this mailbox: it is a no-reply address."),
            (PLACEHOLDER.search(f"{subject}\n{body}"), "A placeholder of the template was not filled in."),
        )
        if holds
    ]
    if blocked:
        return Assessment(Risk.BLOCKED, tuple(blocked))
    review = [
        reason
        for holds, reason in (
            (mailbox in ROLE_MAILBOXES, "A role mailbox, not a person."),
            (not first_name, "The contact's name is missing."),
        )
        if holds
    ]
    return Assessment(Risk.REVIEW if review else Risk.LOW, tuple(review))
