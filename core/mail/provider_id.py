"""The name that a server gave a mail when it took it, by which its provider speaks of the mail from then on.

What a webhook says of it is not always to the letter what the server said: `named_by` has the forms of one name.
"""

import re

#: In the words of an acceptance, without its code: what is called an id there. The first that fits decides.
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bqueued(?: on \S+)? as:? +<?([^\s<>]+)",  # Postfix, SendGrid, Yandex
        r"\bid[ =:]+<?([^\s<>]+)",  # Exim; Resend, as core/mail/resend.py puts it
        r"^<([^\s<>]+)> +\[InternalId",  # Exchange, which may give the mail a Message-ID of its own
        r"^ok +\d{9,11} +(\S+) - gsmtp",  # Google
        r"^(\S+) message accepted for delivery",  # Sendmail
        r"^(?:ok|accepted|success)[:,]? +(\S+)$",  # SES, SparkPost
    )
)
_STATUS = re.compile(r"^2\.\d{1,3}\.\d{1,3} +")
#: A name has a digit, and is more than the moment of it, which two mails may share.
_NAME = re.compile(r"(?=\S*\d)(?!\d{9,11}$)[!-~]{4,250}")


def provider_id(reply: str) -> str | None:
    """The server's own id of a mail, from its words when it took it (`Outcome.reply`); None where it gave none."""
    words = _STATUS.sub("", reply.strip())
    for pattern in _PATTERNS:
        found = pattern.search(words)
        if found and _NAME.fullmatch(name := found[1].rstrip(".,;)")):
            return name
    return None


def named_by(told: str) -> list[str]:
    """What `told`, an id of a webhook, may have been when the mail was taken: SES puts it in brackets, with its host
    behind an @; SendGrid adds its filters behind a dot."""
    bare = told.strip("<>")
    local = bare.partition("@")[0]
    stem = local.partition(".")[0]
    return list(dict.fromkeys(name for name in (bare, local, stem) if _NAME.fullmatch(name)))
