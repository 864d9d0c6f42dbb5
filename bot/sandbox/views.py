"""Modals and Home: opened, updated, pushed, closed. https://docs.slack.dev/reference/views"""

import json
import secrets
import sqlite3
from typing import Any

from bot.sandbox import members, messages
from bot.sandbox.config import APP_ID
from bot.sandbox.errors import SlackError, refused_blocks
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team
from core.cards.limits import lint

DEEPEST = 3  # a stack holds three views: https://docs.slack.dev/surfaces/modals#view-stack


def checked(view: Any, kind: str) -> Json:
    """A view as it came in, with ids filled in; raises invalid_arguments, view_too_large."""
    if not isinstance(view, dict):
        raise refused_blocks("invalid_arguments", ["must provide an object [json-pointer:/view]"])
    faults = lint.lint_view(view)
    if view.get("type") != kind:
        faults.append(f"must be of type {kind} [json-pointer:/view/type]")
    if any(fault.startswith("view_too_large") for fault in faults):
        raise SlackError("view_too_large")
    if faults:
        raise refused_blocks(
            "invalid_arguments", [f.replace("[json-pointer:/", "[json-pointer:/view/") for f in faults]
        )
    return view | {"blocks": messages.with_ids(view["blocks"])}


def open_modal(sandbox: Sandbox, member: str, view: Json, on: sqlite3.Row | None = None) -> Json:
    """Opens a modal for a member, or pushes it on another. Raises push_limit_reached, duplicate_external_id."""
    if on is not None and len(stack(sandbox, member)) >= DEEPEST:
        raise SlackError("push_limit_reached")
    if on is None:
        sandbox.store.write("UPDATE views SET is_open = 0 WHERE member = ? AND kind = 'modal'", member)
    view_id = _new_id(sandbox)
    root = on["root"] if on is not None else view_id
    _insert(sandbox, view_id, member, view, root, on["id"] if on is not None else None)
    return as_slack_shows(sandbox, find(sandbox, view_id))


def update(sandbox: Sandbox, row: sqlite3.Row, view: Json, expected: str | None = None) -> Json:
    """Replaces what a view shows; raises hash_conflict when `expected` is no longer its hash."""
    if expected and expected != row["hash"]:
        raise SlackError("hash_conflict")
    sandbox.store.write(
        "UPDATE views SET body = ?, hash = ? WHERE id = ?", json.dumps(view), _new_hash(sandbox), row["id"]
    )
    return as_slack_shows(sandbox, find(sandbox, row["id"]))


def put_up(sandbox: Sandbox, member: str, view: Json) -> Json:
    """A view that stands by itself, on no stack: a Home."""
    view_id = _new_id(sandbox)
    _insert(sandbox, view_id, member, view, view_id, None)
    return as_slack_shows(sandbox, find(sandbox, view_id))


def find(sandbox: Sandbox, view_id: str, team: Team | None = None) -> sqlite3.Row:
    """One open view, of a member of `team` if that is given; raises not_found."""
    return _one(sandbox, sandbox.store.one("SELECT * FROM views WHERE id = ? AND is_open", view_id), team)


def find_external(sandbox: Sandbox, external_id: str, team: Team) -> sqlite3.Row:
    """One open view by the app's own name for it; raises not_found."""
    by_name = "SELECT * FROM views WHERE is_open AND body ->> 'external_id' = ?"
    return _one(sandbox, sandbox.store.one(by_name, external_id), team)


def _one(sandbox: Sandbox, row: sqlite3.Row | None, team: Team | None) -> sqlite3.Row:
    if row is None or (team is not None and members.find(sandbox, row["member"])["team"] != team.id):
        raise SlackError("not_found")
    return row


def stack(sandbox: Sandbox, member: str) -> list[sqlite3.Row]:
    """The member's open modals, the one in front last."""
    return sandbox.store.all(
        "SELECT * FROM views WHERE member = ? AND kind = 'modal' AND is_open ORDER BY opened", member
    )


def close(sandbox: Sandbox, row: sqlite3.Row, *, clear: bool = False) -> None:
    """Closes one view, or with `clear` the whole stack that it stands in."""
    if clear:
        sandbox.store.write("UPDATE views SET is_open = 0 WHERE root = ?", row["root"])
    else:
        sandbox.store.write("UPDATE views SET is_open = 0 WHERE id = ?", row["id"])


def as_slack_shows(sandbox: Sandbox, row: sqlite3.Row, values: Json | None = None) -> Json:
    """A view as it stands in answers and interactions, with what the member filled in."""
    view: Json = json.loads(row["body"])
    team = members.team_of(sandbox, row["member"])
    shown: Json = {
        "id": row["id"],
        "team_id": team.id,
        "type": row["kind"],
        "blocks": view["blocks"],
        "private_metadata": view.get("private_metadata", ""),
        "callback_id": view.get("callback_id", ""),
        "state": {"values": values or {}},
        "hash": row["hash"],
        "title": view.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
        "clear_on_close": view.get("clear_on_close", False),
        "notify_on_close": view.get("notify_on_close", False),
        "close": view.get("close"),
        "submit": view.get("submit"),
        "previous_view_id": row["previous"],
        "root_view_id": row["root"],
        "app_id": APP_ID,
        "external_id": view.get("external_id", ""),
        "app_installed_team_id": team.id,
        "bot_id": team.bot,
    }
    return shown


def _insert(sandbox: Sandbox, view_id: str, member: str, view: Json, root: str, previous: str | None) -> None:
    external = view.get("external_id")
    if external and sandbox.store.one("SELECT 1 FROM views WHERE is_open AND body ->> 'external_id' = ?", external):
        raise SlackError("duplicate_external_id")
    sandbox.store.write(
        "INSERT INTO views VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
        *(view_id, member, view["type"], root, previous, _new_hash(sandbox), json.dumps(view)),
        int(sandbox.next_ts().replace(".", "")),
    )


def _new_id(sandbox: Sandbox) -> str:
    return f"V{sandbox.next_number():04d}{secrets.token_hex(4).upper()}"


def _new_hash(sandbox: Sandbox) -> str:
    return f"{int(sandbox.now())}.{secrets.token_hex(4)}"
