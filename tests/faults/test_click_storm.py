"""Fifty fingers on one draft (P1, P10): one email, one approval, and forty-nine who are told who was first."""

import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from bot.sandbox.client import send
from tests.faults.conftest import settled
from tests.faults.stage import ask
from tests.fixtures.full_stack import REVIEWERS, FullStack
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.faults

FULL_STACK = {"webs": 2, "workers": 2}
CLICKS = 50
#: What Slack waits for an ack.
DEADLINE = 3.0
FIRST = re.compile(r"^(Alice Anderson|Bob Brown|Carol Chen) approved this at \d\d:\d\d[;,.]")


def test_fifty_clicks_at_once_send_one_email(full_stack: FullStack) -> None:
    draft = full_stack.ingest()
    cards = {who: full_stack.card(who, draft) for who in REVIEWERS}
    clickers = [REVIEWERS[number % 3] for number in range(CLICKS)]
    clicks = [full_stack.slack.signed_click(who, cards[who], "approve_send") for who in clickers]
    urls = [f"{url}/slack/events" for _, url in full_stack.webs]
    together = threading.Barrier(CLICKS)

    def press(number: int) -> tuple[int, float]:
        with httpx.Client(trust_env=False) as client:
            together.wait(20)
            began = time.monotonic()
            answer = send(clicks[number], client, urls[number % 2])
            return answer.status_code, time.monotonic() - began

    with ThreadPoolExecutor(CLICKS) as pool:
        answers = list(pool.map(press, range(CLICKS)))

    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < DEADLINE

    full_stack.wait_for(draft, "sent")
    settled(full_stack)
    assert len(full_stack.accepted()) == 1
    verbs = Counter(verb for verb, *_ in full_stack.events(draft))
    assert (verbs["approve"], verbs["refuse"]) == (1, CLICKS - 1)

    def told() -> list[str]:
        return [m["text"] for who in REVIEWERS for m in full_stack.slack.messages(who) if m.get("ephemeral")]

    sentences = wait_until(lambda: len(found := told()) == CLICKS - 1 and found, what="49 answers") or []
    ((winner,),) = ask("SELECT m.name FROM drafts d JOIN members m ON m.id = d.decided_by WHERE d.id = %s", draft)
    assert {match[1] for sentence in sentences if (match := FIRST.match(sentence))} == {winner}
    assert all(FIRST.match(sentence) for sentence in sentences)
