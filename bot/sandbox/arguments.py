"""Arguments of a Web API call, as JSON or a form carries them."""

from dataclasses import dataclass

from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json


@dataclass(frozen=True)
class Window:
    """Which messages a call asks for: `limit` of those after `oldest`, before `latest`; the ends too if `inclusive`."""

    oldest: str
    latest: str
    inclusive: bool
    limit: int


def window(args: Json, default_limit: int) -> Window:
    """The window of conversations.history and conversations.replies; raises invalid_limit."""
    return Window(
        oldest=str(args.get("oldest") or "0"),
        latest=str(args.get("latest") or "9999999999.999999"),
        inclusive=truth(args.get("inclusive")),
        limit=_limit(args.get("limit", default_limit)),
    )


def truth(value: object) -> bool:
    """A flag as it comes in JSON (true) or in a form ("1", "true")."""
    return value in (True, 1) or str(value).lower() in {"1", "true"}


def _limit(value: object) -> int:
    try:
        limit = int(str(value))
    except ValueError as error:
        raise SlackError("invalid_limit") from error
    if not 1 <= limit <= 1000:
        raise SlackError("invalid_limit")
    return limit
