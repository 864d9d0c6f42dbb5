"""Slack's side: cards rendered a second, updates a second through a worker, and a working day's acks."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice
from statistics import median

import pytest
from slack_sdk import WebClient

import jobs.broker
from core.cards.draft_card import draft_card
from core.cards.limits.lint import lint_message
from core.db import transaction
from core.ids import UUID
from core.views.draft import DraftView, read
from jobs.ring import ring_cards
from tests.bench import acks
from tests.bench.figures import Figure
from tests.bench.ground import DMS, Draft, Ground, prepare
from tests.bench.quick_slack import QuickSlack, quick_slack
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.waiting import wait_until

#: What the declared workspace has: five seconds to undo, ten open cards, in turn, and two who approve.
WORKING_DAY = (
    "UPDATE workspaces SET undo_seconds = 5, open_cards = 10",
    "UPDATE campaigns SET quorum = 2, routing = 'round_robin', self_approval = false",
)
#: Another reviewer has approved each draft already: the click that is measured is the second, and decides.
ENDORSED = """
INSERT INTO draft_approvals (draft_id, version, member_id, timing, surface)
SELECT draft.id, 1, members.id, 'earliest', 'slack' FROM unnest(%s::uuid[]) AS draft (id), members
WHERE members.slack_user_id = ANY(%s)
"""
#: What the time goes to beside that of any click.
SECOND = (
    "The floor counts nobody in; the second approval reads the quorum, writes down who approved, counts them, and "
    "decides then."
)
#: Seconds for what only has to happen at all.
PATIENCE = 60.0


def measure(ground: Ground, rounds: int, cards: int, updates: int, clicks: int) -> list[Figure]:
    """`rounds` of `cards` rendered and `updates` drawn in turn with their floors, and of `clicks` at each server."""
    drafts = prepare(ground, max(cards, updates))
    return [
        *_rendered(drafts[:cards], rounds),
        _updated(ground, drafts[:updates], rounds),
        *_acked(ground, rounds, clicks),
    ]


# --- cards ---


def _rendered(drafts: list[Draft], rounds: int) -> list[Figure]:
    """A card as the job makes it, and as it is once its facts are there; the floor writes the same card as JSON."""
    views = [_view(draft.id) for draft in drafts]
    cards = [draft_card(view, _page(view.draft_id)) for view in views]
    kinds: dict[str, Callable[[], object]] = {
        "whole": lambda: [_checked(_view(draft.id)) for draft in drafts],
        "known": lambda: [_checked(view) for view in views],
        "floor": lambda: [json.dumps(card) for card in cards],
    }
    for do in kinds.values():  # statements are prepared
        do()
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    for round_ in range(rounds):
        for kind in islice(cycle(kinds), round_ % 3, round_ % 3 + 3):
            rates[kind].append(len(drafts) / _seconds(kinds[kind]))
    rate = {kind: median(found) for kind, found in rates.items()}
    return [
        Figure("cards rendered: facts read, card, lint", "/s", rate["whole"], rate["floor"]),
        Figure("cards rendered: card, lint", "/s", rate["known"], rate["floor"]),
    ]


def _view(draft_id: UUID) -> DraftView:
    with transaction() as tx:
        view = read(tx, draft_id)
    assert view is not None
    return view


def _checked(view: DraftView) -> None:
    assert lint_message(draft_card(view, _page(view.draft_id))) == []


def _page(draft_id: UUID) -> str:
    return f"http://127.0.0.1:8080/drafts/{draft_id}"


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


# --- updates ---


def _updated(ground: Ground, drafts: list[Draft], rounds: int) -> Figure:
    """Cards drawn again by one worker, from the first ring on; the floor is one thread of slack_sdk."""
    with quick_slack() as slack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs.broker, "broker", jobs.broker.make_broker())
        ground.start("worker", slack.url)
        _redraw(ground, drafts)
        ours, floor = [], []
        for round_ in range(rounds):
            if round_ % 2:
                floor.append(_by_hand(slack, drafts))
            ours.append(_redraw(ground, drafts))
            if not round_ % 2:
                floor.append(_by_hand(slack, drafts))
        ground.processes.kill_all()
    updates = len(drafts) * len(REVIEWERS)
    return Figure("cards updated by one worker", "/s", updates / median(ours), updates / median(floor))


def _redraw(ground: Ground, drafts: list[Draft]) -> float:
    """Seconds from the first ring until every card of these drafts shows a new revision."""
    ids = [draft.id for draft in drafts]
    with ground.connect() as connection:
        connection.execute("UPDATE drafts SET revision = revision + 1 WHERE id = ANY(%s)", (ids,))
        began = time.perf_counter()
        assert ring_cards(ids)
        behind = "SELECT count(*) FROM drafts WHERE id = ANY(%s) AND drawn_revision < revision"
        wait_until(lambda: connection.execute(behind, (ids,)).fetchone() == (0,), seconds=PATIENCE, what="the cards")
    return time.perf_counter() - began


def _by_hand(slack: QuickSlack, drafts: list[Draft]) -> float:
    """Seconds that the same updates take without anything else."""
    client = WebClient(token="xoxb-bench", base_url=f"{slack.url}/api/")
    card = draft_card(_view(drafts[0].id), _page(drafts[0].id))
    began = time.perf_counter()
    for draft in drafts:
        for user in REVIEWERS:
            client.chat_update(channel=DMS[user], ts=draft.ts, **card)
    return time.perf_counter() - began


# --- acks ---


def _acked(ground: Ground, rounds: int, count: int) -> list[Figure]:
    """From the click to Slack's 200 once more, with undo, quorum and routing on."""

    def endorse(server: str, drafts: list[Draft]) -> None:
        """The floor writes no approval of its own: the database lets it decide when two are there."""
        others = REVIEWERS[1:] if server == "floor" else REVIEWERS[1:2]
        with ground.connect() as connection:
            connection.execute(ENDORSED, ([draft.id for draft in drafts], list(others)))

    with ground.connect() as connection:
        for statement in WORKING_DAY:
            connection.execute(statement)
    figures = acks.measure(ground, rounds, count, but_first=endorse, how=", two approve")
    return [replace(one, aim=replace(one.aim, why=f"{SECOND} {one.aim.why}")) if one.aim else one for one in figures]
