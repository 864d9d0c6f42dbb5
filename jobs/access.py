"""Which token a call of ours goes by, and whose budget it takes from."""

from dataclasses import dataclass, field

from core.ids import UUID
from core.settings import settings


@dataclass(frozen=True)
class Access:
    """A bot token, and the name of the budget that all calls by it share."""

    token: str = field(repr=False)
    budget: str


#: The budget of SLACK_BOT_TOKEN.
BY_ENVIRONMENT = "environment"


def access(_workspace_id: UUID | None) -> Access:
    """The token of a workspace."""
    return Access(settings().slack_bot_token.get_secret_value(), BY_ENVIRONMENT)
