"""A database in which open drafts were not blocked by what was known of their contacts: they are, with their data."""

import pytest
from alembic import command

from core.ids import UUID
from core.installation.schema import migrate
from tests.core.views.home_parts import low
from tests.fixtures.domain import Domain
from tests.migrations.test_migrations import alembic

pytestmark = pytest.mark.slow

BEFORE = "hold_what_stands_beside"
#: As the version before wrote it.
OPTED_OUT = "The contact asked not to be written to."
PLACEHOLDER = "A placeholder of the template was not filled in."


@pytest.fixture
def old(domain: Domain) -> dict[str, UUID]:
    """A database of the version before, with drafts by what they are in; `replied` and `gone` were heard of since."""
    people = ("free", "bare", "answer", "replied", "gone", "told", "lifted", "both")
    kind = {"answer": "reply"}
    drafts = {
        name: low(
            domain,
            to={"email": f"{name}@example.org", "first_name": "Dana", "title": "Head"},
            kind=kind.get(name, "intro"),
        )
        for name in people
    }
    command.downgrade(alembic(domain.url), BEFORE)
    for name, status in (
        ("answer", "replied"),
        ("replied", "replied"),
        ("gone", "do_not_contact"),
        ("told", "do_not_contact"),
    ):
        domain.sql("UPDATE contacts SET status = %s WHERE email = %s", status, f"{name}@example.org")
    for name, reasons in (("told", [OPTED_OUT]), ("lifted", [OPTED_OUT]), ("both", [OPTED_OUT, PLACEHOLDER])):
        domain.sql(
            "UPDATE drafts SET status = 'manual_review', risk = 'blocked', risk_reasons = %s WHERE id = %s",
            reasons,
            drafts[name],
        )
    domain.sql("UPDATE drafts SET risk = 'low', risk_reasons = '{}', evidence = NULL WHERE id = %s", drafts["bare"])
    return drafts


def test_what_is_open_is_blocked_freed_or_no_longer_low(domain: Domain, old: dict[str, UUID]) -> None:
    migrate(domain.url)
    look = "SELECT status, risk, blocked_by, risk_reasons FROM drafts WHERE id = %s"
    found = {name: domain.rows(look, draft)[0] for name, draft in old.items()}
    assert found == {
        "free": ("needs_review", "low", None, []),
        "bare": ("needs_review", "review", None, ["No evidence is given."]),
        "answer": ("needs_review", "low", None, []),
        "replied": ("manual_review", "blocked", "replied", []),
        "gone": ("manual_review", "blocked", "opted_out", []),
        "told": ("manual_review", "blocked", "opted_out", []),
        "lifted": ("needs_review", None, None, []),
        "both": ("manual_review", "blocked", None, [PLACEHOLDER]),
    }
    assert domain.verbs(old["gone"])[-1] == "block"


def test_an_older_version_goes_on_beside_it(domain: Domain, old: dict[str, UUID]) -> None:
    migrate(domain.url)
    command.downgrade(alembic(domain.url), BEFORE)
    look = "SELECT status, risk, risk_reasons FROM drafts WHERE id = %s"
    assert domain.rows(look, old["gone"]) == [("manual_review", "blocked", [OPTED_OUT])]
    assert domain.rows(look, old["both"]) == [("manual_review", "blocked", [PLACEHOLDER])]
    with domain.connect() as connection, connection.transaction():
        decided = connection.execute(
            "UPDATE drafts SET status = 'approved', decided_by = %s, decided_at = now(), decided_surface = 'web'"
            " WHERE id = %s",
            (domain.member().member_id, old["free"]),
        )
        assert decided.rowcount == 1
        connection.execute(
            "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)"
            " SELECT gen_random_uuid(), d.workspace_id, d.id, d.version, d.campaign_id, c.account_id, d.contact_id"
            " FROM drafts d JOIN campaigns c ON c.id = d.campaign_id WHERE d.id = %s",
            (old["free"],),
        )
    domain.sql("UPDATE contacts SET status = 'available'")
    migrate(domain.url)
    assert domain.rows(look, old["gone"]) == [("needs_review", None, [])]
