"""What a card says while nobody knows whether a mail left, and the form that asks before it is sent again. Pure."""

from datetime import UTC, datetime
from typing import Any

from core.cards.letter import label_of
from core.cards.modals import View, form, notice, said
from core.cards.mrkdwn import button, clock_time, cut, escape, mention, mrkdwn, plain
from core.delivery.unknown import Unknown, too_early
from core.text.words.states import PHASES
from core.views.draft import DraftView
from core.views.sentences import overruled_words

Block = dict[str, Any]

#: The action ids of the two things that a person can say.
ARRIVED, AGAIN = "it_arrived", "send_again"
#: Of the form that asks whether to send it again.
TITLE = "Send again"


def button_value(draft: DraftView, unknown: Unknown) -> str:
    """What these buttons carry: the draft, its round of review, and the number of the attempt on the card."""
    return f"{draft.draft_id}:{draft.review_round}:{unknown.number}"


def what_is_known(draft: DraftView, page_url: str) -> list[Block]:
    """How far the conversation came, with whom and when, and by what the mail can be found."""
    if draft.unknown is None:
        return []
    server = f" with {escape(draft.unknown.server)}" if draft.unknown.server else ""
    known = (
        f"Last known step: {PHASES.get(draft.unknown.phase, draft.unknown.phase)}{server}, "
        f"{clock_time(draft.unknown.since, draft.timezone)}. Look for <{page_url}|its Message-ID> in the Sent folder "
        f"of {escape(draft.from_address)}, or ask the server's operator."
    )
    return [{"type": "section", "block_id": "known", "text": mrkdwn(cut(known, 3_000))}]


def buttons(draft: DraftView) -> list[Block]:
    """For admins and owners. A card in a channel is everybody's, so a click of others is refused, kindly."""
    if draft.unknown is None:
        return []
    value = button_value(draft, draft.unknown)
    sure = {
        "title": plain("It arrived?"),
        "text": plain("The card will say that it was sent. This cannot be undone."),
        "confirm": plain("It arrived"),
        "deny": plain("Not sure"),
    }
    return [
        {
            "type": "actions",
            "block_id": "unknown",
            "elements": [
                _button(draft, ARRIVED, "It arrived", value, confirm=sure),
                _button(draft, AGAIN, "It did not arrive: send again", value, style="danger"),
            ],
        }
    ]


def _button(draft: DraftView, action_id: str, label: str, value: str, **more: Any) -> Block:
    return button(action_id, label, value, accessibility_label=label_of(label, draft), **more)


def overruled(draft: DraftView) -> list[Block]:
    """That somebody had it sent again; and, loudly, that the first one arrived after all."""
    past = draft.overruled
    if past is None:
        return []
    sign = ":rotating_light:" if past.twice or past.arrived else ":repeat:"
    at = f" at {clock_time(past.at, draft.timezone)}"
    sentence = f"{sign} {overruled_words(past).format(who=mention(past.by), at=at)}"
    return [{"type": "section", "block_id": "given_up", "text": mrkdwn(sentence)}]


def send_again_form(draft: DraftView, button_value: str) -> View:
    """Say what that means while nobody knows whether a mail left, and ask; a notice while it is too early.

    `button_value` is `draft_id:round:number`.
    """
    if draft.unknown is None:
        return notice(TITLE, "The outcome is already known: see the card.")
    now = datetime.now(UTC)
    if now < draft.unknown.again_from:
        return notice(TITLE, too_early(draft.unknown.again_from, now, draft.timezone))
    since = clock_time(draft.unknown.since, draft.timezone)
    told = (
        f"Since {since} it is unknown whether *{escape(draft.subject)}* reached {escape(draft.to_address)}. "
        "If it did, sending it again means they get it *twice*."
    )
    look = (
        f"First check the Sent folder of {escape(draft.from_address)} for this Message-ID:\n"
        f"`{escape(draft.unknown.message_id)}`"
    )
    paragraphs: list[Block] = [{"type": "section", "text": mrkdwn(text)} for text in (told, look)]
    limits = said("All limits apply, so it may wait. It is recorded under your name.")
    return form("send_again", button_value, TITLE, "Send again", [*paragraphs, limits])
