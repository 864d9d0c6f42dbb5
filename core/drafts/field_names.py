"""What fields of a person and of a firm are called, as `first_name`, `FirstName`, "Your company" or "Vorname". Pure."""

import re
from enum import StrEnum

_NAMES_WORDS = """
    name names firstname lastname fullname nickname fname lname surname forename vorname nachname prénom prenom nombre
    apellido nome cognome sobrenome voornaam achternaam förnamn efternamn fornavn etternavn imię nazwisko
"""
#: Words for the name of a person: nobody is greeted by one of these.
NAMES = frozenset(_NAMES_WORDS.split())
_FIELDS_WORDS = """
    company companyname organization organisation employer jobtitle title role position industry city recipient prospect
    signature icebreaker salutation addressee competitor
    firma unternehmen nom société societe entreprise empresa azienda naam bedrijf
"""
#: Words that name a field of a person or a firm: one of them is enough.
FIELDS = NAMES | frozenset(_FIELDS_WORDS.split())
_PERHAPS_WORDS = """
    link url website domain date time day month year email phone number address product service topic country state
    location price amount calendar calendly meeting customer client user lead event value offer reason detail
    details connection pain point post opening hook intro introduction cta benefit challenge problem achievement
    testimonial metric statistic unsubscribe
"""
#: Words of fields that may also stand in ordinary brackets: two of them are needed, or a person looks.
PERHAPS = frozenset(_PERHAPS_WORDS.split())
_BESIDE_WORDS = """
    first last full middle given family your my our their his her its the a an of s or and recipients prospects
    sender contact person member account customers clients job business current target specific insert here mail e
    custom mutual common shared similar relevant subscriber field merge var tag mr mrs ms dr herr frau
    ihr ihre dein deine votre ton mon notre tu su seu sua il tuo suo uw jouw mijn din
"""
#: Words that stand beside the name of a field.
_BESIDE = frozenset(_BESIDE_WORDS.split())
_CAPITAL, _SMALL = "A-ZÀ-ÞĄĆĘŁŃŚŹŻ", "a-zß-ÿąćęłńśźż"
_WORD = re.compile(rf"[{_CAPITAL}]+(?![{_SMALL}])|[{_CAPITAL}]?[{_SMALL}]+")
#: Several words in one, without a capital or an underscore to tell.
_RUN_TOGETHER = frozenset({"firstname", "lastname", "fullname", "fname", "lname", "companyname", "jobtitle"})


class Doubt(StrEnum):
    """How sure it is that nobody meant to send something."""

    SURE = "sure"
    PERHAPS = "perhaps"


def field_named(content: str) -> Doubt | None:
    """Whether words between brackets are the name of a field: all of them, with at least one that says which."""
    words = _words(content)
    known = FIELDS | PERHAPS | _BESIDE
    if not words or len(words) > 6 or re.search(r"\b\d", content) or not known.issuperset(words):
        return None
    if not FIELDS.isdisjoint(words):
        return Doubt.SURE
    if PERHAPS.isdisjoint(words):
        return None
    return Doubt.SURE if len(words) > 1 else Doubt.PERHAPS


def is_field(content: str) -> bool:
    """Whether it is surely the name of a field."""
    return field_named(content) == Doubt.SURE


def is_compound(content: str) -> bool:
    """Whether it is a field's name of several words in one: `FirstName`, `fname`. `company` may be a handle."""
    words = _words(content)
    return is_field(content) and (len(words) > 1 or words[0] in _RUN_TOGETHER)


def is_a_name(content: str) -> bool:
    """Whether it is the name of the field for a person's name: "First Name", `FNAME`, `{Vorname}`."""
    words = _words(content)
    return is_field(content) and not NAMES.isdisjoint(words) and len(words) <= 3


def _words(content: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(content)]
