"""`GET /api/drafts/{key}` and `POST /api/drafts/{key}/versions`: an author, or a model, answers "request changes"."""

import json
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from core.db import transaction
from core.drafts import review
from core.drafts.review import request_changes
from core.ids import UUID
from core.models import Draft, Event
from tests.bot.api.parts import Api, alice, draft, drafts_api, key, workspace

pytestmark = pytest.mark.slow

__all__ = ["drafts_api"]

NEW = {"subject": "Hello again", "body": "Hi Dana, shorter."}


@pytest.fixture
def made(drafts_api: Api) -> UUID:
    """A draft with the key `crm-1`, in review."""
    made = UUID(drafts_api.post(draft()).json()["id"])
    drafts_api.rung.clear()
    return made


def asked(api: Api, draft_id: UUID, version: int = 1, note: str = "Shorter, please.") -> None:
    with transaction() as tx:
        request_changes(tx, draft_id, version, note, alice(api))


def edited(api: Api, draft_id: UUID, version: int = 1) -> None:
    with transaction() as tx:
        review.edit(tx, draft_id, version, "Alice's own", "Alice's text.", alice(api))


def send(api: Api, named: object = "crm-1", text: object = None, **headers: str) -> httpx.Response:
    raw = text if isinstance(text, bytes) else json.dumps(NEW if text is None else text).encode()
    return api.request("POST", f"/api/drafts/{named}/versions", content=raw, headers=api.headers() | headers)


def stands(draft_id: UUID) -> Any:
    with transaction() as tx:
        return tx.execute(sa.select(Draft.status, Draft.version).where(Draft.id == draft_id)).one()


def told(api: Api) -> Any:
    return api.get("crm-1").json()


def test_a_draft_is_found_by_its_authors_own_key(drafts_api: Api, made: UUID) -> None:
    assert told(drafts_api) == drafts_api.get(made).json()
    assert told(drafts_api)["id"] == str(made)


@pytest.mark.parametrize("name", ["a/b/versions", "Dana's 2nd, ünder 50%", "versions", "?x=1#y"])
def test_whatever_the_key_is_made_of(drafts_api: Api, name: str) -> None:
    made = drafts_api.post(draft(key=name)).json()
    quoted = httpx.URL("http://x", params={"k": name}).query.decode().removeprefix("k=").replace("+", "%20")
    assert drafts_api.get(quoted).json()["id"] == made["id"]
    assert send(drafts_api, quoted).json()["version"] == 2


def test_a_key_that_is_an_id_of_another_draft_is_still_the_key(drafts_api: Api, made: UUID) -> None:
    to = {"email": "erin@example.org"}
    other = drafts_api.post(draft(key=str(made), to=to)).json()
    assert drafts_api.get(made).json()["id"] == other["id"]


def test_what_was_asked_for_is_told_and_answered(drafts_api: Api, made: UUID) -> None:
    before = told(drafts_api)
    assert (before["change_note"], before["change_asked_by"]) == (None, None)
    asked(drafts_api, made)
    seen = told(drafts_api)
    assert (seen["status"], seen["change_note"]) == ("pending", "Shorter, please.")
    assert seen["change_asked_by"].startswith("Alice")
    answer = send(drafts_api)
    assert answer.status_code == 201
    assert answer.json() == {"id": str(made), "key": "crm-1", "status": "needs_review", "version": 2} | {
        "url": seen["url"]
    }
    assert drafts_api.rung == [made]
    assert told(drafts_api)["change_note"] is None
    with transaction() as tx:
        verb, surface, by_key = tx.execute(
            sa.select(Event.verb, Event.surface, Event.api_key_id).order_by(Event.id.desc()).limit(1)
        ).one()
    assert (verb, surface, by_key is not None) == ("edit", "api", True)


def test_the_same_text_again_is_the_same_version(drafts_api: Api, made: UUID) -> None:
    asked(drafts_api, made)
    first = send(drafts_api)
    again = send(drafts_api)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert drafts_api.rung == [made]


def test_a_late_retry_overwrites_nothing_and_reopens_nothing(drafts_api: Api, made: UUID) -> None:
    asked(drafts_api, made)
    send(drafts_api)
    edited(drafts_api, made, version=2)
    assert (send(drafts_api).status_code, tuple(stands(made))) == (200, ("needs_review", 3))
    with transaction() as tx:
        review.approve(tx, made, 3, alice(drafts_api))
    again = send(drafts_api)
    assert (again.status_code, again.json()["status"]) == (200, "approved")


def test_the_text_that_is_to_be_changed_is_no_answer(drafts_api: Api, made: UUID) -> None:
    asked(drafts_api, made)
    answer = send(drafts_api, text={"subject": draft()["subject"], "body": draft()["body"]})
    assert answer.status_code == 409
    assert answer.json() == {
        "error": "This is the same text as before: changes were requested, so send a new one.",
        "code": "nothing_to_do",
    }
    assert tuple(stands(made)) == ("pending", 1)


def test_what_is_decided_takes_no_other_text(drafts_api: Api, made: UUID) -> None:
    with transaction() as tx:
        review.approve(tx, made, 1, alice(drafts_api))
    answer = send(drafts_api)
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert tuple(stands(made)) == ("approved", 1)
    assert drafts_api.rung == []


def test_p10_a_refused_text_is_an_event_of_the_key(drafts_api: Api, made: UUID) -> None:
    edited(drafts_api, made)
    send(drafts_api)
    with transaction() as tx:
        row = tx.execute(
            sa.select(Event.draft_id, Event.code, Event.surface, Event.data, Event.api_key_id).where(
                Event.verb == "refuse"
            )
        ).one()
    assert row[:4] == (made, "stale_version", "api", {"wanted": "edit"})
    assert row.api_key_id is not None


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ({"subject": "Hello"}, "body"),
        (NEW | {"body": "  "}, "body"),
        (NEW | {"subject": "a\nb"}, "subject"),
        (NEW | {"version": 1}, "version"),
    ],
)
def test_a_faulty_text_is_422_with_its_field(drafts_api: Api, made: UUID, text: object, field: str) -> None:
    answer = send(drafts_api, text=text)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["fields"]] == [field]
    assert tuple(stands(made)) == ("needs_review", 1)


def test_broken_json_is_400_and_another_kind_415(drafts_api: Api, made: UUID) -> None:
    assert made
    assert send(drafts_api, text=b"{").status_code == 400
    assert send(drafts_api, **{"Content-Type": "text/plain"}).status_code == 415


@pytest.mark.parametrize("named", ["nope", "01a1f84e-8134-7613-aa18-45f5c477b168", "%00", "a%0ab", "%ff"])
def test_a_draft_that_is_not_there_is_404(drafts_api: Api, made: UUID, named: str) -> None:
    assert made
    assert drafts_api.get(named).status_code == 404
    assert send(drafts_api, named).status_code == 404


def test_a_key_opens_its_own_workspace_only(drafts_api: Api, made: UUID) -> None:
    other = Api(drafts_api.portal, drafts_api.client, key(workspace("T02OTHER")), drafts_api.workspace_id)
    for named in ("crm-1", made):
        assert other.get(named).status_code == 404
        assert send(other, named).status_code == 404


def test_without_a_key_nothing_is_told(drafts_api: Api, made: UUID) -> None:
    assert made
    assert send(drafts_api, Authorization="Bearer so_nope").status_code == 401
    assert drafts_api.request("GET", "/api/drafts/crm-1").status_code == 401
