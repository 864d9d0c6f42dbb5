"""What a Content-Type says: the media type, and in which charset."""

import codecs
from email.message import Message


def media_type(header: str) -> str:
    """The type alone, in small letters, such as `application/json` (RFC 9110 §8.3.1)."""
    return header.partition(";")[0].strip().lower()


def is_json(header: str) -> bool:
    """Whether the body is JSON in UTF-8. A charset need not be named, and may go by any name that UTF-8 has."""
    if media_type(header) != "application/json":
        return False
    message = Message()
    message["Content-Type"] = header
    charset = message.get_param("charset")
    if charset is None:
        return True
    try:
        return codecs.lookup(str(charset)).name in ("utf-8", "ascii")  # ASCII is UTF-8
    except LookupError:
        return False
