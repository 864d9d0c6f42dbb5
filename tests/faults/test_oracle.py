"""The oracle can fail: it finds every piece of evidence that does not fit. A real culprit is in test_control.py."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from core.settings import settings
from tests.faults.conftest import settled, verdict_on
from tests.faults.oracle import Verdict, judge
from tests.faults.stage import ask, leases_run_out
from tests.fixtures.full_stack import REVIEWERS, FullStack

pytestmark = pytest.mark.faults

FULL_STACK = {"clocks": 1, "workers": 1}
Json = dict[str, Any]


def test_the_database_lets_nobody_requeue_what_may_have_left(full_stack: FullStack) -> None:
    draft = full_stack.ingest()
    card = full_stack.card("U01ALICE", draft)
    full_stack.smtp.plan("dot", "hold")
    assert full_stack.slack.click("U01ALICE", card, "approve_send").ok
    full_stack.smtp.wait_held("dot")
    for status in ("sending", "outcome_unknown"):
        full_stack.wait_for(draft, status)
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            ask("UPDATE send_queue SET status = 'queued', lease_until = NULL WHERE draft_id = %s", draft)
        leases_run_out()
    full_stack.smtp.release("dot")
    full_stack.wait_for(draft, "sent")


def test_an_approval_without_a_worker_is_lost_until_one_comes(full_stack: FullStack) -> None:
    draft = full_stack.ingest()
    full_stack.card("U01ALICE", draft)
    ask("UPDATE campaigns SET status = 'paused'")
    full_stack.approve_directly(draft)
    verdict = verdict_on(full_stack)
    assert verdict.lost == 1
    assert any("was left queued" in fault for fault in verdict.faults)
    ask("UPDATE campaigns SET status = 'active'")
    full_stack.wait_for(draft, "sent")


def without(mails: list[Json]) -> list[Json]:
    return mails[:-1]


def twice(mails: list[Json]) -> list[Json]:
    return [*mails, mails[-1]]


def changed(**fields: object) -> Callable[[list[Json]], list[Json]]:
    return lambda mails: [*mails[:-1], mails[-1] | fields]


@pytest.mark.parametrize(
    ("lie", "fault"),
    [
        (without, "the server never took it"),
        (twice, "was accepted 2 times"),
        (changed(sha256="0" * 64), "froze other bytes"),
        (changed(message_id="<alien@example.com>"), "no attempt made it"),
        (changed(rcpt_to=["eve@example.net"]), "went to somebody else"),
    ],
)
def test_a_mail_server_s_log_that_does_not_fit_is_a_fault(
    full_stack: FullStack, lie: Callable[[list[Json]], list[Json]], fault: str
) -> None:
    _one_sent(full_stack)
    assert fault in " ".join(_judged(full_stack, mails=lie(full_stack.accepted())).faults)


def no_card(_cards: list[Json]) -> list[Json]:
    return []


def old_text(cards: list[Json]) -> list[Json]:
    return [card | {"blocks": [b for b in card["blocks"] if b["block_id"] != "state"]} for card in cards]


def live_button(cards: list[Json]) -> list[Json]:
    button = {"type": "actions", "elements": [{"type": "button", "action_id": "approve_send", "value": "x:1"}]}
    return [card | {"blocks": [*card["blocks"], button]} for card in cards]


@pytest.mark.parametrize(
    ("lie", "fault"), [(no_card, "sees 0 cards"), (old_text, "as ''"), (live_button, "with the buttons")]
)
def test_a_card_that_does_not_say_what_postgres_has_is_a_fault(
    full_stack: FullStack, lie: Callable[[list[Json]], list[Json]], fault: str
) -> None:
    _one_sent(full_stack)
    assert fault in " ".join(_judged(full_stack, bobs=lie(full_stack.slack.messages("U02BOB"))).faults)


def _one_sent(full_stack: FullStack) -> object:
    """A full stack in which at least one mail was sent, and nothing is wrong."""
    drafts = ask("SELECT draft_id FROM send_queue WHERE status = 'sent' ORDER BY id DESC LIMIT 1")
    if not drafts:
        draft = full_stack.ingest()
        full_stack.card("U01ALICE", draft)
        full_stack.approve_directly(draft)
        drafts = [(draft,)]
    settled(full_stack)
    return drafts[0][0]


def _judged(full_stack: FullStack, mails: list[Json] | None = None, bobs: list[Json] | None = None) -> Verdict:
    seen = {who: full_stack.slack.messages(who) for who in REVIEWERS}
    return judge(
        settings().database_url,
        full_stack.accepted() if mails is None else mails,
        seen if bobs is None else seen | {"U02BOB": bobs},
    )
