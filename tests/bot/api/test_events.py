"""`POST /api/events`: the key first, then what came back of a mail, once; and every fault told in its status."""

from typing import Any

import pytest
import sqlalchemy as sa

from core.db import engine, transaction
from core.drafts.review import approve
from core.intake.json_input import SIZE_LIMIT
from core.models import ApiKey, Contact, Delivery, Draft, Event
from core.settings import settings
from core.taxonomy import FEEDBACK_VERBS
from tests.bot.api.parts import Api, alice, draft, drafts_api, key, workspace

pytestmark = pytest.mark.slow

__all__ = ["drafts_api"]


@pytest.fixture
def events(drafts_api: Api) -> Api:
    """The API with one draft, `crm-1`, that was approved and waits; `post` goes to /api/events."""
    drafts_api.post(draft())
    with transaction() as tx:
        [draft_id] = tx.scalars(sa.select(Draft.id)).all()
        approve(tx, draft_id, 1, alice(drafts_api))
    drafts_api.rung.clear()
    drafts_api.path = "/api/events"
    return drafts_api


def told(**more: Any) -> dict[str, Any]:
    return {"kind": "unsubscribe", "draft": "crm-1", **more}


def recorded() -> int:
    with transaction() as tx:
        return tx.scalar(sa.select(sa.func.count()).select_from(Event).where(Event.verb.in_(FEEDBACK_VERBS))) or 0


def test_news_is_201_the_same_again_200_and_the_effect_is_there(events: Api) -> None:
    first, again = events.post(told(id="evt-1")), events.post(told(id="evt-1"))
    assert (first.status_code, again.status_code, recorded()) == (201, 200, 1)
    assert first.json() == again.json()
    with transaction() as tx:
        [draft_id] = tx.scalars(sa.select(Draft.id)).all()
        assert tx.scalars(sa.select(Contact.status)).all() == ["do_not_contact"]
        assert tx.scalars(sa.select(Delivery.status)).all() == ["skipped"]
        by = tx.execute(sa.select(Event.surface, Event.api_key_id).where(Event.verb == "unsubscribe")).one()
        assert tuple(by) == ("api", tx.scalar(sa.select(ApiKey.id)))
    assert first.json() == {"kind": "unsubscribe", "draft": "crm-1", "draft_id": str(draft_id)}
    assert events.rung == [draft_id]  # the card of what came back, and that once


@pytest.mark.parametrize("named", [{"draft": "nope"}, {"draft": None, "message_id": "<nobody@example.com>"}])
def test_a_message_that_nobody_knows_is_404_in_a_sentence(events: Api, named: dict[str, Any]) -> None:
    answer = events.post(told(**named))
    assert answer.status_code == 404
    assert answer.json()["error"].startswith(("draft: ", "message_id: "))
    assert recorded() == 0


def test_a_key_of_another_workspace_knows_nothing_of_it(events: Api) -> None:
    other = workspace("T02OTHER")
    events.token = key(other)
    assert events.post(told()).status_code == 404
    assert recorded() == 0


def test_what_never_left_is_409(events: Api) -> None:
    answer = events.post(told(kind="bounce"))
    assert (answer.status_code, recorded()) == (409, 0)
    assert "was not sent" in answer.json()["error"]


def test_an_id_that_stands_for_another_event_is_409(events: Api) -> None:
    events.post(told(id="evt-1"))
    answer = events.post(told(id="evt-1", kind="reply"))
    assert (answer.status_code, recorded()) == (409, 1)
    assert answer.json()["error"].startswith("id: ")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "applause"}, "kind"),
        ({"kind": None}, "kind"),
        ({"draft": None}, ""),
        ({"message_id": "<a@example.com>"}, ""),
        ({"hard": True}, ""),
        ({"hard": "maybe", "kind": "bounce"}, "hard"),
        ({"at": "yesterday"}, "at"),
        ({"at": "2026-11-19T12:00:00"}, "at"),
        ({"id": "two\nlines"}, "id"),
        ({"id": ""}, "id"),
        ({"draft": None, "message_id": "no such thing"}, "message_id"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_what_is_wrong_is_422_with_its_field(events: Api, more: dict[str, Any], field: str) -> None:
    answer = events.post(told(**more))
    assert (answer.status_code, recorded()) == (422, 0)
    assert field in [each["field"] for each in answer.json()["fields"]]


@pytest.mark.parametrize("body", [b"", b"{", b'"x"', b"[]", b"\xff", b'{"kind": "reply", "kind": "reply"}'])
def test_what_is_no_event_is_400_or_422(events: Api, body: bytes) -> None:
    assert events.post(body).status_code in (400, 422)
    assert recorded() == 0


@pytest.mark.parametrize("header", ["", "Bearer", f"Bearer so_{'A' * 43}", "Basic {token}"])
@pytest.mark.parametrize("body", [b"", b"{", b"x" * (SIZE_LIMIT + 1)])
def test_without_a_key_it_is_401_and_not_a_word_more(events: Api, header: str, body: bytes) -> None:
    answer = events.post(body, Authorization=header.format(token=events.token))
    assert (answer.status_code, answer.content) == (401, b"")


def test_a_body_that_is_too_long_is_413(events: Api) -> None:
    assert events.post(b" " * (SIZE_LIMIT + 1)).status_code == 413


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}])
def test_what_is_no_json_is_415(events: Api, headers: dict[str, str]) -> None:
    assert events.post(told(), **headers).status_code == 415
    assert recorded() == 0


def test_with_the_database_away_it_is_503_and_says_when_to_come_back(
    events: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/nowhere")
    engine().dispose()
    settings.cache_clear()
    engine.cache_clear()
    answer = events.post(told())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_it_is_a_post_and_nothing_else(events: Api) -> None:
    assert events.request("GET", "/api/events", headers=events.headers()).status_code == 405
