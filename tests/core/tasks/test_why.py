"""Asked why, a task is answered for as a draft is: by its key, its id or the address, wherever it stands."""

from collections.abc import Callable

import pytest

from core.db import transaction
from core.errors import Refusal
from core.ids import UUID
from core.views.why import why
from tests.core.tasks.task_parts import Tasks, task_line

pytestmark = pytest.mark.slow


def said(tasks: Tasks, named: str) -> str:
    with transaction() as tx:
        found = why(tx, named, tasks.domain.member())
    return f"{found.called} {found.sentence}"


def _wait(tasks: Tasks) -> UUID:
    return tasks.ingest_task()


def _offer(tasks: Tasks) -> UUID:
    return tasks.offered()


def _done(tasks: Tasks) -> UUID:
    task = tasks.offered()
    tasks.done(task)
    return task


def _could_not(tasks: Tasks) -> UUID:
    task = tasks.offered()
    tasks.could_not(task, "No such page")
    return task


def _paused(tasks: Tasks) -> UUID:
    task = tasks.ingest_task()
    tasks.domain.sql("UPDATE campaigns SET status = 'paused'")
    return task


@pytest.mark.parametrize(
    ("stands", "sentence"),
    [
        (_wait, "has not been offered to anyone yet. It waits for its turn."),
        (_paused, "has not been offered to anyone yet. Autumn launch is paused"),
        (_offer, "offered to "),
        (_done, " did it ("),
        (_could_not, "): No such page."),
    ],
)
def test_a_task_says_where_it_stands(tasks: Tasks, stands: Callable[[Tasks], UUID], sentence: str) -> None:
    task = stands(tasks)
    key, email = task_line(1)["key"], task_line(1)["to"]["email"]
    assert sentence in said(tasks, key)
    assert said(tasks, key) == said(tasks, str(task)) == said(tasks, email.upper())


def test_a_draft_of_the_same_key_is_meant_first_and_nothing_is_nothing(tasks: Tasks) -> None:
    tasks.ingest_task()
    tasks.domain.ingest(key=task_line(1)["key"])
    assert "waits for a person to approve it" in said(tasks, task_line(1)["key"])
    with pytest.raises(Refusal, match="No draft has that key, id or recipient"):
        said(tasks, "nothing")
