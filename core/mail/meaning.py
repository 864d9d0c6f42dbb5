"""What a refusal is about. Servers put off what they have against us until RCPT (Postfix: `smtpd_delay_reject`), so the
step at which a 4xx or 5xx reply came does not say who was refused: its words do, then its enhanced code, then the step.

The words are those of Postfix, Exim, Sendmail, Exchange and the large providers; the codes are of RFC 3463.
"""

import re

from core.mail.wire import Reply
from core.taxonomy import Phase, Reason

#: What a refusal without telling words or code is about.
BY_PHASE = {
    Phase.GREETING: Reason.REJECTED_SERVER,
    Phase.EHLO: Reason.REJECTED_SERVER,
    Phase.STARTTLS: Reason.TLS_UNAVAILABLE,
    Phase.AUTH: Reason.AUTH_FAILED,
    Phase.MAIL: Reason.REJECTED_SENDER,
    Phase.RCPT: Reason.REJECTED_RECIPIENT,
    Phase.DATA: Reason.REJECTED_DATA,
    Phase.BODY: Reason.REJECTED_BODY,
    Phase.DOT: Reason.REJECTED_BODY,
}
#: Steps at which a server may say what it has against something else than the step.
MIXED = frozenset({Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.DOT})

#: A server that does not know sender and recipient together wants to be asked again (RFC 6647).
GREYLISTING = re.compile(r"gr[ae]y[ -]?list", re.IGNORECASE)
_SECOND_TRY = re.compile(r"(try|come|retry)( it| back)?( again)?( back)? (later|in )|deferred for now", re.IGNORECASE)


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_SENDER = _words(
    r"sender (address |domain )?(rejected|denied|refused|not allowed|verif|unknown|invalid)",
    r"(invalid|unknown|bad|illegal) sender",
    r"not owned by user",
    r"send ?as ?denied",
    r"not (allowed|authorized|permitted) to send (as|from)",
)
#: Of us, the login or the server; asked once the enhanced code has not said it.
_ABOUT_US = (
    (_words(r"starttls", r"(encrypt\w*|tls|ssl) (is )?required", r"requires? (tls|encryption)"), Reason.TLS_REQUIRED),
    (
        _words(
            r"authentication (is )?(required|needed)",
            r"(must|please|need to) (first )?(authenticate|log ?in)",
            r"log ?in first",
            r"not authenticated",
            r"relay(ing)? (access )?(is )?(denied|not (permitted|allowed)|prohibited)",
            r"(unable|not (permitted|allowed)) to relay",
            r"we do not relay",
        ),
        Reason.LOGIN_REQUIRED,
    ),
    (
        _words(
            r"\b(helo|ehlo)\b",
            r"client (host|address|was)",
            r"your (ip|host|server|network|mail server)\b",
            r"(block|black|deny)[ -]?list",
            r"blocked using",
            r"\b(dns|r)bl\b",
            r"spamhaus|spamcop|barracudacentral",
            r"reverse (dns|lookup|host)|\bptr\b|\brdns\b",
            r"too many (connections|concurrent|errors|commands|messages|mails)",
        ),
        Reason.REJECTED_SERVER,
    ),
    (
        _words(
            r"policy (server|service|daemon)",
            r"(server|system) (configuration )?(error|problem)",
            r"service (is )?(currently |temporarily )?(not available|unavailable)",
            r"internal (server )?error|local (error|problem)",
        ),
        Reason.SERVER_TROUBLE,
    ),
)
_ENHANCED = re.compile(r"(?<![\d.])[245]\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: Subject and detail of an enhanced code; where the detail is not here, its subject alone.
_DETAILS = {
    **dict.fromkeys([(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (4, 1)], Reason.REJECTED_RECIPIENT),
    **dict.fromkeys([(1, 7), (1, 8)], Reason.REJECTED_SENDER),
    **dict.fromkeys([(2, 3), (3, 4)], Reason.TOO_LARGE),
}
_SUBJECTS = {
    2: Reason.REJECTED_RECIPIENT,
    3: Reason.SERVER_TROUBLE,
    4: Reason.SERVER_TROUBLE,
    5: Reason.REJECTED_SERVER,
}


def meant(phase: Phase, reply: Reply) -> Reason:
    """What a 4xx or 5xx reply at this step is about."""
    usual = BY_PHASE[phase]
    found = _found(reply) if phase in MIXED else None
    if found is None or (phase is Phase.MAIL and found is Reason.REJECTED_RECIPIENT):  # nobody was named yet
        return usual
    return found


def is_greylisting(reply: Reply) -> bool:
    """Whether it asks for nothing but a second try."""
    later = reply.code in (450, 451) and re.search(r"\b4\.7\.1\b", reply.text) and _SECOND_TRY.search(reply.text)
    return reply.kind == 4 and bool(GREYLISTING.search(reply.text) or later)


def _found(reply: Reply) -> Reason | None:
    if is_greylisting(reply):
        return Reason.GREYLISTED
    if _SENDER.search(reply.text):
        return Reason.REJECTED_SENDER
    enhanced = _ENHANCED.search(reply.text)
    if enhanced:
        subject, detail = int(enhanced[1]), int(enhanced[2])
        told = _DETAILS.get((subject, detail)) or _SUBJECTS.get(subject)
        if told:
            return told
    about_us = next((reason for words, reason in _ABOUT_US if words.search(reply.text)), None)
    return about_us or (Reason.LOGIN_REQUIRED if reply.code == 530 else None)
