"""Greetings that greet nobody, told as they stand there; and those that do, or need no name."""

import pytest

from core.drafts.greetings import nameless_greeting

NAMELESS = [
    ("Hi null,\nhello.", "Hi null,"),
    ("  Hi ,", "Hi ,"),
    ("Hi null.", "Hi null."),
    ("Hi FIRSTNAME -", "Hi FIRSTNAME -"),
    ("Hi ? ,", "Hi ? ,"),
    ("Hi N/A.", "Hi N/A."),
    ("Hi unknown -", "Hi unknown -"),
    ("Hi *First Name*,", "Hi *First Name*,"),
    ("Hi -,", "Hi -,"),
    ("Dear", "Dear"),
    ("Dear,", "Dear,"),
    ("Estimado:", "Estimado:"),
    ("Dear Mr. null,", "Dear Mr. null,"),
    ("Hi Mr.", "Hi Mr."),
    ("Hi Dr., good to see you", "Hi Dr.,"),
    ("Guten Tag Frau ,", "Guten Tag Frau ,"),
    ("Dear None,", "Dear None,"),
    ("Good morning ,", "Good morning ,"),
    ("Good morning :", "Good morning :"),
    ("Hola !", "Hola !"),
    ("Salut ,", "Salut ,"),
    ("Bonjour ,", "Bonjour ,"),
    ("Hi null how are you, Sam here", "Hi null how are you,"),
    ("Hi null - I saw that you grew", "Hi null - I saw that you grew"),
    ("Hello None - a question", "Hello None - a question"),
    ("Hi None. A question", "Hi None. A question"),
    ("Hi undefined hope you are well", "Hi undefined hope you are well"),
    ("様", "様"),
    ("null様", "null様"),
    # One that names a value is looked for in the lines below as well: four, without the empty ones.
    ("Hello!\n\nOne.\n\n\nTwo.\nHi null,", "Hi null,"),
    ("One.\nDear None,", "Dear None,"),
]
FINE = [
    "Hello.\nOne.\nTwo.\nThree.\nHi null,",
    "One.\nHi ,",
    "One.\nDear Mr. ,",
    "One.\nHi -,",
    "Hi",
    "Hi -",
    "Hi?",
    "Hello!",
    "Good morning,",
    "Bonjour !",
    "Salut :",
    "Dear friends",
    "Dear Mr. None,",
    "Dear Mr. None -",
    "Dear Mr Null,",
    "Hi Null Smith,",
    "Hi Nan - a question",
    "Hi None of you,",
    "Hi Dana,",
    "Hi Dana Undefined-Smith,",
    "佐藤 様",
    "Hinull,",
]


@pytest.mark.parametrize(("text", "greeting"), NAMELESS)
def test_a_greeting_of_nobody(text: str, greeting: str) -> None:
    assert nameless_greeting(text) == greeting


@pytest.mark.parametrize("text", FINE)
def test_a_greeting_of_somebody_or_of_all(text: str) -> None:
    assert nameless_greeting(text) is None
