"""Types of fields that come in: an address, a line, a subject, a body, a moment; each clean, or a ValueError."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from core.errors import BadInput
from core.text.address_faults import address_fault
from core.text.clean import NOT_IN_A_LINE, clean_body, clean_subject, their_line, their_text
from core.text.email_address import unseen_removed, wire_address, written_address
from core.text.folding import fold_linkedin_url
from core.text.message_ids import first_usable, usable_ids
from core.time_zones import is_time_zone


def address(value: str) -> str:
    """A deliverable form of the address (RFC 5321, RFC 6531), or ValueError. Nothing is looked up in the DNS.

    It may come as people have it: with a name, as a link, with what nobody sees around it (`written_address`).
    """
    value = written_address(value)
    try:
        normalized = validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValueError(address_fault(str(error))) from None
    wire_address(normalized)  # what is taken in can be sent: not only after an approval does it turn out that it cannot
    return normalized


def cleaned(clean: Callable[[str], str]) -> AfterValidator:
    """A validator of one of the functions of `core.text.clean`: its `BadInput` is a ValueError to pydantic."""

    def check(value: str) -> str:
        try:
            return clean(value)
        except BadInput as error:
            raise ValueError(str(error)) from None

    return AfterValidator(check)


def _one_line(value: str) -> str:
    if NOT_IN_A_LINE.search(value) or _TURNS_TEXT.search(value):
        raise ValueError("contains a line break or a control character")
    return value


def _in_our_time(at: datetime) -> datetime:
    """Years at the ends of the calendar cannot be read back from PostgreSQL in every time zone."""
    if not 1990 <= at.year <= 2199:
        raise ValueError("is not a plausible time for an email")
    return at


def zone(value: str) -> str:
    """A name of the IANA time zone database, or ValueError."""
    if not is_time_zone(value):
        raise ValueError("is not a time zone; write one such as Europe/London")
    return value


def profile_url(value: str) -> str:
    """The address of a person's page, or ValueError: a company, a post or a search is nobody."""
    value = unseen_removed(value)
    if not ON_LINKEDIN.fullmatch(value) or fold_linkedin_url(value) is None:
        raise ValueError("is not a person's LinkedIn profile; write one such as https://www.linkedin.com/in/dana")
    return value


#: Which page of it is a person's, `fold_linkedin_url` says, here and in the database.
ON_LINKEDIN = re.compile(r"((https?:)?//)?([a-z0-9-]+\.)*linkedin\.com/\S+", re.IGNORECASE | re.ASCII)

#: Overrides of the direction of text (Unicode TR9 §2): a name with one could look like another on a card.
_TURNS_TEXT = re.compile(r"[\u202a-\u202e\u2066-\u2069]")

Email = Annotated[str, Field(max_length=320), AfterValidator(address)]

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]

Subject = Annotated[str, cleaned(clean_subject)]

Body = Annotated[str, cleaned(clean_body)]

Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]

#: The name of one of our mails: its Message-ID, or what its provider calls it.
MessageName = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[!-~]{1,500}$")]


def _their_ids(value: object) -> object:
    """The ids in the value of a header, or in a list of such."""
    if value is None or isinstance(value, str):
        return usable_ids(value or "")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return usable_ids(" ".join(one if "<" in one else f"<{one.strip()}>" for one in value))
    return value


def _nothing(value: object) -> object:
    return "" if value is None else value


#: Of a message that came from outside: taken as it is, but for what no table and no line can hold.
TheirLine = Annotated[str, BeforeValidator(_nothing), AfterValidator(their_line)]
TheirText = Annotated[str, BeforeValidator(_nothing), AfterValidator(their_text)]
TheirId = Annotated[str | None, AfterValidator(lambda value: first_usable(value or ""))]
TheirIds = Annotated[tuple[str, ...], BeforeValidator(_their_ids)]


class Strict(BaseModel):
    """Unknown fields are an error: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(extra="forbid")
