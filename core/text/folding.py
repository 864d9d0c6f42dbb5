"""One person, however they are spelt: an address and a LinkedIn URL as they are compared. Pure.

The database folds by the same rules (`fold_text`, `fold_linkedin_url`), on every server alike: neither looks at a
locale, by which a Turkish server would make two people of INA@ and ina@. A property test holds both to the same.
"""

import re
import unicodedata
from urllib.parse import unquote_to_bytes

#: Full-width and half-width forms are typing, not spelling (RFC 8265 §3.3.1, the width mapping rule).
WIDTHS = {
    code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0xFF01, 0xFFBF), *range(0xFFC2, 0xFFDD))
} | {0x3000: " "}

_HOST = re.compile(r"((https?:)?//)?([a-z0-9-]+\.)*linkedin\.com/+")
#: What a page's name cannot hold: decoded, or brought to its usual width, it would read as another page.
_RESERVED = re.compile(r"[%/?#]")
_ASCII_CAPITAL = re.compile(r"[A-Z]+")


def fold_text(text: str) -> str:
    """`text` as it is compared: NFC, widths mapped, each character's simple case folding (CaseFolding.txt, C and S).

    Not the full folding: ß is not ss, strauß@ and strauss@ are two people. İ is i with a dot above, and not i.
    """
    if text.isascii():
        return text.lower()
    composed = unicodedata.normalize("NFC", text.translate(WIDTHS))
    return unicodedata.normalize("NFC", "".join(map(fold_character, composed)))


def fold_character(one: str) -> str:
    """One character, folded: a single one, but for İ."""
    folded = one.casefold()
    return folded if len(folded) == 1 else one.lower()


def fold_linkedin_url(url: str) -> str | None:
    """The part of a LinkedIn URL that tells people apart, or None: a company, a post or a search is nobody.

    https://uk.linkedin.com/in/Jos%C3%A9-1/?trk=x and linkedin.com/in/josé-1/details/skills are both `in/josé-1`. What
    is folded already stays as it is.
    """
    path = _ASCII_CAPITAL.sub(lambda found: found[0].lower(), url.strip(" "))
    host = _HOST.match(path)
    path = re.split(r"[?#]", path[host.end() :] if host else path)[0]
    kind, _, name = re.sub(r"^(mwlite|m)/", "", re.sub(r"/+", "/", path).rstrip("/")).partition("/")
    if kind not in ("in", "pub"):
        return None
    name = fold_text(name.partition("/")[0] if kind == "in" else name)
    if kind == "in" and not _RESERVED.search(decoded := fold_text(percent_decoded(name))):
        name = decoded
    if re.search(r"[/?#]" if kind == "in" else r"//|[?#]", name):
        return None
    name = name.strip(" ")
    return f"{kind}/{name}" if name else None


def percent_decoded(text: str) -> str:
    """`text` with %C3%A9 as é, once; as it was, where that is no text (RFC 3986 §2.1)."""
    if "%" not in text:
        return text
    try:
        decoded = unquote_to_bytes(text).decode()
    except UnicodeError:
        return text
    return text if "\0" in decoded else decoded
