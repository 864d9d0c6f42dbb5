"""The domain's seat with tasks, as a fixture."""

import pytest

from tests.core.tasks.task_parts import Tasks, tasks_at
from tests.fixtures.domain import Domain


@pytest.fixture
def tasks(domain: Domain) -> Tasks:
    return tasks_at(domain)
