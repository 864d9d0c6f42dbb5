"""The name of a contact, written once: what a card shows is what stands on the envelope (P3)."""


def full_name(first_name: str | None, last_name: str | None) -> str:
    """First and last name, as far as they are known; empty if neither is."""
    return " ".join(filter(None, (first_name, last_name)))
