"""From nothing to a mail server that listens to us: connected, encrypted as asked, logged in."""

import base64
import ipaddress
import socket
import ssl

from core.mail.conversation import Stopped, Talk, expect
from core.mail.smtp_url import Security, SmtpUrl
from core.mail.wire import Budget, Dropped, Wire
from core.taxonomy import Phase, Reason


def open_session(talk: Talk, url: SmtpUrl, budget: Budget) -> tuple[Wire, dict[str, str]]:
    """The open wire and what the server offers. Raises Stopped, Dropped, Malformed or TimeoutError."""
    context = None if url.security is Security.PLAIN else tls_context(url.cafile)  # reading the CAs takes 20 ms
    wire = talk.wire = connect(url.host, url.port, budget, in_plain=context is None)
    if context and url.security is Security.IMPLICIT:
        secure(talk, wire, context, url.host, budget)
    talk.phase = Phase.GREETING
    expect(talk, wire.reply(budget.one_step()), 2)
    extensions = _ehlo(talk, wire, budget)
    if context and url.security is Security.STARTTLS:
        talk.phase = Phase.STARTTLS
        if "STARTTLS" not in extensions:  # stripped by somebody, or a wrong address: a person has to look
            raise Stopped(Reason.TLS_UNAVAILABLE)
        expect(talk, wire.command("STARTTLS", budget), 2)
        secure(talk, wire, context, url.host, budget)
        extensions = _ehlo(talk, wire, budget)
    if url.user is not None and url.password is not None:
        _log_in(talk, wire, url.user, url.password, extensions, budget)
    return wire, extensions


def tls_context(cafile: str | None) -> ssl.SSLContext:
    """Certificates and host names verified, TLS 1.2 or newer. Raises Stopped for a `cafile` that is none."""
    try:
        context = ssl.create_default_context(cafile=cafile)
    except OSError:  # no such file, or no certificates in it
        raise Stopped(Reason.TLS_FAILED) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def connect(host: str, port: int, budget: Budget, *, in_plain: bool) -> Wire:
    """Try each address of the host in the resolver's order, IPv6 and IPv4. The last failure counts.

    `in_plain` says that nothing will be encrypted: then only this machine will do. Raises Stopped, Dropped or
    TimeoutError.
    """
    stop = Stopped(Reason.DNS_FAILED, transient=True)
    for family, address in addresses(host, port):
        try:
            sock = _reach(family, address, budget.one_step().left())
        except OSError as fault:
            stop = Stopped(_why_unreachable(fault), transient=True)
        else:
            return _checked(sock, in_plain)
    raise stop


def _checked(sock: socket.socket, in_plain: bool) -> Wire:
    """The wire; Stopped for a name that looked like this machine and is not."""
    try:
        allowed = not in_plain or _peer_is_loopback(sock)
    except BaseException:
        sock.close()
        raise
    if not allowed:
        sock.close()
        raise Stopped(Reason.TLS_UNAVAILABLE)
    return Wire(sock)


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


def secure(talk: Talk, wire: Wire, context: ssl.SSLContext, host: str, budget: Budget) -> None:
    """The handshake. A certificate that does not verify stays that way, so it is not tried again."""
    talk.phase = Phase.STARTTLS
    try:
        wire.secure(context, host, budget.one_step())
    except (ssl.SSLError, ValueError):  # ValueError: a host that cannot be the name in a certificate
        raise Stopped(Reason.TLS_FAILED) from None


def _ehlo(talk: Talk, wire: Wire, budget: Budget) -> dict[str, str]:
    """Say who we are (an address literal, RFC 5321 §4.1.3: we have no public name) and hear what the server can do."""
    talk.phase = Phase.EHLO
    here = ipaddress.ip_address(wire.sock.getsockname()[0].partition("%")[0])
    reply = wire.command(f"EHLO [{'IPv6:' if here.version == 6 else ''}{here}]", budget)
    expect(talk, reply, 2)
    lines = (line.partition(" ") for line in reply.text.split("\n")[1:])
    return {keyword.upper(): parameters for keyword, _, parameters in lines}


def _log_in(talk: Talk, wire: Wire, user: str, password: str, extensions: dict[str, str], budget: Budget) -> None:
    """AUTH PLAIN (RFC 4616) or LOGIN, in UTF-8. Only reached over TLS or to loopback."""
    talk.phase = Phase.AUTH
    offered = extensions.get("AUTH", "").upper().split()
    if "PLAIN" in offered:
        reply = wire.command("AUTH PLAIN " + _base64("\0".join(("", user, password))), budget)
    elif "LOGIN" in offered:
        expect(talk, wire.command("AUTH LOGIN", budget), 3)
        expect(talk, wire.command(_base64(user), budget), 3)
        reply = wire.command(_base64(password), budget)
    else:
        raise Stopped(Reason.AUTH_UNAVAILABLE)
    expect(talk, reply, 2)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
