"""Clicks on cards and in windows: done before the ack, and what became of them told truthfully and in time (P6)."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_bolt import BoltResponse

from bot.acts import Act, Away, Done, Refused, Result, RowKind, Target, outcome_of, ring_cards_of, run
from bot.slack.ephemeral import tell
from bot.slack.payload import (
    AfterAck,
    Body,
    Person,
    after_ack_in,
    clicked_target,
    command_author,
    person,
    place,
    response_url,
)
from core.db import transaction
from core.surfaces import cards
from core.surfaces.kinds import TASK_CARDS
from core.surfaces.reconcile import distrust
from jobs.ring import ring_cards

log = structlog.get_logger("bot.slack")


@dataclass(frozen=True)
class Click:
    """One click, or one command that opens a window: its payload, and a way to do things after the ack."""

    body: Body
    after_ack: AfterAck

    @property
    def who(self) -> Person:
        return command_author(self.body) if "command" in self.body else person(self.body)

    @property
    def target(self) -> Target:
        """What the clicked button carried."""
        return clicked_target(self.body)


def act_on(click: Click, act: Act[Result]) -> Result:
    """Run an act on what the clicked button carried. Raises what the act raises, for the listener to tell."""
    return run(click.who.identify, act, click.target, click.after_ack)


def on_click(
    action: str, handle: Callable[[Click], None], row_kind: RowKind = RowKind.DRAFT
) -> Callable[..., BoltResponse]:
    """A Bolt listener that runs `handle` before the ack, and tells the person when it was refused or not recorded.

    `row_kind` is what the card shows that holds the button. 503: nothing was recorded, and Slack shows its own warning.
    """

    def listener(body: Body, context: dict[str, object]) -> BoltResponse:
        click = Click(body, after_ack_in(context))
        outcome = outcome_of(lambda: handle(click), count_as=action)
        if isinstance(outcome, Done):
            if row_kind == RowKind.DRAFT:
                click.after_ack(lambda: _adopt(click))
            return BoltResponse(status=200)
        url, sentence = response_url(body), outcome.sentence
        click.after_ack(lambda: tell(url, sentence))
        if isinstance(outcome, Refused):
            click.after_ack(lambda: _redraw(click, row_kind))
        return BoltResponse(status=503 if isinstance(outcome, Away) else 200)

    return listener


def _adopt(click: Click) -> None:
    """A click on a message that we have no row for makes it a card (DESIGN §6)."""
    _on_card(click, force=False)


def _redraw(click: Click, row_kind: RowKind) -> None:
    """Draw the clicked card again: it showed something that is no longer so (P9)."""
    if row_kind == RowKind.TASK:
        redraw_task(click.target)
    elif row_kind == RowKind.DRAFT:
        _on_card(click, force=True)


def _on_card(click: Click, *, force: bool) -> None:
    where, draft_id, who = place(click.body), click.target.row_id, click.who
    if where is None or draft_id is None:
        return

    def change() -> bool:
        with transaction() as tx:
            adopted = cards.adopt(tx, who.team_id, draft_id, who.user_id, *where)
            if force and not adopted:
                cards.distrust(tx, who.team_id, draft_id, *where)
        return adopted

    outcome = outcome_of(change)
    if not isinstance(outcome, Done):
        log.warning("card not refreshed", error=type(outcome.error).__name__)
    elif outcome.result or force:
        ring_cards([draft_id])


def redraw_task(target: Target) -> None:
    """Draw all cards of a task again: one of them showed something that is no longer so (P9)."""
    task_id = target.row_id
    if task_id is None:
        return

    def change() -> None:
        with transaction() as tx:
            distrust(tx, TASK_CARDS, task_id)

    outcome = outcome_of(change)
    if not isinstance(outcome, Done):
        log.warning("card not refreshed", error=type(outcome.error).__name__)
        return
    ring_cards_of(RowKind.TASK, target)
