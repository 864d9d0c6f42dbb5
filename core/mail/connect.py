"""From nothing to a mail server that listens to us: connected, encrypted as asked, logged in."""

import base64
import ipaddress
import re
import socket
import ssl

from core.mail.conversation import Stopped, Talk, expect
from core.mail.smtp_url import Security, SmtpUrl
from core.mail.wire import Budget, Dropped, Reply, Wire
from core.taxonomy import Phase, Reason
from core.text.email_address import domain_to_ascii


def open_session(talk: Talk, url: SmtpUrl, budget: Budget, sender: str) -> tuple[Wire, dict[str, str]]:
    """The open wire and what the server offers. We call ourselves by the domain of `sender`, unless `url` says.

    Raises Stopped, Dropped, Malformed or TimeoutError.
    """
    context = None if url.security is Security.PLAIN else tls_context(url.cafile)  # reading the CAs takes 20 ms
    wire = talk.wire = connect(url.host, url.port, budget, in_plain=context is None)
    if context and url.security is Security.IMPLICIT:
        secure(talk, wire, context, url.host, budget)
    talk.phase = Phase.GREETING
    expect(talk, wire.reply(budget), 2)
    name = url.ehlo or domain_to_ascii(sender.rpartition("@")[2])
    extensions = _ehlo(talk, wire, name, budget)
    if context and url.security is Security.STARTTLS:
        talk.phase = Phase.STARTTLS
        if "STARTTLS" not in extensions:  # stripped by somebody, or a wrong address: a person has to look
            raise Stopped(Reason.TLS_UNAVAILABLE)
        expect(talk, wire.command("STARTTLS", budget), 2)
        secure(talk, wire, context, url.host, budget)
        extensions = _ehlo(talk, wire, name, budget)
    if url.user is not None and url.password is not None:
        _log_in(talk, wire, url.user, url.password, extensions, budget)
    return wire, extensions


def tls_context(cafile: str | None) -> ssl.SSLContext:
    """Certificates and host names verified, TLS 1.2 or newer. Raises Stopped for a `cafile` that is none."""
    try:
        context = ssl.create_default_context(cafile=cafile)
    except (OSError, ValueError):  # no such file, no certificates in it, or no name of a file
        raise Stopped(Reason.CA_FILE) from None
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
    sock = socket.socket(family)
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


#: What OpenSSL calls a handshake that failed for the server's own way of speaking (its `reason`).
TLS_FAULTS = {
    **dict.fromkeys(
        [
            *("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "UNKNOWN_PROTOCOL"),
            *("RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG", "BAD_RECORD_TYPE", "UNEXPECTED_MESSAGE"),
        ],
        Reason.TLS_NOT_SPOKEN,
    ),
    **dict.fromkeys(
        [
            *("UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW"),
            *("TLSV1_ALERT_INSUFFICIENT_SECURITY", "DH_KEY_TOO_SMALL", "UNSAFE_LEGACY_RENEGOTIATION_DISABLED"),
            *("WRONG_SIGNATURE_TYPE", "UNKNOWN_DIGEST"),
        ],
        Reason.TLS_TOO_OLD,
    ),
}


def secure(talk: Talk, wire: Wire, context: ssl.SSLContext, host: str, budget: Budget) -> None:
    """The handshake. What is wrong with a certificate, a port or a version stays so; an alert, or anything else, may
    pass, and is tried again. Raises Stopped with OpenSSL's words, and what the wire raises."""
    talk.phase = Phase.STARTTLS
    try:
        wire.secure(context, host, budget)
    except ssl.SSLCertVerificationError as fault:
        raise Stopped(Reason.TLS_FAILED, words=fault.verify_message) from None
    except ssl.SSLError as fault:
        code = fault.reason or ""
        reason = TLS_FAULTS.get(code, Reason.TLS_HANDSHAKE)
        words = code.replace("_", " ").lower() if reason is Reason.TLS_HANDSHAKE else ""
        raise Stopped(reason, transient=reason is Reason.TLS_HANDSHAKE, words=words) from None


NOT_KNOWN = frozenset({500, 502})  # RFC 5321 §4.2.4: no such command
_EXTENSION = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ =]*(.*)")


def _ehlo(talk: Talk, wire: Wire, name: str, budget: Budget) -> dict[str, str]:
    """Say who we are and hear what the server can do: nothing, where it knows only HELO (RFC 5321 §2.2.1)."""
    talk.phase = Phase.EHLO
    reply = wire.command(f"EHLO {name}", budget)
    if reply.code in NOT_KNOWN:
        expect(talk, wire.command(f"HELO {name}", budget), 2)
        return {}
    expect(talk, reply, 2)
    return _offers(reply)


def _offers(reply: Reply) -> dict[str, str]:
    """What a reply to EHLO offers. A keyword that stands twice has the parameters of both: `AUTH`, and `AUTH=`, as it
    was written before RFC 2554."""
    offers: dict[str, str] = {}
    for line in reply.text.split("\n")[1:]:
        if match := _EXTENSION.fullmatch(line.strip()):
            keyword = match[1].upper()
            offers[keyword] = f"{offers.get(keyword, '')} {match[2]}".strip()
    return offers


NO_SUCH_MECHANISM = 504  # RFC 4954 §4: announced perhaps, and not supported all the same
MOST_COMMAND = 510  # octets before the line end, RFC 5321 §4.5.3.1.4


def _log_in(talk: Talk, wire: Wire, user: str, password: str, extensions: dict[str, str], budget: Budget) -> None:
    """AUTH PLAIN (RFC 4616) or LOGIN, in UTF-8. Only reached over TLS or to loopback."""
    talk.phase = Phase.AUTH
    offered = extensions.get("AUTH", "").upper().split()
    reply = _auth_plain(wire, user, password, budget) if "PLAIN" in offered else None
    if "LOGIN" in offered and (reply is None or reply.code == NO_SUCH_MECHANISM):
        expect(talk, wire.command("AUTH LOGIN", budget), 3)
        expect(talk, wire.command(_base64(user), budget), 3)
        reply = wire.command(_base64(password), budget)
    if reply is None:
        raise Stopped(Reason.AUTH_UNAVAILABLE, words=" ".join(offered))
    expect(talk, reply, 2)


def _auth_plain(wire: Wire, user: str, password: str, budget: Budget) -> Reply:
    """The reply to the credentials: with the command, or after a challenge where the server did not take them there,
    or where the line would be too long (RFC 4954 §4)."""
    credentials = _base64("\0".join(("", user, password)))
    command = f"AUTH PLAIN {credentials}"
    reply = wire.command(command if len(command) <= MOST_COMMAND else "AUTH PLAIN", budget)
    return wire.command(credentials, budget) if reply.kind == 3 else reply


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
