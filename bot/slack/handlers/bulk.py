"""Bulk approval (CHECKLIST 000.7): a list with tick boxes, and what became of each.

What the ack says is recorded (P6): the approvals happen before it, one transaction each, for as long as Slack waits.
Those for which there was no time stand in the answer as not done, ticked, to be submitted again. Nothing is promised.
"""

from functools import partial

from bot.slack.clicks import Click
from bot.slack.modals import fill, show
from bot.slack.own_home import redraw_if_open
from bot.slack.payload import Body, Person, modal_of, picked_value, target_of, ticked_boxes
from bot.slack.submits import Form, Submission, Window
from core.access import act
from core.cards import bulk_modal, modals
from core.cards.bulk_modal import ListedDraft
from core.cards.mrkdwn import unescape
from core.errors import BadInput
from core.ids import UUID
from core.reviewers.bulk import MOST, USUAL, DraftAtVersion, accounts, approve_each, low_risk
from core.taxonomy import BulkOutcome, Role, Verb
from jobs.ring import ring_cards, ring_deliver

#: Seconds before the ack in which approvals are begun: each takes some milliseconds, and Slack waits for three.
BEFORE_ACK = 1.5


def open_bulk(click: Click, *, campaign_id: UUID | None) -> bool:
    """Open the list for whoever clicked or typed a command; False when Slack did not open it in time.

    Of one campaign, if one is named.
    """
    view_id = show(click, modals.loading(bulk_modal.TITLE))
    if view_id is None:
        return False
    click.after_ack(partial(_fill, click.who, view_id, USUAL, campaign_id))
    return True


def more(click: Click) -> None:
    """List as many as there may be."""
    most, _, campaign = picked_value(click.body).partition(":")
    view_id = modal_of(click.body)
    if view_id and most.isdecimal():
        click.after_ack(lambda: _fill(click.who, view_id, min(int(most[:4]), MOST), _id(campaign)))


def _fill(who: Person, view_id: str, most: int, campaign_id: UUID | None) -> None:
    """Put the list into the window that is open."""

    def draw() -> modals.View:
        found = act(who.identify, Role.REVIEWER, Verb.APPROVE, lambda tx, by: low_risk(tx, by, most, campaign_id))
        return bulk_modal.offer(found, str(campaign_id or ""))

    fill(who, view_id, bulk_modal.TITLE, draw)


def save(submission: Submission) -> Window:
    """Approve what is ticked, as it was shown; the answer says what became of each."""
    lines = _ticked(submission.view)
    if not lines:
        raise BadInput("Nothing is ticked. Tick what you want to approve, or close this window.")
    who, after_ack = submission.who, submission.after_ack
    results = approve_each(who.identify, [line.draft for line in lines], seconds=BEFORE_ACK)
    for account_id in accounts(results):
        after_ack(partial(ring_deliver, account_id))
    touched = [result.draft.draft_id for result in results if result.outcome != BulkOutcome.LEFT]
    after_ack(partial(ring_cards, touched))
    after_ack(partial(redraw_if_open, who))
    return Window(bulk_modal.outcome(list(zip(results, lines, strict=True))))


FORM = Form(save, bulk_modal.TITLE, bulk_modal.FIRST_GROUP)


def _ticked(view: Body) -> list[ListedDraft]:
    """The lines that are ticked, as their reader saw them; each draft once."""
    found: dict[UUID, ListedDraft] = {}
    for value, subject, about in ticked_boxes(view):
        target = target_of(value)
        if target.row_id is not None:
            found.setdefault(
                target.row_id,
                ListedDraft(DraftAtVersion(target.row_id, target.version), unescape(subject), unescape(about)),
            )
    return list(found.values())[:MOST]


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
