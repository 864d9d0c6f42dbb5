"""The answers to a submitted modal (https://docs.slack.dev/surfaces/modals#updating_views)."""

from collections.abc import Callable

from slack_bolt import BoltResponse

from bot.slack.payload import Body, Later
from bot.slack.tell import IN_DOUBT, NOTHING_HAPPENED
from core.cards.modals import View, notice
from core.errors import CommitInDoubt, DatabaseAway
from core.telemetry import metrics

Save = Callable[[Body, Body, Later], BoltResponse | None]


def errors(block_id: str, sentence: str) -> BoltResponse:
    """Keep the modal open, with a sentence under one of its fields."""
    return BoltResponse(status=200, body={"response_action": "errors", "errors": {block_id: sentence}})


def replace(view: View) -> BoltResponse:
    """Show another view in the modal's place."""
    return BoltResponse(status=200, body={"response_action": "update", "view": view})


class Done(BoltResponse):
    """Another view that tells of something done: not a refusal."""


def done(view: View) -> Done:
    """Show what was done in the modal's place."""
    return Done(status=200, body={"response_action": "update", "view": view})


def on_submit(action: str, save: Save, field_for_trouble: str) -> Callable[..., BoltResponse]:
    """A Bolt listener that saves before the ack. With Postgres away the modal stays open, and nothing typed is lost.

    Where it has no field under which trouble could be told, there is nothing to lose: the trouble takes its place.
    """

    def listener(body: Body, view: Body, context: dict[str, object]) -> BoltResponse:
        later: Later = context["later"]  # type: ignore[assignment]  # put there by the endpoint
        try:
            answer = save(body, view, later)
        except DatabaseAway as away:
            metrics.click(action, "away")
            sentence = IN_DOUBT if isinstance(away, CommitInDoubt) else NOTHING_HAPPENED
            return errors(field_for_trouble, sentence) if field_for_trouble else replace(notice("Signoff", sentence))
        metrics.click(action, "done" if answer is None or isinstance(answer, Done) else "refused")
        return answer or BoltResponse(status=200)

    return listener
