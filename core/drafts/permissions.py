"""Who may decide on a draft, and who may approve it. Conditions for the one UPDATE of a verb, and their refusals.

A campaign's reviewers, whoever a draft was assigned to, and admins and owners decide; every reviewer where a campaign
names none, and has a channel instead. To approve, some campaigns ask more: that nobody approves what they wrote or
edited last, and that risky drafts are left to admins. The triggers `guard_decision`, `guard_draft` and `guard_approval`
of the database hold the same.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.actor import Actor
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Draft, DraftVersion
from core.taxonomy import RefusalCode, Risk, Role
from core.text.words import refusals


def is_admin(by: Actor) -> bool:
    """Whether this actor is an admin or owner. Nobody without a role is: not even Signoff itself."""
    return by.role is not None and by.role.covers(Role.ADMIN)


def refuse_the_nameless(by: Actor) -> None:
    """Raise `Refusal` for an actor who is no member, such as an operator: under a decision stands a name (P10)."""
    if by.member_id is None:
        raise Refusal(RefusalCode.NOT_A_REVIEWER, "Only members can decide on drafts.")


def actor_parameters(by: Actor) -> dict[str, object]:
    """The bind parameters by which the conditions below know the actor."""
    return {"by": by.member_id, "is_admin": is_admin(by)}


def may_decide(by: Actor) -> sa.ColumnElement[bool]:
    """A condition on `Draft`: this actor may edit, reject, put off, hand on or take it back."""
    return sa.true() if is_admin(by) else _decides(sa.literal(by.member_id, sa.Uuid))


def _decides(member: sa.ColumnElement[UUID]) -> sa.ColumnElement[bool]:
    reviewers = sa.exists().where(CampaignReviewer.campaign_id == Draft.campaign_id)
    named = reviewers.where(CampaignReviewer.member_id == member).correlate(Draft)
    return (Draft.assigned_to == member) | named | ((member.is_not(None)) & ~reviewers.correlate(Draft))


def _how_risky(column: sa.ColumnElement[str | None]) -> sa.ColumnElement[int]:
    """The place of a risk in the order of `Risk`; empty, and so above any bound, where nobody assessed it."""
    return sa.case({risk: place for place, risk in enumerate(Risk)}, value=column)


_BY: sa.ColumnElement[UUID] = sa.bindparam("by", type_=sa.Uuid)
_IS_ADMIN = sa.bindparam("is_admin", type_=sa.Boolean)

#: Conditions on `Draft` and its `Campaign`, with the `actor_parameters`; made once, as every approval runs them.
MAY_DECIDE = _IS_ADMIN | _decides(_BY)
WITHIN_RISK = (
    _IS_ADMIN
    | Campaign.admins_above_risk.is_(None)
    | (_how_risky(Draft.risk.expression) <= _how_risky(Campaign.admins_above_risk.expression))
)
NOT_OWN_WORK = Campaign.self_approval | ~sa.exists().where(
    DraftVersion.draft_id == Draft.id, DraftVersion.version == Draft.version, DraftVersion.edited_by == _BY
).correlate(Draft)
#: What no mail of the draft would pass, whatever its text (`BlockedBy`). A draft that is known to be refused is in
#: `manual_review` already; this asks once more, of what became known at this moment.
LASTING_REFUSAL = sa.func.lasting_refusal(sa.literal_column("drafts"), type_=sa.Text)
NOTHING_LASTS = LASTING_REFUSAL.is_(None)
MAY_APPROVE = sa.and_(MAY_DECIDE, WITHIN_RISK, NOT_OWN_WORK, NOTHING_LASTS)


def refusal_to_decide(tx: Connection, draft_id: UUID, by: Actor) -> Refusal | None:
    """The refusal to raise where somebody else decides; None where this actor may, or there is no such draft."""
    row = _look(tx, draft_id, by)
    if row is None or row.decides:
        return None
    return Refusal(
        RefusalCode.NOT_A_REVIEWER,
        f"Only the reviewers of {row.name}, and admins, can decide on this. Nothing was changed.",
    )


def refusal_to_approve(tx: Connection, draft_id: UUID, by: Actor) -> Refusal | None:
    """The refusal to raise where this actor may decide, but not approve; None otherwise."""
    row = _look(tx, draft_id, by)
    if row is not None and row.lasting:
        return Refusal(RefusalCode.BLOCKED, f"{refusals.BLOCKED} {refusals.LASTING[row.lasting]}")
    if row is not None and not row.within_risk:
        return Refusal(
            RefusalCode.ADMINS_ONLY, f"In {row.name} a draft of this risk is approved by an admin or owner. Ask one."
        )
    if row is not None and not row.not_own_work:
        return Refusal(
            RefusalCode.OWN_WORK,
            f"You wrote the latest text, and in {row.name} nobody may approve their own. Ask another reviewer.",
        )
    return None


def _look(tx: Connection, draft_id: UUID, by: Actor) -> sa.Row[str, bool, bool, bool, str | None] | None:
    return tx.execute(_LOOK, {"draft": draft_id, "workspace": by.workspace_id, **actor_parameters(by)}).first()


_LOOK = (
    sa.select(
        Campaign.name,
        MAY_DECIDE.label("decides"),
        WITHIN_RISK.label("within_risk"),
        NOT_OWN_WORK.label("not_own_work"),
        LASTING_REFUSAL.label("lasting"),
    )
    .join(Draft, Draft.campaign_id == Campaign.id)
    .where(Draft.id == sa.bindparam("draft"), Draft.workspace_id == sa.bindparam("workspace"))
)
