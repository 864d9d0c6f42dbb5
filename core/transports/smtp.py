"""Hand one message to an SMTP server, and know afterwards whether it left (DESIGN §5, RFC 5321).

The conversation is driven phase by phase: connect, (TLS), greeting, EHLO, (STARTTLS, EHLO), AUTH, MAIL, RCPT, then
`start`, which commits that the message is about to leave, then DATA, the body, the final dot. Everything that fails
before the final dot is written is `not_sent`; everything that fails after it and before a reply to it is `unknown`.

Nothing here logs: not an address, not a server's words, not an exception (P11). The caller logs phase, reason and code.
"""

import base64
import ipaddress
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core.smtp_url import Security, SmtpUrl
from core.taxonomy import AttemptOutcome, Phase
from core.transports.envelope import Envelope
from core.transports.outcome import Interrupted, Outcome, Reason
from core.transports.wire import Budget, Dropped, Malformed, Reply, Wire, body_lines, clean_text


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds of the monotonic clock that a conversation may take, however slowly the server answers.

    `before_start` is for connecting up to the reply to RCPT, `after_start` for DATA up to the reply to the final dot;
    `step` is the most that one address or one command may take of `before_start`; `quit` is for politeness.
    RFC 5321 §4.5.3.2.6 asks for ten minutes after the dot; a shorter wait costs an `unknown`, never a second mail.
    """

    before_start: float = 60.0
    after_start: float = 120.0
    step: float = 30.0
    quit: float = 1.0

    @property
    def total(self) -> float:
        """The longest a whole `send` can wait for the network, without the time that `start` itself takes."""
        return self.before_start + self.after_start + self.quit


class Stopped(Exception):
    """The conversation ended in a way that was foreseen, at the phase where it is."""

    def __init__(self, reason: Reason, *, transient: bool = False, reply: Reply | None = None) -> None:
        super().__init__(reason.value)
        self.reason, self.transient, self.reply = reason, transient, reply


@dataclass(slots=True)
class Talk:
    """How far one conversation got. `verdict` is the reply to the final dot; `outcome` is set once it is certain."""

    phase: Phase = Phase.CONNECT
    wire: Wire | None = None
    verdict: Reply | None = None
    outcome: Outcome | None = None


LAST_WORDS = 1.0  # seconds to read what a server said before it cut a body short

REFUSALS = {  # what a 4xx or 5xx reply means at each phase
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


def send(url: SmtpUrl, envelope: Envelope, start: Callable[[], bool], deadlines: Deadlines | None = None) -> Outcome:
    """Try once to hand the message over. Returns what became of it, for each fault of a server or network too.

    `start` is called at most once, after every recipient was accepted and right before DATA. It commits the point of
    no return and answers whether to go on. When it answers False (paused, lease lost) or raises, DATA is not sent and
    the outcome is `not_sent` at phase `start`; when it raised, its commit may have happened all the same, so the
    caller has to close the attempt from either state.

    Raises Interrupted, with an outcome, when something other than the server ended it.
    """
    limits = deadlines or Deadlines()
    talk = Talk()
    try:
        outcome = talk.outcome = _converse(talk, url, envelope, start, limits)
        _quit(talk.wire, outcome, limits)
    except BaseException as fault:
        raise Interrupted(talk.outcome or _judge(talk, Reason.INTERRUPTED, transient=True)) from fault
    else:
        return outcome
    finally:
        if talk.wire:
            talk.wire.close()


def _converse(talk: Talk, url: SmtpUrl, envelope: Envelope, start: Callable[[], bool], limits: Deadlines) -> Outcome:
    try:
        body = body_lines(envelope.mime)
        before = Budget(limits.before_start, limits.step)
        wire, extensions = _open(talk, url, before)
        _address(talk, wire, envelope, len(body), extensions, before)
        _ask_to_start(talk, start)
        talk.verdict = _hand_over(talk, wire, body, Budget(limits.after_start, limits.after_start))
        return _judge(talk, Reason.ACCEPTED)
    except Stopped as stop:
        return _judge(talk, stop.reason, transient=stop.transient, reply=stop.reply)
    except Dropped:
        return _judge(talk, Reason.DROPPED, transient=True)
    except Malformed:
        return _judge(talk, Reason.MALFORMED_REPLY, transient=True)
    except TimeoutError:
        return _judge(talk, Reason.TIMEOUT, transient=True)


def _judge(talk: Talk, reason: Reason, *, transient: bool = False, reply: Reply | None = None) -> Outcome:
    """The table of DESIGN §5. After the dot only the server's verdict counts, and only if it is one."""
    if talk.phase is not Phase.DOT:
        return _outcome(talk, AttemptOutcome.NOT_SENT, reason, transient, reply)
    match talk.verdict.kind if talk.verdict else None:
        case 2:
            return _outcome(talk, AttemptOutcome.SENT, Reason.ACCEPTED, False, talk.verdict)
        case 4 | 5 as kind:
            return _outcome(talk, AttemptOutcome.NOT_SENT, Reason.REJECTED_BODY, kind == 4, talk.verdict)
        case 3:  # a reply that means nothing here
            return _outcome(talk, AttemptOutcome.UNKNOWN, Reason.MALFORMED_REPLY, False, talk.verdict)
        case _:
            return _outcome(talk, AttemptOutcome.UNKNOWN, reason, False, None)


