"""What a warning or an error in a log says to a person at the terminal: what did not work, with what, and why."""

from collections.abc import Mapping

#: By the event's name in the log.
WORDS: dict[str, str] = {
    "after the ack": "work after Slack's click failed",
    "alarms raised": "admins are being alerted",
    "another clock leads": "this clock lost the lead to another",
    "answer breaks a limit of Slack's": "an answer was too big for Slack and was shortened",
    "answer that is none": "Slack's answer could not be read",
    "attempt not noted in its file": "a send attempt was not noted in SIGNOFF_HOME",
    "attempt not noted outside": "a send attempt was noted neither in Redis nor in SIGNOFF_HOME",
    "attempts not read from their file": "the send attempts in SIGNOFF_HOME could not be read",
    "bulk approval failed": "a draft of a bulk approval failed",
    "card not refreshed": "a card was not updated at once",
    "could not tell": "an answer in Slack was not delivered",
    "database away": "the database does not answer",
    "doorbell silent": "Redis was not reached, so work starts up to some seconds later",
    "drawing put off": "a message in Slack could not be posted or updated yet; it is retried",
    "drawn too late": "a message in Slack was updated too late; it is updated again",
    "event not taken": "an event from Slack was not processed, and Slack sends it again",
    "handler failed": "a request from Slack failed",
    "health changed what may leave": "an account started or stopped sending because of its health",
    "home not published": "a Home tab was not updated",
    "home not refreshed": "a Home tab was not updated",
    "installer unknown": "the name of whoever installed Signoff could not be read",
    "job failed": "a job failed",
    "leases expired": "interrupted send attempts were closed",
    "list not redrawn": "the list of a bulk approval was not refreshed",
    "misshapen payload": "a request from Slack could not be read",
    "modal not filled": "a window in Slack was not filled",
    "modal not opened": "a window in Slack was not opened",
    "no line to slack": "no connection to Slack (Socket Mode)",
    "not acked": "a message from Slack was not confirmed",
    "not drawn": "a message in Slack could not be posted or updated",
    "not told": "a notice was not delivered in Slack",
    "nothing can be posted here": "Slack does not let Signoff post in a conversation",
    "outcome not recorded": "the outcome of a send attempt was not recorded yet",
    "own work failed": "work of the clock failed",
    "payload breaks a limit of Slack's": "a message was too big for Slack",
    "redis silent": "Redis does not answer",
    "scheduled run failed": "scheduled work failed",
    "sending stopped: the database is older than what has left": "all sending was stopped: the database does not know "
    "everything that was sent; see `signoff installation confirm`",
    "slack does not take what we make": "Slack did not accept what Signoff sent",
    "slack permissions lost": "Slack refused a call, and an admin has to act",
    "slack refused": "Slack refused a call",
    "slack unreachable": "Slack was not reached",
    "slack uninstalled": "Signoff was removed from a Slack workspace",
    "start failed": "a mail was not sent: the database did not answer right before",
    "token not renewed": "a Slack token was not renewed",
    "token of no known team": "the team of SLACK_BOT_TOKEN could not be read",
    "token renewed too late": "a renewed Slack token was not kept: the app was installed again meanwhile",
}
#: What it was about, and why: the first of these fields that the entry has.
ABOUT, WHY = ("kind", "method", "entry", "watch", "rings", "use", "count"), ("code", "error", "status", "reason")


def sentence(entry: Mapping[str, object]) -> str:
    """ "a notice was not delivered in Slack (reminder): not_in_channel"; of what is not ours, its own words."""
    event = str(entry.get("event", ""))
    about, why = (next((str(entry[name]) for name in names if entry.get(name)), "") for names in (ABOUT, WHY))
    return (
        WORDS.get(event, event)
        + (f" ({about.replace('_', ' ') if 'kind' in entry else about})" if about else "")
        + (f": {why}" if why else "")
    )
