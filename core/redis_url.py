"""What `REDIS_URL` says, read in one way for the doorbell, the budget, the log of starts and the probes."""

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

if TYPE_CHECKING:
    import redis

#: What `signoff` is started with where no REDIS_URL is set: only tests come to that.
DEFAULT = "redis://127.0.0.1:6379/0"
SHAPE = "redis://:password@host:6379/0, rediss://… for TLS, or unix:///path/to/redis.sock"


def read(url: str) -> str:
    """The URL with its user name and password percent-encoded as they must be. Raises ValueError with a sentence that
    says what is wrong and holds nothing of a password.
    """
    scheme, found, rest = url.strip().partition("://")
    if not found or scheme.casefold() not in ("redis", "rediss", "unix"):
        raise ValueError(f"is not a Redis URL: {SHAPE}")
    head, mark, query = rest.partition("?")
    credentials, at, place = head.rpartition("@")
    if "," in place:
        raise ValueError(f"names several servers; Signoff uses one Redis, which may be lost at any time: {SHAPE}")
    user, colon, password = credentials.partition(":")
    said = f"{quote(unquote(user), safe='')}{colon}{quote(unquote(password), safe='')}{at}"
    plain = f"{scheme.casefold()}://{said}{place}{mark}{query}"
    try:
        parts = urlsplit(plain)
        _ = parts.port
    except ValueError:
        raise ValueError(f"has an invalid host or port: {SHAPE}") from None
    if parts.scheme != "unix" and not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError(f"ends in {parts.path}, where the number of a database belongs: {SHAPE}")
    return plain


def redis_client(url: str, *, seconds: float) -> "redis.Redis":
    """A client that connects when it is used, fails after `seconds`, and tries once. Raises ValueError."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    url = read(url or DEFAULT)
    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
        client.connection_pool.make_connection()  # what it is made of; nothing is sent yet
    except (TypeError, ValueError, redis.RedisError) as error:
        named = re.search(r"'(\w+)'", str(error))
        which = f"the parameter {named[1]!r}" if named else "a parameter"
        raise ValueError(f"has {which}, with which no connection to a Redis can be made") from None
    return client
