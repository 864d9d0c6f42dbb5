"""Bulk approval (CHECKLIST 000.7): a list with tick boxes, and what became of each.

What the ack says is recorded (P6): the approvals happen before it, one transaction each, for as long as Slack waits.
Those for which there was no time stand in the answer as not done, ticked, to be submitted again. Nothing is promised.
"""

from functools import partial

import structlog
from slack_bolt import BoltResponse

from bot.slack.answers import Click
from bot.slack.modals import show
from bot.slack.own_home import redraw_if_open
from bot.slack.payload import Body, Later, Person, commander, modal_of, person, picked, seen, ticks
from bot.slack.submitting import done, errors
from bot.slack.tell import NOTHING_HAPPENED
from core.access import act
from core.cards import bulk_modal, modals
from core.cards.bulk_modal import Line
from core.cards.mrkdwn import unescape
from core.errors import DatabaseAway, Refusal
from core.ids import UUID
from core.reviewers.bulk import MOST, USUAL, BulkOutcome, DraftAtVersion, accounts, approve_each, low_risk
from core.taxonomy import Role, Verb
from jobs.ring import ring_cards, ring_deliver
from jobs.slack.client import Priority, SlackTrouble, call

log = structlog.get_logger("bot.slack.handlers.bulk")

#: Seconds before the ack in which approvals are begun: each takes some milliseconds, and Slack waits for three.
BEFORE_ACK = 1.5


def open_bulk(body: Body, later: Later, *, campaign_id: UUID | None) -> bool:
    """Open the list for whoever clicked or typed a command; False when Slack did not open it in time.

    Of one campaign, if one is named.
    """
    view_id = show(Click(body, later), modals.loading(bulk_modal.TITLE))
    if view_id is None:
        return False
    who = commander(body) if "command" in body else person(body)
    later(partial(_fill, who, view_id, USUAL, campaign_id))
    return True


def more(click: Click) -> None:
    """List as many as there may be."""
    most, _, campaign = picked(click.body).partition(":")
    view_id = modal_of(click.body)
    if view_id and most.isdecimal():
        click.later(lambda: _fill(person(click.body), view_id, min(int(most[:4]), MOST), _id(campaign)))


def _fill(who: Person, view_id: str, most: int, campaign_id: UUID | None) -> None:
    """Put the list into the window that is open."""
    try:
        found = act(who.identify, Role.REVIEWER, Verb.APPROVE, lambda tx, by: low_risk(tx, by, most, campaign_id))
        view = bulk_modal.offer(found, str(campaign_id or ""))
    except Refusal as refusal:
        view = modals.notice(bulk_modal.TITLE, str(refusal))
    except DatabaseAway:
        view = modals.notice(bulk_modal.TITLE, NOTHING_HAPPENED)
    try:
        call("views.update", team_id=who.team_id, priority=Priority.DECISION, view_id=view_id, view=view)
    except SlackTrouble as trouble:
        log.warning("list not shown", code=trouble.code)


def save(body: Body, view: Body, later: Later) -> BoltResponse:
    """Approve what is ticked, as it was shown; the answer says what became of each."""
    lines = _ticked(view)
    if not lines:
        return errors(bulk_modal.FIRST_GROUP, "Nothing is ticked. Tick what you want to approve, or close this window.")
    who = person(body)
    results = approve_each(who.identify, [line.draft for line in lines], seconds=BEFORE_ACK)
    for account_id in accounts(results):
        later(partial(ring_deliver, account_id))
    touched = [result.draft.draft_id for result in results if result.outcome != BulkOutcome.LEFT]
    later(partial(ring_cards, touched))
    later(partial(redraw_if_open, who))
    return done(bulk_modal.outcome(list(zip(results, lines, strict=True))))


def _ticked(view: Body) -> list[Line]:
    """The lines that are ticked, as their reader saw them; each draft once."""
    found: dict[UUID, Line] = {}
    for value, subject, about in ticks(view):
        what = seen(value)
        if what.draft_id is not None:
            found.setdefault(
                what.draft_id, Line(DraftAtVersion(what.draft_id, what.version), unescape(subject), unescape(about))
            )
    return list(found.values())[:MOST]


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None
