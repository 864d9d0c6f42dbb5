"""The Web API methods by name, and what a token needs for each.

Each takes the sandbox, the team of the token and the call's arguments, and returns what joins `ok: true`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.sandbox import methods_chat, methods_conversations, methods_users, methods_views
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team

Do = Callable[[Sandbox, Team, Json], Json]


@dataclass(frozen=True)
class Method:
    """What a method does, the scope that it needs, if any, and whether it looks into form fields only.

    The last is under "Content types" on the method's page. "history" stands for im:history or channels:history.
    """

    do: Do
    scope: str | None = None
    form_only: bool = False

    def needs(self, channel: str) -> str | None:
        """The scope for a call about this channel."""
        if self.scope != "history":
            return self.scope
        return "channels:history" if channel.startswith("C") else "im:history"


def auth_test(_sandbox: Sandbox, team: Team, _args: Json) -> Json:
    """https://docs.slack.dev/reference/methods/auth.test"""
    return {
        "url": f"https://{team.domain}.slack.com/",
        "team": team.name,
        "user": team.bot_name.lower(),
        "team_id": team.id,
        "user_id": team.bot_user,
        "bot_id": team.bot,
        "is_enterprise_install": False,
    }


METHODS: Mapping[str, Method] = {
    "auth.test": Method(auth_test),
    "chat.postMessage": Method(methods_chat.post_message, "chat:write"),
    "chat.postEphemeral": Method(methods_chat.post_ephemeral, "chat:write"),
    "chat.update": Method(methods_chat.update, "chat:write"),
    "chat.delete": Method(methods_chat.delete, "chat:write"),
    "chat.getPermalink": Method(methods_chat.get_permalink, form_only=True),
    "conversations.open": Method(methods_conversations.open_, "im:write"),
    "conversations.history": Method(methods_conversations.history, "history"),
    "conversations.replies": Method(methods_conversations.replies, "history", form_only=True),
    "users.info": Method(methods_users.info, "users:read", form_only=True),
    "users.list": Method(methods_users.list_, "users:read", form_only=True),
    "users.lookupByEmail": Method(methods_users.lookup_by_email, "users:read.email", form_only=True),
    "views.open": Method(methods_views.open_),
    "views.push": Method(methods_views.push),
    "views.update": Method(methods_views.update),
    "views.publish": Method(methods_views.publish),
}
