"""What is wrong with an email address, in our words: email-validator's English is for the authors of programs."""

import re

#: What its sentence has (https://github.com/JoshData/python-email-validator, `syntax.py`) → ours. The first that fits.
_WORDS: tuple[tuple[str, str], ...] = (
    (r"must have an @-sign|at-sign \(@\)|instead of a regular at-sign", "no @ sign"),
    (r"something before the @-sign", "nothing before the @"),
    (r"something after the @-sign", "nothing after the @"),
    (r"two periods in a row", "two dots in a row"),
    (r"period and a hyphen next to each other", "a dot next to a hyphen"),
    (r"immediately before the @-sign|cannot start with a period", "a dot at the start or end of the part before the @"),
    (
        r"cannot end with a (?:period|hyphen)|(?:period|hyphen) immediately after",
        "a dot or hyphen at the start or end of the domain",
    ),
    (r"too long|so many characters", "too long: at most 254 characters, 64 before the @, 63 between two dots"),
    (r"special-use or reserved", "a reserved domain, which gets no email"),
    (r"have a period|top-level domain", "an incomplete domain; write one such as example.com"),
    (r"in brackets|bracketed|address literal", "an IP address in place of a domain"),
    (r"display name|angle bracket|anything after the email address", "more than the address"),
    (r"[Qq]uot", "quotation marks"),
    (r"before the @-sign|unsafe characters", "a character before the @ that addresses cannot have"),
    (r"after the @-sign|The part after", "a domain that is not valid"),
)
_OTHERWISE = "not an email address"


def address_fault(said: str) -> str:
    """Ours for its sentence, without a capital or a full stop; never a part of what it says."""
    return next((ours for pattern, ours in _WORDS if re.search(pattern, said)), _OTHERWISE)
