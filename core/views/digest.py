"""The digest of one day of a workspace: what happened, counted from events, and how things stand now.

A day is the workspace's own, from midnight to midnight in its zone: 23 or 25 hours long when the clocks change.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.accounts.near_limits import NearLimit, near_limits
from core.hours import local_day, start_of_day, time_of_day
from core.ids import UUID, first_id_at

#: How many days the row of figures at the end holds.
WEEK = 7
#: An event's id is as old as the clock of whoever wrote it says; its `at` is the database's. They differ by less.
SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class Digest:
    """One day, and how things stand. No names in its repr (P11)."""

    workspace: str = field(repr=False)
    day: date
    timezone: str
    #: When it was asked for; a day that is not over yet is told as such.
    now: datetime
    sent: int
    #: Replies, and the messages that were answered; mails that bounced, and those of these that did for good.
    replies: int
    answered: int
    bounces: int
    hard_bounces: int
    complaints: int
    unsubscribes: int
    #: Drafts, however often each was: approved, rejected.
    approved: int
    rejected: int
    #: Of those approved: what was taken back before the mail left, and not approved again.
    undone: int
    expired: int
    #: Mails of which it became unknown that day whether they arrived.
    lost: int
    #: Those of these of which it is known since, or a person has said, what became of them.
    settled: int
    #: Drafts that each person approved, the most first: of several approvals that one draft needed, each counts.
    approvals: tuple[tuple[str, int], ...] = field(repr=False)
    #: Seconds from when a draft began to wait until somebody decided, in the middle case.
    median_seconds: float | None
    #: How things stand now: drafts that wait for a person and since when, approved mail that waits, unknown outcomes.
    to_review: int
    oldest: datetime | None
    #: Drafts that wait for the changes that somebody asked for.
    to_change: int
    queued: int
    unknown: int
    near: tuple[NearLimit, ...] = field(repr=False)
    #: Mails sent on each of seven days; the last is this one.
    week: tuple[int, ...]
    #: When the next is told by itself; None where none is.
    next_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether the day has ended."""
        return local_day(self.timezone, self.now) > self.day

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell of it."""
        came = (self.sent, self.replies, self.bounces, self.complaints, self.unsubscribes, self.lost)
        decided = (self.approved, self.rejected, self.undone, self.expired)
        return not any((*came, *decided, self.to_review, self.to_change, self.queued, self.unknown))


def read(tx: Connection, workspace_id: UUID, day: date | None = None) -> Digest:
    """The digest of a day, or of today so far."""
    workspace = tx.execute(_WORKSPACE, {"workspace": workspace_id}).one()
    zone = workspace.timezone
    day = day or local_day(zone, workspace.now)
    begins, ends = start_of_day(zone, day), start_of_day(zone, day + timedelta(days=1))
    of_day = _span(workspace_id, begins, ends)
    counts = tx.execute(_COUNTS, of_day).one()
    stand = tx.execute(_STAND, {"workspace": workspace_id}).one()
    return Digest(
        workspace=workspace.name,
        day=day,
        timezone=zone,
        now=workspace.now,
        **counts._mapping,
        undone=tx.scalar(_UNDONE, of_day) or 0,
        approvals=tuple((name, number) for name, number in tx.execute(_APPROVALS, of_day)),
        median_seconds=tx.scalar(_MEDIAN, of_day),
        **stand._mapping,
        near=tuple(near_limits(tx, workspace_id, day)),
        week=_week(tx, workspace_id, zone, day, ends),
        next_at=next_digest(tx, workspace_id),
    )


def next_digest(tx: Connection, workspace_id: UUID) -> datetime | None:
    """When a digest is told next: at its hour, of the day before, each day once; None where none is declared.

    Of the day on which the workspace was made there is none before it: its first digest comes the day after. So an hour
    that is moved on a day whose digest was told, or that has none, counts from the next day on.
    """
    row = tx.execute(_NEXT, {"workspace": workspace_id}).one()
    if row.digest_at is None:
        return None
    zone = row.timezone
    told = row.digested_on or local_day(zone, row.created_at) - timedelta(days=1)
    today = local_day(zone, row.now)
    days = (today + timedelta(days=later) for later in range(2))
    coming = ((day, time_of_day(zone, day, row.digest_at)) for day in days)
    return next((at for day, at in coming if at > row.now and told < day - timedelta(days=1)), None)


def _span(workspace_id: UUID, begins: datetime, ends: datetime) -> dict[str, object]:
    return {
        "workspace": workspace_id,
        "begins": begins,
        "ends": ends,
        "first": first_id_at(begins - SKEW),
        "last": first_id_at(ends + SKEW),
    }


def _week(tx: Connection, workspace_id: UUID, zone: str, day: date, ends: datetime) -> tuple[int, ...]:
    first = day - timedelta(days=WEEK - 1)
    span = _span(workspace_id, start_of_day(zone, first), ends) | {"zone": zone}
    sent = {row.day: row.sent for row in tx.execute(_SENT_BY_DAY, span)}
    return tuple(sent.get(first + timedelta(days=at), 0) for at in range(WEEK))


_NEXT = sa.text("""
    SELECT timezone, digest_at, digested_on, created_at, clock_timestamp() AS now FROM workspaces WHERE id = :workspace
