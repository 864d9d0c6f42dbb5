"""A database that an older version made: it is brought on with its data, or whoever tries is told why not."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.errors import SignoffError
from core.installation.schema import head_revision, migrate, replaced_revisions
from tests.fixtures.databases import set_up
from tests.fixtures.domain import SENT, UNKNOWN, Domain
from tests.migrations.catalogue import CATALOGUE, describe

pytestmark = pytest.mark.slow

OLD = Path(__file__).parent / "database_before_the_squash.sql"


def schema(text: str) -> str:
    """Without rows, and without parentheses: a condition that was dumped and read again has others around the same."""
    return re.sub(r"[()]", "", text.partition("\n==== rows ====")[0])


def at(url: str, revision: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (revision,))


@pytest.fixture
def old_url(bare_url: str) -> str:
    """A database from before the squash, in which people have worked."""
    with psycopg.connect(bare_url) as connection:
        connection.execute(OLD.read_bytes())
    return bare_url


@pytest.fixture
def old_domain(old_url: str, redis_url: str) -> Iterator[Domain]:
    """The same, brought to this version."""
    with psycopg.connect(old_url) as connection:
        [ids] = connection.execute("SELECT workspace_id, account_id, id FROM campaigns").fetchall()
        [(drafts,)] = connection.execute("SELECT count(*) FROM drafts").fetchall()
    migrate(old_url)
    with set_up(old_url, redis_url):
        yield Domain(old_url, *ids, drafts=drafts)


def test_it_ends_with_the_same_catalogue_as_one_from_nothing(old_url: str) -> None:
    """So whatever changed a file of `migrations/sql` since has a migration that loads it."""
    migrate(old_url)
    assert schema(describe(old_url)) == schema(CATALOGUE.read_text(encoding="utf-8"))


def test_its_data_is_worked_on(old_domain: Domain) -> None:
    states = "SELECT status, count(*) FROM drafts GROUP BY 1 ORDER BY 1"
    assert old_domain.rows(states) == [("approved", 3), ("needs_review", 4), ("rejected", 1)]
    delivered = "SELECT status FROM send_queue ORDER BY created_at"
    assert old_domain.rows(delivered) == [("sent",), ("outcome_unknown",), ("queued",)]
    old_domain.sql("UPDATE accounts SET next_spaced_at = NULL")
    old_domain.make_due()
    queued = old_domain.claim()
    assert old_domain.start(queued)
    old_domain.finish(queued, SENT)
    old_domain.sql("UPDATE accounts SET next_spaced_at = NULL")
    [(waits,)] = old_domain.rows(
        "SELECT id FROM drafts WHERE status = 'needs_review' AND kind = 'intro' ORDER BY created_at LIMIT 1"
    )
    old_domain.deliver(waits, UNKNOWN)
    assert old_domain.rows(delivered) == [("sent",), ("outcome_unknown",), ("sent",), ("outcome_unknown",)]


@pytest.mark.parametrize("revision", sorted(replaced_revisions()))
def test_a_database_in_the_middle_of_the_squashed_ones_says_what_to_do(revision: str, database_url: str) -> None:
    at(database_url, revision)
    before = describe(database_url)
    with pytest.raises(SignoffError, match=f"at {revision}, .* First run `signoff migrate` of commit 2b5e510"):
        migrate(database_url)
    assert describe(database_url) == before


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    at(database_url, "from_the_future")
    with pytest.raises(SignoffError, match="at from_the_future, which this version does not know"):
        migrate(database_url)


def test_the_squashed_revisions_are_the_25_before_the_one_that_kept_its_id() -> None:
    assert len(replaced_revisions()) == 25
    assert head_revision() not in replaced_revisions()
