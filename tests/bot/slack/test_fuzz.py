"""Whatever is signed and sent to `/slack/events`: never a 500, never a send; nothing changes but by a valid click.

A click is valid if its author is a member whose role covers it, and it names the version of the draft that is there.

`CASES` requests run with `make proofs`, a part of them in every `make test` (tests/fixtures/cases.py).
"""

import copy
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import psycopg
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from bot.sandbox.signing import signature
from bot.slack.payload import target_of
from core.cards.reason_form import REJECT
from core.ids import UUID
from core.settings import settings
from core.text.moments import CHOICES
from tests.fixtures.cases import cases
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack
from tests.fixtures.full_stack import MEMBERS, REVIEWERS

CASES = 2_000

Json = Any
NOWHERE = "http://127.0.0.1:9/respond"  # nobody listens: what would be told is told to nobody

# --- what may stand anywhere ---

NASTY = st.sampled_from(
    [
        *(
            "",
            " ",
            "\x00",
            "a\x00b",
            "\ud800",
            "\U0001f4a5",
            "é\u202e",
            "١",
            "1" * 5000,
            "x" * 70_000,
            "'; DROP TABLE drafts",
        ),
        *("<!channel>", "{{first_name}}", "-1", "0", "1e999", "NaN", "null", "true", "/outreach", "pause launch"),
        *("approve_send", "approve_schedule", "edit_draft", "reject_draft", "read_all", "read_page_1", "open_draft"),
        *("block_actions", "view_submission", "view_closed", "event_callback", "url_verification", "shortcut"),
        *("T01TEST", "T02OTHER", *MEMBERS, "U99NOBODY", "00000000-0000-0000-0000-000000000000:1"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | NASTY
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10) | NASTY, inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        *("type", "team", "user", "id", "team_id", "user_id", "actions", "action_id", "value", "block_id", "container"),
        *("view", "state", "values", "private_metadata", "callback_id", "message", "channel", "response_url", "event"),
        *("authorizations", "enterprise", "command", "text", "trigger_id", "payload", "response_urls", "ssl_check"),
        *("is_ext_shared_channel", "function_data", "bot_access_token", "token", "api_app_id", "is_enterprise_install"),
    ]
)


def places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


@st.composite
def mutated(draw: st.DrawFn, whole: Json) -> Json:
    """The payload with one to four things in it replaced, removed, added or wrapped; sometimes with none."""
    whole = copy.deepcopy(whole)
    for _ in range(draw(st.integers(0, 4))):
        path = draw(st.sampled_from(list(places(whole))))
        if not path:
            continue
        parent = whole
        for step in path[:-1]:
            parent = parent[step]
        match draw(st.sampled_from(["replace", "replace", "nasty", "remove", "wrap", "add", "repeat"])):
            case "replace":
                parent[path[-1]] = draw(VALUES)
            case "nasty":
                parent[path[-1]] = draw(NASTY)
            case "remove":
                parent.pop(path[-1])
            case "wrap":
                parent[path[-1]] = [parent[path[-1]]]
            case "add" if isinstance(parent, dict):
                parent[draw(KEYS)] = draw(VALUES)
            case "repeat" if isinstance(parent, list):
                parent.append(parent[path[-1]])
    return whole


# --- what Slack sends ---


def base(kind: str, user: str) -> dict[str, Json]:
    return {
        "type": kind,
        "user": {"id": user, "username": "x", "name": "x", "team_id": "T01TEST"},
        "team": {"id": "T01TEST", "domain": "acme"},
        "api_app_id": "A0SIGNOFF",
        "token": "x",
        "trigger_id": "1.2.abc",
        "enterprise": None,
        "is_enterprise_install": False,
    }


def click(user: str, action: str, value: str) -> dict[str, Json]:
    return base("block_actions", user) | {
        "container": {"type": "message", "message_ts": "1.2", "channel_id": "D01", "is_ephemeral": False},
        "channel": {"id": "D01", "name": "directmessage"},
        "message": {"type": "message", "ts": "1.2", "text": "x", "blocks": []},
        "state": {"values": {}},
        "response_url": NOWHERE,
        "actions": [{"action_id": action, "block_id": "decide", "type": "button", "value": value, "action_ts": "1.3"}],
    }


