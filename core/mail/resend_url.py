"""The address of an account at Resend, which takes mail over HTTPS: what `resend://…` means.

    resend://KEY@api.resend.com[:443][?cafile=/path/ca.pem]     HTTPS; plain HTTP only to loopback

KEY is an API key, `re_…`, percent-decoded. It is a secret: such an address stands in the environment (`env:NAME`), or
is stored encrypted. `cafile` is as in an SMTP address.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from core.mail.smtp_url import is_loopback, split_address

SCHEME = "resend"


@dataclass(frozen=True, slots=True)
class ResendUrl:
    """Where the API is, whether it is reached over TLS, and the key. Neither `repr` nor `str` shows the key."""

    host: str
    port: int
    tls: bool
    key: str = field(repr=False)
    cafile: str | None = None


def parse_resend_url(text: str) -> ResendUrl:
    """Read an address of the form above. Raises ValueError with a sentence that never contains the key."""
    parts, port = split_address(text, "Resend", "a")
    if parts.scheme != SCHEME or not parts.username or not parts.hostname or parts.password is not None:
        raise ValueError("a Resend address is resend://KEY@api.resend.com")
    if port == 0 or re.search(r"[%\\]", parts.hostname):
        raise ValueError("the host or port of the Resend address is malformed")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.path not in ("", "/") or parts.fragment or options.keys() - {"cafile"} or options.get("cafile") == "":
        raise ValueError("a Resend address has no path, and no option but cafile")
    key = unquote(parts.username)
    if not re.fullmatch(r"[!-~]{1,500}", key):  # it goes into a header
        raise ValueError("the key of the Resend address is malformed")
    tls = not is_loopback(parts.hostname) or "cafile" in options
    return ResendUrl(parts.hostname, port or (443 if tls else 80), tls, key, options.get("cafile"))
