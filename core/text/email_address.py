"""An email address as it travels: in MAIL, RCPT and the headers."""

import re

import idna

from core.text.folding import WIDTHS

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]"  # RFC 5322 §3.2.3, widened by RFC 6532 §3.2
LOCAL_PART = re.compile(rf"{ATEXT}+(\.{ATEXT}+)*")


#: What nobody sees in a cell that was copied from a page: zero-width and soft-hyphen characters, marks of direction.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_MARGIN = re.compile(rf"^(?:\s|{_UNSEEN.pattern})+|(?:\s|{_UNSEEN.pattern})+$")
_AROUND = " \t\r\n\"'`.,;:()[]<>"


def written_address(text: str) -> str:
    """The one address in what people and programs put where an address belongs: "Doe, Jane <jane@example.org>",
    a `mailto:` link, with spaces that nobody sees, dots and semicolons around it, in full-width letters.

    Raises ValueError where there are several.
    """
    text = unseen_removed(text.translate(WIDTHS))
    if len(re.findall(r"[^\s,;<>|]@[^\s,;<>|]", re.sub(r'"[^"]*"', "", text))) > 1 and not _names_itself(text):
        raise ValueError("there is more than one address: put each on its own line")
    if named := re.search(r"<([^<>]*)>[\s.,;]*$", text):
        text = named[1]
    text = re.sub(r"^mailto:", "", text.strip(_AROUND), flags=re.IGNORECASE)
    return text.partition("?")[0].strip(_AROUND) if "?" in text.rpartition("@")[2] else text


def unseen_removed(text: str) -> str:
    """Without what nobody sees, and with single spaces."""
    return " ".join(_UNSEEN.sub("", text).split())


def known(value: object) -> object:
    """A text without spaces, and what nobody sees, around it, or None if that is all; anything else as it is."""
    return _MARGIN.sub("", value) or None if isinstance(value, str) else value


def _names_itself(text: str) -> bool:
    """Whether this is "jane@example.org <jane@example.org>": programs that know no name write the address twice."""
    named = re.fullmatch(r"\W*(\S+@[^\s\"']+)\W*<([^<>]+)>[\s.,;]*", text)
    return named is not None and named[1].casefold() == named[2].casefold()


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
