"""Digests whose hour has come: have them told, workspace by workspace."""

from core.db import transaction
from core.notices import digest
from jobs.tell_admins import tell_admins


def tell_digest() -> None:
    """Have every digest that is due told, once. Safe to run twice, or at once."""
    with transaction() as tx:
        found = digest.due(tx)
    taken = False
    for due in found:
        with transaction() as tx:
            taken |= digest.take(tx, due)
    if taken:
        tell_admins()
