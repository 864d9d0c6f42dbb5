"""An email address as it travels: in MAIL, RCPT and the headers."""

import re

import idna

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]"  # RFC 5322 §3.2.3, widened by RFC 6532 §3.2
LOCAL_PART = re.compile(rf"{ATEXT}+(\.{ATEXT}+)*")


def wire_address(address: str) -> str:
    """An address as it goes into MAIL and RCPT: ASCII wherever that is possible.

    With an ASCII local part, a non-ASCII domain becomes A-labels (RFC 5891); with a non-ASCII local part the address
    stays as it is and needs SMTPUTF8. Quoted local parts and literal domains are refused. Raises ValueError.
    """
    local, at, domain = address.rpartition("@")
    if not at or not LOCAL_PART.fullmatch(local) or " " in address or not address.isprintable():
        raise ValueError("not an email address")
    ascii_domain = domain_to_ascii(domain)
    if len(local.encode()) > 64 or len(ascii_domain) + len(local.encode()) > 253:  # RFC 5321 §4.5.3.1
        raise ValueError("an email address is at most 254 characters, 64 of them before the @")
    return f"{local}@{ascii_domain if local.isascii() else domain}"


def domain_to_ascii(domain: str) -> str:
    """A domain in A-labels; an ASCII one is kept as written. Raises ValueError when it is none."""
    if domain.isascii():
        if not re.fullmatch(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*", domain):
            raise ValueError("not a domain name")
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise ValueError("not a domain name") from None
