"""The judge of all fault tests: what the mail server took, against what Postgres and every Slack DM say in the end.

It shares no code with Signoff: plain SQL, the standard library's email parser, and the mail server's own log, in which
a line means that the server decided to take a message. It answers with faults, one sentence each, and with counts.
"""

import email
import email.policy
import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

Json = dict[str, Any]

#: The buttons by which a person decides. None of them may outlive the time in which it means something (P9).
DECIDING = ("approve_send", "approve_schedule", "edit_draft", "reject_draft")
#: What a card says where the draft and its latest delivery are so. An open draft that never failed says nothing.
SAYS = {
    ("approved", "sent"): "*Sent* by <@",
    ("approved", "outcome_unknown"): "*Outcome unknown:*",
    ("approved", "skipped"): "*Skipped:*",
    ("needs_review", "failed"): "*Failed:*",
    ("needs_review", None): "",
    ("rejected", None): "*Rejected* by <@",
    ("rejected", "failed"): "*Rejected* by <@",
}


@dataclass(frozen=True)
class Verdict:
    """The faults, and the counts of the story."""

    faults: tuple[str, ...]
    drafts: int
    approvals: int
    accepted: int
    sent: int
    unknown: int
    duplicates: int
    lost: int


def judge(database_url: str, accepted: Sequence[Json], seen: Mapping[str, Sequence[Json]]) -> Verdict:
    """Judge a full stack at rest: the server's log, the database, and the messages that each reviewer sees."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        rows = {name: connection.execute(statement).fetchall() for name, statement in _ROWS.items()}
    duplicates = _duplicates(rows, accepted)
    lost = [*_left_over(rows), *_approved_and_gone(rows)]
    return Verdict(
        faults=(
            *duplicates,
            *lost,
            *_strangers(rows, accepted),
            *_unproved(rows, accepted),
            *_approvals(rows),
            *_texts(rows),
            *_cards(rows, seen),
        ),
        drafts=len(rows["drafts"]),
        approvals=len(rows["approvals"]),
        accepted=len(accepted),
        sent=sum(delivery["status"] == "sent" for delivery in rows["deliveries"]),
        unknown=sum(delivery["status"] == "outcome_unknown" for delivery in rows["deliveries"]),
        duplicates=len(duplicates),
        lost=len(lost),
    )


_ROWS: dict[str, Any] = {
    "drafts": """
        SELECT d.id, d.status, d.review_round, d.return_reason, d.revision, d.drawn_revision
        FROM drafts d""",
    "deliveries": """
        SELECT q.id, q.draft_id, q.content_version, q.status, q.attempt_id, v.subject, v.body, c.email, a.address
        FROM send_queue q JOIN draft_versions v ON (v.draft_id, v.version) = (q.draft_id, q.content_version)
        JOIN contacts c ON c.id = q.contact_id JOIN accounts a ON a.id = q.account_id ORDER BY q.id""",
    "attempts": """
        SELECT id, delivery_id, draft_id, message_id, mime, mime_sha256, started_at, outcome FROM send_attempts""",
    "approvals": "SELECT draft_id, delivery_id, data FROM message_events WHERE verb = 'approve'",
    "reviewers": """
        SELECT d.id AS draft_id, m.slack_user_id
        FROM drafts d JOIN campaign_reviewers r USING (campaign_id) JOIN members m ON m.id = r.member_id
        WHERE m.active""",
}
Rows = dict[str, list[Json]]


def _duplicates(rows: Rows, accepted: Sequence[Json]) -> list[str]:
    """P1: at most one acceptance a draft, whatever attempts it came from."""
    drafts = {attempt["message_id"]: attempt["draft_id"] for attempt in rows["attempts"]}
    counts = Counter(drafts[mail["message_id"]] for mail in accepted if mail["message_id"] in drafts)
    return [f"draft {draft} was accepted {count} times" for draft, count in counts.items() if count > 1]


def _left_over(rows: Rows) -> list[str]:
    """P2: nothing rests half-way."""
    return [
        f"delivery {delivery['id']} was left {delivery['status']}"
        for delivery in rows["deliveries"]
        if delivery["status"] in ("queued", "claimed", "sending")
    ]


def _approved_and_gone(rows: Rows) -> list[str]:
    """P2: every approval ends in a mail, in front of a person, or in review again."""
    latest = {delivery["draft_id"]: delivery["status"] for delivery in rows["deliveries"]}
    faults = []
    for draft in rows["drafts"]:
        end = (draft["status"], latest.get(draft["id"]))
        if end not in SAYS and end[1] not in ("queued", "claimed", "sending"):
            faults.append(f"draft {draft['id']} ended as {end}")
        elif end == ("needs_review", "failed") and not draft["return_reason"]:
            faults.append(f"draft {draft['id']} came back without a reason")
    return faults


def _strangers(rows: Rows, accepted: Sequence[Json]) -> list[str]:
    """What was accepted is what an attempt froze, byte for byte, and it went to whom it was for."""
    attempts = {attempt["message_id"]: attempt for attempt in rows["attempts"]}
    deliveries = {delivery["id"]: delivery for delivery in rows["deliveries"]}
    faults = []
    for mail in accepted:
        attempt = attempts.get(mail["message_id"])
        if attempt is None:
            faults.append(f"{mail['message_id']} was accepted, and no attempt made it")
            continue
        delivery = deliveries[attempt["delivery_id"]]
        frozen = hashlib.sha256(attempt["mime"]).hexdigest()
        if not mail["sha256"] == frozen == attempt["mime_sha256"]:
            faults.append(f"attempt {attempt['id']} froze other bytes than were accepted")
        if (mail["mail_from"], mail["rcpt_to"]) != (delivery["address"], [delivery["email"]]):
            faults.append(f"attempt {attempt['id']} went to somebody else")
        if attempt["started_at"] is None or attempt["outcome"] == "not_sent":
            faults.append(f"attempt {attempt['id']} was accepted and is recorded as not sent")
        if delivery["status"] not in ("sent", "outcome_unknown") or delivery["attempt_id"] != attempt["id"]:
            faults.append(f"attempt {attempt['id']} was accepted and its delivery is {delivery['status']}")
    return faults


def _unproved(rows: Rows, accepted: Sequence[Json]) -> list[str]:
    """`sent` is said only of what the server took, from exactly the attempt that the delivery names."""
    taken = {mail["message_id"] for mail in accepted}
    attempts = {attempt["id"]: attempt for attempt in rows["attempts"]}
    faults = []
    for delivery in rows["deliveries"]:
        if delivery["status"] == "sent":
            attempt = attempts[delivery["attempt_id"]]
            if attempt["message_id"] not in taken or attempt["outcome"] != "sent":
                faults.append(f"delivery {delivery['id']} is sent, and the server never took it")
    faults += [
        f"attempt {attempt['id']} is sent, and the server never took it"
        for attempt in rows["attempts"]
        if attempt["outcome"] == "sent" and attempt["message_id"] not in taken
    ]
    return faults


def _approvals(rows: Rows) -> list[str]:
    """P10: one event for each approval, one delivery for each event, of the version that it saw."""
    by_delivery = defaultdict(list)
    for event in rows["approvals"]:
        by_delivery[event["delivery_id"]].append(event)
    faults = [f"an approval of {e['draft_id']} made no delivery" for e in by_delivery.pop(None, [])]
    for delivery in rows["deliveries"]:
        events = by_delivery.pop(delivery["id"], [])
        if [event["data"].get("version") for event in events] != [delivery["content_version"]]:
            faults.append(f"delivery {delivery['id']} has {len(events)} approvals, or one of another version")
    return faults + [f"delivery {gone} was approved and is not there" for gone in by_delivery]


def _texts(rows: Rows) -> list[str]:
    """P3: what was frozen is the text that was approved."""
    deliveries = {delivery["id"]: delivery for delivery in rows["deliveries"]}
    faults = []
    for attempt in rows["attempts"]:
        approved = deliveries[attempt["delivery_id"]]
        message = email.message_from_bytes(attempt["mime"], policy=email.policy.default)
        plain = message.get_body(("plain",))
        body = plain.get_content() if plain is not None else ""
        if (str(message["Subject"]), body.split()) != (approved["subject"], approved["body"].split()):
            faults.append(f"attempt {attempt['id']} froze another text than version {approved['content_version']}")
    return faults


def _cards(rows: Rows, seen: Mapping[str, Sequence[Json]]) -> list[str]:
    """P9: one card of each draft in each reviewer's DM; it says what Postgres has, and lives only while it should."""
    latest = {delivery["draft_id"]: delivery["status"] for delivery in rows["deliveries"]}
    drafts = {draft["id"]: draft for draft in rows["drafts"]}
    shown: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for member, messages in seen.items():
        for message in messages:
            draft_id = message.get("metadata", {}).get("event_payload", {}).get("draft_id")
            shown[member, draft_id].append(message)
    faults = []
    for reviewer in rows["reviewers"]:
        draft = drafts[reviewer["draft_id"]]
        cards = shown[reviewer["slack_user_id"], str(draft["id"])]
        if len(cards) != 1:
            faults.append(f"{reviewer['slack_user_id']} sees {len(cards)} cards of draft {draft['id']}")
        state = (draft["status"], latest.get(draft["id"]))
        faults += [
            f"{reviewer['slack_user_id']} sees draft {draft['id']} {fault}, it is {state}"
            for card in cards
            for fault in _untrue(card, draft, SAYS.get(state, ""))
        ]
    return faults


def _untrue(card: Json, draft: Json, says: str) -> list[str]:
    state = next((b["text"]["text"] for b in card.get("blocks", []) if b.get("block_id") == "state"), "")
    values = {
        element["action_id"]: element.get("value")
        for block in card.get("blocks", [])
        for element in block.get("elements", [])
        if element.get("action_id") in DECIDING
    }
    shown = f"{draft['id']}:{draft['review_round']}"
    live = dict.fromkeys(DECIDING, shown) if draft["status"] == "needs_review" else {}
    faults = [] if (says in state if says else not state) else [f"as {state!r}"]
    return faults if values == live else [*faults, f"with the buttons {values}"]
