"""Send again: says what that means while nobody knows whether a mail left, and asks."""

from datetime import UTC, datetime

from core.cards.modals import View, form, notice, said
from core.cards.mrkdwn import clock_time, escape, mrkdwn
from core.delivery.unknown import too_early
from core.views.draft import DraftView

TITLE = "Send again"


def send_again_form(draft: DraftView, button_value: str) -> View:
    """`button_value` is `draft_id:version:number`. A notice while it is too early."""
    if draft.unknown is None:
        return notice(TITLE, "What became of this is known by now. The card shows it.")
    now = datetime.now(UTC)
    if now < draft.unknown.again_from:
        return notice(TITLE, too_early(draft.unknown.again_from, now, draft.timezone))
    since = clock_time(draft.unknown.since, draft.timezone)
    told = (
        f"Since {since} nobody knows whether *{escape(draft.subject)}* reached {escape(draft.to_address)}. "
        "If it did, sending again means that they get it *twice*."
    )
    look = (
        f"First look into the Sent folder of {escape(draft.from_address)} for this Message-ID:\n"
        f"`{escape(draft.unknown.message_id)}`"
    )
    return form(
        "send_again",
        button_value,
        TITLE,
        "Send again",
        [
            {"type": "section", "text": mrkdwn(told)},
            {"type": "section", "text": mrkdwn(look)},
            said("All limits apply: it may wait for its turn. It carries your name."),
        ],
    )
