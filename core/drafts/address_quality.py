"""How good an email address is to write to, by its looks alone. Pure: nothing is looked up in the DNS.

In: an address. Out: the sentences that forbid it, and the sentences that ask a person to look (CHECKLIST 000.10).
"""

import re
from dataclasses import dataclass

from disposable_email_domains import allowlist, blocklist
from email_validator import EmailNotValidError, validate_email

#: RFC 5321 §4.5.3.1.3: a path of 256 octets, of which two are its angle brackets.
LONGEST = 254

#: Mailboxes that a machine reads, written without their dots, hyphens and underscores.
NO_REPLY = re.compile(r"(noreply|noreplies|donotreply|dontreply|mailerdaemon|bounces?|postmaster|unmonitored).*")
#: What somebody types who has to type something.
TEST = re.compile(r"(test(er|ing|user|mail|email|account|address)?|asdf+|qwerty|foobar|dummy|fake|nobody|none|null)\d*")
#: RFC 2142 names some; the rest are what firms call theirs.
_ROLES = """
    abuse accounting accounts admin administration billing booking bookings careers contact contactus customercare
    customerservice customersupport dev enquiries enquiry events feedback finance frontdesk general hello help
    helpdesk hi hostmaster hr info information inquiries inquiry investors invoice invoices it jobs legal mail
    management marketing media news newsletter noc office operations orders partners partnerships press privacy
    procurement purchasing reception recruiting recruitment reservations root sales security service shop staff
    support team tech webmaster welcome
"""
ROLE = frozenset(_ROLES.split())
#: Domains that are kept for tests and for nothing (RFC 6761, RFC 6762). Those of RFC 2606 §3 (example.com and its like)
#: are not among them: documents, and our own demo, write to people there.
NOWHERE = frozenset({"test", "invalid", "localhost", "local", "example"})


@dataclass(frozen=True)
class Quality:
    """Why nobody should be written to at an address, and why somebody should look first."""

    blocked: tuple[str, ...] = ()
    review: tuple[str, ...] = ()


def quality_of(address: str | None) -> Quality:
    """What speaks against this address; nothing does where both are empty."""
    if not address or not address.strip():
        return Quality(blocked=("The contact has no email address.",))
    if len(address) > LONGEST:
        return Quality(blocked=(f"The address has more than {LONGEST} characters.",))
    local, _, domain = address.rpartition("@")
    domain = domain.lower().removesuffix(".")
    if domain.rpartition(".")[2] in NOWHERE:
        return Quality(blocked=("A test address: nobody can be reached there.",))
    if not _well_formed(address):
        return Quality(blocked=("The address is malformed.",))
    mailbox = re.sub(r"[._-]", "", local.partition("+")[0].casefold())
    blocked = [
        sentence
        for holds, sentence in (
            (NO_REPLY.fullmatch(mailbox), "Nobody reads this mailbox: it is a no-reply address."),
            (TEST.fullmatch(mailbox), "A test address: nobody can be reached there."),
            (_is_disposable(domain), "A disposable address: its mailbox does not last."),
        )
        if holds
    ]
    return Quality(tuple(blocked), ("A role mailbox, not a person.",) if mailbox in ROLE else ())


def _well_formed(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _is_disposable(domain: str) -> bool:
    """Whether the domain, or one above it, hands out mailboxes to throw away. The list knows domains in A-labels."""
    labels = domain.split(".")
    above = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    return bool(above & blocklist) and not above & allowlist
