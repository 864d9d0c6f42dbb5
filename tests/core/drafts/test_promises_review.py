"""P3, P10, P11 of review: what was read is what is sent, everyone is known, private stays private."""

import io
import json
from typing import Any

import pytest
import structlog
from psycopg import errors as pg

from core.access import act
from core.actor import slack_user
from core.drafts import review
from core.errors import Conflict, Refusal, Stale
from core.mail.outcome import Outcome
from core.taxonomy import RefusalCode, Role, Verb
from jobs.deliver import deliver_next
from tests.fixtures.desk import BUSY, REFUSED, SENT, UNKNOWN, Desk

# --- P3 ---


def test_p3_a_stale_approval_sends_nothing(desk: Desk) -> None:
    draft = desk.ingest()
    assert desk.edit(draft) == 2
    with pytest.raises(Stale) as stale:
        desk.approve(draft, version=1)
    assert stale.value.current == 2
    assert desk.statuses(draft) == ("needs_review", [])


def test_p3_the_text_that_was_approved_is_what_leaves(desk: Desk) -> None:
    draft = desk.ingest()
    desk.edit(draft, subject="The second subject", body="The second text.")
    desk.approve(draft, version=2)
    mime = desk.claim().mime
    assert b"The second subject" in mime
    assert b"The second text." in mime
    assert b"letter 1" not in mime


