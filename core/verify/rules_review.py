"""Who lets a mail go: as many people as the campaign asks for, and none of them the one who wrote it."""

from typing import Any

import sqlalchemy as sa

from core.actor import Actor
from core.drafts import review, undo
from core.drafts.quorum import Endorsed
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign
from core.taxonomy import RefusalCode, Role
from core.verify.scene import Broken, Scene

_APPROVE = "UPDATE drafts SET status = 'approved', decided_at = now(), decided_by = :who WHERE id = :draft"
_ENDORSE = """
    INSERT INTO draft_approvals (draft_id, version, member_id, timing, surface)
    VALUES (:draft, 1, :who, 'earliest', 'cli')
"""


def two_approvals(scene: Scene) -> str:
    """A campaign with two approvals queues nothing before two people have approved."""
    _ask(scene, quorum=2)
    one, other = scene.member(Role.ADMIN), scene.member(Role.ADMIN)
    draft_id = scene.draft()
    if not isinstance(review.approve(scene.tx, draft_id, 1, one), Endorsed):
        raise Broken("the first of two approvals was enough")
    _refused(scene, draft_id, one, RefusalCode.ALREADY_ENDORSED, "the same person was counted twice")
    scene.refused("one approval, past the code", _APPROVE, "approvals of a version", draft=draft_id, who=one.member_id)
    if isinstance(review.approve(scene.tx, draft_id, 1, other), Endorsed):
        raise Broken("two people approved it, and it was not queued")
    return "one approval was counted, the same person again refused, and the second person's queued it"


def own_text(scene: Scene) -> str:
    """Where a campaign forbids it, nobody approves their own text, alone or as one of several."""
    _ask(scene, self_approval=False)
    writer = scene.member(Role.OWNER)
    draft_id = scene.draft(edited_by=writer.member_id)
    _refused(scene, draft_id, writer, RefusalCode.OWN_WORK, "it was approved by who wrote it")
    named = {"draft": draft_id, "who": writer.member_id}
    scene.refused("one's own text, past the code", _APPROVE, "nobody approves what they wrote", **named)
    scene.refused("one's own text, as one of several", _ENDORSE, "approve what they wrote", **named)
    return "who wrote it was refused, and so were two ways past the code"


def not_theirs(scene: Scene) -> str:
    """Only a campaign's reviewers and admins approve its drafts."""
    reviewer, stranger = scene.member(Role.REVIEWER), scene.member(Role.REVIEWER)
    scene.review_for(scene.campaign_id, reviewer)
    draft_id = scene.draft()
    _refused(scene, draft_id, stranger, RefusalCode.NOT_A_REVIEWER, "somebody else's reviewer approved it")
    named = {"draft": draft_id, "who": stranger.member_id}
    scene.refused("a stranger's approval, past the code", _APPROVE, "only the reviewers", **named)
    scene.refused("a stranger's, as one of several", _ENDORSE, "only the reviewers", **named)
    review.approve(scene.tx, draft_id, 1, reviewer)
    return "a reviewer of another campaign was refused, and so were two ways past the code"


def taken_back(scene: Scene) -> str:
    """An undone approval sends nothing, and its old button approves nothing."""
    mail = scene.mail()
    undo.undo(scene.tx, mail.draft_id, 1, scene.by)
    if scene.claim() is not None:
        raise Broken("it was claimed after the approval was undone")
    _refused(scene, mail.draft_id, scene.by, RefusalCode.STALE_VERSION, "the old click approved it again")
    late = scene.mail()
    scene.claimed()
    try:
        undo.undo(scene.tx, late.draft_id, 1, scene.by)
    except Refusal as refusal:
        if refusal.code != RefusalCode.TOO_LATE:
            raise Broken(f"it was refused, but not for being too late: {refusal}") from refusal
    else:
        raise Broken("an approval was undone while its mail was being sent")
    return "it was not claimed any more, the old button was stale, and during sending it was too late"


def _ask(scene: Scene, **columns: Any) -> None:
    scene.tx.execute(sa.update(Campaign).where(Campaign.id == scene.campaign_id).values(**columns))


def _refused(scene: Scene, draft_id: UUID, who: Actor, code: RefusalCode, otherwise: str) -> None:
    """See that this person's approval of the first version is refused with this code."""
    whole = scene.tx.begin_nested()
    try:
        review.approve(scene.tx, draft_id, 1, who)
    except Refusal as refusal:
        if refusal.code != code:
            raise Broken(f"it was refused, but not for this: {refusal}") from refusal
        return
    finally:
        whole.rollback()
    raise Broken(otherwise)
