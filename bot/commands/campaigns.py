"""`signoff campaigns`: list, pause, resume."""

from typing import Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import Workspace, Yes, mails, operator
from bot.embedded import prepare_environment

app = command_app()

Name = Annotated[str, typer.Argument(metavar="NAME", help="The campaign's slug, or the beginning of its name.")]


@app.callback()
def campaigns() -> None:
    """See which campaigns send, and pause or resume them."""


@app.command("list")
def list_campaigns(workspace: Workspace = None) -> None:
    """List the campaigns: status, mode, account, and what of them waits, was sent, and waits for a person."""
    prepare_environment()
    from bot.commands.tables import show
    from core import campaign_list
    from core.db import transaction

    with transaction() as tx:
        found = campaign_list.listed(tx, operator(workspace)(tx))
    if not found:
        print("There are no campaigns yet: `signoff apply workspace.toml` declares them.")
        return
    show(
        ("Campaign", "Status", "Mode", "Account", "To review", "Waiting", "Sent", "Unknown"),
        [
            (
                one.slug,
                one.status,
                one.mode,
                one.account,
                *map(str, (one.to_review, one.waiting, one.sent, one.unknown)),
            )
            for one in found
        ],
    )


@app.command()
def pause(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Its slug, or the beginning of its name.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Pause every active campaign.")] = False,
    workspace: Workspace = None,
    yes: Yes = False,
) -> None:
    """Pause a campaign: from now on nothing of it leaves, mail that is connected to a server included.

    One campaign is paused without a question; --all asks.
    """
    if (name is None) != everything:
        raise typer.BadParameter("name one campaign, or write --all")
    prepare_environment()
    from core import campaign_list, campaigns
    from core.act import act
    from core.db import transaction
    from core.taxonomy import CampaignStatus, Role, Verb

    if everything:
        with transaction() as tx:
            found = campaign_list.listed(tx, operator(workspace)(tx))
        names = [one.slug for one in found if one.status == CampaignStatus.ACTIVE]
        if not names:
            print("No campaign is active.")
            return
        if not yes:
            typer.confirm(f"Pause {', '.join(names)}?", abort=True)
    else:
        names = [name or ""]

    def switch(named: str) -> campaigns.Switched:
        return act(
            operator(workspace),
            Role.ADMIN,
            Verb.PAUSE,
            lambda tx, by: campaigns.pause(tx, campaigns.find(tx, named, by), by),
        )

    for switched in map(switch, names):
        print(f"Paused {switched.name}: {mails(switched.waiting)}.")


@app.command()
def resume(name: Name, workspace: Workspace = None, yes: Yes = False) -> None:
    """Resume a paused campaign: what waits for it may leave again."""
    prepare_environment()
    from core import campaign_list, campaigns
    from core.act import act
    from core.db import transaction
    from core.taxonomy import Role, Verb

    if not yes:
        with transaction() as tx:
            by = operator(workspace)(tx)
            campaign_id = campaigns.find(tx, name, by)
            waiting = next(one.waiting for one in campaign_list.listed(tx, by) if one.id == campaign_id)
        typer.confirm(f"Resume {name}? For it {mails(waiting)}", abort=True)
    switched = act(
        operator(workspace),
        Role.ADMIN,
        Verb.RESUME,
        lambda tx, by: campaigns.resume(tx, campaigns.find(tx, name, by), by),
    )
    print(f"Resumed {switched.name}: {mails(switched.waiting)}.")
