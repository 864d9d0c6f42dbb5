"""A REDIS_URL is read in one way; what cannot be one is one sentence, before anything connects."""

import pytest

from core.redis_url import redis_client


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("redis://cache", {"host": "cache"}),
        ("redis://cache:6380/2", {"host": "cache", "port": 6380, "db": 2}),
        ("rediss://app:s%20e%25c@cache/0", {"host": "cache", "username": "app", "password": "s e%c"}),
        ("redis://:s e%c/r@e#t@cache:6379/0", {"host": "cache", "password": "s e%c/r@e#t"}),
        ("unix:///run/redis.sock?db=1", {"path": "/run/redis.sock", "db": 1}),
        ("unix://:secret@/run/redis.sock", {"path": "/run/redis.sock", "password": "secret"}),
        ("", {"host": "127.0.0.1"}),
    ],
)
def test_what_a_url_says(url: str, arguments: dict[str, object]) -> None:
    client = redis_client(url, seconds=0.25)
    kept = client.connection_pool.connection_kwargs
    assert {name: kept.get(name) for name in arguments} == arguments
    assert kept["socket_timeout"] == 0.25


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("cache:6379", "is not a Redis URL"),
        ("http://cache", "is not a Redis URL"),
        ("redis+sentinel://cache/mymaster", "is not a Redis URL"),
        ("redis://:hunter2@cache:port/0", "an invalid host or port"),
        ("redis://:hunter2@one:6379,two:6379/0", "several servers"),
        ("redis://:hunter2@cache/signoff", "the number of a database"),
        ("redis://:hunter2@cache/0?colour=blue", "'colour'"),
        ("redis://:hunter2@cache/0?socket_timeout=soon", "socket_timeout"),
    ],
)
def test_what_cannot_be_one_is_a_sentence_without_the_password(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        redis_client(url, seconds=0.25)
    assert "hunter2" not in str(caught.value)