def view(kind: str, user: str, callback: str, value: str, **typed: str) -> dict[str, Json]:
    values = {name: {name: {"type": "plain_text_input", "value": text}} for name, text in typed.items()}
    return base(kind, user) | {
        "view": {
            "id": "V1",
            "type": "modal",
            "team_id": "T01TEST",
            "callback_id": callback,
            "private_metadata": value,
            "state": {"values": values},
            "app_installed_team_id": "T01TEST",
            "hash": "1.x",
        },
        "response_urls": [],
    }


def pick(user: str, word: str, value: str) -> dict[str, Json]:
    """A choice from the menu of a card."""
    chosen = {"text": {"type": "plain_text", "text": "x"}, "value": f"{word}:{value}"}
    action = {"action_id": "more", "block_id": "decide", "type": "overflow", "selected_option": chosen}
    return click(user, "more", value) | {"actions": [action]}


def in_home(user: str, action: str, value: str) -> dict[str, Json]:
    """A click, or a choice, in somebody's Home."""
    made = click(user, action, value)
    shown = {"id": "V1", "type": "home", "team_id": "T01TEST", "blocks": [], "hash": "1.x", "state": {"values": {}}}
    gone = ("message", "channel", "response_url")
    return {k: v for k, v in made.items() if k not in gone} | {
        "container": {"type": "view", "view_id": "V1"},
        "view": shown,
    }


def ticked(user: str, value: str) -> dict[str, Json]:
    """The list of a bulk approval with one tick. The fuzz's drafts are not low-risk: nothing of it may be approved."""
    made = view("view_submission", user, "bulk_low_risk", "")
    option = {"text": {"type": "plain_text", "text": "x"}, "value": value}
    box = {"type": "checkboxes", "action_id": "bulk_tick", "options": [option]}
    state = {"values": {"pick": {"bulk_tick": {"type": "checkboxes", "selected_options": [option]}}}}
    row = {"type": "section", "block_id": "pick", "text": {"type": "plain_text", "text": "x\ny"}, "accessory": box}
    return made | {"view": made["view"] | {"blocks": [row], "state": state}}  # type: ignore[operator]  # it is a dict


def chosen(kind: str, user: str, callback: str, value: str, block: str, **state: Json) -> dict[str, Json]:
    """A modal with something chosen in it."""
    made = view(kind, user, callback, value)
    made["view"]["state"] = {"values": {block: {block: state}}}  # type: ignore[index,call-overload]  # it is a dict
    return made


def command(user: str, text: str) -> dict[str, Json]:
    return {
        "command": "/outreach",
        "text": text,
        "team_id": "T01TEST",
        "user_id": user,
        "channel_id": "D01",
        "response_url": NOWHERE,
        "trigger_id": "1.2.abc",
        "is_enterprise_install": "false",
    }


def event(user: str) -> dict[str, Json]:
    return {
        "type": "event_callback",
        "team_id": "T01TEST",
        "api_app_id": "A0SIGNOFF",
        "event": {"type": "app_home_opened", "user": user, "channel": "D01", "tab": "home", "event_ts": "1.2"},
        "event_id": "Ev1",
        "event_time": 1,
        "authorizations": [{"team_id": "T01TEST", "user_id": "U0SIGNOFF", "is_bot": True}],
    }


USERS = st.sampled_from([ALICE, BOB, CAROL, VERA, "U99NOBODY"])
MENU = ["request_changes", "snooze", "wake", "assign", "pause"]
HOME = ["home_campaign", "home_risk", "home_all", "home_page_1", "bulk_low_risk", "undo_approval"]
MOMENTS = st.sampled_from(list(CHOICES))
REASONS = st.sampled_from(list(REJECT.common))
#: The event of an act, and the modal that it comes from.
FORMS = {
    "edit": "edit_draft",
    "reject": "reject_draft",
    "request_changes": "request_changes",
    "snooze": "snooze_draft",
    "assign": "assign_draft",
}


