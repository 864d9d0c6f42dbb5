"""Leftovers: what stands in a text that nobody meant to send. Pure.

Placeholders of merge languages (`core/drafts/placeholders.py`), a greeting of nobody (`greetings.py`), a model that
speaks of its own work (`model_words.py`); and here, a value that a program did not have, and a note of the author to
themselves. Each table says what is sure, and what a person should look at.
"""

import html
import re
import unicodedata
from typing import NamedTuple

from core.drafts.field_names import Doubt
from core.drafts.greetings import NO_VALUE, is_no_value, nameless_greeting
from core.drafts.model_words import BEGINS_PERHAPS, BEGINS_SURE, SPEAKS_PERHAPS, SPEAKS_SURE
from core.drafts.placeholders import RE, Placeholder, find_placeholder

_EMPTY = r"(?:undefined|null|None|NaN)"
#: Programs and spreadsheets without a value, wherever it stands.
_NO_VALUE_SURE = re.compile(
    r"(?i:\[object \w+\]|#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)|\bInvalid Date\b|"
    r"<(?:nil|null|none|undefined|no value|unknown)>|\((?:null|undefined|blank)\)|%!\w?\(\w+\))|"
    rf"\b(?:at|from|like|for|with|congratulate) {_EMPTY}(?=[,.!?;:')]|\s*$)|\b{_EMPTY}'s\b|"
    r"^[^\w\n>]{0,4}(?:(?:null|NULL|undefined|NaN|nan)[^\w\n]{0,4}|None,?[ \t]*)$",
    re.MULTILINE,
)
#: A subject that begins or ends with a name: "null, a question", "null <> Acme", "A question, null?".
_AT_AN_END = re.compile(
    rf"(?!NA,){NO_VALUE}\s*,|(?:{_EMPTY}|NULL)(?:\s*[:;|/&+×<>–—]|\s+[x-]\s).*|"
    rf".*(?:[],:;|/&+×<>–—]|\s[x-])\s*(?:{_EMPTY}|NULL)\s*[?!.]?\s*$"
)
_REPLY = re.compile(rf"^\s*(?:{RE})*", re.IGNORECASE)
#: What ends a sentence, and a value that nobody had as well.
_ENDS = "?!."
_NO_VALUE_PERHAPS = re.compile(
    r"(?<!\ban )(?<!\bis )(?<!\bare )(?<!\bbe )(?<!\bwas )(?<!\bwere )(?<!\bleft )(?<!\bremains )(?<!\bstill )"
    r"\bundefined\b(?! behaviou?r)|\bNaN\b|\b[Tt]hanks?(?: you)?,? (?:None|null)\b|\b(?:null|None) (?=is|has|and your)|"
    r"\b(?:at|for|with|of|from|to|and|in|as|about|that) (?:None(?! of)|N/A|null)(?![\w/])|"
    r"&(?:nbsp|amp|lt|gt|quot|#\d+);"
)

_NOTES_SURE = re.compile(
    r"\bTODO ?[:(\]>-].{0,50}|^\W{0,4}TODO(?= ?[a-z])(?! lists?\b).{0,50}|^\W{0,4}TODO\W*$|"
    r"[\[(<{] ?(?:TODO|XXX|TBD|TBC)\b.{0,50}|\bFIXME\b.{0,50}|@todo\b.{0,50}|"
    r"\bTKTK\b|(?<!Bowl )(?<![\w-])X{3,}(?![\w-]| [A-Z][a-z])|[$€£]XX+\b|(?<!\w)[XY]{1,4} ?%|\bTBD:.{0,50}|"
    r"\bPLACEHOLDER\b|\basdf\w*|(?i:\blorem ipsum\b.{0,30}|\bdolor sit amet\b|"
    r"\bnote to (?:self|author|editor|reviewer)\b.{0,50}|\b(?:your )?text goes here\b)",
    re.MULTILINE,
)
_NOTES_PERHAPS = re.compile(
    r"\bTODO\b(?! [A-ZÀ-Þ]{2}).{0,50}|^\W{0,2}DRAFT\b ?[\]:–-].{0,30}|\b(?:TBD|TBC)\b|(?<!Bowl )(?<![\w-])XXX(?![\w-])|"
    r"<!--.{0,50}",
    re.MULTILINE,
)
#: A whole line, as in the signature of a template.
_SIGNATURE = re.compile(
    r"^[ \t]*(?:Your|YOUR) (?:(?:Full|FULL|Job|JOB) )?(?:Name|NAME|Company|COMPANY|Title|TITLE|Position|POSITION|"
    r"Signature)[ \t]*$",
    re.MULTILINE,
)


