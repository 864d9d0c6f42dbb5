"""An address and a page as people have them, and what is empty."""

import pytest

from core.contacts.contacts import ContactIn
from core.text.fields import address, profile_url

ADDRESSES = [
    "jane@example.org",
    "Doe, Jane <jane@example.org>",
    '"Doe, Jane" <jane@example.org>;',
    "<jane@example.org>",
    "jane@example.org <jane@example.org>",
    "mailto:jane@example.org",
    "MAILTO:jane@example.org?subject=Hi",
    "\u200bjane@example.org\u200b",
    "\u00a0jane@example.org\u00a0",
    "\ufeffjane@example.org.",
    "jane@example.org,",
    "jane@example.org;",
    "\uff4aane\uff20example.org",
]


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_taken_as_people_have_it(text: str) -> None:
    assert address(text) == "jane@example.org"


@pytest.mark.parametrize(
    "text", ["a@example.org; b@example.org", "a@example.org,b@example.org", "A <a@x.org> B <b@x.org>"]
)
def test_two_addresses_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="more than one"):
        address(text)


@pytest.mark.parametrize(
    "text", ["", "jane", "jane@", "@example.org", "jane doe@example.org", "jane@example.org Bcc:x"]
)
def test_what_is_no_address_stays_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        address(text)


@pytest.mark.parametrize(
    "url", ["company/acme", "feed/update/1", "sales/lead/A", "school/x", "posts/x", "in/", "jobs/view/1", ""]
)
def test_a_page_that_is_no_persons_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not a person's LinkedIn profile"):
        profile_url(f"https://www.linkedin.com/{url}")


@pytest.mark.parametrize(
    "url",
    [
        "linkedin.com/in/dana",
        "https://de.linkedin.com/in/dana?trk=x",
        "https://m.linkedin.com/in/dana",
        "//linkedin.com/in/d",
    ],
)
def test_a_persons_page_is_taken_in_any_form(url: str) -> None:
    assert profile_url(url) == url


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "\u200b", None])
def test_what_is_empty_is_not_known(blank: str | None) -> None:
    optional = dict.fromkeys(("first_name", "last_name", "company", "title", "linkedin_url", "timezone"), blank)
    assert ContactIn.model_validate({"email": "a@example.org", **optional}) == ContactIn(email="a@example.org")
