"""An edit against an approval of the same draft (P3): one of them wins, and what leaves is what the approval saw.

The oracle compares every mail that left with the version that its approval named.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from bot.sandbox.client import send
from core.actor import slack_user
from core.db import transaction
from core.drafts.review import approve, edit
from core.errors import Conflict, Stale
from core.ids import UUID
from tests.faults.conftest import settled
from tests.faults.stage import a_day_passes, ask, locked, wait_blocked
from tests.fixtures.cases import rounds
from tests.fixtures.full_stack import FullStack
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

FULL_STACK = {"webs": 2}
FREE_ROUNDS = rounds(200, usual=10)
SET_ROUNDS = 10
CLICKED_ROUNDS = 10
#: Mails that an account may send in a day.
A_DAY = 100
NEW = {"subject": "Second thoughts", "body": "Hi Dana,\n\nsecond thoughts.\n\nSam"}

Act = Callable[[UUID], None]


def approving(draft: UUID) -> None:
    with transaction() as tx:
        approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE"))


def editing(draft: UUID) -> None:
    with transaction() as tx:
        edit(
            tx, draft, 1, "Second thoughts", "Hi Dana,\n\nsecond thoughts.\n\nSam", slack_user(tx, "T01TEST", "U02BOB")
        )


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def drafts_on_cards(full_stack: FullStack, number: int) -> Iterator[UUID]:
    """So many new drafts that every reviewer sees, a day's mail at a time."""
    for begun in range(0, number, A_DAY):
        drafts = [full_stack.ingest() for _ in range(min(A_DAY, number - begun))]
        settled(full_stack)
        a_day_passes()
        yield from drafts


def told(act: "Future[None]") -> type[BaseException] | None:
    """What an act was told: nothing when it was done."""
    error = act.exception(20)
    return type(error) if error else None


def test_both_at_once_and_one_of_them_wins(full_stack: FullStack, pool: ThreadPoolExecutor) -> None:
    ends = []
    for number, draft in enumerate(drafts_on_cards(full_stack, FREE_ROUNDS)):
        together = threading.Barrier(2)

        def run(act: Act, draft: UUID = draft, together: threading.Barrier = together) -> None:
            together.wait(20)
            act(draft)

        one, other = (approving, editing) if number % 2 else (editing, approving)
        futures = {one: pool.submit(run, one), other: pool.submit(run, other)}
        ends.append((told(futures[approving]), told(futures[editing])))
        versions = ask(
            "SELECT d.version, q.content_version FROM drafts d LEFT JOIN send_queue q ON q.draft_id = d.id"
            " WHERE d.id = %s",
            draft,
        )
        assert versions == ([(1, 1)] if ends[-1][0] is None else [(2, None)])
    assert set(ends) <= {(None, Conflict), (Stale, None)}
    settled(full_stack)


@pytest.mark.parametrize(("first", "second", "refused"), [(approving, editing, Conflict), (editing, approving, Stale)])
def test_whoever_is_first_in_the_database_wins(
    full_stack: FullStack, pool: ThreadPoolExecutor, first: Act, second: Act, refused: type[BaseException]
) -> None:
    """Both wait for the draft's row, in an order that is known: Postgres serves them in turn."""
    for draft in drafts_on_cards(full_stack, SET_ROUNDS):
        with locked("SELECT FROM drafts WHERE id = %s FOR UPDATE", draft):
            acts = []
            for number, act in enumerate((first, second), start=1):
                acts.append(pool.submit(act, draft))
                wait_blocked("drafts", number)
        assert [told(act) for act in acts] == [None, refused]
    settled(full_stack)


@contextmanager
def open_form(full_stack: FullStack, draft: UUID) -> Iterator[dict[str, object]]:
    """Bob's edit modal, filled in by Signoff."""
    assert full_stack.slack.click("U02BOB", full_stack.card("U02BOB", draft), "edit_draft").ok
    (view,) = wait_until(
        lambda: [view for view in full_stack.slack.views("U02BOB") if view.get("callback_id") == "edit_draft"],
        what="the form",
    )
    yield view
    if any(open_["id"] == view["id"] for open_ in full_stack.slack.views("U02BOB")):
        full_stack.slack.close_view("U02BOB", view)


def test_through_slack_and_two_web_processes(full_stack: FullStack, pool: ThreadPoolExecutor) -> None:
    urls = [f"{url}/slack/events" for _, url in full_stack.webs]
    won = []
    for number, draft in enumerate(drafts_on_cards(full_stack, CLICKED_ROUNDS)):
        click = full_stack.slack.signed_click("U01ALICE", full_stack.card("U01ALICE", draft), "approve_send")
        with open_form(full_stack, draft) as view:
            submit = full_stack.slack.signed_submit("U02BOB", view, NEW)
            with httpx.Client(trust_env=False) as client:
                answers = list(
                    pool.map(
                        lambda at: send(*at),
                        [(click, client, urls[number % 2]), (submit, client, urls[1 - number % 2])],
                    )
                )
        assert [answer.status_code for answer in answers] == [200, 200]
        verbs = [verb for verb, *_ in full_stack.events(draft) if verb in ("approve", "edit", "refuse")]
        assert sorted(verbs) in (["approve", "refuse"], ["edit", "refuse"])
        won.append("approve" in verbs)
        if won[-1]:
            assert "not saved" in answers[1].text
        else:
            assert answers[1].text == ""
            full_stack.wait_for_card("U01ALICE", draft, f'"{draft}:2"')
            fresh = full_stack.card("U01ALICE", draft)
            assert full_stack.slack.click("U01ALICE", fresh, "approve_send").ok
    verdict = settled(full_stack)
    assert verdict.sent == verdict.accepted
