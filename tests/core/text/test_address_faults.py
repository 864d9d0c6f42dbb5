"""What is wrong with an address is said in our words: none of email-validator's English gets through."""

import re

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import address_faults
from core.text.address_faults import address_fault
from core.text.fields import address

OURS = {ours for _, ours in address_faults._WORDS} | {address_faults._OTHERWISE}


@pytest.mark.parametrize(
    ("given_as", "told"),
    [
        ("dana", "no @ sign"),
        ("@example.org", "nothing before the @"),
        ("dana@", "nothing after the @"),
        ("da..na@example.org", "two dots in a row"),
        ("dana@example..org", "two dots in a row"),
        ("dana.@example.org", "a dot at the start or end of the part before the @"),
        ("dana@-example.org", "a dot or hyphen at the start or end of the domain"),
        ("dana@example.org-", "a dot or hyphen at the start or end of the domain"),
        ("dana@example-.org", "a dot next to a hyphen"),
        ("da na@example.org", "a character before the @ that addresses cannot have"),
        ("(dana)@example.org", "a character before the @ that addresses cannot have"),
        ("d\u0007@example.org", "a character before the @ that addresses cannot have"),
        ("dana@exa_mple.org", "a domain that is not valid"),
        ("dana@xn--a.org", "a domain that is not valid"),
        ("dana@example", "an incomplete domain; write one such as example.com"),
        ("dana@localhost", "an incomplete domain; write one such as example.com"),
        ("dana@example.invalid", "a reserved domain, which gets no email"),
        ("dana@" + "a" * 70 + ".org", "too long: at most 254 characters, 64 before the @, 63 between two dots"),
    ],
)
def test_what_is_wrong_with_an_address(given_as: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        address(given_as)


@given(st.text(st.sampled_from("dana.@-_\"<>[]() é\u202e1x:,'\\/%") | st.characters(), max_size=40))
def test_nothing_that_the_library_says_is_passed_on(text: str) -> None:
    try:
        email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError as error:
        said = str(error)
    else:
        return
    assert address_fault(said) in OURS


def test_what_the_library_may_say_tomorrow_is_not_passed_on_either() -> None:
    assert address_fault("Something new about addresses.") == "not an email address"
