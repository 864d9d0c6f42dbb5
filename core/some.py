"""A few of many, in words: "Autumn launch, Spring and 3 more"."""

from collections.abc import Sequence


def some_of(names: Sequence[str], most: int = 10) -> str:
    """The first `most` of these names, and how many there are beside them."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
