"""`signoff queue`: list, today, why, skip."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import MOST, Workspace, Yes, ask, operator
from bot.local.embedded import prepare_environment

if TYPE_CHECKING:
    from core.actor import Actor
    from core.db import Connection

app = command_app()

Which = Annotated[
    str, typer.Argument(metavar="DRAFT", help="A draft's key or id, its delivery's id, or the recipient's address.")
]


@app.callback()
def queue() -> None:
    """See what waits to be sent, why and until when; see today's schedule; skip a mail."""


@app.command("list")
def list_queue(
    campaign: Annotated[str | None, typer.Option(metavar="NAME", help="Only this campaign.")] = None,
    account: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Only this account.")] = None,
    most: Annotated[int, typer.Option("--limit", min=1, max=MOST, help="How many to show.")] = 50,
    workspace: Workspace = None,
) -> None:
    """List what waits, in sending order for each account, with the reason and the earliest time."""
    prepare_environment()
    from bot.commands.tables import show
    from core.accounts import pausing
    from core.campaigns import finding
    from core.db import transaction
    from core.views import send_queue

    with transaction() as tx:
        by = operator(workspace)(tx)
        assert by.workspace_id is not None
        rows, total = send_queue.queued_deliveries(
            tx,
            by.workspace_id,
            campaign_id=finding.find_campaign(tx, campaign, by) if campaign is not None else None,
            account_id=pausing.find_account(tx, account, by) if account is not None else None,
            most=most,
        )
    if not rows:
        print("Nothing waits.")
        return
    show(
        ("Draft", "To", "Campaign", "Account", ""),
        [(row.key, row.to, row.campaign, row.account, send_queue.waiting_sentence(row)) for row in rows],
    )
    if total > len(rows):
        typer.echo(f"These are the first {len(rows):,} of {total:,}.", err=True)


@app.command()
def today(
    account: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Only this account.")] = None,
    most: Annotated[int, typer.Option("--limit", min=1, max=MOST, help="How many to show.")] = 200,
    workspace: Workspace = None,
) -> None:
    """Show each account's day: what is being sent, what is due today, earliest first, and what was sent.

    Shows no more waiting mail of an account than it may still send today. Emails only; times are the workspace's.
    """
    prepare_environment()
    from bot.commands.lines import of_today
    from bot.commands.tables import more, show
    from core.accounts import pausing
    from core.db import transaction
    from core.views.todays_schedule import todays_schedule
    from core.workspaces import find_workspace

    with transaction() as tx:
        here = find_workspace(tx, workspace)
        account_id = pausing.find_account(tx, account, operator(workspace)(tx)) if account is not None else None
        rows, goes_on = todays_schedule(tx, here.id, most, account_id=account_id)
    if not rows:
        print("Nothing was sent today, and nothing waits to be sent today.")
        return
    show(("Time", "", "Draft", "To", "Campaign", "Account", "Why"), [of_today(row, here.timezone) for row in rows])
    more(most, goes_on=goes_on)


@app.command()
def why(draft: Which, workspace: Workspace = None) -> None:
    """Say why a draft or a task has not been sent yet, and until when it waits, or its outcome."""
    prepare_environment()
    from core.db import transaction
    from core.views.why import about
    from core.views.why import why as reason

    with transaction() as tx:
        found = reason(tx, draft, operator(workspace)(tx))
    print(about(found.called, found.sentence))


@app.command()
def skip(
    draft: Which,
    reason: Annotated[
        str, typer.Option(help="Why; shown on the draft's card.")
    ] = "Taken out of the queue by an operator.",
    workspace: Workspace = None,
    yes: Yes = False,
) -> None:
    """Take a draft out of the queue. Nothing is sent; it goes back to its reviewers with the reason."""
    prepare_environment()
    from core.access import act
    from core.db import transaction
    from core.delivery import skipping
    from core.taxonomy import Role, Verb
    from core.telemetry import logs
    from core.views import send_queue

    logs.configure("queue")
    from jobs.ring import ring_cards

    with transaction() as tx:
        draft_id = send_queue.find_draft(tx, draft, operator(workspace)(tx))
        queued = send_queue.queued_delivery(tx, draft_id)

    def take_out(tx: "Connection", by: "Actor") -> None:
        skipping.skip(tx, draft_id, reason, by)

    if queued is not None and not yes:
        ask(f"Take {queued.key} to {queued.to} out of the queue?", operator(workspace), take_out)
    act(operator(workspace), Role.ADMIN, Verb.SKIP, take_out, draft_id=draft_id)
    ring_cards([draft_id])
    print(f"Took {queued.key if queued else draft} out of the queue. It is back in review.")
