"""The address of an outgoing mail server: what `smtp://…` and `smtps://…` mean.

    smtp://[user:password@]host[:587][?OPTIONS]     STARTTLS, required; plain text only to loopback
    smtps://[user:password@]host[:465][?OPTIONS]    TLS from the first byte (RFC 8314)

User and password are percent-decoded. Options: `cafile=/path/ca.pem` names a private certificate authority (PEM) to
trust instead of the system's; giving it asks for TLS, on loopback too. `ehlo=NAME` is what Signoff calls itself (EHLO),
instead of the account's domain. `env:NAME` is resolved to such an address before it comes here.
"""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from core.text.email_address import domain_to_ascii


class Security(StrEnum):
    """How the connection is protected."""

    PLAIN = "plain"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class SmtpUrl:
    """One mail server and how to log in to it. Neither `repr` nor `str` shows the user or the password."""

    host: str
    port: int
    security: Security
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    cafile: str | None = None
    ehlo: str | None = None


DEFAULT_PORTS = {"smtp": 587, "smtps": 465}


def parse_smtp_url(text: str) -> SmtpUrl:
    """Read an address of the form above. Raises ValueError with a sentence that never contains the password."""
    parts, port = split_address(text)
    if port == 0:
        raise ValueError("the port of an SMTP address must be between 1 and 65535")
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError("an SMTP address must start with smtp:// or smtps://")
    if not parts.hostname:
        raise ValueError("an SMTP address needs a host")
    if parts.path not in ("", "/") or parts.fragment:
        raise ValueError("an SMTP address has no path; percent-encode '/', '?', '#' and '@' in the password")
    host = _host(parts.hostname)
    user, password = _credential(parts.username, "user"), _credential(parts.password, "password")
    if (user is None) != (password is None):
        raise ValueError("an SMTP address has both a user and a password, or neither")
    cafile, ehlo = _options(parts.query)
    security = _security(parts.scheme, host, cafile)
    return SmtpUrl(host, port or DEFAULT_PORTS[parts.scheme], security, user, password, cafile, ehlo)


def is_loopback(host: str) -> bool:
    """Whether a host name or literal address means this machine: `localhost`, 127.0.0.0/8, ::1."""
    if host.casefold() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def split_address(text: str, kind: str = "SMTP", article: str = "an") -> tuple[SplitResult, int | None]:
    """The parts of an address and its port. Raises ValueError with a sentence that quotes nothing of it."""
    if any(ord(char) <= 32 or ord(char) == 127 for char in text):
        raise ValueError(f"{article} {kind} address has no spaces or control characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:  # its own words quote parts of the address, so they are not passed on
        raise ValueError(f"the host or port of the {kind} address is malformed") from None
    return parts, port


def _host(hostname: str) -> str:
    if "%" in hostname or "\\" in hostname:
        raise ValueError("the host of the SMTP address is malformed")
    return hostname


def _credential(quoted: str | None, what: str) -> str | None:
    if quoted is None:
        return None
    try:
        value = unquote(quoted, errors="strict")
    except UnicodeDecodeError:
        raise ValueError(f"the {what} of the SMTP address is not percent-encoded UTF-8") from None
    if not value:
        raise ValueError(f"the {what} of the SMTP address is empty")
    if "\0" in value:  # NUL separates the fields of AUTH PLAIN (RFC 4616)
        raise ValueError(f"the {what} of the SMTP address contains a NUL")
    return value


_LITERAL = re.compile(r"\[[0-9A-Za-z:.]{1,60}\]")


def _options(query: str) -> tuple[str | None, str | None]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    if options.keys() - {"cafile", "ehlo"}:
        raise ValueError("the options of an SMTP address are cafile and ehlo")
    if options.get("cafile") == "":
        raise ValueError("cafile must be the path of a file")
    ehlo = options.get("ehlo")
    if ehlo is not None and not _LITERAL.fullmatch(ehlo):
        try:
            ehlo = domain_to_ascii(ehlo)
        except ValueError:
            raise ValueError("ehlo must be a host name such as mail.example.com") from None
    return options.get("cafile"), ehlo


def _security(scheme: str, host: str, cafile: str | None) -> Security:
    if scheme == "smtps":
        return Security.IMPLICIT
    return Security.PLAIN if is_loopback(host) and cafile is None else Security.STARTTLS
