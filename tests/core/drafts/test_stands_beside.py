"""P4: no status without what must stand beside it: who, when, why, and by which attempt."""

import pytest
from psycopg import errors as pg

from core.ids import UUID
from tests.core.drafts.review_parts import settings
from tests.fixtures.domain import SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

ALICE = "(SELECT id FROM members WHERE slack_user_id = 'U01ALICE')"
VERA = "(SELECT id FROM members WHERE slack_user_id = 'U04VERA')"

OF_A_DRAFT = {
    "approved by nobody": ("status = 'approved', decided_at = now()", "approved by nobody"),
    "approved, and not queued": (
        f"status = 'approved', decided_at = now(), decided_by = {ALICE}",
        "without a delivery that is live",
    ),
    "approved although blocked": (
        f"status = 'approved', decided_at = now(), decided_by = {ALICE}, risk = 'blocked'",
        "while its risk is blocked",
    ),
    "rejected by nobody": ("status = 'rejected', decided_at = now(), decision_note = 'No.'", "rejected by nobody"),
    "rejected without a reason": (
        f"status = 'rejected', decided_at = now(), decided_by = {ALICE}, decision_note = ' '",
        "without a reason",
    ),
    "rejected by a viewer": (
        f"status = 'rejected', decided_at = now(), decided_by = {VERA}, decision_note = 'No.'",
        "but by a reviewer",
    ),
    "changes asked for by nobody": ("status = 'pending', change_note = 'Shorter.'", "who asked for changes"),
    "changes asked for, but which": (f"status = 'pending', change_asked_by = {ALICE}", "who asked for changes"),
    "expired and decided": (f"status = 'expired', decided_by = {ALICE}", "expired and decided"),
    "for somebody else": ("contact_id = (SELECT id FROM contacts WHERE id <> drafts.contact_id LIMIT 1)", "is refused"),
    "of another kind": ("kind = 'reply'", "is refused"),
}


@pytest.mark.parametrize("case", OF_A_DRAFT)
def test_p4_a_draft(domain: Domain, case: str) -> None:
    changes, refusal = OF_A_DRAFT[case]
    domain.ingest()
    draft = domain.ingest()
    with pytest.raises(pg.IntegrityError, match=refusal):
        domain.sql(f"UPDATE drafts SET {changes} WHERE id = %s", draft)


def test_p4_what_is_blocked_comes_to_review_by_nobody(domain: Domain) -> None:
    draft = domain.ingest(body="Hi {{first_name}}, hello there.")
    with pytest.raises(pg.IntegrityError, match="while its risk is blocked"):
        domain.sql("UPDATE drafts SET status = 'needs_review' WHERE id = %s", draft)
    with pytest.raises(pg.IntegrityError, match="while its risk is blocked"):
        domain.sql(
            "INSERT INTO drafts (id, workspace_id, key, content_hash, campaign_id, contact_id, status, risk)"
            " SELECT gen_random_uuid(), workspace_id, 'k', '', campaign_id, contact_id, 'needs_review', 'blocked'"
            " FROM drafts WHERE id = %s",
            draft,
        )


def test_p4_a_decision_keeps_its_name_and_time(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    for change in ("decided_by = (SELECT id FROM members WHERE slack_user_id = 'U02BOB')", "decided_at = now()"):
        with pytest.raises(pg.IntegrityError, match="cannot change who decided it"):
            domain.sql(f"UPDATE drafts SET {change} WHERE id = %s", draft)


def queued(domain: Domain) -> UUID:
    draft = domain.ingest()
    return domain.approve(draft).delivery_id


@pytest.mark.parametrize("status", ["cancelled", "skipped"])
def test_p2_a_delivery_does_not_vanish_from_under_an_approved_draft(domain: Domain, status: str) -> None:
    with pytest.raises(pg.IntegrityError, match="without a delivery that is live"):
        domain.sql("UPDATE send_queue SET status = %s, reason = 'Why.' WHERE id = %s", status, queued(domain))


def test_p4_a_delivery_is_skipped_for_a_reason(domain: Domain) -> None:
    with pytest.raises(pg.IntegrityError, match="skipped without a reason"):
        domain.sql("UPDATE send_queue SET status = 'skipped', reason = NULL WHERE id = %s", queued(domain))


def test_p4_a_delivery_fails_by_an_attempt_that_ended(domain: Domain) -> None:
    delivery = queued(domain)
    domain.make_due()
    domain.claim()
    with pytest.raises(pg.IntegrityError, match="failed without an attempt that ended so"):
        domain.sql(
            "UPDATE send_queue SET status = 'failed', lease_until = NULL, reason = 'Why.' WHERE id = %s", delivery
        )


def test_p4_nobody_knows_only_of_an_attempt_of_which_nobody_knows(domain: Domain) -> None:
    delivery = queued(domain)
    domain.make_due()
    assert domain.start(domain.claim())
    with pytest.raises(pg.IntegrityError, match="outcome_unknown without an attempt that ended so"):
        domain.sql(
            "UPDATE send_queue SET status = 'outcome_unknown', lease_until = NULL, reason = 'Why.' WHERE id = %s",
            delivery,
        )


@pytest.mark.parametrize("column", ["contact_id", "campaign_id"])
def test_p4_a_delivery_is_to_whom_its_draft_is(domain: Domain, column: str) -> None:
    settings(domain, undo_seconds=60)
    domain.ingest()
    domain.sql(
        "INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name)"
        " SELECT gen_random_uuid(), workspace_id, offer_id, account_id, 'other', 'Other' FROM campaigns"
    )
    draft = domain.ingest()
    other = f"(SELECT o.id FROM {column.removesuffix('_id')}s o WHERE o.id <> d.{column} LIMIT 1)"
    columns = {"campaign_id": "d.campaign_id", "contact_id": "d.contact_id"} | {column: other}
    domain.approve(draft)
    with pytest.raises(pg.IntegrityError, match="to whom its draft is"):
        domain.sql(
            "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, account_id, campaign_id, contact_id)"
            f" SELECT gen_random_uuid(), d.workspace_id, d.id, 1, c.account_id, {columns['campaign_id']},"
            f" {columns['contact_id']} FROM drafts d JOIN campaigns c ON c.id = d.campaign_id WHERE d.id = %s",
            draft,
        )


@pytest.mark.parametrize("who", [ALICE, VERA])
def test_p4_an_attempt_is_overruled_by_an_admin(domain: Domain, who: str) -> None:
    domain.deliver(domain.ingest(), UNKNOWN)
    domain.sql("UPDATE send_attempts SET finished_at = now() - interval '1 hour'")
    with pytest.raises(pg.IntegrityError, match="only an admin or owner"):
        domain.sql(f"UPDATE send_attempts SET overruled_at = now(), overruled_by = {who}")


def test_what_stands_beside_everything_goes_its_way(domain: Domain) -> None:
    draft = domain.ingest()
    domain.deliver(draft, SENT)
    assert domain.statuses(draft) == ("approved", ["sent"])
