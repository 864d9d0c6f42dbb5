"""Fixtures that every test can ask for; each file of tests/fixtures says what it offers."""

import os
from itertools import groupby

import pytest

from tests.fixtures.cases import PROFILE

#: A test that forgets to say where its servers are must not start some in the home of whoever runs it, or find theirs.
os.environ["SIGNOFF_HOME"] = f"{os.devnull}/nowhere"

# A module that imports another one stands after it: pytest must see each before it is imported.
pytest_plugins = [
    "tests.fixtures.databases",
    "tests.fixtures.logs",
    "tests.fixtures.tally",
    "tests.fixtures.processes",
    "tests.fixtures.chromium",
    "tests.fixtures.full_stack",
    "tests.fixtures.domain",
    "tests.fixtures.domain_with_slack",
    "tests.fixtures.mailbox",
]

#: Whoever asks for one of these starts processes beside the test's own, a browser, or a world of thousands of rows.
PROCESSES = frozenset(
    {"processes", "nursery", "_running", "slack_env", "sandbox_process", "smtp_server", "server", "smtp", "slack"}
    | {"browser", "chromium", "up", "begun", "own_server", "crowded", "long_past", "full", "environment", "home"}
)
#: Web, worker and clock, which tests wait for.
WHOLE_STACKS = frozenset({"full_stack", "full_stacks", "own_full_stack"})
#: What `make fast` leaves out.
NOT_FAST = ("processes", "browser", "faults", "proofs", "slow")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that start all of Signoff stand among the others: side by side they starve each other, and in the
    last quarter the machine would stand still while they wait.

    What proves the tests themselves, each with a guard taken away, and what takes longest is left to `make proofs`.
    """
    for item in items:
        if PROCESSES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("processes")
    if PROFILE == "fast":
        slow = [item for item in items if any(map(item.get_closest_marker, NOT_FAST))]
        items[0].config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]
    files = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    crowds = [tests for tests in files if any(map(_is_of_a_whole_stack, tests))]
    others = [tests for tests in files if tests not in crowds]
    apart = len(others) * 3 // 4 // (len(crowds) + 1) or 1
    for place, tests in enumerate(crowds):
        others.insert(place * (apart + 1), tests)
    ordered = [item for tests in others for item in tests]
    left_out = [item for item in ordered if PROFILE in ("default", "mutants") and item.get_closest_marker("proofs")]
    if left_out:
        left_out[0].config.hook.pytest_deselected(items=left_out)
        ordered = [item for item in ordered if not item.get_closest_marker("proofs")]
    if PROFILE == "mutants":  # what tries many cases comes last: most mutants are noticed before it
        ordered.sort(key=lambda item: "_walk" in item.name or hasattr(getattr(item, "obj", None), "hypothesis"))
    items[:] = ordered


def _is_of_a_whole_stack(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("faults") or WHOLE_STACKS.intersection(getattr(item, "fixturenames", ())))
