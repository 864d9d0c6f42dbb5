"""Secrets at rest: what a person gave us to log in with, encrypted in the database with a key that is not there.

Fernet (AES-128-CBC and HMAC-SHA256, https://cryptography.io/en/latest/fernet/) under a key that HKDF (RFC 5869) makes
from SECRET_KEY and from whose secret it is: a sealed value that was moved to another row opens nothing there.

Another SECRET_KEY opens none of them: each has to be entered again. Nothing is ever guessed or left in plain.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from core.errors import SignoffError
from core.ids import UUID
from core.settings import settings

SEALED = "enc:"
_LABEL = "signoff: the secret of an account, 1: "


class StillSealed(SignoffError):
    """A stored secret cannot be read: it was stored under another SECRET_KEY, or for another account, or is damaged."""


def is_sealed(stored: str) -> bool:
    """Whether a value from the database is a sealed secret."""
    return stored.startswith(SEALED)


def seal(secret: str, account_id: UUID) -> str:
    """The secret as it may be stored. Raises `SignoffError` when SECRET_KEY is not set."""
    if not settings().secret_key.get_secret_value():
        raise SignoffError("SECRET_KEY is not set: without it nothing can be stored encrypted.")
    return SEALED + _fernet(account_id).encrypt(secret.encode()).decode("ascii")


def unseal(stored: str, account_id: UUID) -> str:
    """The secret again. Raises `StillSealed`, which says what to do and quotes nothing."""
    problem = "SECRET_KEY is not set"
    if settings().secret_key.get_secret_value():
        try:
            return _fernet(account_id).decrypt(stored.removeprefix(SEALED).encode()).decode()
        except (InvalidToken, UnicodeError):
            problem = "it was stored under another SECRET_KEY, or is damaged"
    raise StillSealed(
        f"The account's stored secret cannot be read: {problem}. Enter it again with `signoff accounts secret ADDRESS`."
    ) from None


def _fernet(account_id: UUID) -> Fernet:
    derived = HKDF(SHA256(), length=32, salt=None, info=f"{_LABEL}{account_id}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings().secret_key.get_secret_value().encode())))
