"""The message of an alert: what happened, and what to do next. Pure; Block Kit as plain dicts."""

from dataclasses import dataclass
from typing import Any

from core.alerts import ToTell
from core.cards.mrkdwn import button, clock_time, cut, escape, mrkdwn
from core.taxonomy import AlertKind

#: What the message's metadata says of it, so that one whose reply was lost is found again.
EVENT_TYPE = "signoff_alert"


@dataclass(frozen=True)
class Look:
    """How a kind of alert is told: its sign, its headline, and what its reader can do.

    {account}, {draft} and {at} stand for what it is about.
    """

    sign: str
    headline: str
    next: str


LOOKS: dict[AlertKind, Look] = {
    AlertKind.ACCOUNT_PAUSED: Look(
        ":warning:",
        "Signoff paused {account}.",
        "Paused at {at}. Its approved mail waits. Find out what happened before you resume it: "
        "`signoff accounts resume {account}`",
    ),
    AlertKind.ACCOUNT_RESTS: Look(
        ":mailbox_closed:",
        "{account} is resting.",
        "Since {at}. Its approved mail waits, and nothing came back to review. Fix the cause, then *Try again*; or run "
        "`signoff accounts check {account}`: it shows each step and sends nothing.",
    ),
    AlertKind.OUTCOME_UNKNOWN: Look(
        ":grey_question:",
        "Outcome unknown.",
        "Since {at}. {draft} says what to look for in the Sent folder of {account}; then say on its card whether it "
        "arrived.",
    ),
    AlertKind.QUEUE_STUCK: Look(
        ":snail:",
        "The queue is stuck.",
        "Found at {at}. Check that a worker is running and can reach Postgres (see its log). "
        "Nothing is lost: sending continues as soon as one works.",
    ),
    AlertKind.SLACK_PERMISSIONS: Look(
        ":lock:",
        "Slack refused Signoff.",
        "First at {at}. Until this is fixed, cards may be missing or out of date; drafts, approvals and mail are not "
        "affected.",
    ),
    AlertKind.DRAFT_WAITING: Look(":alarm_clock:", "Decision overdue.", "{draft} · as of {at}"),
    AlertKind.CAMPAIGN_SWITCHED: Look(":traffic_light:", "", "At {at}. See `/outreach status`."),
    AlertKind.REMINDER: Look(
        ":wave:", "", "Your *Home* tab lists everything that waits for you. Longest waiting: {draft}"
    ),
    AlertKind.REPLY: Look(":speech_balloon:", "", "{draft} · at {at}"),
    AlertKind.DIGEST: Look(":newspaper:", "", "`/outreach digest` shows today so far."),
}


def alert_card(alert: ToTell, public_url: str) -> dict[str, Any]:
    """The payload (`text`, `blocks`, `metadata`) of chat.postMessage. `public_url` is where drafts have their pages."""
    look = LOOKS[alert.kind]
    account = escape(cut(alert.account or "the account", 320))
    draft = f"<{public_url}/drafts/{alert.draft_id}|The draft's page>" if alert.draft_id else "Its card"
    words = {"account": account, "draft": draft, "at": clock_time(alert.at, alert.timezone)}
    headline, sentence = look.headline.format(**words), escape(cut(alert.sentence, 2_000))
    said = f"*{headline}* {sentence}" if headline else sentence
    return {
        "text": f"{headline} {sentence}".strip(),
        "blocks": [
            {"type": "section", "text": mrkdwn(f"{look.sign} {said}")},
            {"type": "context", "elements": [mrkdwn(look.next.format(**words))]},
            *_buttons(alert),
        ],
        **marked(alert),
    }


def _buttons(alert: ToTell) -> list[dict[str, Any]]:
    if alert.kind != AlertKind.ACCOUNT_RESTS or alert.account_id is None:
        return []
    return [{"type": "actions", "elements": [button("try_account", "Try again", f"{alert.account_id}:1")]}]


def marked(alert: ToTell) -> dict[str, Any]:
    """What every message of an alert carries, so that it is found again; and that no link in it is unfolded."""
    return {
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"alert_id": str(alert.alert_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