@st.composite
def payloads(draw: st.DrawFn, value: str) -> Json:
    """One of the shapes that Slack sends, about the draft and version in `value`, and then mutated."""
    user = draw(USERS)
    shapes: list[Callable[[], dict[str, Json]]] = [
        lambda: click(user, draw(st.sampled_from(["approve_send", "approve_schedule"])), value),
        lambda: click(user, draw(st.sampled_from(["edit_draft", "reject_draft", "read_all", "read_page_3"])), value),
        lambda: view("view_submission", user, "edit_draft", value, subject="S", body=draw(st.text() | NASTY)),
        lambda: view("view_submission", user, "reject_draft", value, reason=draw(st.text() | NASTY)),
        lambda: click(user, draw(st.sampled_from(["undo_approval", "restore_draft", "read_theirs_0"])), value),
        lambda: pick(user, draw(st.sampled_from(MENU) | NASTY), value),
        lambda: view("view_submission", user, "request_changes", value, note=draw(st.text() | NASTY)),
        lambda: chosen(
            "view_submission", user, "snooze_draft", value, "until", selected_option={"value": draw(MOMENTS | NASTY)}
        ),
        lambda: chosen(
            "view_submission", user, "reject_draft", value, "why", selected_option={"value": draw(REASONS | NASTY)}
        ),
        lambda: chosen("view_submission", user, "assign_draft", value, "member", selected_user=draw(USERS | NASTY)),
        lambda: view("view_submission", user, "pause_campaign", value),
        lambda: view("view_closed", user, draw(st.sampled_from(["edit_draft", "reject_draft"])), value),
        lambda: command(user, draw(st.sampled_from(["", "help", "pause launch", "resume launch"]) | st.text() | NASTY)),
        lambda: event(user),
        lambda: in_home(user, "approve_send", value),
        lambda: in_home(user, draw(st.sampled_from(HOME)), draw(st.sampled_from(["all", "low", "1"]) | NASTY)),
        lambda: ticked(user, value),
        lambda: {"type": "url_verification", "token": "x", "challenge": draw(st.text() | NASTY)},
        lambda: {"ssl_check": "1", "token": "x"},
    ]
    return draw(mutated(draw(st.sampled_from(shapes))()))


@st.composite
def bodies(draw: st.DrawFn, value: str) -> tuple[str, Json, str]:
    """(content type, payload or None where it is no JSON, body)"""
    how = draw(st.sampled_from(["payload", "payload", "payload", "payload", "form", "json", "random", "text"]))
    kind = draw(st.sampled_from(["application/x-www-form-urlencoded", "application/json", "text/plain", ""]))
    if how == "text":
        odd = (
            st.text() | NASTY | st.sampled_from(["[" * 5000, "payload=" + "[" * 5000, "{" * 300, "payload=%", "%ZZ=1"])
        )
        return kind, None, draw(odd).encode("utf-8", "replace").decode()
    payload = draw(VALUES) if how == "random" else draw(payloads(value))
    if how == "form" and isinstance(payload, dict):
        flat = {str(key): part if isinstance(part, str) else json.dumps(part) for key, part in payload.items()}
        return kind, payload, urlencode(flat, errors="replace")
    text = json.dumps(payload)
    return kind, payload, text if how == "json" else urlencode({"payload": text})


# --- what becomes of it ---


