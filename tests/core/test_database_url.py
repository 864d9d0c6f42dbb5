"""One DATABASE_URL is read in one way, however other programs write it; what cannot be read is one sentence."""

import psycopg
import pytest

from core.database_url import connect_arguments, read

PLAIN = {"user": "app", "host": "db", "dbname": "signoff"}


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        ("postgresql://app@db/signoff", PLAIN),
        ("postgres://app@db/signoff", PLAIN),
        ("postgresql+psycopg://app@db/signoff", PLAIN),
        ("postgresql+asyncpg://app@db/signoff", PLAIN),
        (" postgresql://app@db/signoff\n", PLAIN),
        ("postgresql://app:a%20b%25c%40d@db/signoff", PLAIN | {"password": "a b%c@d"}),
        ("postgresql://app:a b%c@d/e#f:g@db/signoff", PLAIN | {"password": "a b%c@d/e#f:g"}),
        ("postgresql://app:a+b@db/signoff", PLAIN | {"password": "a+b"}),
        ("postgresql://app@db:5433/signoff", PLAIN | {"port": "5433"}),
        ("postgresql://app@[::1]:5433/signoff", PLAIN | {"host": "::1", "port": "5433"}),
        ("postgresql://app@db/signoff?sslmode=require", PLAIN | {"sslmode": "require"}),
        ("postgresql://app@db/signoff?sslrootcert=/a+b", PLAIN | {"sslrootcert": "/a+b"}),
        ("postgresql://app@db/signoff?options=-csearch_path%3Dx", PLAIN | {"options": "-csearch_path=x"}),
        ("postgresql://app@/signoff?host=/var/run/postgresql", PLAIN | {"host": "/var/run/postgresql"}),
        ("postgresql://app@%2Fvar%2Frun/signoff", PLAIN | {"host": "/var/run"}),
        ("postgresql:///signoff", {"dbname": "signoff"}),
        (
            "postgresql://app@one:5432,two:5433/signoff",
            PLAIN | {"host": "one,two", "port": "5432,5433", "target_session_attrs": "read-write"},
        ),
        (
            "postgresql://app@one,two/signoff?target_session_attrs=any",
            PLAIN | {"host": "one,two", "target_session_attrs": "any"},
        ),
        (
            "postgresql+psycopg://app@/signoff?host=one:5432&host=two:5433",
            PLAIN | {"host": "one,two", "port": "5432,5433", "target_session_attrs": "read-write"},
        ),
    ],
)  # fmt: skip
def test_what_a_url_says(url: str, arguments: dict[str, str]) -> None:
    assert read(url) == (arguments, False)
    psycopg.conninfo.make_conninfo(**connect_arguments(url))


@pytest.mark.parametrize(("value", "pooled"), [("true", True), ("1", True), ("", True), ("false", False)])
def test_pgbouncer_in_a_url_says_that_there_is_one(value: str, pooled: bool) -> None:
    assert read(f"postgresql://app@db/signoff?pgbouncer={value}") == (PLAIN, pooled)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("db/signoff", "is not a database URL"),
        ("mysql://app:hunter2@db/signoff", "is not a database URL"),
        ("postgresql://app:hunter2@db:port/signoff", "an invalid host or port"),
        ("postgresql://app:hunter2@db:70000/signoff", "an invalid host or port"),
        ("postgresql://app:hunter2@db/signoff?connection_limit=4", "DATABASE_CONNECTIONS"),
        ("postgresql://app:hunter2@db/signoff?sslmodus=require", "'sslmodus'"),
        ("postgresql://app:hunter2@db/signoff?ssl=true", "sslmode=require"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_without_the_password(url: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        read(url)
    assert "hunter2" not in str(caught.value)


def test_what_the_url_says_goes_before_what_every_connection_has() -> None:
    arguments = connect_arguments("postgresql://db/x?connect_timeout=9", application_name="signoff-probe")
    assert arguments["connect_timeout"] == "9"
    assert arguments["application_name"] == "signoff-probe"
    assert "hunter2" not in repr(read("postgresql://app:hunter2@db/signoff"))
