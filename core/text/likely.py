"""What somebody who mistyped a word is likely to have meant."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

#: From 0 to 1: a letter too many, missing or elsewhere.
ALIKE = 0.6


def likely(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is much like `word`, whatever its case; None where none is.

    Of an address the part before the @ counts too: everybody of one company has the rest.
    """
    by_fold = {one.casefold(): one for one in known}
    asked = word.casefold()
    for close in get_close_matches(asked, by_fold, n=3, cutoff=ALIKE):
        if SequenceMatcher(None, close.partition("@")[0], asked.partition("@")[0]).ratio() >= ALIKE:
            return by_fold[close]
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ ". Did you mean queue?", to end a sentence with; empty where nothing is close."""
    meant = likely(word, known)
    return f". Did you mean {meant}?" if meant else ""