@dataclass
class Bench:
    """The workspace, one connection to each side, and a draft that can still be decided."""

    domain_with_slack: DomainWithSlack
    database: psycopg.Connection[Any]
    http: httpx.Client
    draft: UUID
    answers: dict[int, int] = field(default_factory=dict)
    changes: int = 0

    def state(self) -> Any:
        """All that a click could change, and all that could have been sent."""
        return self.database.execute(
            "SELECT (SELECT jsonb_agg(jsonb_build_array(id, status, version) ORDER BY id) FROM drafts),"
            " (SELECT jsonb_agg(jsonb_build_array(id, status, content_version) ORDER BY id) FROM send_queue),"
            " (SELECT jsonb_agg(jsonb_build_array(id, status) ORDER BY id) FROM campaigns),"
            " (SELECT count(*) FROM send_attempts), (SELECT count(*) FROM draft_versions),"
            " (SELECT count(*) FROM message_events WHERE verb NOT IN ('refuse', 'ingest'))"
        ).fetchone()

    def post(self, kind: str, body: str) -> httpx.Response:
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(settings().slack_signing_secret.get_secret_value(), timestamp, body),
        }
        return self.http.post(self.domain_with_slack.door, content=body.encode(), headers=headers)

    def may_change(self, payload: Json, version: int) -> bool:
        """Whether this is an act that a person may do: by its author, its role, and the version that it names."""
        if not isinstance(payload, dict):
            return False
        (verb, user, role) = self.database.execute(
            "SELECT e.verb, m.slack_user_id, m.role FROM message_events e JOIN members m ON m.id = e.member_id"
            " WHERE e.verb NOT IN ('refuse', 'ingest') ORDER BY e.id DESC LIMIT 1"
        ).fetchone() or ("", "", "")
        if verb == "pause" and "view" in payload:
            form = payload["view"]
            return payload["user"]["id"] == user and role == "admin" and form["callback_id"] == "pause_campaign"
        if verb in ("pause", "resume"):
            return payload["user_id"] == user and role == "admin" and payload["text"].strip().startswith(verb)
        said = payload["user"]["id"] == user and user in REVIEWERS
        if verb == "approve":
            action = payload["actions"][0]
            named = action["value"]
            return said and action["action_id"] in ("approve_send", "approve_schedule") and self._names(named, version)
        if verb == "wake":
            option = payload["actions"][0]["selected_option"]["value"]
            return said and option.startswith("wake:") and self._names(option.removeprefix("wake:"), version)
        form = payload["view"]
        return said and form["callback_id"] == FORMS[verb] and self._names(form["private_metadata"], version)

    def _names(self, value: str, version: int) -> bool:
        found = target_of(value)
        return (found.row_id, found.version) == (self.draft, version)

    def renew(self) -> None:
        """Another draft, once this one is decided; and the campaign goes on."""
        self.changes += 1
        self.database.execute("UPDATE campaigns SET status = 'active'")
        ((status,),) = self.database.execute("SELECT status FROM drafts WHERE id = %s", (self.draft,)).fetchall()
        if status != "needs_review":
            self.draft = self.domain_with_slack.ingest()

    def version(self) -> int:
        ((version,),) = self.database.execute("SELECT version FROM drafts WHERE id = %s", (self.draft,)).fetchall()
        return int(version)


@pytest.fixture
def bench(domain_with_slack: DomainWithSlack) -> Iterator[Bench]:
    with domain_with_slack.connect() as database, httpx.Client(timeout=30, trust_env=False) as http:
        yield Bench(domain_with_slack, database, http, domain_with_slack.ingest())
        domain_with_slack.quiet()


# The door runs on a thread of this process, and what it uses may draw from the module `random` meanwhile.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
def test_signed_nonsense_is_never_a_500_and_changes_nothing_that_nobody_may(bench: Bench) -> None:
    @given(data=st.data())
    def one(data: st.DataObject) -> None:
        version, before = bench.version(), bench.state()
        kind, payload, body = data.draw(bodies(f"{bench.draft}:{version}"))
        note(body[:2000])
        answer = bench.post(kind, body)
        bench.answers[answer.status_code] = bench.answers.get(answer.status_code, 0) + 1
        assert answer.status_code < 500, answer.text
        after = bench.state()
        assert after[3] == 0, "something was sent"
        if after != before:
            assert after[5] == before[5] + 1, "one act is one event"
            assert bench.may_change(payload, version), "nobody may do this"
            bench.renew()

    cases(CASES)(one)()
    tried = sum(bench.answers.values())
    assert bench.answers[200] > 0.4 * tried, "the cases reach no handler"
    assert bench.changes > 0.04 * tried, "no case was a click that counts"
