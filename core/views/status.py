"""How things stand in a workspace, at one look: what `/outreach status` tells."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.accounts.near_limits import NearLimit, near_limits
from core.actor import Actor
from core.delivery.gates import HEALTHY
from core.ids import UUID
from core.installation import kill_switch
from core.taxonomy import AccountStatus
from core.text.phrases import when
from core.text.words.outcomes import of_a_rest
from core.views.trouble import slack_refused

#: Unknown outcomes that are named; there should be none.
MOST_UNKNOWN = 5


@dataclass(frozen=True)
class PausedCampaign:
    """A campaign that sends nothing, and how much of its mail waits."""

    name: str
    waiting: int


@dataclass(frozen=True)
class SickAccount:
    """An account that sends nothing, and why."""

    address: str = field(repr=False)
    why: str


@dataclass(frozen=True)
class UnknownMail:
    """A draft of which nobody knows whether it arrived."""

    draft_id: UUID
    to: str = field(repr=False)


@dataclass(frozen=True)
class Status:
    """Numbers first, then what asks for somebody's attention."""

    now: datetime
    timezone: str
    #: Why all sending is stopped, and since when; None while mail may go.
    stopped: kill_switch.Stopped | None
    #: Drafts that wait for a person; approved mail that is due now, that waits for later, that is being sent.
    to_review: int
    due: int
    later: int
    sending: int
    unknown: int
    unknown_mails: tuple[UnknownMail, ...]
    #: Active campaigns whose account sends; and all that are active or paused.
    can_send: int
    campaigns: int
    paused: tuple[PausedCampaign, ...]
    near: tuple[NearLimit, ...]
    sick: tuple[SickAccount, ...]
    #: What Slack refused in the last day, and when first: (sentence, time).
    slack_trouble: tuple[tuple[str, datetime], ...]


def read(tx: Connection, by: Actor) -> Status:
    """How things stand in this member's workspace."""
    assert by.workspace_id is not None
    mine = {"workspace": by.workspace_id}
    unknown = tx.execute(_UNKNOWN, mine).all()
    return Status(
        **tx.execute(_NUMBERS, mine).one()._mapping,
        **tx.execute(_CAMPAIGNS, mine | {"healthy": HEALTHY}).one()._mapping,
        stopped=kill_switch.stopped(tx),
        unknown=len(unknown),
        unknown_mails=tuple(UnknownMail(*row) for row in unknown[:MOST_UNKNOWN]),
        paused=tuple(PausedCampaign(*row) for row in tx.execute(_PAUSED, mine)),
        near=tuple(near_limits(tx, by.workspace_id)),
        sick=tuple(_sick(row) for row in tx.execute(_SICK, mine | {"healthy": HEALTHY})),
        slack_trouble=tuple(slack_refused(tx, by.workspace_id)),
    )


def _sick(row: sa.Row[*tuple[Any, ...]]) -> SickAccount:
    if row.status == AccountStatus.PAUSED:
        return SickAccount(row.address, f"paused: {row.paused_reason or 'by an operator'}")
    if row.rest_reason:
        until = f" until {when(max(row.rest_until, row.now), row.now, row.timezone)}" if row.rest_until else ""
        return SickAccount(row.address, f"resting{until}: {of_a_rest(row.rest_reason, row.rest_code)}")
    return SickAccount(row.address, f"its health is {row.health_score}")


_NUMBERS = sa.text("""
    SELECT clock_timestamp() AS now, w.timezone,
        (SELECT count(*) FROM drafts
         WHERE workspace_id = w.id AND status IN ('needs_review', 'manual_review')) AS to_review,
        q.due, q.later, q.sending
    FROM workspaces w, LATERAL (
        SELECT coalesce(sum(a.due), 0)::bigint AS due, coalesce(sum(a.later), 0)::bigint AS later,
            (SELECT count(*) FROM send_queue
             WHERE workspace_id = w.id AND status IN ('claimed', 'sending')) AS sending
        FROM (
            SELECT count(*) FILTER (WHERE due_at <= now()) AS due, count(*) FILTER (WHERE due_at > now()) AS later
            FROM send_queue
            WHERE status = 'queued' AND account_id IN (SELECT id FROM accounts WHERE workspace_id = w.id)
        ) a
    ) q
    WHERE w.id = :workspace
""")
_UNKNOWN = sa.text("""
    SELECT q.draft_id, coalesce(nullif(concat_ws(' ', t.first_name, t.last_name), ''), t.email)
    FROM send_queue q JOIN contacts t ON t.id = q.contact_id
    WHERE q.status = 'outcome_unknown' AND q.workspace_id = :workspace
    ORDER BY q.changed_at
""")
_PAUSED = sa.text("""
    SELECT c.name, (SELECT count(*) FROM send_queue WHERE campaign_id = c.id AND status IN ('queued', 'claimed'))
    FROM campaigns c WHERE c.workspace_id = :workspace AND c.status = 'paused' ORDER BY c.name
""")
#: An account that sends nothing.
_IS_SICK = "(a.status = 'paused' OR a.rest_reason IS NOT NULL OR coalesce(a.health_score < :healthy, false))"
_CAMPAIGNS = sa.text(f"""
    SELECT count(*) FILTER (WHERE c.status = 'active' AND NOT {_IS_SICK}) AS can_send, count(*) AS campaigns
    FROM campaigns c JOIN accounts a ON a.id = c.account_id
    WHERE c.workspace_id = :workspace AND c.status IN ('active', 'paused')
""")  # noqa: S608  made of our own constants
_SICK = sa.text(f"""
    SELECT address, status, paused_reason, rest_reason, rest_code, rest_until, health_score, timezone,
        clock_timestamp() AS now
    FROM accounts a WHERE a.workspace_id = :workspace AND {_IS_SICK} ORDER BY address
""")  # noqa: S608  likewise
