"""What a person sees once everything runs."""

import os
import sys
import webbrowser
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.up.plan import Plan


def show(console: Console, plan: Plan, home: Path) -> None:
    """Print the addresses to open, and with real Slack what to do next."""
    table = Table(show_header=False, box=None, padding=(0, 2), title="Signoff is running", title_justify="left")
    for what, address in _rows(plan):
        table.add_row(what, address)
    console.print()
    console.print(table)
    console.print()
    if not plan.sandbox:
        console.print(f"Slack sends its requests to {plan.env['PUBLIC_URL']}/slack/events (docs/slack-manifest.yaml).")
        console.print("Next: [bold]signoff apply workspace.toml[/], then [bold]signoff ingest drafts.jsonl[/].")
    console.print(f"Logs: {home / 'log'}   Ctrl-C ends everything; the data stays in {home}.", soft_wrap=True)
    console.print()


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
    return [("Web", f"{plan.web}/"), ("Slack", plan.env.get("SLACK_API_URL") or "https://slack.com/api/")]
