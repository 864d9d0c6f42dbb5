"""What a person sees once everything runs."""

import os
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from bot.local.up.plan import Plan

SLACK = "https://slack.com/api/"


def show(console: Console, plan: Plan, home: Path, *, empty: bool) -> None:
    """Print the addresses to open; with real Slack whether it answers, and what to do next."""
    table = Table(show_header=False, box=None, padding=(0, 2), title="Signoff is running", title_justify="left")
    for what, address in _rows(plan):
        table.add_row(what, address)
    console.print()
    console.print(table)
    console.print()
    if not plan.sandbox:
        for sentence in _about_slack(plan, empty):
            console.print(sentence, soft_wrap=True, highlight=False)
    console.print(f"Logs: {home / 'log'}   Ctrl-C ends everything; the data stays in {home}.", soft_wrap=True)
    console.print()


def _about_slack(plan: Plan, empty: bool) -> Iterator[str]:
    """Whether Slack knows our token, whether it can reach us, and what is still to be declared."""
    if plan.env.get("SLACK_BOT_TOKEN"):
        yield _token(plan)
    if plan.env.get("SLACK_CLIENT_ID"):
        yield f"Install Signoff in Slack at {plan.env['PUBLIC_URL']}/slack/install."
    if plan.env.get("SLACK_APP_TOKEN"):
        yield "Slack is connected by Socket Mode: no public URL is needed."
    elif "://127.0.0.1" in plan.env["PUBLIC_URL"] or "://localhost" in plan.env["PUBLIC_URL"]:
        yield "Slack cannot reach this machine: set PUBLIC_URL to an https address that leads to the web process."
    else:
        yield f"Slack sends its requests to {plan.env['PUBLIC_URL']}/slack/events (docs/slack-manifest.yaml)."
    if empty:
        yield "Next: [bold].venv/bin/signoff apply workspace.toml[/]"
        yield "then: [bold].venv/bin/signoff ingest drafts.jsonl[/]"


def _token(plan: Plan) -> str:
    try:
        answer = _auth_test(plan)
    except (httpx.HTTPError, ValueError):
        return f"Slack does not answer at {plan.env.get('SLACK_API_URL') or SLACK}: cards wait until it does."
    if not answer.get("ok"):
        return f"Slack refuses SLACK_BOT_TOKEN: {answer.get('error')}."
    return f"Slack answers: this is {answer.get('user')} in {answer.get('team')} ({answer.get('team_id')})."


def _auth_test(plan: Plan) -> dict[str, object]:
    url = (plan.env.get("SLACK_API_URL") or SLACK).rstrip("/") + "/auth.test"
    token = plan.env.get("SLACK_BOT_TOKEN", "")
    answer: dict[str, object] = httpx.post(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).json()
    return answer


def open_browser(plan: Plan) -> None:
    """Open the first address, where a person sits before a desktop."""
    desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if desktop and sys.stdout.isatty():
        webbrowser.open(_rows(plan)[0][1])


def _rows(plan: Plan) -> list[tuple[str, str]]:
    if plan.sandbox:
        return [
            ("Slack, to try", f"{plan.sandbox}/"),
            ("Its mailbox", f"{plan.sandbox}/mailbox"),
            ("Web", f"{plan.web}/"),
        ]
    return [("Web", f"{plan.web}/")]
