"""Placeholders: what the merge languages of the trade leave in a text where nothing was filled in. Pure.

`LANGUAGES` is the table. Where a language uses brackets that ordinary text uses too, only the name of a field, or an
instruction, between them makes a placeholder: `[First name]` and `[insert company]`, not `[EXTERNAL]`, `[1]` or `$50`.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

_FIELDS = """
    name names firstname lastname fullname nickname fname lname surname forename company companyname organization
    organisation employer jobtitle title role position industry city recipient prospect signature icebreaker salutation
    addressee competitor
    vorname nachname firma unternehmen prénom prenom nom société societe entreprise nombre apellido empresa nome cognome
    azienda sobrenome voornaam achternaam naam bedrijf förnamn efternamn fornavn etternavn imię nazwisko
"""
_BESIDE_TEXT = """
    first last full middle given family your my our their his her its the a an of s or and recipients prospects
    sender contact person member account customers clients job business current target specific insert here mail e
    job custom ihr ihre dein deine votre ton mon notre tu su seu sua il tuo suo uw jouw mijn din
"""
#: Words that name a field of a person or a firm: one of them is enough.
FIELDS = frozenset(_FIELDS.split())
_PERHAPS_WORDS = """
    link url website domain date time day month year email phone number address product service topic country state
    location price amount calendar calendly meeting customer client user lead event value offer reason detail
    details
