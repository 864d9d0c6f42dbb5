"""Message-IDs as other people's programs write them (RFC 5322 §3.6.4 says how they should), used as they can be."""

import re

#: What may stand between the brackets of a Message-ID: printable ASCII; at times without an @.
FOREIGN = re.compile(r"[!-;=?-~]{1,900}")
#: Ids that a References header carries on: the first, which began the thread, and the latest.
MOST_REFERENCES = 20

_BRACKETED = re.compile(r"<([^<>]*)>")
_FOLD = re.compile(r"\r?\n[ \t]*|\r")


def usable_ids(text: str) -> list[str]:
    """The ids in the value of Message-ID, In-Reply-To or References, each once and in brackets, in their order.

    One that is not in brackets gets them; one that no header can carry is left out. A bare text of several words is
    not a row of ids but for those with an @.
    """
    found = [_FOLD.sub("", inner).strip() for inner in _BRACKETED.findall(text)]
    if not found:
        words = [word.strip("<>,;") for word in text.split()]
        found = words if len(words) == 1 else [word for word in words if "@" in word]
    return list(dict.fromkeys(f"<{one}>" for one in found if FOREIGN.fullmatch(one)))


def first_usable(text: str) -> str | None:
    """The id in the value of a Message-ID header; None where there is none that a header can carry."""
    return next(iter(usable_ids(text)), None)


def thread_of(references: list[str], parent: str | None) -> list[str]:
    """The References of an answer: those of its parent, then the parent (RFC 5322 §3.6.4), not more than fit."""
    ids = [one for one in references if one != parent] + ([parent] if parent else [])
    return ids if len(ids) <= MOST_REFERENCES else [ids[0], *ids[-(MOST_REFERENCES - 1) :]]
