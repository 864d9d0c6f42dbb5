"""Placeholders: what the merge languages of the trade leave in a text where nothing was filled in. Pure.

`LANGUAGES` is the table. Where a language uses brackets that ordinary text uses too, only the name of a field, or an
instruction, between them makes a placeholder: `[First name]` and `[insert company]`, not `[EXTERNAL]`, `[1]` or `$50`.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from core.drafts.field_names import Doubt, field_named, is_compound, is_field

#: What tells an author what to write there.
_INSTRUCTION = re.compile(
    r"(?:insert|fill(?: in)?|todo|fixme|tb[dc]|xx+|placeholder|blank)\b|"
    r"(?:enter|mention|put|replace|describe|specify|personali[sz]ed?|compliment|reference to|reason (?:for|why))\s+\w|"
    r".*\b(?:einfügen|eintragen|einsetzen|ausfüllen|insérer|compléter|insertar|rellenar|inserire|inserir|invoegen|"
    r"invullen|infoga|wstaw)\b|(?:insérez|inserta|inserte|inserisci|insira)\b",
    re.IGNORECASE,
)
#: The same in other words, which may be the heading of a list or a button: "[Your invoice is ready]", "[add to cart]".
_PERHAPS_INSTRUCTION = re.compile(
    r"(?:add|include|choose|pick|your|their|specific|relevant|custom|name of) [^\d#]*$|"
    r"(?:enter|mention|put|replace|describe|specify|personali[sz]ed?)$",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"(?:add to|choose your|pick a|your (?:move|turn|choice)|their (?:words|emphasis))\b", re.IGNORECASE
)
#: Tags of HTML whose names are those of fields.
_TAGS = frozenset({"title", "link", "address", "time", "data", "nom"})
#: What a shell knows by the same marks.
_ENVIRONMENT = frozenset({"PATH", "HOME", "USER", "USERNAME", "USERPROFILE", "APPDATA", "TEMP", "TMP", "PWD", "SHELL"})


def _anything(_content: str) -> Doubt | None:
    return Doubt.SURE


def _perhaps_compound(content: str) -> Doubt | None:
    return Doubt.PERHAPS if is_compound(content) else None


def _field(content: str) -> Doubt | None:
    return Doubt.SURE if is_field(content) else None


def _compound(content: str) -> Doubt | None:
    return Doubt.SURE if is_compound(content) else None


def _variable(content: str) -> Doubt | None:
    return None if content in _ENVIRONMENT else Doubt.SURE


def _bare(content: str) -> Doubt | None:
    """A name of a field without any marks: somebody may well speak of `first_name`, and hardly of `FIRST_NAME`."""
    if not is_compound(content):
        return None
    return Doubt.SURE if content.isupper() else Doubt.PERHAPS


def _square(content: str) -> Doubt | None:
    if _INSTRUCTION.match(content):
        return Doubt.SURE
    if _PERHAPS_INSTRUCTION.match(content):
        sure = content[0].islower() and not _BUTTON.match(content) and " " in content
        return Doubt.SURE if sure or is_field(content) else Doubt.PERHAPS
    # A name of a programmer's making, which no field of ours has.
    made_up = re.fullmatch(r"[A-Za-z]+(?:_[A-Za-z]+)+|[a-z]+(?:[A-Z][a-z]+)+", content)
    return field_named(content) or (Doubt.PERHAPS if made_up else None)


def _choices(content: str) -> Doubt | None:
    """`[Hi|Hello]`; `[on|off]` may be how a command is written."""
    return Doubt.SURE if re.search(r"[A-ZÀ-Þ ]", content) else Doubt.PERHAPS


def _angle(content: str) -> Doubt | None:
    if content.casefold() in _TAGS:
        return None
    return Doubt.SURE if _INSTRUCTION.match(content) else _field(content)


def _curly(content: str) -> Doubt | None:
    """`{first_name}`, `{Hi|Hello}`, `{FirstName|there}`, `{contact:fname}`; no `{"a": 1}`, `{a, b}`, `{a:b}`."""
    if "|" in content or re.match(r"MERGEFIELD\b", content):
        return Doubt.SURE
    if re.fullmatch(r"[A-Za-z_]\w+(?:[.-]\w+)*", content):
        return Doubt.SURE
    if re.fullmatch(r"[A-Za-z_]\w+(?:[.=:-]\w+)+", content):
        return Doubt.SURE if any(is_field(part) for part in re.split(r"[.=:-]", content)) else None
    return Doubt.PERHAPS if re.fullmatch(r"\w+(?: \w+){1,4}", content) and not is_field(content) else _field(content)


def _capitals(content: str) -> Doubt | None:
    return _field(content) if content.isupper() or "_" in content else None


def _guillemets(content: str) -> Doubt | None:
    """Other languages quote by these: a lone word in small letters may be meant."""
    sure = is_field(content) and (not content.isalpha() or not content.islower())
    return Doubt.SURE if sure else field_named(content) and Doubt.PERHAPS


def _said_here(content: str) -> Doubt | None:
    """`insert company here`; "insert your card here" may be what a machine wants."""
    return Doubt.SURE if any(field_named(word) for word in content.split()) else Doubt.PERHAPS


class Language(NamedTuple):
    """A merge language: whose it is, its pattern, and what is asked of the first group between its marks."""

    whose: str
    pattern: re.Pattern[str]
    asks: Callable[[str], Doubt | None] = _anything


def _language(whose: str, pattern: str, asks: Callable[[str], Doubt | None] = _anything) -> Language:
    return Language(whose, re.compile(pattern), asks)


LANGUAGES: tuple[Language, ...] = (
    _language("Mustache, Handlebars, Liquid, Jinja, HubSpot, Marketo, Outreach, Instantly", r"\{\{([^{}]{0,120})\}\}"),
    _language("the same, not closed", r"\{\{\{?\s*[\w.#/^>$!][^{}\n]{0,40}"),
    _language("the same, opened amiss", r"(?<![\w{])\{?\s?([A-Za-z][\w. ]{1,40})\}\}", _field),
    _language("Liquid and Jinja: tags and comments", r"\{[%#]([^{}]{0,200}?)[%#]\}"),
    _language("Salesforce, AWeber, Yesware, Dynamics", r"\{!([^{}\n]{1,80})\}"),
    _language("MailerLite, Smarty", r"\{\$([^{}\n]{1,80})\}"),
    _language("JavaScript, Zoho, Velocity, Ruby, Thymeleaf", r"[$#@%]!?\{([^{}\n]{0,80})\}", _variable),
    _language("Salesforce Marketing Cloud, Pardot, Acoustic", r"%%([^%\n]{1,80})%%"),
    _language("Mailchimp, Mandrill", r"\*\|([^|\n]{1,80})\|\*"),
    _language("ActiveCampaign, Brevo", r"(?<![\w%])%([A-Za-z][\w.-]{1,40})%(?!\w)", _variable),
    _language("the same, in words", r"(?<![\w%])%([A-Za-z][A-Za-z ]{1,40})%(?!\w)", _field),
    _language("printf", r"(?<![\w%\"'(])%(?:\d\$|\(\w{1,40}\))?([sd])(?![\w%\"')])"),
    _language("ERB, ASP, SendGrid", r"<%([^<>]{0,80}?)%>"),
    _language("PHP, FreeMarker", r"<[?#]([^<>]{1,80})>"),
    _language("GetResponse, Constant Contact", r"\[\[([A-Za-zÀ-ž][^\[\]\n]{0,79})\]\]"),
    _language("Zoho Campaigns", r"\$\[([^\[\]\n]{1,40})\]\$?"),
    _language("Campaign Monitor, Sendy", r"\[(\w{1,40}) ?, ?fallback ?=[^\[\]\n]{0,40}\]"),
    _language("Emma, Sympa, MailPoet", r"\[[%@$*:]{0,2} ?(\w+[:.]\w+)(?: ?\|[^\[\]\n]{0,40})? ?[%@$*:]{0,2}\]", _field),
    _language("the same, with marks", r"\[([%@$*:!])[%]? ?(\w{2,40}) ?%?\1\]", _field),
    _language("spintax in square brackets", r"\[([^\[\]|\n]{1,40}(?:\|[^\[\]|\n]{1,40})+)\](?!\()", _choices),
    _language("mail merge", r"<<([^<>\s]{1,60})>>(?!>)"),
    _language("the same, in words", r"<<([^<>\n]{1,60})>>(?!>)", _field),
    _language("Microsoft Word", r"«([^\s«»](?:[^«»\n]{0,38}[^\s«»])?)»", _guillemets),
    _language(
        "doubled marks",
        r"(?<![\w@#$:|])(?:@@|##|\$\$|::|\|\|)([A-Za-z][\w.-]{1,40})(?:@@|##|\$\$|::|\|\|)(?![\w@#$:|])",
    ),
    _language("underscores", r"(?<!\w)__([A-Za-z][A-Za-z_]{1,38}[A-Za-z])__(?!\w)", _capitals),
    _language("SendGrid", r"(?<![\w-])-([A-Za-z][\w ]{1,38}\w)-(?![\w-])", _field),
    _language("Emarsys, Responsys", r"(?<![\w$])\$([A-Za-z][\w ]{1,30})\$(?!\w)", _field),
    _language("shells, in parentheses", r"\$\(([A-Za-z]\w{1,40})\)", _field),
    _language("Responsys, in capitals", r"\$([A-Z][A-Z_]{1,30})_\$"),
    _language("shells, Perl, PHP", r"(?<![\w$])\$([A-Za-z_]\w{1,40})", _field),
    _language("Keap", r"(?<!\w)~([A-Za-z]\w{0,40}\.\w{1,40})~(?!\w)"),
    _language("PhantomBuster, dotdigital and others", r"(?<!\w)([#|@~^])([A-Za-z][\w ]{1,38})\1(?!\w)", _field),
    _language("Dux-Soup", r"(?<!\w)_(FN|LN|CN|FULLN)_(?!\w)"),
    _language("AMPscript, Razor, Gmail", r"(?<![\w@.])@(?:Model\.)?([A-Za-z]\w{2,40})(?![\w@.])", _compound),
    _language("String.format", r"(?<![\w\])}\\])\{(\d{1,2})\}"),
    _language("str.format", r"(?<![\w)=>:\]}])(?<![)=>:\]}] )\{( ?)\}"),
    _language(
        "Reply.io, GMass, Mautic, spintax of lemlist and Instantly",
        r"(?<![{$#@!\\])\{([^{}\n\"]{1,120})\}(?!\})",
        _curly,
    ),
    _language("a template's own brackets", r"(?<!\[)\[([^\[\]\n]{2,80})\](?![(\[\]])", _square),
    _language("angle brackets", r"(?<!<)<([A-Za-z][A-Za-z' _-]{1,60})>(?!>)", _angle),
    _language(
        "a number to fill in",
        r"\[([XYZN] ?%|[$€£] ?[XYZN]+)\]|\[[Xx]\] ?%|\[[XYZ]\] (?=(?:year|month|week|day|hour)s?\b)",
    ),
    _language("a gap", r"\[[?_ ]*(?:\?\?|__)[?_ ]*\]"),
    _language("parentheses", r"\(((?:insert|fill in)\b[^()\n]{0,60})\)"),
    _language("a field's name in parentheses", r"\(([A-Z][a-z]{1,20} [A-Z][a-z]{1,20})\)", _perhaps_compound),
    _language("words", r"(?i)\binsert ((?:\w{1,20} ){1,4}?)here\b", _said_here),
    _language("words, in capitals", r"\bINSERT ([A-Z]{2,20}(?: [A-Z]{2,20}){0,2})\b", _said_here),
    _language("words for a name", r"(?i)\b(?:your|company) name (?:goes )?here\b"),
    _language(
        "no marks at all",
        r"(?<![\w/.@?&<\"'`-])(?<![^=]=)_?([A-Za-z]+(?:_[A-Za-z]+)+|[A-Za-z][a-z]+[A-Z]\w+|[A-Z]{5,})_?(?![\w/@]|\.\w)",
        _bare,
    ),
)
#: Where the same bracket of a path in an address (`/users/{id}`) is somebody's documentation.
_IN_AN_ADDRESS = re.compile(r"https?://\S*[/=&?]$")
#: Characters before a bracket that tell what it stands in.
_LOOKS_BACK = 200
#: How mail programs begin the subject of an answer, or of what is passed on.
RE = r"(?:re|fwd?|aw|wg|tr|rv|sv|vs)\s*:\s*"
#: What stands before the first words of a subject.
_BEGINS = re.compile(rf"\s*(?:{RE}|\[[^\[\]]{{1,40}}\]\s*)*", re.IGNORECASE)


class Placeholder(NamedTuple):
    """What was found, as it stands there, and how sure it is."""

    shown: str
    doubt: Doubt


def find_placeholder(text: str) -> Placeholder | None:
    """The first placeholder of a text: one that is sure before one that may be none; None where there is neither."""
    found = [
        (doubt, match.start(), match[0])
        for language in LANGUAGES
        for match in language.pattern.finditer(text)
        if (doubt := _doubt(language, match, text))
    ]
    if not found:
        return None
    doubt, _, shown = min(found, key=lambda one: (one[0] != Doubt.SURE, one[1]))
    return Placeholder(shown.strip(), doubt)


def _doubt(language: Language, match: re.Match[str], text: str) -> Doubt | None:
    content = match[match.lastindex or 0].strip()
    doubt = language.asks(content)
    before = text[max(0, match.start() - _LOOKS_BACK) : match.start()]
    if doubt and language.asks is _curly and not is_field(content) and "|" not in content:
        return Doubt.PERHAPS if _IN_AN_ADDRESS.search(before) else doubt
    if doubt and language.asks is _square:
        if re.search(r"\w$", before) and content.islower():
            return None  # `x[name]` of a program
        tag = content[:1].isupper() and _BEGINS.fullmatch(before) and text[match.end() :].strip()
        if doubt == Doubt.PERHAPS and tag:
            return None  # "[Event] Join us": what a list or a mail server puts before a subject
    return doubt
