"""No status without what must stand beside it; one answer a message; the steps of a run in their order."""

from core.ids import UUID, new_id
from core.models import InboundMessage, SequenceInstance
from core.taxonomy import Channel, DraftKind, GateCode, Role
from core.verify.scene import Mail, Scene, add

_DRAFT = "UPDATE drafts SET {changes}, decided_at = now() WHERE id = :draft"
_ANSWER = "UPDATE drafts SET inbound_message_id = :message WHERE id = :draft"


def stands_beside(scene: Scene) -> str:
    """An approval needs a person and a delivery; a rejection, skip or failure needs a reason."""
    draft, mail = scene.draft(), scene.mail()
    scene.refused(
        "an approval by nobody", _DRAFT.format(changes="status = 'approved'"), "approved by nobody", draft=draft
    )
    rejected = _DRAFT.format(changes="status = 'rejected', decided_by = :who")
    scene.refused("a rejection without a reason", rejected, "without a reason", draft=draft, who=scene.by.member_id)
    for status in ("skipped", "failed"):
        scene.refused(
            f"a delivery that {status} by itself",
            f"UPDATE send_queue SET status = '{status}' WHERE id = :delivery",  # noqa: S608  our own words
            "a delivery cannot",
            delivery=mail.delivery_id,
        )
    reviewer = scene.member(Role.REVIEWER)
    scene.review_for(scene.campaign_id, reviewer)
    scene.sql("SET CONSTRAINTS ALL IMMEDIATE")
    approved = _DRAFT.format(changes="status = 'approved', decided_by = :who")
    scene.refused("an approval without a delivery", approved, "that is live", draft=draft, who=reviewer.member_id)
    scene.sql("SET CONSTRAINTS ALL DEFERRED")
    return "an approval by nobody, one without a delivery, and three ends without a reason were refused"


def one_answer(scene: Scene) -> str:
    """A received message has at most one reply, open or sent."""
    person = scene.person()
    message = add(
        scene.tx, InboundMessage, workspace_id=scene.workspace_id, contact_id=person, subject="Hello?", body="Hello?"
    )
    first, second = (scene.draft(person, kind=DraftKind.REPLY) for _ in range(2))
    scene.sql(_ANSWER, message=message, draft=first)
    scene.refused("a second answer", _ANSWER, "uq_drafts_one_answer", message=message, draft=second)
    return "the second answer to one message was refused"


def step_before(scene: Scene) -> str:
    """A step of a sequence waits until the mail before it is done."""
    person = scene.person()
    run = add(scene.tx, SequenceInstance, workspace_id=scene.workspace_id, contact_id=person, key=new_id().hex)
    steps = [scene.draft(person, kind=kind) for kind in (DraftKind.INTRO, DraftKind.FOLLOW_UP)]
    for step in steps:
        scene.sql("UPDATE drafts SET sequence_instance_id = :run WHERE id = :id", run=run, id=step)
    delivery = scene.approve(steps[1])
    mail = Mail(steps[1], delivery, person)
    scene.held(mail, GateCode.STEP_BEFORE)
    scene.refuses_the_claim(mail, "step_before:")
    return "the second step was held, and refused by the database, while the first was not approved"


def task_opted_out(scene: Scene) -> str:
    """No task is offered for a person who opted out or replied."""
    seat = scene.account(channel=Channel.LINKEDIN)
    campaign_id, who = scene.campaign(seat), scene.member(Role.ADMIN)
    for status, code in (("do_not_contact", "opted_out:"), ("replied", "replied:")):
        task = _task(scene, seat, campaign_id, scene.person(status=status))
        scene.refused(
            f"offering a task for somebody who is {status}",
            "UPDATE tasks SET status = 'offered', offers = 1, offered_to = :who WHERE id = :task",
            code,
            who=who.member_id,
            task=task,
        )
    return "two tasks for people who had said so were refused by the database"


def _task(scene: Scene, seat: UUID, campaign_id: UUID, person: UUID) -> UUID:
    task = new_id()
    scene.sql(
        "INSERT INTO tasks (id, workspace_id, key, content_hash, campaign_id, account_id, contact_id, kind, text, link)"
        " VALUES (:id, :workspace, :key, '', :campaign, :seat, :person, 'message', 'Hi', 'https://linkedin.com/in/d')",
        id=task,
        workspace=scene.workspace_id,
        key=task.hex,
        campaign=campaign_id,
        seat=seat,
        person=person,
    )
    return task
