"""What people decide about drafts and tasks, from any surface: each act with its verb, its role and what it rings."""

from bot.acts import Act, RowKind, Target
from core.accounts import resting
from core.actor import Actor
from core.campaigns import pausing
from core.campaigns.finding import campaign_of
from core.campaigns.pausing import CampaignStatusChange
from core.db import Connection, now
from core.delivery import unknown
from core.delivery.ask_first import ask_first
from core.delivery.next_slot import NOTHING_TOLD, Told
from core.drafts import expire, review, snooze, undo
from core.drafts.review import Approved, Endorsed, request_changes
from core.errors import BadInput
from core.ids import UUID
from core.tasks import report
from core.taxonomy import Role, Timing, Verb
from core.text import moments
from core.workspaces import timezone_for
from jobs.ring import ring_deliver


def approve(
    timing: Timing = Timing.EARLIEST, told: Told = NOTHING_TOLD, *, asked: bool = False
) -> Act[Approved | Endorsed]:
    """Approve the version that the person saw; the account's queue is rung if theirs was the last word.

    Raises `AskFirst` for what they may not mean, unless they were `asked` already; `told`: what stood beside what they
    clicked on.
    """

    def do(tx: Connection, by: Actor, target: Target) -> Approved | Endorsed:
        draft_id = target.require_id()
        if not asked:
            ask_first(tx, draft_id, target.version, by, timing, told)
        return review.approve(tx, draft_id, target.version, by, timing)

    def ring(made: Approved | Endorsed) -> None:
        if isinstance(made, Approved):  # else it is one of several, and the next one has the last word
            ring_deliver(made.account_id)

    return Act(Verb.APPROVE, do, ring=ring)


def edit(subject: str, text: str) -> Act[int]:
    """Make this text the next version, over the one that the person saw and no other."""
    return Act(
        Verb.EDIT, lambda tx, by, target: review.edit(tx, target.require_id(), target.version, subject, text, by)
    )


def reject(reason: str) -> Act[None]:
    """Reject the version that the person saw."""
    return Act(Verb.REJECT, lambda tx, by, target: review.reject(tx, target.require_id(), target.version, reason, by))


def ask_for_changes(note: str) -> Act[None]:
    """Ask the author for another text, with the note."""
    return Act(
        Verb.REQUEST_CHANGES, lambda tx, by, target: request_changes(tx, target.require_id(), target.version, note, by)
    )


def put_off(choice: str) -> Act[None]:
    """Snooze it until the moment that was chosen of `moments.CHOICES`, in the person's own zone."""

    def do(tx: Connection, by: Actor, draft_id: UUID, version: int) -> None:
        if choice not in moments.CHOICES:
            raise BadInput("Choose until when.", "until")
        until = moments.moment(choice, now(tx), timezone_for(tx, by))
        snooze.snooze(tx, draft_id, version, until, by)

    return Act(Verb.SNOOZE, lambda tx, by, target: do(tx, by, target.require_id(), target.version))


def could_not(reason: str) -> Act[None]:
    """Tell that a task could not be done, in the turn in which it was offered."""
    return Act(
        Verb.COULD_NOT,
        lambda tx, by, target: report.could_not(tx, target.require_id(), target.version, reason, by),
        row_kind=RowKind.TASK,
    )


def _pause(tx: Connection, by: Actor, draft_id: UUID) -> CampaignStatusChange:
    return pausing.pause(tx, campaign_of(tx, draft_id, by), by)


#: Take an approval back while its mail is queued.
UNDO = Act(Verb.UNDO, lambda tx, by, target: undo.undo(tx, target.require_id(), target.version, by))
#: Bring an expired draft back to review.
RESTORE = Act(Verb.RESTORE, lambda tx, by, target: expire.restore(tx, target.require_id(), by))
#: End a snooze now.
WAKE = Act(Verb.WAKE, lambda tx, by, target: snooze.wake(tx, target.require_id(), by))
#: Pause the campaign of a draft.
PAUSE = Act(Verb.PAUSE, lambda tx, by, target: _pause(tx, by, target.require_id()), Role.ADMIN)
#: Somebody has seen that the attempt of an unknown outcome arrived: it is sent.
IT_ARRIVED = Act(
    Verb.CONFIRM, lambda tx, by, target: unknown.confirm_arrival(tx, target.require_id(), target.number, by), Role.ADMIN
)
#: Somebody has seen that it did not: queue it again, as a new attempt.
SEND_AGAIN = Act(
    Verb.RESEND,
    lambda tx, by, target: unknown.send_again(tx, target.require_id(), target.number, by),
    Role.ADMIN,
    ring=ring_deliver,
)
#: Let one mail of a resting account try at once.
TRY_ACCOUNT = Act(
    Verb.TRY_AGAIN,
    lambda tx, by, target: resting.try_again(tx, target.require_id(), by),
    Role.ADMIN,
    row_kind=RowKind.ACCOUNT,
    ring=ring_deliver,
)
#: A task was done, in the turn in which it was offered.
TASK_DONE = Act(
    Verb.DONE, lambda tx, by, target: report.done(tx, target.require_id(), target.version, by), row_kind=RowKind.TASK
)
