"""What can go wrong with an embedded server; the sentence is for the person at the terminal."""

from core.errors import SignoffError


class EmbeddedError(SignoffError):
    """An embedded server could not be started, found or stopped."""
