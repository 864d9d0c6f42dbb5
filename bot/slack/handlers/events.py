"""What Slack tells of its own accord: somebody opened the Home, the app was uninstalled. Recorded before the ack."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from slack_bolt import BoltResponse

from bot.slack.payload import Body, Later
from core.errors import DatabaseAway, SignoffError

log = structlog.get_logger("bot.slack")


@dataclass(frozen=True)
class Heard:
    """One event in its envelope (https://docs.slack.dev/apis/events-api), and a way to do things after the ack."""

    body: Body
    later: Later

    @property
    def event(self) -> Body:
        """The event itself; empty where the envelope holds none."""
        event = self.body.get("event")
        return event if isinstance(event, dict) else {}


def on_event(kind: str, do: Callable[[Heard], None]) -> Callable[..., BoltResponse]:
    """A Bolt listener that runs `do` before the ack. With Postgres away it answers 503: Slack sends it again."""

    def listener(body: Body, context: dict[str, object]) -> BoltResponse:
        later: Later = context["later"]  # type: ignore[assignment]  # put there by the endpoint
        try:
            do(Heard(body, later))
        except DatabaseAway:
            return BoltResponse(status=503)
        except SignoffError as error:
            log.warning("event not taken", kind=kind, error=type(error).__name__)
        return BoltResponse(status=200)

    return listener


def nothing(_heard: Heard) -> None:
    """An event that no room of the house cares for."""