class Leftover(NamedTuple):
    """A sentence that names what was found, and how sure it is that nobody meant to send it."""

    sentence: str
    doubt: Doubt


def find_leftovers(subject: str, body: str, *, unasked: bool = True) -> tuple[Leftover, ...]:
    """What nobody meant to send, of the subject and then of the body: at most one of each kind.

    Lines that quote somebody else (`>`) do not count. `unasked`: no answer, which may well begin with "Certainly!".
    """
    own_lines = "\n".join(line for line in body.splitlines() if not line.startswith(">"))
    head, own = _plain(subject), _plain(own_lines)
    unfilled = {"The subject": find_placeholder(head), "The text": find_placeholder(own)}
    told = [one.shown for one in unfilled.values() if one and one.doubt == Doubt.SURE]
    nameless = (nameless_greeting(own), nameless_greeting(head))
    greeting = _first(
        "The greeting has no name: “{}”.", *(said for said in nameless if said and not any(one in said for one in told))
    )
    value = _first(
        "A value is missing: “{}”.", *_in_both(_NO_VALUE_SURE, head, own), _begins(_AT_AN_END, _REPLY.sub("", head))
    )
    nothing = [
        *(_nothing("The subject", head, unasked=unasked) if unfilled["The subject"] is None else ()),
        *(_nothing("The text", own, unasked=unasked) if unfilled["The text"] is None else ()),
    ]
    note = _first(
        "The text has a note to its author: “{}”.", *_in_both(_NOTES_SURE, head, own), _match(_SIGNATURE, own)
    )
    speaks = _first("AI assistant wording: “{}”.", *_in_both(SPEAKS_SURE, head, own), _begins(BEGINS_SURE, own))
    perhaps_value = _perhaps("A value may be missing: “{}”.", *_in_both(_NO_VALUE_PERHAPS, head, own_lines))
    perhaps_note = _perhaps("Perhaps a note to its author: “{}”.", *_in_both(_NOTES_PERHAPS, head, own))
    perhaps_speaks = _perhaps(
        "Perhaps AI assistant wording: “{}”.",
        *_in_both(SPEAKS_PERHAPS, head, own),
        _begins(BEGINS_PERHAPS, own) if unasked else None,
    )
    found = [
        *(_placeholder(where, one) for where, one in unfilled.items() if one),
        *(greeting + (value or nothing) or perhaps_value),
        *(note or perhaps_note),
        *(speaks or perhaps_speaks),
    ]
    return tuple(found)


def _plain(text: str) -> str:
    """As a reader sees it: entities of HTML, full-width braces and curly apostrophes are the plain ones; what cannot be
    seen hides nothing.
    """
    text = html.unescape(text)
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'")
    return "".join(c for c in folded if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc"))


def _nothing(where: str, text: str, *, unasked: bool) -> list[Leftover]:
    """Of a subject, or a text, that is empty, or in all a value that nobody had: "null", "N/A", "Re: undefined". What
    stands behind the "Re:" of an answer may be theirs.
    """
    said = text.strip()
    if not said:
        return [Leftover(f"{where} is empty.", Doubt.SURE)]
    behind = _REPLY.sub("", said)
    if not is_no_value(behind.rstrip(_ENDS)):
        return []
    in_words, theirs = re.search(r"\w", behind), not unasked and behind != said
    if in_words and not theirs:
        return _first("A value is missing: “{}”.", said)
    return _perhaps("A value may be missing: “{}”.", said) if in_words or not theirs else []


def _placeholder(where: str, found: Placeholder) -> Leftover:
    has = "has" if found.doubt == Doubt.SURE else "may have"
    return Leftover(f"{where} {has} a placeholder: {_short(found.shown)}.", found.doubt)


def _in_both(pattern: re.Pattern[str], head: str, own: str) -> tuple[str | None, str | None]:
    return _match(pattern, head), _match(pattern, own)


def _match(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None


def _begins(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.match(text.lstrip())
    return found[0] if found else None


def _first(sentence: str, *found: str | None, doubt: Doubt = Doubt.SURE) -> list[Leftover]:
    one = next((text for text in found if text), None)
    return [Leftover(sentence.format(_short(one)), doubt)] if one else []


def _perhaps(sentence: str, *found: str | None) -> list[Leftover]:
    return _first(sentence, *found, doubt=Doubt.PERHAPS)


def _short(text: str) -> str:
    """On one line, and not longer than a reason may be."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:59]}…"
