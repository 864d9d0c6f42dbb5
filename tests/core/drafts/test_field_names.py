"""Names of fields: which words between brackets are one, how sure that is, and which ones name a person."""

import pytest

from core.drafts.field_names import Doubt, field_named, is_a_name, is_compound, is_field

#: Words; how sure it is that they name a field; whether it is several words in one; whether it is a person's name.
WORDS = [
    ("first name", Doubt.SURE, True, True),
    ("first_name", Doubt.SURE, True, True),
    ("FirstName", Doubt.SURE, True, True),
    ("FIRSTNAME", Doubt.SURE, True, True),
    ("fname", Doubt.SURE, True, True),
    ("Vorname", Doubt.SURE, False, True),
    ("prénom", Doubt.SURE, False, True),
    ("recipient company name", Doubt.SURE, True, True),
    ("their full last name", Doubt.SURE, True, False),
    ("company", Doubt.SURE, False, False),
    ("companyname", Doubt.SURE, True, False),
    ("jobTitle", Doubt.SURE, True, False),
    ("first middle last full family name", Doubt.SURE, True, False),
    ("given first middle last full family name", None, False, False),
    ("calendar link", Doubt.SURE, True, False),
    ("your link", Doubt.SURE, True, False),
    ("link", Doubt.PERHAPS, False, False),
    ("the", None, False, False),
    ("first and last", None, False, False),
    ("page", None, False, False),
    ("name of the page", None, False, False),
    ("name 1", None, False, False),
    ("1", None, False, False),
    ("", None, False, False),
]


@pytest.mark.parametrize(("words", "doubt", "compound", "a_name"), WORDS)
def test_the_name_of_a_field(words: str, doubt: Doubt | None, compound: bool, a_name: bool) -> None:
    assert field_named(words) == doubt
    assert is_field(words) == (doubt == Doubt.SURE)
    assert (is_compound(words), is_a_name(words)) == (compound, a_name)
