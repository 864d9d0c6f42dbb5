"""Characters that hide are shown; those that languages and emoji need are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.web.unseen import with_unseen


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u202e", "right-to-left override"),
        ("\u2066", "left-to-right isolate"),
        ("\u200b", "zero width space"),
        ("\u00ad", "soft hyphen"),
        ("\ufeff", "zero width no-break space"),
        ("\u2028", "line separator"),
        ("\u0085", "control character"),
        ("\U000e0041", "tag latin capital letter a"),
    ],
)
def test_a_hiding_character_is_named(character: str, name: str) -> None:
    assert with_unseen(f"a{character}b") == f'a<span class="unseen" title="{name}">U+{ord(character):04X}</span>b'


def test_a_run_of_tags_is_one_mark() -> None:
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "secret")
    assert with_unseen(f"a{hidden}b").count("<span") == 1
    assert "×6" in with_unseen(hidden)


@pytest.mark.parametrize(
    "text",
    [
        "plain\n\ttext",
        "می\u200cخواهم",
        "👩\u200d💻 ❤\ufe0f",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "שלום\u200f!",
    ],
)
def test_what_languages_and_emoji_need_is_left_alone(text: str) -> None:
    assert with_unseen(text) == text


@given(st.text())
def test_nothing_is_lost_and_nothing_is_markup(text: str) -> None:
    seen = str(with_unseen(text))
    assert "\u202e" not in seen
    if "<span" not in seen:
        assert seen == str(escape(text))
