"""The words by which other systems say what became of a mail: as a status, as a yes or no, as a count. Pure.

Where they come from: the exports of Apollo, HubSpot, Instantly, lemlist, Mailchimp, Mailshake, Outreach, Reply.io,
Salesforce, Salesloft, Smartlead and Woodpecker.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import IntEnum

from core.errors import BadInput


class Became(IntEnum):
    """What became of a mail, the gravest last: where a line says several things, that one counts."""

    NOT_SENT = 0
    #: Begun, paused, stopped: whether a mail had left by then, only a date can tell.
    UNSURE = 1
    SENT = 2
    REPLIED = 3
    BOUNCED = 4
    #: They were written to, and must not be again, ever.
    OPTED_OUT = 5


_STATUSES: Mapping[Became, str] = {
    Became.NOT_SENT: """
        failed error skipped skip queued pending scheduled draft drafted cancelled canceled rejected new notsent unsent
        notyetcontacted notcontacted uncontacted nevercontacted notstarted notyetstarted ready todo sendfailed review
        toreview tocheck scanned nottargeted untouched dropped
    """,
    Became.UNSURE: "paused resumed stopped blocked active hold onhold deferred unresponsive nonresponsive",
    Became.SENT: """
        sent delivered opened open clicked click completed complete done contacted finished inprogress started running
        insequence approaching attempted attemptedtocontact noreply noresponse notreplied outofoffice ooo autoreplied
        autoreply hooked attracted linkedinsent linkedininvitedone linkedininviteaccepted
    """,
    Became.REPLIED: """
        replied reply responded answered interested notinterested warmed meetingbooked meetingrequest meetingcompleted
        informationrequest wrongperson referral connected badtiming demoed linkedinreplied linkedininterested
        linkedinnotinterested
    """,
    Became.BOUNCED: """
        bounced bounce hardbounce softbounce hardbounced softbounced invalid invalidemail cleaned undeliverable
        undelivered deliveryfailed baddata senderoriginatedbounce
    """,
    Became.OPTED_OUT: """
        unsubscribed unsubscribe unsub globallyunsubscribed unsubscribedfromall unsubscribedfromallemail optedout optout
        complained complaint spam spamreport spamcomplaint markedasspam reportedasspam abuse blacklist blacklisted
        blocklist blocklisted donotcontact donotemail dnc
    """,
}
STATUSES: Mapping[str, Became] = {word: became for became, words in _STATUSES.items() for word in words.split()}

#: Columns that say one thing of each line: yes or no, how often, or when.
_FLAGS: Mapping[Became, str] = {
    Became.SENT: "sent delivered contacted",
    Became.REPLIED: "replied reply replies responded answered interested notinterested",
    Became.BOUNCED: "bounced bounce bounces hardbounce hardbounced softbounce hardbouncereason bouncereason clean",
    Became.OPTED_OUT: """
        unsubscribed unsubscribe unsubscribes unsub unsubscribedfromall unsubscribedfromallemail globallyunsubscribed
        unsubscribedglobally optedout optout optouts optedoutofemail optedoutofall complained complaint complaints spam
        spamreport spamreports spamcomplaint spamcomplaints markedasspam reportedasspam abuse donotcontact donotemail
        dnc blacklisted blocklisted unsubreason unsubscribereason unsubscribedreason
    """,
}
FLAGS: Mapping[str, Became] = {word: became for became, words in _FLAGS.items() for word in words.split()}
#: What may stand around such a word in a header: "Is Unsubscribed", "emailsBounced", "Reply count", "Opted out at".
_BEFORE = (
    *("is", "has", "was", "lead", "contact", "prospect", "total", "numberof", "last", "recent", "sales"),
    *("marketing", "email", "emails", "mail", "mails"),
)
_AFTER = ("at", "on", "time", "date", "timestamp", "count", "total", "flag")
_FLAG = re.compile(f"(?:{'|'.join(_BEFORE)})*({'|'.join(FLAGS)})(?:{'|'.join(_AFTER)})*")

_YES = """
    true yes y t x on checked ✓ ✔ ☑ wahr ja vrai oui si sí verdadero sim verdadeiro vero evet
"""
_NO = """
    false no n f off unchecked - — – ✗ ✘ ☐ falsch nein faux non falso não nao hayır none null nil nan n/a na never
    undefined
"""
YES, NO = frozenset(_YES.split()), frozenset(_NO.split())

#: What `--status-map` and `--status` may say that a word means.
MEANINGS: Mapping[str, Became] = {
    "not-sent": Became.NOT_SENT,
    "sent": Became.SENT,
    "replied": Became.REPLIED,
    "bounced": Became.BOUNCED,
    "unsubscribed": Became.OPTED_OUT,
    "complained": Became.OPTED_OUT,
}


def folded(text: str) -> str:
    """A header or a status as it is compared: "Sent At" and "sent_at" are the same."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKC", text).casefold())


def status_of(said: str, more: Mapping[str, Became]) -> Became | None:
    """What a status means: "Email sent", "emailsBounced", "Opened, Replied" (the gravest of several).

    None where it is not known. `more` are words that whoever imports has given a meaning (`read_status_map`).
    """
    if (whole := _word(said, more)) is not None:
        return whole
    parts = [_word(part, more) for part in re.split(r"[,;|/+]", said) if part.strip()]
    known = [part for part in parts if part is not None]
    return max(known) if known and len(known) == len(parts) else None


def _word(said: str, more: Mapping[str, Became]) -> Became | None:
    word = folded(said)
    for form in (word, re.sub(r"^e?mail(?=.)", "", word), re.sub(r"^e?mails(?=.)", "", word)):
        if (found := more.get(form, STATUSES.get(form))) is not None:
            return found
    return None


def flag_of(header: str) -> Became | None:
    """What a column of yes and no, counts or times says of its lines, by its header; None where it says nothing."""
    found = _FLAG.fullmatch(folded(header))
    return FLAGS[found[1]] if found else None


def says_yes(said: str, became: Became, more: Mapping[str, Became], *, any_text: bool) -> bool | None:
    """Whether a cell of such a column says yes; None where it says neither.

    `any_text`: it holds a reason, or a time, and whatever stands there says yes.
    """
    text = said.strip().casefold()
    if not text or text in NO:
        return False
    if text in YES:
        return True
    if re.fullmatch(r"[+-]?\d+([.,]\d+)?%?", text):
        return float(text.replace("%", "").replace(",", ".")) > 0
    if any_text:
        return True
    word = status_of(said, more)
    return None if word is None else word >= became


def read_status_map(pairs: Iterable[str]) -> dict[str, Became]:
    """`Cold=sent` as a word and its meaning. Raises `BadInput`."""
    found = {}
    for pair in pairs:
        word, equals, meaning = pair.rpartition("=")
        if not equals or not folded(word):
            raise BadInput(f'--status-map {pair!r}: write a word and what it means, such as "Cold=sent".')
        found[folded(word)] = read_meaning(meaning, "--status-map")
    return found


def read_meaning(word: str, option: str) -> Became:
    """One of `MEANINGS`. Raises `BadInput`."""
    found = {folded(name): became for name, became in MEANINGS.items()}.get(folded(word))
    if found is None:
        raise BadInput(f"{option}: {word.strip()!r} is not known; write {', '.join(MEANINGS)}.")
    return found