""")
_WORKSPACE = sa.text("SELECT name, timezone, clock_timestamp() AS now FROM workspaces WHERE id = :workspace")

#: The events of a span, by the index of a workspace's events: ids begin with the time.
_EVENTS = """
    FROM message_events e
    WHERE e.workspace_id = :workspace AND e.id >= :first AND e.id < :last AND e.at >= :begins AND e.at < :ends
"""
_COUNTS = sa.text(f"""
    SELECT count(DISTINCT delivery_id) FILTER (WHERE to_status = 'sent') AS sent,
           count(*) FILTER (WHERE verb = 'reply') AS replies,
           count(DISTINCT coalesce(draft_id, task_id)) FILTER (WHERE verb = 'reply') AS answered,
           count(DISTINCT draft_id) FILTER (WHERE verb = 'bounce') AS bounces,
           count(DISTINCT draft_id) FILTER (WHERE verb = 'bounce' AND data ->> 'hard' = 'true') AS hard_bounces,
           count(DISTINCT draft_id) FILTER (WHERE verb = 'complain') AS complaints,
           count(DISTINCT coalesce(draft_id, task_id)) FILTER (WHERE verb = 'unsubscribe') AS unsubscribes,
           count(DISTINCT draft_id) FILTER (WHERE verb = 'approve') AS approved,
           count(DISTINCT draft_id) FILTER (WHERE verb = 'reject') AS rejected,
           count(DISTINCT draft_id) FILTER (WHERE verb = 'expire') AS expired,
           count(DISTINCT delivery_id) FILTER (WHERE to_status = 'outcome_unknown') AS lost,
           count(DISTINCT delivery_id) FILTER (WHERE to_status = 'outcome_unknown' AND EXISTS (
               SELECT FROM send_queue q WHERE q.id = e.delivery_id AND q.status <> 'outcome_unknown')) AS settled
    {_EVENTS}
""")  # noqa: S608  made of our own constants
#: Approved that day, and taken back by the last that was done of the two.
_UNDONE = sa.text(f"""
    SELECT count(*) FROM (
        SELECT e.draft_id {_EVENTS} AND e.verb IN ('approve', 'undo') GROUP BY e.draft_id
        HAVING bool_or(e.verb = 'approve') AND (array_agg(e.verb ORDER BY e.id DESC))[1] = 'undo'
    ) taken_back
""")  # noqa: S608  made of our own constants
_APPROVALS = sa.text(f"""
    SELECT m.name, a.count FROM (
        SELECT e.member_id, count(DISTINCT e.draft_id) {_EVENTS} AND e.verb IN ('approve', 'endorse')
        GROUP BY e.member_id
    ) a JOIN members m ON m.id = a.member_id ORDER BY a.count DESC, m.name
""")  # noqa: S608  likewise
#: From the latest event that put a draft before a person to the one that decided it.
_MEDIAN = sa.text(f"""
    SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided.at - began.at)::float8)
    FROM (SELECT e.id, e.draft_id, e.at {_EVENTS} AND e.verb IN ('approve', 'reject')) decided
    CROSS JOIN LATERAL (
        SELECT at FROM message_events
        WHERE draft_id = decided.draft_id AND id < decided.id
            AND to_status IN ('needs_review', 'manual_review')
            AND coalesce(from_status, '') NOT IN ('needs_review', 'manual_review')
        ORDER BY id DESC LIMIT 1
    ) began
""")  # noqa: S608  likewise
_SENT_BY_DAY = sa.text(f"""
    SELECT day_there(:zone, e.at) AS day, count(DISTINCT e.delivery_id) AS sent
    {_EVENTS} AND e.to_status = 'sent' GROUP BY 1
""")
_STAND = sa.text("""
    SELECT d.to_review, d.oldest, c.to_change, q.queued, q.unknown FROM (
        SELECT count(*) AS to_review, min(waits_since) AS oldest FROM drafts
        WHERE workspace_id = :workspace AND status IN ('needs_review', 'manual_review')
    ) d, (
        SELECT count(*) AS to_change FROM drafts
        WHERE campaign_id IN (SELECT id FROM campaigns WHERE workspace_id = :workspace)
            AND status = 'pending' AND change_note IS NOT NULL
    ) c, (
        SELECT coalesce(sum(n) FILTER (WHERE what = 'queued'), 0)::bigint AS queued,
               coalesce(sum(n) FILTER (WHERE what = 'unknown'), 0)::bigint AS unknown
        FROM (
            SELECT 'queued' AS what, count(*) AS n FROM send_queue
            WHERE status = 'queued' AND account_id IN (SELECT id FROM accounts WHERE workspace_id = :workspace)
            UNION ALL
            SELECT 'unknown', count(*) FROM send_queue
            WHERE status = 'outcome_unknown' AND workspace_id = :workspace
        ) counted
    ) q
""")
