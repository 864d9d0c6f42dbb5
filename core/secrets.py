"""Secrets at rest: what a person gave us to log in with, encrypted in the database with a key that is not there.

Fernet (AES-128-CBC and HMAC-SHA256, https://cryptography.io/en/latest/fernet/) under a key that HKDF (RFC 5869) makes
from SECRET_KEY and from whose secret it is: a sealed value that was moved to another row opens nothing there.

Another SECRET_KEY opens none of them: each has to be entered again. Nothing is ever guessed or left in plain.
"""

import base64
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import SignoffError
from core.ids import UUID
from core.settings import settings

SEALED = "enc:"


class StillSealed(SignoffError):
    """A stored secret cannot be read: it was stored under another SECRET_KEY, or for another row, or is damaged."""


@dataclass(frozen=True)
class Kind:
    """A kind of secret: what its keys are made from, what it is called, and how a person enters it again."""

    label: str
    name: str
    remedy: str


ACCOUNT = Kind(
    "signoff: the secret of an account, 1: ",
    "The account's stored secret",
    "Enter it again with `signoff accounts secret ADDRESS`.",
)
SLACK_TOKEN = Kind(
    "signoff: a token of Slack's, 1: ",
    "The stored Slack token of this workspace",
    "Install the app again at /slack/install.",
)


def is_sealed(stored: str) -> bool:
    """Whether a value from the database is a sealed secret."""
    return stored.startswith(SEALED)


def seal(secret: str, owner_id: UUID, kind: Kind = ACCOUNT) -> str:
    """The secret of this account or installation, as it may be stored. Raises `SignoffError` without a SECRET_KEY."""
    if not settings().secret_key.get_secret_value():
        raise SignoffError("SECRET_KEY is not set: without it nothing can be stored encrypted.")
    return SEALED + _fernet(owner_id, kind).encrypt(secret.encode()).decode("ascii")


def unseal(stored: str, owner_id: UUID, kind: Kind = ACCOUNT) -> str:
    """The secret again. Raises `StillSealed`, which says what to do and quotes nothing."""
    problem = "SECRET_KEY is not set"
    if settings().secret_key.get_secret_value():
        try:
            return _fernet(owner_id, kind).decrypt(stored.removeprefix(SEALED).encode()).decode()
        except (InvalidToken, UnicodeError):
            problem = "it was stored under another SECRET_KEY, or is damaged"
    raise StillSealed(f"{kind.name} cannot be read: {problem}. {kind.remedy}") from None


def _fernet(owner_id: UUID, kind: Kind) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"{kind.label}{owner_id}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings().secret_key.get_secret_value().encode())))
