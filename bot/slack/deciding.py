"""Approve & send, and Approve, next slot."""

from bot.slack.answers import Click
from bot.slack.payload import clicked, person
from core.act import act
from core.review import Approved, approve
from core.taxonomy import Role, Timing, Verb
from jobs.ring import ring_cards, ring_deliver


def approve_send(click: Click) -> None:
    """Approve the version that the person saw; it leaves at the earliest safe moment."""
    _approve(click, Timing.EARLIEST)


def approve_schedule(click: Click) -> None:
    """Approve the version that the person saw; it leaves in the account's next free slot."""
    _approve(click, Timing.NEXT_SLOT)


def _approve(click: Click, timing: Timing) -> None:
    what = clicked(click.body)
    approved = act(
        person(click.body).identify,
        Role.REVIEWER,
        Verb.APPROVE,
        lambda tx, by: approve(tx, what.draft(), what.version, by, timing),
        draft_id=what.draft_id,
    )
    if isinstance(approved, Approved):  # else it is one of several, and the next one has the last word
        account_id = approved.account_id
        click.later(lambda: ring_deliver(account_id))
    click.later(lambda: ring_cards([approved.draft_id]))
