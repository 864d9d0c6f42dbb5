"""`skip`: take a draft out of the queue, after a question. Nothing is sent, and it is back in review."""

from bot.acts import Act
from bot.slack.clicks import Click
from bot.slack.outreach.replies import answered, decide, instead
from bot.slack.outreach.typed import Typed, name_and_rest, unquoted
from core.access import act
from core.actor import Actor
from core.cards.answers import Message, answer
from core.cards.mrkdwn import cut, escape
from core.cards.questions import are_you_sure, carried
from core.db import Connection
from core.delivery import skipping
from core.errors import Refusal
from core.ids import UUID
from core.taxonomy import RefusalCode, Role, Verb
from core.text.clean import clean_reason
from core.views import send_queue
from jobs.ring import ring_cards


def skip(typed: Typed) -> Message:
    """Ask whether it is to be taken out. The button names the delivery: a later approval's is not meant."""
    return act(typed.who.identify, Role.ADMIN, Verb.SKIP, lambda tx, by: _ask(tx, by, typed))


def _ask(tx: Connection, by: Actor, typed: Typed) -> Message:
    named, reason = _parts(typed.rest)
    if not named:
        raise Refusal(
            RefusalCode.NOT_FOUND, "Which draft? Write its key, its id or the address: /outreach skip crm-1 the reason"
        )
    queued = send_queue.queued_delivery(tx, send_queue.find_draft(tx, named, by))
    if queued is None:
        raise Refusal(RefusalCode.NOTHING_TO_DO, "It is not in the queue: there is nothing to skip.")
    why = f" Reason: {escape(reason)}" if reason else ""
    return are_you_sure(
        f"Take {escape(cut(queued.key, 80))} to {escape(cut(queued.to, 100))} out of the queue? Nothing is sent, "
        f"and it goes back to review.{why}",
        "skip_queued",
        "Take it out",
        carried("skip", str(queued.delivery_id), typed.who.user_id, reason),
    )


def _parts(rest: str) -> tuple[str, str]:
    """The draft, and the reason where one was given."""
    named, reason = name_and_rest(rest)
    reason = unquoted(reason.removeprefix("because "))
    return named, clean_reason(reason) if reason else ""


def skip_queued(click: Click) -> None:
    """Skip it, now that whoever was asked is sure."""
    chosen = answered(click)
    skip_it = Act(
        Verb.SKIP,
        lambda tx, by, _: _skip(tx, by, chosen.what, chosen.rest),
        Role.ADMIN,
        ring=lambda draft_id: ring_cards([draft_id]),
    )
    decide(click, skip_it)
    instead(click, answer("Taken out of the queue. Nothing was sent, and the draft is back in review."))


def _skip(tx: Connection, by: Actor, delivery: str, reason: str) -> UUID:
    try:
        delivery_id = UUID(delivery)
    except ValueError:
        raise Refusal(RefusalCode.NOT_FOUND, "This button has no draft. Nothing was changed.") from None
    draft_id = send_queue.find_draft(tx, delivery, by)
    skipping.skip(tx, draft_id, reason or f"Taken out of the queue by {by.name}.", by, delivery_id=delivery_id)
    return draft_id