def _outcome(talk: Talk, kind: AttemptOutcome, reason: Reason, transient: bool, reply: Reply | None) -> Outcome:
    code, text = (reply.code, clean_text(reply.text)) if reply else (None, "")
    return Outcome(kind, talk.phase, reason, transient, code, text)


def _open(talk: Talk, url: SmtpUrl, budget: Budget) -> tuple[Wire, dict[str, str]]:
    """From nothing to a server that listens to us: connected, encrypted as asked, logged in."""
    context = None if url.security is Security.PLAIN else _tls_context(url)  # reading the CAs takes 20 ms
    wire = talk.wire = Wire(_connect(url, budget))
    if context is None and not _peer_is_loopback(wire.sock):
        raise Stopped(Reason.TLS_UNAVAILABLE)  # a name that looked like this machine and is not
    if context and url.security is Security.IMPLICIT:
        _secure(talk, wire, context, url, budget)
    talk.phase = Phase.GREETING
    _expect(talk, wire.reply(budget.one_step()), 2)
    extensions = _ehlo(talk, wire, budget)
    if context and url.security is Security.STARTTLS:
        talk.phase = Phase.STARTTLS
        if "STARTTLS" not in extensions:  # stripped by somebody, or a wrong address: a person has to look
            raise Stopped(Reason.TLS_UNAVAILABLE)
        _expect(talk, wire.command("STARTTLS", budget), 2)
        _secure(talk, wire, context, url, budget)
        extensions = _ehlo(talk, wire, budget)
    if url.user is not None and url.password is not None:
        _log_in(talk, wire, url.user, url.password, extensions, budget)
    return wire, extensions


def _tls_context(url: SmtpUrl) -> ssl.SSLContext:
    """Certificates and host names verified, TLS 1.2 or newer."""
    try:
        context = ssl.create_default_context(cafile=url.cafile)
    except OSError:  # no such file, or no certificates in it
        raise Stopped(Reason.TLS_FAILED) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _connect(url: SmtpUrl, budget: Budget) -> socket.socket:
    """Try each address of the host in the resolver's order, IPv6 and IPv4. The last failure counts."""
    stop = Stopped(Reason.DNS_FAILED, transient=True)
    for family, address in addresses(url.host, url.port):
        try:
            return _reach(family, address, budget.one_step().left())
        except OSError as fault:
            stop = Stopped(_why_unreachable(fault), transient=True)
    raise stop


