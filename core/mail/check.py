"""Whether a mail server lets us in: connected, greeted, encrypted, logged in, and goodbye. Nothing is sent.

Each step that was taken is told, with the server's words where it refused; what it stopped at is the last.
"""

from dataclasses import dataclass, field

import httpx

from core.mail.connect import open_session, tls_context
from core.mail.conversation import Stopped, Talk
from core.mail.http_connection import Network, Transport
from core.mail.reasons import what_it_is_about
from core.mail.resend import USER_AGENT
from core.mail.resend_url import ResendUrl
from core.mail.server import MailServer
from core.mail.smtp import Deadlines
from core.mail.smtp_url import Security, SmtpUrl
from core.mail.wire import Budget, Dropped, Malformed, clean_text
from core.taxonomy import Phase, Reason


@dataclass(frozen=True)
class Checked:
    """The steps that went well; and where it did not, the step that it stopped at, why, and what the server said."""

    steps: tuple[Phase, ...]
    stopped: Phase | None = None
    reason: Reason | None = None
    code: int | None = None
    reply: str = field(default="", repr=False)


def check(server: MailServer, address: str, deadlines: Deadlines | None = None) -> Checked:
    """Go through all that comes before a mail from `address`. Raises nothing for a fault of a server or network."""
    limits = deadlines or Deadlines()
    talk = Talk()
    steps = _steps(server)
    try:
        if isinstance(server, ResendUrl):
            return _resend(server, talk, steps, limits)
        wire, _ = open_session(talk, server, Budget(limits.before_start, limits.step), address)
        talk.phase = Phase.QUIT
        wire.command("QUIT", Budget(limits.quit, limits.quit))
    except Stopped as stop:
        if stop.reply is None:
            return _stopped(talk, steps, stop.reason, reply=clean_text(stop.words))
        text = clean_text(stop.reply.text)
        about = what_it_is_about(talk.phase, stop.reply.code, text, stop.reason).reason
        return _stopped(talk, steps, about, stop.reply.code, text)
    except (Dropped, Malformed, TimeoutError) as fault:
        if talk.phase is Phase.QUIT:  # it let us in; how it says goodbye is its own affair
            return Checked(steps)
        reasons = {Dropped: Reason.DROPPED, Malformed: Reason.MALFORMED_REPLY}
        return _stopped(talk, steps, reasons.get(type(fault), Reason.TIMEOUT))
    finally:
        if talk.wire:
            talk.wire.close()
    return Checked(steps)


def _steps(server: MailServer) -> tuple[Phase, ...]:
    """What there is to do with this server, in order."""
    if isinstance(server, ResendUrl):
        return (Phase.CONNECT, *((Phase.STARTTLS,) if server.tls else ()), Phase.AUTH, Phase.QUIT)
    assert isinstance(server, SmtpUrl)
    login = (Phase.AUTH,) if server.user is not None else ()
    greeted: tuple[Phase, ...]
    match server.security:
        case Security.IMPLICIT:
            greeted = (Phase.CONNECT, Phase.STARTTLS, Phase.GREETING, Phase.EHLO)
        case Security.STARTTLS:
            greeted = (Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.EHLO)
        case Security.PLAIN:
            greeted = (Phase.CONNECT, Phase.GREETING, Phase.EHLO)
    return (*greeted, *login, Phase.QUIT)


def _stopped(talk: Talk, steps: tuple[Phase, ...], reason: Reason, code: int | None = None, reply: str = "") -> Checked:
    taken = steps[: steps.index(talk.phase)] if talk.phase in steps else ()
    return Checked(taken, talk.phase, reason, code, reply)


def _resend(url: ResendUrl, talk: Talk, steps: tuple[Phase, ...], limits: Deadlines) -> Checked:
    """Ask for the domains of the key: one that may only send is answered 401 with a name of its own."""
    budget = Budget(limits.before_start, limits.step)
    transport = Transport(
        Network(talk, budget, budget.one_step, in_plain=not url.tls), tls_context(url.cafile) if url.tls else None
    )
    headers = {"Authorization": f"Bearer {url.key}", "User-Agent": USER_AGENT, "Connection": "close"}
    address = httpx.URL(scheme="https" if url.tls else "http", host=url.host, port=url.port, path="/domains")
    with httpx.Client(transport=transport, trust_env=False) as client:
        answer = client.get(address, headers=headers, follow_redirects=False)
    talk.phase = Phase.AUTH
    said = clean_text(answer.text)
    if answer.is_success or "restricted_api_key" in said:
        return Checked(steps)
    return _stopped(talk, steps, Reason.AUTH_FAILED, answer.status_code, said)
