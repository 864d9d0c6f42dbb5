"""The message that tells an admin that an account was paused. Pure; Block Kit as plain dicts."""

from typing import Any

from core.alerts import ToTell
from core.cards.mrkdwn import clock_time, escape, mrkdwn

#: What the message's metadata says of it, so that one whose reply was lost is found again.
EVENT_TYPE = "signoff_alert"


def alert_card(alert: ToTell) -> dict[str, Any]:
    """The payload (`text`, `blocks`, `metadata`) of chat.postMessage."""
    account, sentence = escape(alert.account), escape(alert.sentence)
    return {
        "text": f"Signoff paused {account}: {sentence}",
        "blocks": [
            {"type": "section", "text": mrkdwn(f":warning: *Signoff paused {account}.* {sentence}")},
            {
                "type": "context",
                "elements": [
                    mrkdwn(f"Paused at {clock_time(alert.at, alert.timezone)}. Its approved mail waits."),
                    mrkdwn(f"Find out what happened before you resume it: `signoff accounts resume {account}`"),
                ],
            },
        ],
        "metadata": {"event_type": EVENT_TYPE, "event_payload": {"alert_id": str(alert.alert_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