def _reach(family: socket.AddressFamily, address: tuple[str, int], seconds: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # body and dot are two writes: no Nagle wait
        sock.settimeout(seconds)
        sock.connect(address)
    except BaseException:
        sock.close()
        raise
    return sock


def addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[str, int]]]:
    """The addresses of a host, none if it has no name.

    The system's resolver keeps its own time (resolv.conf; by default some 10 to 30 seconds), not ours. That is safe: it
    comes before `start`, whose fence refuses an attempt that outlived its lease. A thread beside us would bound it, but
    a job library that raises into ours could strike the new thread instead, and CPython then waits for it for ever.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [(family, (address[0], address[1])) for family, _, _, _, address in found if isinstance(address[0], str)]


def _why_unreachable(fault: OSError) -> Reason:
    match fault:
        case TimeoutError():
            return Reason.TIMEOUT
        case ConnectionRefusedError():
            return Reason.CONNECT_REFUSED
        case ConnectionResetError():  # taken, and reset before we looked
            return Reason.DROPPED
        case _:
            return Reason.UNREACHABLE


def _peer_is_loopback(sock: socket.socket) -> bool:
    try:
        return ipaddress.ip_address(sock.getpeername()[0]).is_loopback
    except OSError as fault:  # reset already
        raise Dropped from fault


def _secure(talk: Talk, wire: Wire, context: ssl.SSLContext, url: SmtpUrl, budget: Budget) -> None:
    """The handshake. A certificate that does not verify stays that way, so it is not tried again."""
    talk.phase = Phase.STARTTLS
    try:
        wire.secure(context, url.host, budget.one_step())
    except (ssl.SSLError, ValueError):  # ValueError: a host that cannot be the name in a certificate
        raise Stopped(Reason.TLS_FAILED) from None


def _ehlo(talk: Talk, wire: Wire, budget: Budget) -> dict[str, str]:
    """Say who we are (an address literal, RFC 5321 §4.1.3: we have no public name) and hear what the server can do."""
    talk.phase = Phase.EHLO
    here = ipaddress.ip_address(wire.sock.getsockname()[0].partition("%")[0])
    reply = wire.command(f"EHLO [{'IPv6:' if here.version == 6 else ''}{here}]", budget)
    _expect(talk, reply, 2)
    lines = (line.partition(" ") for line in reply.text.split("\n")[1:])
    return {keyword.upper(): parameters for keyword, _, parameters in lines}


def _log_in(talk: Talk, wire: Wire, user: str, password: str, extensions: dict[str, str], budget: Budget) -> None:
    """AUTH PLAIN (RFC 4616) or LOGIN, in UTF-8. Only reached over TLS or to loopback."""
    talk.phase = Phase.AUTH
    offered = extensions.get("AUTH", "").upper().split()
    if "PLAIN" in offered:
        reply = wire.command("AUTH PLAIN " + _base64("\0".join(("", user, password))), budget)
    elif "LOGIN" in offered:
        _expect(talk, wire.command("AUTH LOGIN", budget), 3)
        _expect(talk, wire.command(_base64(user), budget), 3)
        reply = wire.command(_base64(password), budget)
    else:
        raise Stopped(Reason.AUTH_UNAVAILABLE)
    _expect(talk, reply, 2)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _address(talk: Talk, wire: Wire, envelope: Envelope, size: int, extensions: dict[str, str], budget: Budget) -> None:
    """MAIL and RCPT. Every recipient has to be accepted: a message goes to all of them or to none."""
    talk.phase = Phase.MAIL
    parameters = _mail_parameters(envelope, size, extensions)
    _expect(talk, wire.command(f"MAIL FROM:<{envelope.mail_from}>{parameters}", budget), 2)
    talk.phase = Phase.RCPT
    for recipient in envelope.rcpt_to:
        _expect(talk, wire.command(f"RCPT TO:<{recipient}>", budget), 2)


def _mail_parameters(envelope: Envelope, size: int, extensions: dict[str, str]) -> str:
    """SMTPUTF8 (RFC 6531), BODY=8BITMIME (RFC 6152) and SIZE (RFC 1870); Stopped where one that we need is lacking."""
    parameters = ""
    if envelope.needs_smtputf8:
        if "SMTPUTF8" not in extensions:
            raise Stopped(Reason.SMTPUTF8_UNSUPPORTED)
        parameters += " SMTPUTF8"
    if not envelope.mime.isascii():
        if "8BITMIME" not in extensions:
            raise Stopped(Reason.EIGHTBIT_UNSUPPORTED)
        parameters += " BODY=8BITMIME"
    if "SIZE" in extensions:
        limit = extensions["SIZE"].strip()
        if limit.isdecimal() and 0 < int(limit) < size:
            raise Stopped(Reason.TOO_LARGE)
        parameters += f" SIZE={size}"
    return parameters


def _ask_to_start(talk: Talk, start: Callable[[], bool]) -> None:
    talk.phase = Phase.START
    try:
        may_go = start()
    except Exception as fault:  # whatever the caller's database raised, DATA must not follow
        raise Stopped(Reason.START_FAILED, transient=True) from fault
    if not may_go:
        raise Stopped(Reason.START_REFUSED, transient=True)


def _hand_over(talk: Talk, wire: Wire, body: bytes, budget: Budget) -> Reply:
    """DATA, the body, the dot. Returns the server's verdict on the message."""
    talk.phase = Phase.DATA
    _expect(talk, wire.command("DATA", budget), 3)
    talk.phase = Phase.BODY
    try:
        wire.write(body, budget)
    except Dropped:
        with suppress(Dropped, TimeoutError):  # its last words may say why, and whether for ever
            _expect(talk, wire.reply(Budget(LAST_WORDS, LAST_WORDS)), 3)
        raise
    if wire.spoke():  # a refusal in the middle; taken for the reply to the dot it could be read as anything
        _expect(talk, wire.reply(budget), 3)
        raise Malformed
    left = budget.left()  # the last chance to run out of time with nothing sent
    talk.phase = Phase.DOT
    wire.write(b".\r\n", Budget(left, left))
    return wire.reply(budget)


def _expect(talk: Talk, reply: Reply, kind: int) -> None:
    if reply.kind == kind:
        return
    if reply.kind in (4, 5):
        raise Stopped(REFUSALS[talk.phase], transient=reply.kind == 4, reply=reply)
    raise Malformed


def _quit(wire: Wire | None, outcome: Outcome, limits: Deadlines) -> None:
    """Say goodbye where the server may be listening. Nothing that happens here changes the outcome.

    Never in the middle of a body, where QUIT would be a line of the message, and never after a dot without an answer.
    """
    gone = outcome.reason in (Reason.DROPPED, Reason.TIMEOUT, Reason.MALFORMED_REPLY, Reason.TLS_FAILED)
    if wire and not gone and outcome.phase is not Phase.BODY:
        with suppress(Dropped, Malformed, TimeoutError):
            wire.command("QUIT", Budget(limits.quit, limits.quit))
