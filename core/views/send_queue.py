"""The queue as an operator sees it: what waits, why and until when."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.delivery.explain import WaitReason, explain_wait
from core.errors import Refusal
from core.ids import UUID
from core.models import Contact, Delivery, Draft
from core.taxonomy import DeliveryStatus, GateCode, RefusalCode
from core.text.folding import fold_text
from core.text.phrases import at_time, some_of, when
from core.text.words.states import AN_OPERATOR, HEARD_TOO, SOMEBODY
from core.views.came_back import CameBack
from core.views.draft import DraftView
from core.views.sentences import heard, heard_too, said_by_state, state_words
from core.views.sentences import why as reason

#: What holds one mail of an account after another: what stands ahead of it has to go first.
IN_TURN = frozenset({GateCode.SPACING, GateCode.DAILY_LIMIT, GateCode.OUTSIDE_HOURS})


@dataclass(frozen=True)
class QueuedDelivery:
    """A delivery that waits. `waiting` is None where nothing but its turn holds it; `ahead` go before it."""

    draft_id: UUID
    delivery_id: UUID
    key: str
    campaign: str
    account: str = field(repr=False)
    to: str = field(repr=False)
    ahead: int
    waiting: WaitReason | None
    now: datetime
    timezone: str


#: The fields of `QueuedDelivery`, of a delivery `q`; but for `waiting`, which the gates of its account say.
_COLUMNS = """
    q.draft_id, q.id AS delivery_id, d.key, c.slug AS campaign, a.address AS account, t.email AS "to", q.account_id,
    clock_timestamp() AS now, w.timezone,
    (SELECT count(*) FROM send_queue o WHERE o.account_id = q.account_id AND o.status = 'queued' AND (
        (o.priority < q.priority AND o.due_at <= greatest(q.due_at, clock_timestamp()))
        OR (o.priority = q.priority AND o.due_at < q.due_at)
    )) AS ahead
"""
_JOINS = """
    JOIN drafts d ON d.id = q.draft_id
    JOIN campaigns c ON c.id = q.campaign_id
    JOIN accounts a ON a.id = q.account_id
    JOIN contacts t ON t.id = q.contact_id
    JOIN workspaces w ON w.id = q.workspace_id
"""


def _listed(of_campaign: str, of_account: str) -> sa.TextClause:
    """The first of each account by its own index, whatever waits behind them."""
    return sa.text(f"""
        SELECT {_COLUMNS} FROM (
            SELECT q.* FROM accounts a CROSS JOIN LATERAL (
                SELECT * FROM send_queue WHERE account_id = a.id AND status = 'queued' {of_campaign}
                ORDER BY priority, due_at LIMIT :most
            ) q WHERE a.workspace_id = :workspace {of_account} ORDER BY a.address, q.priority, q.due_at LIMIT :most
        ) q {_JOINS} ORDER BY a.address, q.priority, q.due_at
    """)  # noqa: S608  made of our own constants


_OF_CAMPAIGN, _OF_ACCOUNT = "AND campaign_id = :campaign", "AND a.id = :account"
#: By what is named: a campaign, an account.
_LISTED = {
    (False, False): _listed("", ""),
    (True, False): _listed(_OF_CAMPAIGN, ""),
    (False, True): _listed("", _OF_ACCOUNT),
    (True, True): _listed(_OF_CAMPAIGN, _OF_ACCOUNT),
}
_OF_DRAFT = sa.text(
    f"SELECT {_COLUMNS} FROM send_queue q {_JOINS} WHERE q.draft_id = :draft AND q.status = 'queued'"  # noqa: S608  likewise
)


def queued_deliveries(
    tx: Connection,
    workspace_id: UUID,
    *,
    campaign_id: UUID | None = None,
    account_id: UUID | None = None,
    most: int = 50,
) -> tuple[Sequence[QueuedDelivery], int]:
    """The first `most` that wait, by account and in the order in which they go; and how many wait in all."""
    named = {"campaign": campaign_id, "account": account_id}
    rows = tx.execute(
        _LISTED[campaign_id is not None, account_id is not None],
        {"workspace": workspace_id, "most": most, **{name: value for name, value in named.items() if value}},
    )
    total = tx.scalar(
        sa.select(sa.func.count())
        .select_from(Delivery)
        .where(Delivery.workspace_id == workspace_id, Delivery.status == DeliveryStatus.QUEUED)
        .where(*[Delivery.campaign_id == campaign_id] if campaign_id else [])
        .where(*[Delivery.account_id == account_id] if account_id else [])
    )
    return [_queued(tx, row) for row in rows], total or 0


def queued_delivery(tx: Connection, draft_id: UUID) -> QueuedDelivery | None:
    """The draft's delivery, if it waits in the queue."""
    row = tx.execute(_OF_DRAFT, {"draft": draft_id}).first()
    return _queued(tx, row) if row else None


