"""A database in which people were folded by the server's locale: they are folded anew, with their data."""

import psycopg
import pytest
from alembic import command

from core.installation.schema import migrate
from tests.migrations.test_migrations import alembic

pytestmark = pytest.mark.slow

BEFORE = "tell_the_day_truly"
W, ONE, OTHER = (f"01900000-0000-7000-8000-00000000000{n}" for n in (1, 2, 3))
#: As it was before this version: folded by lower(), whatever that made of it.
PEOPLE = [
    (1, ONE, "jos\u00e9@example.org", "available"),
    (2, ONE, "jose\u0301@example.org", "replied"),
    (3, OTHER, "jose\u0301@example.org", "available"),
    (4, ONE, "\u0130na@example.org", "available"),
    (5, ONE, "ina@example.org", "available"),
    (6, ONE, "dana@example.org", "available"),
]


@pytest.fixture
def old(bare_url: str) -> str:
    """A database of the version before, with people in two offers, a suppression and a mail of yesterday."""
    migrate(bare_url, BEFORE)
    with psycopg.connect(bare_url) as db:
        db.execute("DROP TRIGGER fold_contact ON contacts")  # the older version has none
        for column in ("email_folded", "linkedin_folded"):
            db.execute(f"ALTER TABLE contacts ALTER COLUMN {column} DROP EXPRESSION".encode())
        db.execute("INSERT INTO workspaces (id, name, slack_team_id, timezone) VALUES (%s, 'W', 'T1', 'UTC')", [W])
        for offer in (ONE, OTHER):
            db.execute("INSERT INTO offers (id, workspace_id, slug) VALUES (%s, %s, %s)", [offer, W, offer])
        for number, offer, email, status in PEOPLE:
            page = "https://www.linkedin.com/company/acme" if number > 4 else None
            db.execute(
                "INSERT INTO contacts (id, workspace_id, offer_id, email, email_folded, status, created_at,"
                " linkedin_url, linkedin_folded) VALUES (gen_random_uuid(), %s, %s, %s, %s, %s,"
                " now() + %s * '1 s'::interval, %s, 'company/acme')",
                [W, offer, email, email.lower(), status, number, page],
            )
        db.execute("ALTER TABLE outreach_history DISABLE TRIGGER USER")
        db.execute("ALTER TABLE suppressions DISABLE TRIGGER USER")
        db.execute(
            "INSERT INTO outreach_history (id, workspace_id, status, email_folded, contacted_at)"
            " VALUES (gen_random_uuid(), %s, 'sent', %s, now() - interval '1 day')",
            [W, "jose\u0301@example.org"],
        )
        db.execute(
            "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
            " VALUES (gen_random_uuid(), %s, 'address', %s, 'asked')",
            [W, "\uff44ana@example.org"],
        )
        db.execute("ALTER TABLE outreach_history ENABLE TRIGGER USER")
        db.execute("ALTER TABLE suppressions ENABLE TRIGGER USER")
    return bare_url


def test_one_person_is_one_afterwards_and_the_younger_twin_is_written_to_no_more(old: str) -> None:
    migrate(old)
    with psycopg.connect(old) as db:
        found = {
            row[0]: row[1:]
            for row in db.execute(
                "SELECT row_number() OVER (ORDER BY created_at), email_folded, linkedin_folded, status, suppressed_by,"
                " last_contacted_at IS NOT NULL FROM contacts"
            )
        }
    assert found[1] == ("jos\u00e9@example.org", None, "replied", None, True)
    assert found[2][2] == "do_not_contact"
    assert found[3] == ("jos\u00e9@example.org", None, "replied", None, True)
    assert found[4][0] == "i\u0307na@example.org"
    assert found[5] == ("ina@example.org", None, "available", None, False)
    assert found[6][:4] == ("dana@example.org", None, "available", "address")


def test_an_older_version_goes_on_beside_it(old: str) -> None:
    migrate(old)
    command.downgrade(alembic(old), BEFORE)
    with psycopg.connect(old) as db:
        db.execute(
            "INSERT INTO contacts (id, workspace_id, offer_id, email)"
            " VALUES (gen_random_uuid(), %s, %s, 'NEW@example.org')"
            " ON CONFLICT (offer_id, email_folded) DO NOTHING",
            [W, ONE],
        )
        assert db.execute("SELECT email_folded FROM contacts WHERE email = 'NEW@example.org'").fetchone() == (
            "new@example.org",
        )
    migrate(old)


def test_nothing_in_the_database_folds_by_its_locale(database_url: str) -> None:
    """lower() and its kin ask the server's locale; `fold_text` asks nobody."""
    with psycopg.connect(database_url) as db:
        rows = db.execute(
            "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " UNION ALL SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'"
            " UNION ALL SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            " UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
            " UNION ALL SELECT column_name, generation_expression FROM information_schema.columns"
            " WHERE table_schema = 'public' AND generation_expression IS NOT NULL"
        ).fetchall()
    assert len(rows) > 50
    by_locale = ("lower(", "upper(", "initcap(", "ilike", "~~*", "~*", "citext")
    found = [
        name
        for name, text in rows
        for words in [text.lower().replace('lower(what collate "c")', "").replace('lower(btrim(url) collate "c")', "")]
        if any(word in words for word in by_locale)
    ]
    assert found == []
