"""Bulk approval (CHECKLIST 000.7): a list to read and tick, what became of each, and one Undo for all of it.

What the ack says is recorded (P6): the approvals happen before it, one transaction each, for as long as Slack waits.
Those for which there was no time stand in the answer as not done, ticked, to be submitted again. Nothing is promised.
"""

from collections import OrderedDict
from datetime import UTC, datetime
from functools import partial
from threading import Lock

import structlog

from bot.slack.clicks import Click
from bot.slack.modals import fill, show
from bot.slack.own_home import redraw_if_open
from bot.slack.payload import Body, Person, action_ts, chosen, modal_of, picked_value, target_of, ticked_boxes
from bot.slack.submits import Form, Submission, Window
from core.access import act
from core.cards import bulk_modal, bulk_row, modals
from core.cards.bulk_modal import ListState
from core.cards.bulk_row import ListedDraft
from core.ids import UUID
from core.reviewers.bulk import When, accounts, approve_each, undo_each
from core.reviewers.low_risk import MOST, USUAL, DraftAtVersion, read_low_risk
from core.settings import settings
from core.taxonomy import BulkOutcome, Role, Timing, Verb
from jobs.ring import ring_cards, ring_deliver
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("bot.slack.bulk")

#: Seconds before the ack in which approvals are begun: each takes some milliseconds, and Slack waits for three.
BEFORE_ACK = 1.5
NOTHING_TICKED = "Nothing is ticked. Tick what you want to approve, or close this window."


# --- the list ----------------------------------------------------------------------------------------------------


def open_bulk(click: Click, *, campaign_id: UUID | None) -> bool:
    """Open the list for whoever clicked or typed a command; False when Slack did not open it in time.

    Of one campaign, if one is named. Nothing in it is ticked.
    """
    view_id = show(click, modals.loading(bulk_modal.TITLE))
    if view_id is None:
        return False
    click.after_ack(partial(_fill, click.who, view_id, ListState(USUAL, str(campaign_id or "")), ()))
    return True


def more(click: Click) -> None:
    """List as many as there may be. What is ticked stays ticked, and nothing else is."""
    view_id, view = modal_of(click.body), _view(click.body)
    most = picked_value(click.body)
    if view_id and view and most.isdecimal():
        before = ListState.read(view.get("private_metadata"))
        state = ListState(min(int(most[:4]), MOST), before.campaign, before.generation)
        click.after_ack(partial(_fill, click.who, view_id, state, _values(view)))


def tick(click: Click) -> None:
    """A box was ticked or unticked: the button counts anew."""
    view_id, view, at = modal_of(click.body), _view(click.body), action_ts(click.body)
    if view_id and view:
        click.after_ack(lambda: _redraw(click.who, view_id, bulk_modal.retick(view, _values(view)), at))


def tick_all(click: Click) -> None:
    """Tick all that is listed, or nothing."""
    view_id, view, at = modal_of(click.body), _view(click.body), action_ts(click.body)
    on = picked_value(click.body) == "all"
    if view_id and view:
        click.after_ack(lambda: _redraw(click.who, view_id, bulk_modal.tick_all(view, on=on), at))


def _fill(who: Person, view_id: str, state: ListState, ticked: tuple[str, ...]) -> None:
    """Put the list into the window that is open."""

    def draw() -> modals.View:
        campaign = _id(state.campaign)
        found = act(
            who.identify, Role.REVIEWER, Verb.APPROVE, lambda tx, by: read_low_risk(tx, by, state.most, campaign)
        )
        return bulk_modal.offer(found, state, settings().public_url, ticked)

    fill(who, view_id, bulk_modal.TITLE, draw)


def _redraw(who: Person, view_id: str, view: modals.View, at: str) -> None:
    """Show what a click made of the list, unless a later click has been shown already."""
    if not _is_latest(view_id, at):
        return
    try:
        call("views.update", team_id=who.team_id, priority=Priority.DECISION, view_id=view_id, view=view)
    except SlackTrouble as trouble:
        log.warning("list not redrawn", code=trouble.code)


_latest: OrderedDict[str, str] = OrderedDict()
_lock = Lock()


def _is_latest(view_id: str, at: str) -> bool:
    """Clicks of one window are answered on several threads: the last one that was made is the last one shown."""
    with _lock:
        if at < _latest.get(view_id, ""):
            return False
        _latest[view_id] = at
        _latest.move_to_end(view_id)
        while len(_latest) > 1_000:
            _latest.popitem(last=False)
    return True


# --- approving what is ticked ------------------------------------------------------------------------------------


def save(submission: Submission) -> Window:
    """Approve what is ticked, as it was shown; the answer says what became of each."""
    view = submission.view
    lines = _ticked(view)
    if not lines:
        return Window(bulk_modal.warned(view, NOTHING_TICKED), done=False)
    who, after_ack = submission.who, submission.after_ack
    when = _when(view)
    results = approve_each(who.identify, [line.draft for line in lines], when, seconds=BEFORE_ACK)
    for account_id in accounts(results):
        after_ack(partial(ring_deliver, account_id))
    touched = [result.draft.draft_id for result in results if result.outcome != BulkOutcome.LEFT]
    after_ack(partial(ring_cards, touched))
    after_ack(partial(redraw_if_open, who))
    return Window(bulk_modal.outcome(list(zip(results, lines, strict=True)), view, when.timing, datetime.now(UTC)))


def undo(click: Click) -> None:
    """Take back all that was approved together, as far as it has not left."""
    view_id, who, view = modal_of(click.body), click.who, _view(click.body)
    drafts = ListState.read(view.get("private_metadata")).approved if view else ()
    undone, why_not = undo_each(who.identify, drafts)
    click.after_ack(partial(ring_cards, [draft.draft_id for draft in drafts]))
    click.after_ack(partial(redraw_if_open, who))
    if view_id:
        told = bulk_modal.undone(len(undone), why_not)
        click.after_ack(lambda: _redraw(who, view_id, told, action_ts(click.body)))


FORM = Form(save, bulk_modal.TITLE)


def _when(view: Body) -> When:
    said = next(filter(None, (chosen(view, block_id) for block_id in bulk_modal.WHENS)), "")
    timing = Timing.NEXT_SLOT if said == Timing.NEXT_SLOT else Timing.EARLIEST
    rows = [block for block in bulk_row.blocks_of(view) if bulk_row.says_closed(block)]
    told = (target_of(bulk_row.value_of(bulk_row.box_of(block))).row_id for block in rows)
    return When(timing, {draft_id for draft_id in told if draft_id})


def _ticked(view: Body) -> list[ListedDraft]:
    """The rows that are ticked, as their reader saw them; each draft once."""
    values = set(_values(view))
    found: dict[UUID, ListedDraft] = {}
    for block in bulk_row.blocks_of(view):
        value = bulk_row.value_of(bulk_row.box_of(block))
        target = target_of(value)
        if value in values and target.row_id is not None:
            line = ListedDraft(DraftAtVersion(target.row_id, target.version), *bulk_row.words_of(block))
            found.setdefault(target.row_id, line)
    return list(found.values())[:MOST]


def _values(view: Body) -> tuple[str, ...]:
    """What the ticked boxes carry."""
    return tuple(value for value, _, _ in ticked_boxes(view))


def _view(body: Body) -> modals.View | None:
    """The list, or its outcome, that holds what was clicked; None for anything else."""
    view = body.get("view")
    return (
        view
        if isinstance(view, dict) and view.get("type") == "modal" and isinstance(view.get("blocks"), list)
        else None
    )


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