def _queued(tx: Connection, row: sa.Row[*tuple[Any, ...]]) -> QueuedDelivery:
    columns = dict(row._mapping)
    waiting = explain_wait(tx, row.delivery_id, columns.pop("account_id"))
    return QueuedDelivery(**columns, waiting=waiting)


def waiting_sentence(queued: QueuedDelivery) -> str:
    """Until when it waits and why: "waits until Mon 09:12: Today's 100 of sam@example.com are used."."""
    waiting = queued.waiting
    if waiting is None:
        return "waits for its turn" if queued.ahead else "is next"
    if waiting.until is None:
        return f"waits: {waiting.sentence}"
    turn = " at the earliest" if queued.ahead and waiting.code in IN_TURN else ""
    return f"waits until {when(waiting.until, queued.now, queued.timezone)}{turn}: {waiting.sentence}"


def not_queued_sentence(draft: DraftView) -> str:
    """What has become of a draft that does not wait in the queue."""
    now = datetime.now(UTC)
    back = said_by_state(draft)
    said = state_words(draft).why.format(
        reason=reason(draft),
        skipper=draft.skipper or AN_OPERATOR,
        risks=" ".join(draft.risk_reasons),
        ended=at_time(draft.ended_at, now, draft.timezone) if draft.ended_at else "at an unknown time",
        to=draft.to_address,
        who=draft.decider or SOMEBODY,
        heard=heard(back, when(back.at, now, draft.timezone)) if back else "",
    )
    return " ".join([said, *(_plain_heard(one, now, draft.timezone) for one in heard_too(draft))])


def _plain_heard(one: CameBack, now: datetime, timezone: str) -> str:
    return HEARD_TOO[one.verb].replace("*", "").format(heard=heard(one, when(one.at, now, timezone)))


def find_draft(tx: Connection, named: str, by: Actor) -> UUID:
    """The draft with this key, with this id (its own, or its delivery's), or the one that waits for this address; where
    none waits, the one that was ever written to it.

    Raises `Refusal` that says what there is.
    """
    named = named.strip()
    mine = Draft.workspace_id == by.workspace_id
    draft_id: UUID | None = tx.scalar(sa.select(Draft.id).where(mine, Draft.key == named))
    if draft_id is None and (number := as_id(named)):
        of_delivery = sa.select(Delivery.draft_id).where(Delivery.id == number)
        draft_id = tx.scalar(sa.select(Draft.id).where(mine, (Draft.id == number) | Draft.id.in_(of_delivery)))
    if draft_id is not None:
        return draft_id
    theirs = (
        sa.select(Draft.id, Draft.key)
        .join(Contact, Contact.id == Draft.contact_id)
        .where(mine, Contact.workspace_id == by.workspace_id, Contact.email_folded == fold_text(named))
        .order_by(Draft.key)
        .limit(11)
    )
    waits = sa.exists().where(Delivery.draft_id == Draft.id, Delivery.status == DeliveryStatus.QUEUED)
    found = tx.execute(theirs.where(waits)).all() or tx.execute(theirs).all()
    if len(found) == 1:
        only: UUID = found[0].id
        return only
    if found:
        keys = some_of([row.key for row in found])
        raise Refusal(RefusalCode.NOT_FOUND, f"There is more than one draft for that address. Say which: {keys}.")
    raise Refusal(RefusalCode.NOT_FOUND, "No draft has that key, id or recipient address.")


def as_id(named: str) -> UUID | None:
    """What was typed as an id; None where it is none."""
    try:
        return UUID(named)
    except ValueError:
        return None
