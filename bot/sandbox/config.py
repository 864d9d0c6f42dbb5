"""What a sandbox is made of: addresses, secrets, members. Read once, never changed."""

import ipaddress
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

BOT_TOKEN = "xoxb-sandbox"  # noqa: S105 - opens nothing but this sandbox
APP_TOKEN = "xapp-sandbox"  # noqa: S105 - as above
SIGNING_SECRET = "sandbox-signing-secret"  # noqa: S105 - as above
CLIENT_ID = "1000000000.2000000000"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - as above
APP_ID = "A0SIGNOFF"
BOT_ID = "B0SIGNOFF"
BOT_USER_ID = "U0SIGNOFF"
SCOPES = ("chat:write", "commands", "im:history", "im:write", "users:read")  # those of docs/slack-manifest.yaml


class Refused(Exception):
    """The sandbox does not start like this."""


@dataclass(frozen=True)
class Member:
    """A person in the workspace. `handle` is what follows the @."""

    id: str
    handle: str
    name: str
    email: str
    tz: str = "Europe/London"
    deleted: bool = False
    #: What stands beneath the name, as Slack's own profiles have it. The demo gives each of them that role.
    title: str = ""


@dataclass(frozen=True)
class Channel:
    """A channel; the bot may post to it when it is in there."""

    id: str
    name: str
    has_bot: bool = True
    archived: bool = False


MEMBERS = (
    Member("U01ALICE", "alice", "Alice Anderson", "alice@example.com", title="Admin: decides, pauses, sees everything"),
    Member("U02BOB", "bob", "Bob Brown", "bob@example.com", title="Reviewer: decides"),
    Member(
        "U03CAROL",
        "carol",
        "Carol Chen",
        "carol@example.com",
        title="Owner: everything an admin can do",
    ),
    Member("U04VERA", "vera", "Vera Vance", "vera@example.com", title="Viewer: reads, decides nothing"),
)
CHANNELS = (Channel("C01REVIEW", "outreach-review"),)


@dataclass(frozen=True)
class Config:
    """Times are in seconds. `state` None keeps everything in memory; port 0 takes any free port."""

    host: str = "127.0.0.1"
    port: int = 0
    smtp_port: int = 0
    state: Path | None = None
    team_id: str = "T01TEST"
    team_name: str = "Acme"
    bot_name: str = "Signoff"
    bot_token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    scopes: tuple[str, ...] = SCOPES  # of the bot token that is there from the beginning
    signing_secret: str = SIGNING_SECRET
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    events_url: str | None = None
    redirect_uris: tuple[str, ...] = ("http://127.0.0.1", "http://localhost")
    members: tuple[Member, ...] = MEMBERS
    channels: tuple[Channel, ...] = CHANNELS
    ack_deadline: float = 3.0
    trigger_life: float = 3.0
    rate_limits: bool = False
    event_retry_waits: tuple[float, ...] = (0.0, 0.2, 0.4)  # Slack waits 0, 60 and 300 s; a person here would not


def check(config: Config, environ: Mapping[str, str]) -> None:
    """Raises Refused when others could reach the sandbox, or a real Slack token is around."""
    if not is_loopback(config.host):
        raise Refused(f"the sandbox listens on loopback only, not on {config.host}")
    for name, start, ours in (
        ("SLACK_BOT_TOKEN", "xox", config.bot_token),
        ("SLACK_APP_TOKEN", "xapp", config.app_token),
    ):
        token = environ.get(name, "")
        if token.startswith(start) and token != ours:
            raise Refused(f"{name} holds a real Slack token: unset it to try the sandbox, or run without the sandbox")


def is_loopback(host: str) -> bool:
    """True for localhost and the loopback addresses."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def with_workspace(config: Config, file: Path) -> Config:
    """The config with team and members from a `signoff apply` file; raises Refused with the reason if it has none."""
    try:
        declared = tomllib.loads(file.read_text(encoding="utf-8"))
        team = declared.get("workspace", {})
        members = tuple(_member(row, team.get("timezone", "UTC")) for row in declared.get("members", []))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{file}: {error}") from error
    except KeyError as error:
        raise Refused(f"{file}: a member has no {error.args[0]}") from error
    return replace(
        config,
        team_id=team.get("slack_team_id", config.team_id),
        team_name=team.get("name", config.team_name),
        members=members or config.members,
    )


def _member(row: dict[str, Any], timezone: str) -> Member:
    handle = row.get("handle") or row["email"].partition("@")[0]
    return Member(row["slack_user_id"], handle, row["name"], row["email"], row.get("timezone", timezone))
