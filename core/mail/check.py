"""Whether a mail server lets us in: connected, greeted, encrypted, logged in, and goodbye. Nothing is sent.

Each step that was taken is told; and where one was not, what came of it, as of an attempt to send.
"""

import ssl
from dataclasses import dataclass, replace

from core.mail.connect import open_session
from core.mail.conversation import Stopped, Talk, not_sent
from core.mail.outcome import Outcome
from core.mail.resend import ask, meaning
from core.mail.resend_url import ResendUrl
from core.mail.server import MailServer
from core.mail.smtp import Deadlines
from core.mail.smtp_url import Security, SmtpUrl
from core.mail.wire import Budget, Dropped, Malformed
from core.taxonomy import AttemptOutcome, Phase, Reason


@dataclass(frozen=True)
class Checked:
    """The steps that went well; and where not all of them did, what stopped it, and where."""

    steps: tuple[Phase, ...]
    stopped: Outcome | None = None


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
        outcome = not_sent(talk, stop.reason, transient=stop.transient, reply=stop.reply, words=stop.words)
        return _stopped(talk, steps, outcome)
    except (Dropped, Malformed, TimeoutError) as fault:
        if talk.phase is Phase.QUIT:  # it let us in; how it says goodbye is its own affair
            return Checked(steps)
        reasons = {Dropped: Reason.DROPPED, Malformed: Reason.MALFORMED_REPLY}
        return _stopped(talk, steps, not_sent(talk, reasons.get(type(fault), Reason.TIMEOUT), transient=True))
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


def _stopped(talk: Talk, steps: tuple[Phase, ...], outcome: Outcome) -> Checked:
    """What was taken before `outcome`. After STARTTLS, EHLO is said a second time: encrypted, it is the last."""
    encrypted = talk.wire is not None and isinstance(talk.wire.sock, ssl.SSLSocket)
    places = [place for place, step in enumerate(steps) if step is outcome.phase]
    return Checked(steps[: places[-1 if encrypted else 0]], outcome)


def _resend(url: ResendUrl, talk: Talk, steps: tuple[Phase, ...], limits: Deadlines) -> Checked:
    """Ask for the domains of the key: one that may only send is answered 401 with a name of its own."""
    budget = Budget(limits.before_start, limits.step)

    def begin() -> Budget:
        talk.phase = Phase.AUTH
        return budget.one_step()

    answer = ask(talk, url, "GET /domains", budget, begin)
    outcome = meaning(answer)
    if answer.is_success or "restricted_api_key" in outcome.reply:
        return Checked(steps)
    if outcome.kind is not AttemptOutcome.NOT_SENT:  # as of a mail; but there was none
        outcome = replace(outcome, kind=AttemptOutcome.NOT_SENT, reason=Reason.SERVER_TROUBLE, transient=True)
    return _stopped(talk, steps, replace(outcome, phase=Phase.AUTH))
