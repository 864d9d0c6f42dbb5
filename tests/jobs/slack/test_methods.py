"""What the app asks Slack for is what it needs: the manifest, the installation and the code say the same."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.slack.app import COMMANDS, EVENTS
from jobs.slack.methods import METHODS, SCOPES
from tests.fixtures.processes import ROOT

MANIFEST = (ROOT / "docs" / "slack-manifest.yaml").read_text()
#: What stands on the pages of the events that we listen to, https://docs.slack.dev/reference/events/user_change.
EVENT_SCOPES = {"user_change": {"users:read"}, "team_join": {"users:read"}}


def listed(key: str) -> set[str]:
    """The entries of the list that stands under `key:` in the manifest."""
    below = re.split(rf"^ +{key}:\n", MANIFEST, flags=re.MULTILINE)[1]
    entries = []
    for line in below.splitlines():
        if not (entry := re.fullmatch(r" +- (?:command: )?([^\s#]+)(?: +#.*)?", line)):
            break
        entries.append(entry[1])
    return set(entries)


def called() -> Iterator[str]:
    """Every Web API method that stands in a call of ours."""
    files = [*(ROOT / "jobs").rglob("*.py"), *(ROOT / "bot" / "slack").rglob("*.py")]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("call", "_call"):
                yield from _method(node.args, path)


def _method(arguments: list[ast.expr], path: Path) -> Iterator[str]:
    assert arguments, path
    first = arguments[0]
    if isinstance(first, ast.Constant):
        yield str(first.value)
    else:  # a `_call` that passes on what it was given
        assert isinstance(first, ast.Name), f"{path}: the method is neither a word nor an argument"


def test_every_method_that_is_called_has_a_rate_and_scopes_and_no_other_stands_there() -> None:
    assert set(called()) == METHODS.keys()


def test_the_app_asks_for_exactly_the_scopes_that_it_needs() -> None:
    needed = {scope for name in called() for scope in METHODS[name].scopes}
    needed |= {scope for kind in EVENTS for scope in EVENT_SCOPES.get(kind, set())}
    needed |= {"commands"} if COMMANDS else set()
    assert needed == SCOPES


def test_the_manifest_asks_for_what_an_installation_asks_for() -> None:
    assert listed("bot") == SCOPES
    assert listed("user") == {"openid"}


def test_the_manifest_subscribes_to_the_events_that_are_listened_to() -> None:
    # What a message stands in is said by the subscription, and not by the event: `message.im` comes as `message`.
    assert {name.partition(".")[0] for name in listed("bot_events")} == EVENTS.keys()
    assert "message.im" in listed("bot_events")


def test_the_manifest_has_every_command_and_every_address() -> None:
    assert listed("slash_commands") == COMMANDS.keys()
    assert listed("redirect_urls") == {
        "https://signoff.example.com/auth/callback",
        "https://signoff.example.com/slack/oauth_redirect",
    }
    urls = re.findall(r"^ +(?:url|request_url): (.+)$", MANIFEST, flags=re.MULTILINE)
    assert urls == ["https://signoff.example.com/slack/events"] * 3
    assert "home_tab_enabled: true" in MANIFEST


@pytest.mark.parametrize("limit", [("description", 140), ("usage_hint", 1000), ("display_name", 80), ("name", 35)])
def test_the_words_of_the_manifest_fit(limit: tuple[str, int]) -> None:
    """https://docs.slack.dev/reference/app-manifest"""
    key, most = limit
    for words in re.findall(rf"^ +{key}: (.+)$", MANIFEST, flags=re.MULTILINE):
        assert len(words) <= most
