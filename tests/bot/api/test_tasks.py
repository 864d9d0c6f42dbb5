"""`POST /api/tasks`: a task exactly once, and every fault told with its field."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.models import Account, Event, Task
from tests.bot.api.parts import Api, drafts_api

pytestmark = pytest.mark.slow

__all__ = ["drafts_api"]


def line(**more: Any) -> dict[str, Any]:
    to = {"email": "robin@example.net", "linkedin_url": "linkedin.com/in/robin", "first_name": "Robin"}
    return {"task": "linkedin_connection", "key": "crm-1", "campaign": "launch", "to": to} | more


@pytest.fixture
def tasks_api(drafts_api: Api) -> Api:
    with transaction() as tx:
        seat = {"channel": "linkedin", "address": "https://www.linkedin.com/in/sam", "name": "Sam", "smtp_url": ""}
        tx.execute(sa.insert(Account).values(workspace_id=drafts_api.workspace_id, timezone="UTC", **seat))
    return replace(drafts_api, path="/api/tasks")


def test_a_new_task_is_201_and_the_same_again_200(tasks_api: Api) -> None:
    first, again = tasks_api.post(line()), tasks_api.post(line())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["key"], first.json()["status"]) == ("crm-1", "waiting")
    with transaction() as tx:
        task = tx.execute(sa.select(Task.id, Task.link)).one()
        event = tx.execute(sa.select(Event.verb, Event.surface, Event.api_key_id).where(Event.task_id == task.id)).one()
    assert task.link == "https://linkedin.com/in/robin"
    assert (event.verb, event.surface) == ("ingest", "api")
    assert event.api_key_id is not None


def test_the_same_key_with_other_content_is_409(tasks_api: Api) -> None:
    tasks_api.post(line())
    answer = tasks_api.post(line(text="Hello."))
    assert answer.status_code == 409
    assert "'crm-1' is already used by a task" in answer.json()["error"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"to": {"email": "robin@example.net"}}, "to.linkedin_url"),
        ({"task": "fax"}, "task"),
        ({"campaign": "nowhere"}, "campaign"),
        ({"account": "nobody"}, "account"),
        ({"text": "a" * 301}, "text"),
        ({"task": "linkedin_message"}, "text"),
        ({"step": 1}, "step"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_fault_names_its_field(tasks_api: Api, more: dict[str, Any], field: str) -> None:
    answer = tasks_api.post(line(**more))
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["fields"]] == [field]


def test_without_a_key_nothing_is_told(tasks_api: Api) -> None:
    assert replace(tasks_api, token="no").post(line()).status_code == 401


def test_an_empty_name_is_not_known_and_a_company_is_nobody(tasks_api: Api) -> None:
    to = {"email": "robin@example.net", "first_name": "", "company": " ", "timezone": ""}
    taken = tasks_api.post(line(to=to | {"linkedin_url": "//m.linkedin.com/in/Robin/?trk=x"}))
    assert taken.status_code == 201
    with transaction() as tx:
        assert tx.scalar(sa.select(Task.link)) == "https://m.linkedin.com/in/Robin/?trk=x"
    for page in ("", "https://www.linkedin.com/company/acme", "https://www.linkedin.com/sales/lead/x"):
        assert tasks_api.post(line(key="crm-2", to=to | {"linkedin_url": page})).status_code == 422
