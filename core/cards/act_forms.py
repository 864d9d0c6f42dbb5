"""The forms of the less common acts: request changes, snooze, assign, pause. `what` is `draft_id:version`."""

from core.campaigns.pausing import CampaignStatusChange
from core.cards.letter import seen
from core.cards.modals import FIELD_LIMIT, View, choice_field, form, notice, person_field, said, text_field
from core.cards.mrkdwn import cut, escape, mrkdwn
from core.text.clean import NOTE_LIMIT
from core.text.moments import CHOICES
from core.views.draft import Facts

CHANGES, SNOOZE, ASSIGN, PAUSE = "Request changes", "Snooze", "Assign", "Pause campaign"


def changes_form(what: str) -> View:
    """Asks what should change."""
    most = min(NOTE_LIMIT, FIELD_LIMIT)
    hint = f"At most {most:,} characters. Whoever writes the next version reads it."
    return form(
        "request_changes",
        what,
        CHANGES,
        "Ask for it",
        [
            text_field("note", "What should change?", most=most, multiline=True, hint=hint),
            said("The draft leaves the queue until there is a new version."),
        ],
    )


def snooze_form(what: str) -> View:
    """Asks until when."""
    labels = {word: choice.label for word, choice in CHOICES.items()}
    return form(
        "snooze_draft",
        what,
        SNOOZE,
        "Snooze",
        [
            choice_field("until", "Until when?", labels, chosen=next(iter(labels))),
            said("In your own time zone. Anybody may still decide on it meanwhile."),
        ],
    )


def assign_form(what: str) -> View:
    """Asks to whom."""
    return form(
        "assign_draft",
        what,
        ASSIGN,
        "Assign",
        [person_field("member", "Whose is it to decide?", hint="A reviewer in Signoff, or above.")],
    )


def pause_form(facts: Facts) -> View:
    """Says what a pause means, and asks. A notice where there is nothing to pause."""
    if not facts.campaign_active:
        return notice(PAUSE, f"{facts.campaign} is not active: there is nothing to pause.")
    told = (
        f"Pause *{escape(cut(facts.campaign, 300))}*? From that moment nothing of it leaves, "
        "not even mail that is about to. `/outreach resume` lets it go on."
    )
    return form("pause_campaign", seen(facts), PAUSE, "Pause", [{"type": "section", "text": mrkdwn(told)}])


def paused(switched: CampaignStatusChange) -> View:
    """What a pause stopped."""
    waiting = {0: "No mail is waiting", 1: "1 mail is waiting"}.get(
        switched.waiting, f"{switched.waiting:,} mails are waiting"
    )
    stopped = {0: "", 1: " 1 was about to leave, and did not."}.get(
        switched.about_to_leave, f" {switched.about_to_leave:,} were about to leave, none did."
    )
    gone = {0: "", 1: " 1 was past the last gate already, and may arrive."}.get(
        switched.leaving, f" {switched.leaving:,} were past the last gate already, and may arrive."
    )
    return notice(PAUSE, f"Paused {switched.name}. {waiting}.{stopped}{gone} /outreach resume lets it go on.")
