"""What every handler does when it could not do what was asked: say so, truthfully, and in time (P6)."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_bolt import BoltResponse

from bot.slack.payload import Body, Later, clicked, person, place, response_url
from bot.slack.tell import IN_DOUBT, NOTHING_HAPPENED, tell
from core.db import transaction
from core.errors import CommitInDoubt, DatabaseAway, Refusal, SignoffError
from core.surfaces import cards
from core.telemetry import metrics
from jobs.ring import ring_cards

log = structlog.get_logger("bot.slack")


@dataclass(frozen=True)
class Click:
    """One click: its payload, and a way to do things after the ack."""

    body: Body
    later: Later


def on_click(action: str, do: Callable[[Click], None]) -> Callable[..., BoltResponse]:
    """A Bolt listener that runs `do` before the ack, and tells the person when it was refused or not recorded."""

    def listener(body: Body, context: dict[str, object]) -> BoltResponse:
        later: Later = context["later"]  # type: ignore[assignment]  # put there by the endpoint
        click = Click(body, later)
        url = response_url(body)
        try:
            do(click)
        except Refusal as refusal:
            sentence = str(refusal)
            metrics.click(action, refusal.code)
            later(lambda: tell(url, sentence))
            later(lambda: redraw(body))
        except DatabaseAway as away:
            sentence = IN_DOUBT if isinstance(away, CommitInDoubt) else NOTHING_HAPPENED
            metrics.click(action, "away")
            later(lambda: tell(url, sentence))
            return BoltResponse(status=503)
        except SignoffError as error:
            sentence = str(error)
            metrics.click(action, "refused")
            later(lambda: tell(url, sentence))
        else:
            metrics.click(action, "done")
            later(lambda: adopt(body))
        return BoltResponse(status=200)

    return listener


def adopt(body: Body) -> None:
    """A click on a message that we have no row for makes it a card (DESIGN §6)."""
    _on_card(body, force=False)


def redraw(body: Body) -> None:
    """Draw the clicked card again: it showed something that is no longer so (P9)."""
    _on_card(body, force=True)


def _on_card(body: Body, *, force: bool) -> None:
    where, what, who = place(body), clicked(body), person(body)
    if where is None or what.draft_id is None:
        return
    try:
        with transaction() as tx:
            adopted = cards.adopt(tx, who.team_id, what.draft_id, who.user_id, *where)
            if force and not adopted:
                cards.distrust(tx, who.team_id, what.draft_id, *where)
    except DatabaseAway:
        log.warning("card not refreshed", error="DatabaseAway")
        return
    if adopted or force:
        ring_cards([what.draft_id])
