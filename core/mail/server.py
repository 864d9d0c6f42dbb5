"""Whom an account hands its mail to. Its `smtp_url` in the database is one of:

smtp://… smtps://…      a mail server, without a password (`core.mail.smtp_url`)
env:NAME                a variable that holds such an address with its password, or a Resend one: the usual way
enc:…                   the same, encrypted (`core.secrets`), given with `signoff accounts secret ADDRESS`
stored                  declared as to be given so, and not given yet
"""

import os
from collections.abc import Mapping

from core.ids import UUID
from core.mail.connect import tls_context
from core.mail.conversation import Stopped
from core.mail.resend_url import SCHEME, ResendUrl, parse_resend_url
from core.mail.smtp_url import SmtpUrl, parse_smtp_url
from core.secrets import is_sealed, unseal

MailServer = SmtpUrl | ResendUrl

#: What a declaration says of an account whose address is given with `signoff accounts secret`.
STORED = "stored"


def parse_mail_server(text: str) -> MailServer:
    """Read an address of either kind. Raises ValueError with a sentence that never contains a secret."""
    if text.startswith(f"{SCHEME}:"):
        return parse_resend_url(text)
    return parse_smtp_url(text)


def check_cafile(server: MailServer) -> None:
    """Raises ValueError where the certificate authority of its own that it names is none on this machine."""
    if server.cafile is None:
        return
    try:
        tls_context(server.cafile)
    except Stopped:
        raise ValueError("cafile is not a readable certificate file on this machine") from None


def secret_in(server: MailServer) -> str | None:
    """What is in this address with which whoever reads it could send: a password, a key, or nothing."""
    if isinstance(server, ResendUrl):
        return "key"
    return None if server.password is None else "password"


def mail_server(stored: str, account_id: UUID, env: Mapping[str, str] = os.environ) -> MailServer:
    """The mail server of an account, from what its row says. Raises ValueError where it says nothing of use, and
    `core.secrets.StillSealed` where this process cannot read it."""
    if stored == STORED:
        raise ValueError("the account's server address is not set yet")
    if is_sealed(stored):
        return parse_mail_server(unseal(stored, account_id))
    if stored.startswith("env:"):
        name = stored.removeprefix("env:")
        if not env.get(name):
            raise ValueError(f"the environment has no {name}")
        return parse_mail_server(env[name])
    return parse_mail_server(stored)
