"""The Web API methods by name. Each takes the sandbox and the call's arguments and returns what joins `ok: true`."""

from collections.abc import Callable, Mapping

from bot.sandbox import methods_chat, methods_conversations, methods_users, methods_views
from bot.sandbox.config import BOT_ID, BOT_USER_ID
from bot.sandbox.state import Json, Sandbox

Method = Callable[[Sandbox, Json], Json]


def auth_test(sandbox: Sandbox, _args: Json) -> Json:
    """https://docs.slack.dev/reference/methods/auth.test"""
    return {
        "url": f"https://{sandbox.config.team_domain}.slack.com/",
        "team": sandbox.config.team_name,
        "user": sandbox.config.bot_name.lower(),
        "team_id": sandbox.config.team_id,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


METHODS: Mapping[str, Method] = {
    "auth.test": auth_test,
    "chat.postMessage": methods_chat.post_message,
    "chat.postEphemeral": methods_chat.post_ephemeral,
    "chat.update": methods_chat.update,
    "chat.delete": methods_chat.delete,
    "chat.getPermalink": methods_chat.get_permalink,
    "conversations.open": methods_conversations.open_,
    "conversations.history": methods_conversations.history,
    "conversations.replies": methods_conversations.replies,
    "users.info": methods_users.info,
    "users.list": methods_users.list_,
    "users.lookupByEmail": methods_users.lookup_by_email,
    "views.open": methods_views.open_,
    "views.update": methods_views.update,
    "views.publish": methods_views.publish,
}

# These take form fields only; Slack does not look into a JSON body of theirs ("Content types" on each method's page).
FORM_ONLY = frozenset({"users.info", "users.list", "users.lookupByEmail", "conversations.replies", "chat.getPermalink"})
