"""Clicks on `approve_send` as Slack sends them, signed, ready for the socket."""

import json
import time
from urllib.parse import quote_plus

from bot.sandbox.signing import signature
from core.cards.draft_card import draft_card
from core.db import transaction
from core.views.draft import read
from tests.bench.ground import CLICKER, DMS, Draft
from tests.fixtures.full_stack import SECRETS

_DRAFT, _TS = "019a0000-0000-7000-8000-00000000d4af", "1700000000.000000"


def clicks(drafts: list[Draft]) -> list[bytes]:
    """One HTTP request for each draft, signed now: good for five minutes."""
    payload = _payload(drafts[0])
    return [_request(payload.replace(_DRAFT, str(draft.id)).replace(_TS, draft.ts)) for draft in drafts]


def _request(payload: str) -> bytes:
    body = f"payload={quote_plus(payload)}"
    timestamp = str(int(time.time()))
    return (
        "POST /slack/events HTTP/1.1\r\n"
        "Host: 127.0.0.1\r\n"
        "User-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Accept: */*\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"X-Slack-Request-Timestamp: {timestamp}\r\n"
        f"X-Slack-Signature: {signature(SECRETS['SLACK_SIGNING_SECRET'], timestamp, body)}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def _payload(like: Draft) -> str:
    """The payload of a click on a card like this draft's, which Slack sends along whole."""
    with transaction() as tx:
        facts = read(tx, like.id)
    assert facts is not None
    card = draft_card(facts, f"http://127.0.0.1:8080/drafts/{like.id}")
    payload = {
        "type": "block_actions",
        "user": {"id": CLICKER, "username": "alice", "name": "alice", "team_id": "T01TEST"},
        "api_app_id": "A01BENCH",
        "token": "verification-token",
        "container": {"type": "message", "message_ts": _TS, "channel_id": DMS[CLICKER], "is_ephemeral": False},
        "trigger_id": "1234567890.1234567890.0123456789abcdef0123456789abcdef",
        "team": {"id": "T01TEST", "domain": "acme"},
        "enterprise": None,
        "is_enterprise_install": False,
        "channel": {"id": DMS[CLICKER], "name": "directmessage"},
        "message": {"type": "message", "user": "U0BOT", "bot_id": "B0BOT", "app_id": "A01BENCH", "ts": _TS, **card},
        "state": {"values": {}},
        "response_url": "http://127.0.0.1:9/response/none",
        "actions": [
            {
                "action_id": "approve_send",
                "block_id": "decide",
                "type": "button",
                "text": {"type": "plain_text", "text": "Approve & send", "emoji": True},
                "value": f"{_DRAFT}:1",
                "style": "primary",
                "action_ts": "1700000001.000000",
            }
        ],
    }
    return json.dumps(payload).replace(str(like.id), _DRAFT)
