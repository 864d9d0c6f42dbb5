"""Tell admins what they must know, in their DMs, once each. What Slack does not take now, the clock tries again."""

import structlog

from core import alerts
from core.alerts import ToTell
from core.cards.alert_card import EVENT_TYPE, alert_card
from core.db import transaction
from core.members import is_fresh, remember_dm, remember_gone, remember_seen
from jobs.draw import CLOSED, DEACTIVATED, NO_SUCH_MEMBER
from jobs.slack_client import Priority, SlackTrouble, call

log = structlog.get_logger("jobs.tell_admins")

#: Seconds until the next try after an outage of Slack's.
AFTER_TROUBLE = 30.0
#: Alerts in one run: the clock comes again in a minute.
MOST = 100


def tell_admins() -> None:
    """Tell every alert that is due. Safe to run twice, or at once."""
    for _ in range(MOST):
        with transaction() as tx:
            alert = alerts.hold_next(tx)
        if alert is None or not _tell(alert):
            return


def _tell(alert: ToTell) -> bool:
    """Tell one. False when Slack is in trouble, and others would fare no better."""
    try:
        _check_member(alert)
        _post(alert)
    except SlackTrouble as trouble:
        with transaction() as tx:
            nobody = trouble.code in CLOSED | NO_SUCH_MEMBER | {DEACTIVATED}
            if nobody:
                alerts.give_up(tx, alert.alert_id, trouble.code)
            else:
                alerts.put_off(tx, alert.alert_id, trouble.retry_after or AFTER_TROUBLE)
            if trouble.code == DEACTIVATED:
                remember_gone(tx, alert.member_id)
        log.warning("admin not told", alert_id=str(alert.alert_id), code=trouble.code)
        return nobody
    with transaction() as tx:
        alerts.told(tx, alert.alert_id)
    return True


def _post(alert: ToTell) -> None:
    channel = alert.dm_channel or _open_dm(alert)
    try:
        _post_in(channel, alert)
    except SlackTrouble as trouble:
        if trouble.code not in CLOSED:
            raise
        _post_in(_open_dm(alert), alert)


def _post_in(channel: str, alert: ToTell) -> None:
    """Post once: where an earlier post may have arrived without our knowing, it is looked for first."""
    if alert.in_doubt and _stands_in(channel, alert):
        return
    with transaction() as tx:
        alerts.trying(tx, alert.alert_id)
    call("chat.postMessage", priority=Priority.DIGEST, channel=channel, **alert_card(alert))


def _stands_in(channel: str, alert: ToTell) -> bool:
    history = call("conversations.history", channel=channel, limit=200, include_all_metadata=True)
    marks = [message.get("metadata", {}) for message in history.get("messages", [])]
    return any(
        mark.get("event_type") == EVENT_TYPE and mark.get("event_payload", {}).get("alert_id") == str(alert.alert_id)
        for mark in marks
    )


def _open_dm(alert: ToTell) -> str:
    channel = str(call("conversations.open", users=alert.slack_user_id)["channel"]["id"])
    with transaction() as tx:
        remember_dm(tx, alert.member_id, channel)
    return channel


def _check_member(alert: ToTell) -> None:
    """A deactivated member's DM still accepts posts, and nobody reads them."""
    with transaction() as tx:
        if is_fresh(tx, alert.member_id):
            return
    if call("users.info", user=alert.slack_user_id)["user"].get("deleted"):
        raise SlackTrouble(DEACTIVATED)
    with transaction() as tx:
        remember_seen(tx, alert.member_id)
