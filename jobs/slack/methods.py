"""What Slack says of each Web API method that we call: how often it may be called, and which scope that needs.

Rates: https://docs.slack.dev/apis/web-api/rate-limits; tier and scopes stand on each method's page, such as
https://docs.slack.dev/reference/methods/chat.update. Slack counts a method by workspace and app.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rate:
    """A bucket: so many calls at once, and then so many a second."""

    burst: float
    per_second: float

    def times(self, factor: float) -> "Rate":
        """So many times as fast; the burst stays."""
        return Rate(self.burst, self.per_second * factor)


def a_minute(calls: float, burst: float) -> Rate:
    """At most `calls` in any sixty seconds, whichever way Slack counts them: the burst is part of them."""
    return Rate(burst, (calls - burst) / 60)


TIER_2 = a_minute(20, burst=5)
TIER_3 = a_minute(50, burst=15)
TIER_4 = a_minute(100, burst=30)
#: "Hundreds" a minute for all channels together; Slack names no number.
POSTS = a_minute(300, burst=60)
#: "One message per second per channel. Short bursts allowed."
POSTS_IN_A_CHANNEL = Rate(burst=3, per_second=1)
#: A trigger lives three seconds, and nobody can come back later: such a call is always tried. Slack may refuse it.
AT_ONCE = Rate(burst=1e9, per_second=1e9)


@dataclass(frozen=True)
class Method:
    """How often a method may be called, and the scopes of a bot token that it needs."""

    rate: Rate
    scopes: frozenset[str] = frozenset()
    #: Counted by channel as well.
    per_channel: Rate | None = None
    #: What an answer that says `ok` holds, without which it is none: a path in it, and the type of what is there.
    answers: Mapping[str, type] = field(default_factory=dict)


def _method(
    rate: Rate, *scopes: str, per_channel: Rate | None = None, answers: Mapping[str, type] | None = None
) -> Method:
    return Method(rate, frozenset(scopes), per_channel, answers or {})


#: What the app asks for when it is installed: what the methods that we call need, and slash commands. The events that
#: we listen to need no more. docs/slack-manifest.yaml asks for the same.
SCOPES = frozenset({"chat:write", "commands", "im:history", "im:write", "users:read"})

METHODS = {
    "chat.postMessage": _method(
        POSTS, "chat:write", per_channel=POSTS_IN_A_CHANNEL, answers={"channel": str, "ts": str}
    ),
    "chat.update": _method(TIER_3, "chat:write"),
    "conversations.history": _method(TIER_3, "im:history", answers={"messages": list}),  # of DMs only
    "conversations.replies": _method(TIER_3, "im:history", answers={"messages": list}),
    "conversations.open": _method(TIER_3, "im:write", answers={"channel.id": str}),
    "users.info": _method(TIER_4, "users:read", answers={"user": dict}),
    "views.open": _method(AT_ONCE, answers={"view.id": str}),
    "views.update": _method(TIER_4),
    "views.publish": _method(TIER_4),
}
#: What a method that is not in the table may be called.
OTHERS = Method(TIER_2)


def method_named(name: str) -> Method:
    """What is known of a method."""
    return METHODS.get(name, OTHERS)
