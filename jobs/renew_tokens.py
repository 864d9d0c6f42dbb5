"""Renew the tokens of Slack that run out, well before they do: by one at a time, and kept before they are used."""

import time

import structlog

from core.db import transaction
from core.errors import DatabaseAway
from core.notices import alarms
from core.secrets import StillSealed
from core.slack_codes import Meaning, meant_by
from core.teams import tokens as slack_tokens
from core.teams.tokens import Renewal, Tokens
from jobs.slack import oauth
from jobs.slack.trouble import SlackTrouble

log = structlog.get_logger("jobs.renew_tokens")

#: Tokens in one run: the clock comes again in a minute.
MOST = 50
#: Seconds until the next try after an outage of Slack's, and after Slack said that this one renews nothing.
AFTER_TROUBLE, AFTER_REFUSAL = 60.0, 3600.0
#: Slack's answer is worth waiting for a database: without it the app would have to be installed again.
KEEP_SECONDS = 60.0


def renew_tokens() -> None:
    """Idempotent: renew a batch of the tokens that are due, each by one at a time."""
    for _ in range(MOST):
        with transaction() as tx:
            renewal = slack_tokens.hold_renewal(tx)
        if renewal is None:
            return
        _renew(renewal)


def _renew(renewal: Renewal) -> None:
    try:
        tokens = oauth.refresh(renewal.unsealed())
    except SlackTrouble as trouble:
        _not_now(renewal, trouble.code, trouble.retry_after)
    except StillSealed:
        _not_now(renewal, "token_sealed", None)
    else:
        if not _kept(renewal, tokens):
            log.warning("token renewed too late", workspace_id=str(renewal.workspace_id))


def _kept(renewal: Renewal, tokens: Tokens) -> bool:
    """Keep the tokens, however long the database takes. False when there is another installation by now."""
    give_up = time.monotonic() + KEEP_SECONDS
    while True:
        try:
            with transaction() as tx:
                return slack_tokens.renewed(tx, renewal, tokens)
        except DatabaseAway:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.5)


def _not_now(renewal: Renewal, code: str, retry_after: float | None) -> None:
    """It cannot be renewed: later, and with a word to the admins where only a person can help."""
    log.warning("token not renewed", workspace_id=str(renewal.workspace_id), code=code)
    passing = meant_by(code).meaning is Meaning.LATER and code != "token_sealed"
    with transaction() as tx:
        slack_tokens.put_off(tx, renewal, retry_after or (AFTER_TROUBLE if passing else AFTER_REFUSAL))
        if not passing:
            alarms.slack_refused(tx, renewal.workspace_id, "token_revoked")
