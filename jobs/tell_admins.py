"""Tell admins, reviewers and channels what they should know, once each: alerts, and the digest of a day.

What Slack does not take now, the clock tries again.
"""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.engine import Connection

from core import alerts
from core.alerts import ToTell
from core.cards import alert_card as cards
from core.cards.alert_card import alert_card
from core.cards.digest_card import digest_card
from core.db import now, transaction
from core.errors import DatabaseAway
from core.ids import UUID
from core.notices import alarms
from core.notices import digest as digest_due
from core.reviewers import quiet
from core.settings import settings
from core.slack_codes import Reach, meant_by
from core.taxonomy import AlertKind
from core.teams.members import remember_dm, remember_gone, remember_seen, to_ask_about
from core.views import digest
from jobs.draw import CLOSED, DEACTIVATED, GONE, SHUT
from jobs.slack.client import Priority, SlackTrouble, call
from jobs.slack.find import Lost, find, marked

log = structlog.get_logger("jobs.tell_admins")

#: Until the next try after an outage of Slack's.
AFTER_TROUBLE = timedelta(seconds=30)
#: Alerts in one run: the clock comes again in a minute.
MOST = 100
#: What may wait until its reader wants to hear of something again, and for how long it is news. The rest is alarms.
MAY_WAIT = {
    AlertKind.DIGEST: timedelta(days=1),
    AlertKind.DRAFT_WAITING: timedelta(days=3),
    AlertKind.CAMPAIGN_SWITCHED: timedelta(days=3),
    AlertKind.REMINDER: timedelta(hours=1),
    AlertKind.REPLY: timedelta(days=3),
}
#: What keeps all of a workspace's calls, and not those for one reader.
WHOLE_WORKSPACE = frozenset({"unreachable", "not_installed", "token_sealed"})
#: A reader who wants quiet may say otherwise: they are asked again so often.
ASK_AGAIN = timedelta(minutes=10)


def tell_admins() -> None:
    """Idempotent: tell a batch of the alerts that are due, each once."""
    in_trouble: set[UUID] = set()
    for _ in range(MOST):
        with transaction() as tx:
            alert = alerts.hold_next(tx, in_trouble)
            wanted = alert is not None and _is_wanted(tx, alert)
        if alert is None:
            return
        if wanted and not _try(alert):
            in_trouble.add(alert.workspace_id)


def _is_wanted(tx: Connection, alert: ToTell) -> bool:
    """Whether it is to be told now. What is over is taken back, and what may wait for its reader's hours waits."""
    if alarms.is_over(tx, alert.kind, alert.draft_id, alert.account_id):
        alerts.take_back(tx, alert.alert_id)
        return False
    if alert.kind not in MAY_WAIT:
        return True
    at = now(tx)
    if at - alert.at > MAY_WAIT[alert.kind]:
        alerts.give_up(tx, alert.alert_id, "overtaken")
        return False
    until = quiet.quiet_until(tx, alert.member_id, at) if alert.member_id else None
    if until is not None:
        alerts.put_off(tx, alert.alert_id, min(until - at, ASK_AGAIN))
    return until is None


def _try(alert: ToTell) -> bool:
    """Tell one, whatever is wrong with it. False when this workspace's others would fare no better now."""
    try:
        return _tell(alert)
    except DatabaseAway:
        raise
    except Exception as error:  # it keeps the hold that it has, and the others are told
        log.exception("not told", alert_id=str(alert.alert_id), kind=alert.kind, error=type(error).__name__)
        return True


def _tell(alert: ToTell) -> bool:
    """Tell one. False when this workspace's Slack is in trouble, and its others would fare no better."""
    try:
        if alert.channel:
            _post_in(alert.channel, alert)
        else:
            _check_member(alert)
            _post(alert)
    except SlackTrouble as trouble:
        log.warning("not told", alert_id=str(alert.alert_id), kind=alert.kind, code=trouble.code)
        _not_told(alert, trouble)
        return not _is_everybodys(trouble)
    with transaction() as tx:
        alerts.told(tx, alert.alert_id)
    return True


