"""What travels outside a message: who it is from, who gets it, and the frozen bytes themselves."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from core.text.email_address import wire_address


@dataclass(frozen=True, slots=True)
class Envelope:
    """One SMTP transaction. Addresses are in wire form (see `wire_address`); `mime` is sent as it stands.

    `needs_smtputf8` says that an address or a header is not ASCII: only a server with SMTPUTF8 (RFC 6531) can take it.
    """

    mail_from: str = field(repr=False)
    rcpt_to: tuple[str, ...] = field(repr=False)
    mime: bytes = field(repr=False)
    needs_smtputf8: bool = False

    def __post_init__(self) -> None:
        if not self.rcpt_to:
            raise ValueError("an envelope needs a recipient")
        if any(wire_address(address) != address for address in (self.mail_from, *self.rcpt_to)):
            raise ValueError("an envelope holds addresses in wire form")

    @classmethod
    def of(cls, mail_from: str, rcpt_to: Sequence[str], mime: bytes) -> Self:
        """Make the envelope of a frozen message. Raises ValueError for a malformed address, without quoting it."""
        sender, recipients = wire_address(mail_from), tuple(wire_address(address) for address in rcpt_to)
        headers = re.split(rb"\r?\n\r?\n", mime, maxsplit=1)[0]
        return cls(
            sender, recipients, mime, not (headers.isascii() and all(a.isascii() for a in (sender, *recipients)))
        )
