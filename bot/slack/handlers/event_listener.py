"""What Slack tells of its own accord: somebody opened the Home, the app was uninstalled. Recorded before the ack."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_bolt import BoltResponse

from bot.acts import Away, Done, outcome_of
from bot.slack.payload import AfterAck, Body, after_ack_in

log = structlog.get_logger("bot.slack")


@dataclass(frozen=True)
class Heard:
    """One event in its envelope (https://docs.slack.dev/apis/events-api), and a way to do things after the ack."""

    body: Body
    after_ack: AfterAck

    @property
    def event(self) -> Body:
        """The event itself; empty where the envelope holds none."""
        event = self.body.get("event")
        return event if isinstance(event, dict) else {}


def on_event(kind: str, hear: Callable[[Heard], None]) -> Callable[..., BoltResponse]:
    """A Bolt listener that runs `hear` before the ack. With Postgres away it answers 503: Slack sends it again."""

    def listener(body: Body, context: dict[str, object]) -> BoltResponse:
        heard = Heard(body, after_ack_in(context))
        outcome = outcome_of(lambda: hear(heard))
        if isinstance(outcome, Away):
            return BoltResponse(status=503)
        if not isinstance(outcome, Done):
            log.warning("event not taken", kind=kind, error=type(outcome.error).__name__)
        return BoltResponse(status=200)

    return listener


def nothing(_heard: Heard) -> None:
    """An event that no room of the house cares for."""