"""
#: Words of fields that may also stand in ordinary brackets: two of them are needed, or a person looks.
PERHAPS = frozenset(_PERHAPS_WORDS.split())
#: Words that stand beside the name of a field.
_BESIDE = frozenset(_BESIDE_TEXT.split())
#: What tells an author what to write there.
INSTRUCTION = re.compile(
    r"(?:insert|enter|fill(?: in)?|mention|put|replace|describe|specify|personali[sz]e|todo|fixme|tb[dc]|xx+|"
    r"placeholder|blank)\b|(?:add|include|choose|pick|your|their|specific|relevant|custom|name of) [^\d#]*$",
    re.IGNORECASE,
)
#: Tags of HTML whose names are those of fields.
_TAGS = frozenset({"title", "link", "address", "time", "data", "nom"})
_WORD = re.compile(r"[A-Z]+(?![a-zß-ÿ])|[A-ZÀ-Þ]?[a-zß-ÿęśćżźłńó]+")


class Doubt(StrEnum):
    """How sure it is that a text has a placeholder."""

    SURE = "sure"
    PERHAPS = "perhaps"


def field_named(content: str) -> Doubt | None:
    """Whether words between brackets are the name of a field, as `first_name`, `FirstName` and "First name" are."""
    words = [word.casefold() for word in _WORD.findall(content)]
    if not words or len(words) > 6 or not all(word in FIELDS | PERHAPS | _BESIDE for word in words):
        return None
    if not FIELDS.isdisjoint(words):
        return Doubt.SURE
    known = [word for word in words if word in PERHAPS]
    return (Doubt.SURE if len(words) > 1 else Doubt.PERHAPS) if known else None


def _anything(_content: str) -> Doubt | None:
    return Doubt.SURE


def _field(content: str) -> Doubt | None:
    return Doubt.SURE if field_named(content) == Doubt.SURE else None


def _compound(content: str) -> Doubt | None:
    """A field's name of several words written as one: `@FirstName` is one, `@company` somebody's handle."""
    return _field(content) if len(_WORD.findall(content)) > 1 else None


def _square(content: str) -> Doubt | None:
    if INSTRUCTION.match(content):
        return Doubt.SURE
    # A name of a programmer's making, which no field of ours has.
    made_up = re.fullmatch(r"[A-Za-z]+(?:_[A-Za-z]+)+|[a-z]+(?:[A-Z][a-z]+)+", content)
    return field_named(content) or (Doubt.PERHAPS if made_up else None)


def _angle(content: str) -> Doubt | None:
    if content.casefold() in _TAGS:
        return None
    return Doubt.SURE if INSTRUCTION.match(content) else _field(content)


def _curly(content: str) -> Doubt | None:
    """`{first_name}`, `{Hi|Hello}`, `{FirstName|"
    "there}`, `{contactfield=firstname}`; neither `{"a": 1}` nor `{a, b}`."""
    if "|" in content:
        return Doubt.SURE
    if re.fullmatch(r"[A-Za-z_]\w+(?:[.=:-]\w+)*", content):
        return Doubt.SURE
    return Doubt.PERHAPS if re.fullmatch(r"\w+(?: \w+){1,4}", content) and not _field(content) else _field(content)


def _capitals(content: str) -> Doubt | None:
    return _field(content) if content.isupper() or "_" in content else None


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
    _language("Liquid and Jinja: tags and comments", r"\{[%#]([^{}]{0,200}?)[%#]\}"),
    _language("Salesforce, AWeber, Yesware, Dynamics", r"\{!([^{}\n]{1,80})\}"),
    _language("MailerLite, Smarty", r"\{\$([^{}\n]{1,80})\}"),
    _language("JavaScript, Zoho, Velocity, Ruby, Thymeleaf", r"[$#@]!?\{([^{}\n]{0,80})\}"),
    _language("Salesforce Marketing Cloud, Pardot, Acoustic", r"%%([^%\n]{1,80})%%"),
    _language("Mailchimp, Mandrill", r"\*\|([^|\n]{1,80})\|\*"),
    _language("ActiveCampaign, Brevo", r"(?<![\w%])%([A-Za-z][\w.-]{1,40})%(?!\w)"),
    _language("the same, in words", r"(?<![\w%])%([A-Za-z][A-Za-z ]{1,40})%(?!\w)", _field),
    _language("printf", r"(?<![\w%])%(?:\d\$|\(\w{1,40}\))?([sd])(?![\w%])"),
    _language("ERB, ASP, SendGrid", r"<%([^<>]{0,80}?)%>"),
    _language("PHP, FreeMarker", r"<[?#]([^<>]{1,80})>"),
    _language("GetResponse, Constant Contact", r"\[\[([^\[\]\n]{1,80})\]\]"),
    _language("Zoho Campaigns", r"\$\[([^\[\]\n]{1,40})\]\$?"),
    _language("Campaign Monitor", r"\[(\w{1,40}) ?, ?fallback ?=[^\[\]\n]{0,40}\]"),
    _language("mail merge", r"<<([^<>\s]{1,60})>>(?!>)"),
    _language("the same, in words", r"<<([^<>\n]{1,60})>>(?!>)", _field),
    _language("Microsoft Word", r"«([^«»\n]{1,40})»", _field),
    _language(
        "doubled marks",
        r"(?<![\w@#$:|])(?:@@|##|\$\$|::|\|\|)([A-Za-z][\w.-]{1,40})(?:@@|##|\$\$|::|\|\|)(?![\w@#$:|])",
    ),
    _language("underscores", r"(?<!\w)__([A-Za-z][A-Za-z_]{1,38}[A-Za-z])__(?!\w)", _capitals),
    _language("SendGrid", r"(?<![\w-])-([A-Za-z][\w ]{1,38}\w)-(?![\w-])", _field),
    _language("Emarsys, Responsys", r"(?<![\w$])\$([A-Za-z][\w ]{1,30})\$(?!\w)", _field),
    _language("shells, Perl, PHP", r"(?<![\w$])\$([A-Za-z_]\w{1,40})", _field),
    _language("Keap", r"(?<!\w)~([A-Za-z]\w{0,40}\.\w{1,40})~(?!\w)"),
    _language("hash marks and bars", r"(?<!\w)([#|])([A-Za-z][\w ]{1,38})\1(?!\w)", _field),
    _language("AMPscript, Razor", r"(?<![\w@.])@(?:Model\.)?([A-Za-z]\w{2,40})(?![\w@.])", _compound),
    _language("String.format", r"(?<![\w\])\\])\{(\d{1,2})\}"),
    _language("str.format", r"(?<![\w)=>:\]}])(?<![)=>:\]}] )\{( ?)\}"),
    _language(
        "Reply.io, GMass, Mautic, spintax of lemlist and Instantly",
        r"(?<![{$#@!\\])\{([^{}\n\"]{1,120})\}(?!\})",
        _curly,
    ),
    _language("a template's own brackets", r"(?<!\[)\[([^\[\]\n]{2,80})\](?![(\[\]])", _square),
    _language("angle brackets", r"(?<!<)<([A-Za-z][A-Za-z' _-]{1,60})>(?!>)", _angle),
    _language("parentheses", r"\(((?:insert|fill in|enter) [^()\n]{1,60})\)"),
    _language("words", r"(?i)\binsert (?:\w{1,20} ){1,4}?here\b|\b(?:your|company) (?:name|text) (?:goes )?here\b"),
)
#: Where the same bracket of a path in an address (`/users/{id}`) is somebody's documentation.
_IN_AN_ADDRESS = re.compile(r"https?://\S*[/=&?]$")


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
    content = (match[match.lastindex] or "").strip() if match.lastindex else ""
    doubt = language.asks(content)
    if doubt and language.asks is _curly and not _field(content) and "|" not in content:
        before = text[max(0, match.start() - 200) : match.start()]
        return Doubt.PERHAPS if _IN_AN_ADDRESS.search(before) else doubt
    return doubt