def _is_everybodys(trouble: SlackTrouble) -> bool:
    """Whether others of this workspace would meet the same."""
    if trouble.code == "ratelimited":
        return not trouble.here_alone
    return trouble.code in WHOLE_WORKSPACE or meant_by(trouble.code).reach in (Reach.TOKEN, Reach.METHOD)


def _not_told(alert: ToTell, trouble: SlackTrouble) -> None:
    """Try again later; or, where nobody can be reached, not at all. What can be told in another way is told so."""
    nobody = trouble.code in GONE or (alert.channel is not None and trouble.code in CLOSED)
    shut = trouble.code in SHUT
    with transaction() as tx:
        if nobody or (shut and alert.channel):
            alerts.give_up(tx, alert.alert_id, trouble.code)
        else:
            wait = timedelta(seconds=trouble.retry_after) if trouble.retry_after else AFTER_TROUBLE
            alerts.put_off(tx, alert.alert_id, wait)
        if trouble.code == DEACTIVATED and alert.member_id:
            remember_gone(tx, alert.member_id)
        if (nobody or shut) and alert.channel and alert.kind == AlertKind.DIGEST and alert.about:
            digest_due.tell_admins(tx, alert.workspace_id, digest_due.day_of(alert.about))
        if shut and not alert.channel and alert.kind == AlertKind.SLACK_PERMISSIONS:
            alarms.tell_where_digests_go(tx, alert)


def _payload(alert: ToTell) -> dict[str, Any]:
    """The message: of a digest, as things stand when it is told."""
    if alert.kind == AlertKind.DIGEST and alert.about:
        with transaction() as tx:
            of_day = digest.read(tx, alert.workspace_id, digest_due.day_of(alert.about))
        return digest_card(of_day) | cards.marked(alert)
    return alert_card(alert, settings().public_url)


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
    payload = _payload(alert)
    if alert.in_doubt and _stands_in(channel, alert, payload):
        return
    try:
        _call("chat.postMessage", alert, leaving=lambda: _doubt(alert), channel=channel, **payload)
    except SlackTrouble as trouble:
        if not trouble.maybe_done:  # it did not arrive, nor did an earlier one: that was looked for
            with transaction() as tx:
                alerts.settle_doubt(tx, alert.alert_id)
        raise


def _doubt(alert: ToTell) -> None:
    with transaction() as tx:
        alerts.trying(tx, alert.alert_id)


def _stands_in(channel: str, alert: ToTell, payload: dict[str, Any]) -> bool:
    mark = marked(payload)
    lost = Lost(alert.alert_id, channel, alert.tried_at, lambda one: marked(one) == mark)
    try:
        return find(lambda method, **arguments: _call(method, alert, **arguments), lost) is not None
    except SlackTrouble as trouble:
        if alert.channel and trouble.code in SHUT:  # a channel: we may write there, and not read
            return False
        raise


def _open_dm(alert: ToTell) -> str:
    assert alert.member_id is not None
    channel: str = _call("conversations.open", alert, users=alert.slack_user_id)["channel"]["id"]
    with transaction() as tx:
        remember_dm(tx, alert.member_id, channel)
    return channel


def _check_member(alert: ToTell) -> None:
    """A deactivated member's DM still accepts posts, and nobody reads them."""
    assert alert.member_id is not None
    with transaction() as tx:
        asked = to_ask_about(tx, alert.member_id)
    if asked is None:
        return
    if _call("users.info", alert, user=alert.slack_user_id)["user"].get("deleted"):
        raise SlackTrouble(DEACTIVATED)
    with transaction() as tx:
        remember_seen(tx, alert.member_id, asked)


def _call(method: str, alert: ToTell, **arguments: Any) -> dict[str, Any]:
    return call(method, workspace_id=alert.workspace_id, priority=Priority.DIGEST, **arguments)
