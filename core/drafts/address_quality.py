"""How good an email address is to write to, by its looks alone. Pure: nothing is looked up in the DNS.

In: an address. Out: the sentences that forbid it, and the sentences that ask a person to look (CHECKLIST 000.10).
"""

import re
from dataclasses import dataclass
from string import digits

from disposable_email_domains import blocklist
from email_validator import EmailNotValidError, validate_email

_TEST_DOMAINS_TEXT = """
    test.com test.net test.org noemail.com nomail.com yourdomain.com yourcompany.com asdf.com
"""
#: RFC 5321 §4.5.3.1.3: a path of 256 octets, of which two are its angle brackets.
LONGEST = 254

_NO_REPLY_WORDS = """
    noreply noreplies noresponse noanswer donotreply donotrespond donotanswer dontreply neverreply replynotmonitored
    mailerdaemon maildaemon postmaster unmonitored notmonitored unattended autoreply autoresponder automailer
    unsubscribe nepasrepondre noresponder naoresponda nonrispondere nichtantworten keineantwort nietbeantwoorden
"""
#: Mailboxes that nobody reads, written without their dots, hyphens and underscores.
NO_REPLY = frozenset(_NO_REPLY_WORDS.split())
#: With more behind it, and no separator between: `noreply7`, `noreplyshop`. Nobody's name begins so.
_BEGINS_NO_REPLY = ("noreply", "donotreply", "mailerdaemon")
_OF_BOUNCES_WORDS = """
    mail mailer email mailing list lists handler handling return returns processing mgmt
"""
#: What stands beside `bounce` in the return path of a machine: a number, a recipient (VERP, `bounce-dana=example.org`),
#: or one of these. `bounce.house@…` and `bouncehouserentals@…` are somebody's.
_OF_BOUNCES = frozenset(_OF_BOUNCES_WORDS.split())
#: What somebody types who has to type something.
TEST = re.compile(
    r"(test(er|ing|user|mail|email|account|address|test)*|asdf\w*|qwerty|foobar|foo|dummy|fake|nobody|none|null|"
    r"undefined|"
    r"example|placeholder|invalid|anonymous|unknown|no(e?mail|address)|notprovided|your?(name|e?mail)|username|"
    r"first(name)?last(name)?|xxx+|aaa+)\d*"
)
#: RFC 2142 names some; the rest are what firms call theirs, in several languages.
_ROLES = """
    abuse accounting accounts accountspayable accountsreceivable admin administration administrator ads advertising
    alert alerts all ap ar billing board booking bookings business careers claims communications compliance contact
    contactus customercare customerservice customersupport customersuccess dev developers development digest
    directors dpo editor editorial engineering enquiries enquiry estimates events everyone feedback finance
    frontdesk ftp gdpr general hello help helpdesk hi hiring hostmaster hr info information inquiries inquiry
    investorrelations investors invoice invoices ir it itsupport jobs legal list lists mail mailbox maintenance
    management marketing media members membership news newsletter noc notification notifications notify office
    operations ops orders partners partnerships payments payroll post pr press privacy procurement purchasing quotes
    reception recruiting recruitment refunds registration reservations returns rfp root sales secretary security
    service services shipping shop staff store subscribe support sysadmin team tech technical tenders updates usenet
    uucp web webmaster welcome wholesale www accueil administratie amministrazione atendimento bestellung bewerbung
    biuro boekhouding buchhaltung buero büro comercial comercio commercial commerciale compras comptabilite
    contabilidad contacto contato contatti direction einkauf empleo facturacion financeiro karriere klantenservice
    kontakt kundenservice ordini personal presse rechnung receptie recrutement redaktion rh secretariat segreteria
    sekretariat servicio ufficio vendas vendite ventas verkauf verkoop vertrieb
"""
ROLE = frozenset(_ROLES.split())
_BESIDE_A_ROLE_WORDS = """
    uk us usa eu emea apac amer latam na de fr es it nl be ch at au ca nz ie in br mx pl se no dk fi asia europe
    america global intl international worldwide london berlin paris nyc ny sf north south east west dept department
    desk centre center main group the our global hq
"""
#: What stands beside a role and makes no person of it: `sales-uk@`, `info.emea@`.
_BESIDE_A_ROLE = frozenset(_BESIDE_A_ROLE_WORDS.split())
#: Where nobody is, whatever stands before it.
_TEST_DOMAINS = frozenset(_TEST_DOMAINS_TEXT.split())
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
    if domain.rpartition(".")[2] in NOWHERE or domain in _TEST_DOMAINS:
        return Quality(blocked=("A test address: nobody can be reached there.",))
    if not _well_formed(address):
        return Quality(blocked=("The address is malformed.",))
    words = _words(local)
    mailbox = "".join(words)
    blocked = [
        sentence
        for holds, sentence in (
            (_is_no_reply(local, words), "Nobody reads this mailbox: it is a no-reply address."),
            (TEST.fullmatch(mailbox), "A test address: nobody can be reached there."),
            (_is_disposable(domain), "A disposable address: its mailbox is temporary."),
        )
        if holds
    ]
    return Quality(tuple(blocked), ("A role mailbox, not a person.",) if _is_role(mailbox, words) else ())


def _words(local: str) -> list[str]:
    """The words of a mailbox, without what a person adds behind `+`, which is theirs to choose."""
    return [word for word in re.split(r"[._-]+", local.partition("+")[0].casefold()) if word]


def _is_no_reply(local: str, words: list[str]) -> bool:
    """Whether one to three words of it, as they stand beside each other, say that nobody reads it."""
    plain = [word.rstrip(digits) for word in words]
    runs = {"".join(plain[start : start + length]) for start in range(len(plain)) for length in (1, 2, 3)}
    if runs & NO_REPLY or any(word.startswith(_BEGINS_NO_REPLY) for word in plain):
        return True
    if plain[:1] in (["bounce"], ["bounces"]):
        beside = words[1:]
        return not beside or "=" in local or any(word.isdigit() or word in _OF_BOUNCES for word in beside)
    return plain[-1:] == ["bounces"]  # a list's own: `announce-bounces@`


def _is_role(mailbox: str, words: list[str]) -> bool:
    """Whether it is a role and nothing else: `dev.patel@` and `steve.jobs@` are people."""
    if mailbox.rstrip(digits) in ROLE:
        return True
    plain = [word.rstrip(digits) for word in words]
    return any(word in ROLE for word in plain) and all(word in ROLE | _BESIDE_A_ROLE or not word for word in plain)


def _well_formed(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def _is_disposable(domain: str) -> bool:
    """Whether the domain, or one above it, hands out mailboxes to throw away. The list knows domains in A-labels."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels)))
