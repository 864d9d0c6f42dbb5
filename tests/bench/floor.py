"""The floor: the least that an honest ack can be. `python -m tests.bench.floor PORT`

A bare Starlette app that checks Slack's signature, runs the statements of an approval in raw psycopg on a pooled
connection, pushes once to Redis, and answers 200. The same tables, triggers, indexes and durability as Signoff's own.
"""

import hashlib
import hmac
import json
import time
from collections import deque
from urllib.parse import parse_qs

import psycopg
import redis
from psycopg.types.json import Jsonb
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from core.ids import new_id
from core.settings import settings
from tests.bench.serve import serve

MEMBER = """
SELECT workspaces.id, members.id, members.name, members.role FROM workspaces
LEFT JOIN members ON members.workspace_id = workspaces.id AND members.slack_user_id = %s AND members.active
WHERE workspaces.slack_team_id = %s
"""
APPROVE = """
UPDATE drafts SET status = 'approved', decided_by = %s, decided_at = clock_timestamp(), decided_surface = 'slack',
    decision_note = NULL, return_reason = NULL
FROM campaigns
WHERE drafts.id = %s AND drafts.workspace_id = %s AND drafts.status IN ('needs_review') AND drafts.version = %s
    AND campaigns.id = drafts.campaign_id
RETURNING drafts.campaign_id, drafts.contact_id, campaigns.account_id
"""
QUEUE = """
INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, contact_id, timing)
VALUES (%s, %s, %s, %s, %s, %s, %s, 'earliest')
"""
EVENT = """
INSERT INTO message_events (id, workspace_id, verb, surface, member_id, api_key_id, draft_id, delivery_id, attempt_id,
    campaign_id, from_status, to_status, code, data)
VALUES (%s, %s, 'approve', 'slack', %s, NULL, %s, %s, NULL, NULL, 'needs_review', 'approved', NULL, %s)
"""

_free: "deque[psycopg.Connection[tuple[object, ...]]]" = deque()
_redis = redis.Redis.from_url(settings().redis_url)
_secret = settings().slack_signing_secret.get_secret_value().encode()


async def events(request: Request) -> Response:
    body = await request.body()
    stamp = request.headers["x-slack-request-timestamp"]
    mac = hmac.new(_secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    if abs(time.time() - int(stamp)) > 300 or not hmac.compare_digest(
        "v0=" + mac, request.headers["x-slack-signature"]
    ):
        return Response(status_code=401)
    return Response(status_code=await run_in_threadpool(_approve, body))


def _approve(body: bytes) -> int:
    payload = json.loads(parse_qs(body.decode())["payload"][0])
    draft, _, version = payload["actions"][0]["value"].partition(":")
    connection = _free.pop() if _free else psycopg.connect(settings().database_url, autocommit=True)
    with connection.transaction():
        found = connection.execute(MEMBER, (payload["user"]["id"], payload["team"]["id"])).fetchone()
        assert found is not None
        workspace, member, _name, role = found
        assert role in ("reviewer", "admin", "owner")
        moved = connection.execute(APPROVE, (member, draft, workspace, int(version))).fetchone()
        if moved is None:
            raise AssertionError("each click of a bench is the first")
        campaign, contact, account = moved
        delivery = new_id()
        connection.execute(QUEUE, (delivery, workspace, draft, int(version), campaign, account, contact))
        data = Jsonb({"version": int(version), "timing": "earliest"})
        connection.execute(EVENT, (new_id(), workspace, member, draft, delivery, data))
    _free.append(connection)
    _redis.rpush("floor", str(account))
    return 200


async def healthz(_request: Request) -> Response:
    return Response()


if __name__ == "__main__":
    serve(Starlette(routes=[Route("/slack/events", events, methods=["POST"]), Route("/healthz", healthz)]))
