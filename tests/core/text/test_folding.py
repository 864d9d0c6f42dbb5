"""One person is one however they are spelt: folded alike by Python and by the database, whatever its locale."""

import unicodedata

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.folding import fold_linkedin_url, fold_text
from tests.fixtures.cases import PROFILE, SCALES, cases

SAME = [
    ("INA@example.org", "ina@example.org"),
    ("JOSÉ@example.org", "jose\u0301@example.org"),
    ("ＤＡＮＡ＠example.org", "dana@example.org"),
    ("İna@example.org", "i\u0307na@example.org"),
    ("ΟΔΟΣ@example.org", "οδος@example.org"),
    ("STRAẞ@example.org", "straß@example.org"),
    ("\u212aim@example.org", "kim@example.org"),
]
DIFFERENT = [
    ("İna@example.org", "ina@example.org"),
    ("ıs@example.org", "is@example.org"),
    ("straß@example.org", "strass@example.org"),
    ("x²@example.org", "x2@example.org"),
    ("josé@example.org", "jose@example.org"),
]
PAGES = [
    ("https://www.linkedin.com/in/jos%C3%A9-x1", "in/josé-x1"),
    ("https://de.linkedin.com/in/JOSE%CC%81-X1/?trk=people", "in/josé-x1"),
    ("linkedin.com/in/josé-x1/details/skills/", "in/josé-x1"),
    ("https://m.linkedin.com/in/jos%c3%a9-x1#about", "in/josé-x1"),
    ("https://www.linkedin.com/mwlite/in/Dana/", "in/dana"),
    ("//linkedin.com//in/dana//", "in/dana"),
    ("in/dana", "in/dana"),
    ("https://www.linkedin.com/in/100%25-dana", "in/100%25-dana"),
    ("https://www.linkedin.com/in/a%2Fb", "in/a%2fb"),
    ("https://www.linkedin.com/in/bad%FF", "in/bad%ff"),
    ("https://www.linkedin.com/in/nul%00", "in/nul%00"),
    ("https://www.linkedin.com/pub/dana-doe/1/2b/3c4", "pub/dana-doe/1/2b/3c4"),
    ("https://www.linkedin.com/in/", None),
    ("https://www.linkedin.com/in/%20", None),
    ("https://www.linkedin.com/company/acme", None),
    ("https://www.linkedin.com/company/acme/people/in/dana", None),
    ("https://www.linkedin.com/feed/update/urn:li:activity:1", None),
    ("https://www.linkedin.com/sales/lead/ACwAAA,NAME", None),
    ("https://www.linkedin.com/school/oxford", None),
    ("https://www.linkedin.com/posts/dana_activity-1", None),
    ("https://www.linkedin.com/", None),
    ("https://example.org/in/dana", None),
    ("https://notlinkedin.com/in/dana", None),
]


@pytest.fixture
def ask(database_url: str) -> psycopg.Connection:
    return psycopg.connect(database_url, autocommit=True)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_person_is_one(one: str, other: str) -> None:
    assert fold_text(one) == fold_text(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_people_are_two(one: str, other: str) -> None:
    assert fold_text(one) != fold_text(other)


@pytest.mark.parametrize(("url", "folded"), PAGES)
def test_a_page_is_a_persons_or_nobodys(url: str, folded: str | None) -> None:
    assert fold_linkedin_url(url) == folded


@pytest.mark.slow
def test_the_database_folds_every_character_alike(ask: psycopg.Connection) -> None:
    """Those that Unicode assigned before either learnt of them: later ones are no letters of a name yet. With the
    proofs each of them, else those that Python folds, and every fortieth.
    """
    every = [chr(code) for code in range(1, 0x110000) if unicodedata.category(chr(code)) not in ("Cs", "Cn")]
    if SCALES[PROFILE] < 1:
        every = sorted({*every[::40], *(one for one in every if fold_text(f"x{one}\u0301") != f"x{one}\u0301")})
    folded = ask.execute(
        "SELECT one, fold_text('x' || one || U&'\\0301') FROM unnest(%s::text[]) one", [every]
    ).fetchall()
    assert len(folded) == len(every)
    assert [one for one, there in folded if fold_text(f"x{one}\u0301") != there] == []


def test_the_database_folds_pages_alike(ask: psycopg.Connection) -> None:
    for url, folded in PAGES:
        assert ask.execute("SELECT fold_linkedin_url(%s)", [url]).fetchone() == (folded,)


TEXTS = st.text(
    st.sampled_from("aAiIıİßẞςΣéÉ\u0301\u0307\u0345ＡｱﾞK%2FcC39a0/?#. :-\u00a0\u3000") | st.characters(codec="utf-8"),
    max_size=20,
).filter(lambda text: "\0" not in text and all(unicodedata.category(one) != "Cn" for one in text))


@given(st.lists(TEXTS, min_size=20, max_size=20))
@cases(200)
def test_both_fold_alike_and_twice_is_once(ask: psycopg.Connection, texts: list[str]) -> None:
    pages = [f"{start}{text}" for text in texts for start in ("https://Uk.linkedin.com/IN/", "linkedin.com/pub/", "")]
    there = ask.execute(
        "SELECT fold_text(one), fold_linkedin_url(one)"
        " FROM unnest(%s::text[]) WITH ORDINALITY u(one, place) ORDER BY place",
        [pages],
    ).fetchall()
    assert there == [(fold_text(one), fold_linkedin_url(one)) for one in pages]
    for text in texts:
        folded = fold_text(text)
        assert fold_text(folded) == folded
        assert fold_text(unicodedata.normalize("NFD", text)) == fold_text(unicodedata.normalize("NFC", text))
    for page in pages:
        folded_page = fold_linkedin_url(page)
        assert folded_page is None or fold_linkedin_url(folded_page) == folded_page