def test_p3_no_edit_reaches_an_approved_draft(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    with pytest.raises(Conflict):
        desk.edit(draft)
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE drafts SET version = 2 WHERE id = %s", draft)


def test_p3_a_version_is_never_rewritten(desk: Desk) -> None:
    draft = desk.ingest()
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE draft_versions SET body = 'Something else' WHERE draft_id = %s", draft)


def test_p3_a_delivery_is_of_the_version_that_was_approved(desk: Desk) -> None:
    draft = desk.ingest()
    desk.edit(draft)
    desk.sql("UPDATE drafts SET status = 'approved', decided_at = now() WHERE id = %s", draft)
    with pytest.raises(pg.IntegrityError):
        desk.sql(
            "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id)"
            " SELECT gen_random_uuid(), d.workspace_id, d.id, 1, d.campaign_id, c.account_id, d.contact_id"
            " FROM drafts d JOIN campaigns c ON c.id = d.campaign_id WHERE d.id = %s",
            draft,
        )


def test_p3_an_attempt_is_frozen(desk: Desk) -> None:
    desk.approve(desk.ingest())
    claimed = desk.claim()
    with pytest.raises(pg.IntegrityError):
        desk.sql("UPDATE send_attempts SET mime = 'Something else' WHERE id = %s", claimed.attempt_id)


# --- P10 ---


def test_p10_a_refused_act_is_an_event_with_its_author(desk: Desk) -> None:
    draft = desk.ingest()
    with pytest.raises(Refusal):
        act(
            lambda tx: slack_user(tx, "T01TEST", "U04VERA"),
            Role.REVIEWER,
            Verb.APPROVE,
            lambda tx, by: review.approve(tx, draft, 1, by),
            draft_id=draft,
        )
    (row,) = desk.rows(
        "SELECT m.slack_user_id, e.surface, e.code, e.data FROM message_events e JOIN members m ON m.id = e.member_id"
        " WHERE e.verb = 'refuse' AND e.draft_id = %s",
        draft,
    )
    assert row == ("U04VERA", "slack", "role_too_low", {"wanted": "approve"})
    assert desk.statuses(draft) == ("needs_review", [])


@pytest.mark.parametrize(
    ("draft", "code", "tied"),
    [
        ("nowhere", RefusalCode.NOT_FOUND, False),
        ("nowhere as a viewer", RefusalCode.ROLE_TOO_LOW, False),
        ("elsewhere", RefusalCode.NOT_FOUND, False),
        ("elsewhere as a viewer", RefusalCode.ROLE_TOO_LOW, False),
        ("here as a viewer", RefusalCode.ROLE_TOO_LOW, True),
    ],
)
def test_p10_a_refusal_is_tied_to_a_draft_of_ones_own_workspace_only(
    desk: Desk, draft: str, code: RefusalCode, tied: bool
) -> None:
    own = desk.ingest()
    if draft.startswith("elsewhere"):
        other = desk.rows(
            "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER')"
            " RETURNING id"
        )[0][0]
        desk.sql(
            "INSERT INTO members (id, workspace_id, slack_user_id, name, role)"
            " VALUES (gen_random_uuid(), %s, 'U01ALICE', 'A', 'owner'),"
            " (gen_random_uuid(), %s, 'U04VERA', 'V', 'viewer')",
            *(other, other),
        )
    team = "T02OTHER" if draft.startswith("elsewhere") else "T01TEST"
    user = "U04VERA" if draft.endswith("viewer") else "U01ALICE"
    wanted = desk.workspace_id if draft.startswith("nowhere") else own
    with pytest.raises(Refusal) as refused:
        act(
            lambda tx: slack_user(tx, team, user),
            Role.REVIEWER,
            Verb.APPROVE,
            lambda tx, by: review.approve(tx, wanted, 1, by),
            draft_id=wanted,
        )
    assert refused.value.code == code
    ((noted,),) = desk.rows("SELECT draft_id FROM message_events WHERE verb = 'refuse'")
    assert noted == (own if tied else None)
    assert desk.statuses(own) == ("needs_review", [])


def test_p10_every_change_names_who_did_it(desk: Desk) -> None:
    draft = desk.ingest()
    desk.edit(draft, user="U02BOB")
    desk.approve(draft, version=2)
    for outcome in (BUSY, REFUSED):
        desk.make_due()
        claimed = desk.claim()
        desk.start(claimed)
        desk.finish(claimed, outcome)
    desk.reject(draft, version=3, user="U03CAROL")
    told = desk.rows(
        "SELECT e.verb, coalesce(m.slack_user_id, e.surface) FROM message_events e"
        " LEFT JOIN members m ON m.id = e.member_id WHERE e.draft_id = %s ORDER BY e.id",
        draft,
    )
    assert told == [
        ("ingest", "api"),
        ("edit", "U02BOB"),
        ("approve", "U01ALICE"),
        *[("claim", "job"), ("start", "job"), ("retry", "job")],
        *[("claim", "job"), ("start", "job"), ("fail", "job"), ("return", "job")],
        ("reject", "U03CAROL"),
    ]


# --- P11 ---

PRIVATE = ("Zanzibar", "zoe.quux", "Quuxley", "Paperclip")


def private_draft(desk: Desk) -> Any:
    return desk.ingest(
        to={"email": "zoe.quux@example.org", "first_name": "Zoe", "last_name": "Quuxley"},
        subject="About Zanzibar",
        body="Dear Zoe, about the Paperclip.",
    )


@pytest.mark.parametrize("outcome", [SENT, UNKNOWN, REFUSED, BUSY])
def test_p11_events_hold_nothing_private(desk: Desk, outcome: Outcome) -> None:
    draft = private_draft(desk)
    quoting = Outcome(
        *(outcome.kind, outcome.phase, outcome.reason, outcome.transient, outcome.code),
        reply="550 <zoe.quux@example.org> is not wanted",
    )
    desk.edit(draft, body="Dear Zoe Quuxley, about the other Paperclip.")
    desk.approve(draft, version=2)
    claimed = desk.claim()
    assert desk.start(claimed)
    desk.finish(claimed, quoting)
    if outcome is REFUSED:
        desk.reject(draft, version=3, reason="Not to Zoe Quuxley.")
    written = json.dumps(desk.rows("SELECT row_to_json(e) FROM message_events e"))
    assert "approve" in written
    assert not [word for word in PRIVATE if word in written]


def test_p11_what_is_passed_around_says_nothing_private(desk: Desk) -> None:
    draft = private_draft(desk)
    desk.approve(draft)
    facts, claimed = desk.facts(draft), desk.claim()
    said = f"{facts} {claimed} {Outcome(REFUSED.kind, REFUSED.phase, REFUSED.reason, reply='zoe.quux@example.org')}"
    assert str(draft) in said
    assert not [word for word in PRIVATE if word in said]


def test_p11_a_delivery_logs_nothing_private(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even past the guard of `core.telemetry.log_guard`: what our own code says is looked at as it said it."""
    lines = io.StringIO()
    monkeypatch.setattr("jobs.deliver.log", structlog.wrap_logger(structlog.PrintLogger(lines)))
    draft = private_draft(desk)
    desk.approve(draft)
    assert deliver_next(desk.account_id)  # nobody listens on port 9
    assert str(draft) in lines.getvalue()
    assert not [word for word in PRIVATE if word in lines.getvalue()]
    assert desk.state(draft) == "waiting"
