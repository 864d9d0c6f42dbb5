"""The forms of the less common acts: request changes, snooze, assign, pause. `value` is `draft_id:round`."""

from collections.abc import Mapping, Sequence

from core.campaigns.pausing import CampaignStatusChange
from core.cards.letter import button_value
from core.cards.modals import FIELD_LIMIT, View, choice_field, form, menu_field, notice, said, text_field
from core.cards.mrkdwn import cut, escape, mrkdwn
from core.text.clean import NOTE_LIMIT
from core.views.draft import DraftView

CHANGES, SNOOZE, ASSIGN, PAUSE = "Request changes", "Snooze", "Assign", "Pause campaign"


def changes_form(value: str) -> View:
    """Asks what should change."""
    most = min(NOTE_LIMIT, FIELD_LIMIT)
    hint = f"At most {most:,} characters. The author of the next version reads it."
    note = text_field("note", "What should change?", most=most, multiline=True, hint=hint)
    told = said("The draft leaves review until there is a new version.")
    return form("request_changes", value, CHANGES, "Request changes", [note, told])


def snooze_form(value: str, labels: Mapping[str, str]) -> View:
    """Asks until when: the words and labels of `core/text/moments.py`."""
    until = choice_field("until", "Until when?", labels, chosen=next(iter(labels)))
    told = said("In your time zone. Others can still decide on it meanwhile.")
    return form("snooze_draft", value, SNOOZE, "Snooze", [until, told])


def assign_form(value: str, people: Sequence[tuple[str, str]]) -> View:
    """Asks to whom, of those who can decide: a Slack id and a name each. A notice where there is nobody else."""
    if not people:
        return notice(ASSIGN, "Nobody else here can decide. An admin can add reviewers.")
    member = menu_field("member", "Assign to", dict(people))
    return form("assign_draft", value, ASSIGN, "Assign", [member])


def pause_form(draft: DraftView) -> View:
    """Says what a pause means, and asks. A notice where there is nothing to pause."""
    if not draft.campaign_active:
        return notice(PAUSE, f"{draft.campaign} is not active: there is nothing to pause.")
    told = (
        f"Pause *{escape(cut(draft.campaign, 300))}*? Sending stops at once, "
        "even for mail about to be sent. Resume with `/outreach resume`."
    )
    return form("pause_campaign", button_value(draft), PAUSE, "Pause", [{"type": "section", "text": mrkdwn(told)}])


def paused(switched: CampaignStatusChange) -> View:
    """What a pause stopped."""
    waiting = {0: "No mail is waiting", 1: "1 mail is waiting"}.get(
        switched.waiting, f"{switched.waiting:,} mails are waiting"
    )
    stopped = {0: "", 1: " 1 was about to be sent and was stopped."}.get(
        switched.about_to_leave, f" {switched.about_to_leave:,} were about to be sent and were stopped."
    )
    gone = {0: "", 1: " 1 had already passed the last check and may arrive."}.get(
        switched.leaving, f" {switched.leaving:,} had already passed the last check and may arrive."
    )
    return notice(PAUSE, f"Paused {switched.name}. {waiting}.{stopped}{gone} Resume with /outreach resume.")
