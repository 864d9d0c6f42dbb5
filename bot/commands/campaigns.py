"""`signoff campaigns`: list, pause, resume."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import Workspace, Yes, ask, mails, operator
from bot.local.embedded import prepare_environment

app = command_app()

if TYPE_CHECKING:  # a command that only shows its help imports nothing slow
    from core.actor import Actor
    from core.campaigns.pausing import BulkTarget, CampaignStatusChange
    from core.db import Connection

MaybeName = Annotated[str | None, typer.Argument(metavar="NAME", help="Its slug, or the beginning of its name.")]


@app.callback()
def campaigns() -> None:
    """See which campaigns send, and pause or resume them."""


@app.command("list")
def list_campaigns(workspace: Workspace = None) -> None:
    """List the campaigns: status, mode, account, and how much waits, was sent, and waits for review."""
    prepare_environment()
    from bot.commands.tables import show
    from core.db import transaction
    from core.views import campaigns as campaign_list

    with transaction() as tx:
        found = campaign_list.all_campaigns(tx, operator(workspace)(tx))
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
    name: MaybeName = None,
    everything: Annotated[bool, typer.Option("--all", help="Pause every active campaign.")] = False,
    workspace: Workspace = None,
    yes: Yes = False,
) -> None:
    """Pause a campaign at once, even mail already connected to a mail server.

    Pausing one campaign does not ask first; --all does.
    """
    _one_or_all(name, everything)
    prepare_environment()
    from core.access import act
    from core.campaigns import finding, pausing
    from core.db import transaction
    from core.taxonomy import Role, Verb

    if everything:
        with transaction() as tx:
            meant = pausing.all_active(tx, operator(workspace)(tx))
        if not meant.campaigns:
            print("No campaign is active.")
            return
        _ask("Pause", meant, yes)
        switched = act(operator(workspace), Role.ADMIN, Verb.PAUSE, pausing.pause_all).switched
    else:
        named = name or ""
        one = act(
            operator(workspace),
            Role.ADMIN,
            Verb.PAUSE,
            lambda tx, by: pausing.pause(tx, finding.find_campaign(tx, named, by), by),
        )
        switched = (one,)
    for each in switched:
        print(f"Paused {each.name}: {mails(each.waiting)}.")


@app.command()
def resume(
    name: MaybeName = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Resume every campaign that was paused with --all.")
    ] = False,
    workspace: Workspace = None,
    yes: Yes = False,
) -> None:
    """Resume a paused campaign: its waiting mail can be sent again.

    --all resumes what a pause of all campaigns paused; campaigns paused one by one stay paused.
    """
    _one_or_all(name, everything)
    prepare_environment()
    from core.access import act
    from core.campaigns import finding, pausing
    from core.db import transaction
    from core.taxonomy import Role, Verb
    from core.views import campaigns as campaign_list

    if everything:
        with transaction() as tx:
            meant = pausing.paused_by_all(tx, operator(workspace)(tx))
        if meant.campaigns:
            _ask("Resume", meant, yes)
        switched = act(operator(workspace), Role.ADMIN, Verb.RESUME, pausing.resume_all).switched
    else:
        named = name or ""

        def let_go(tx: "Connection", by: "Actor") -> "CampaignStatusChange":
            return pausing.resume(tx, finding.find_campaign(tx, named, by), by)

        if not yes:
            with transaction() as tx:
                by = operator(workspace)(tx)
                campaign_id = finding.find_campaign(tx, named, by)
                [found] = [one for one in campaign_list.all_campaigns(tx, by) if one.id == campaign_id]
            ask(f"Resume {found.name}? {mails(found.waiting).capitalize()} for it", operator(workspace), let_go)
        one = act(operator(workspace), Role.ADMIN, Verb.RESUME, let_go)
        switched = (one,)
    for each in switched:
        print(f"Resumed {each.name}: {mails(each.waiting)}.")


def _one_or_all(name: str | None, everything: bool) -> None:
    if (name is None) != everything:
        raise typer.BadParameter("name one campaign, or write --all")


def _ask(verb: str, meant: "BulkTarget", yes: bool) -> None:
    names = ", ".join(name for _, name in meant.campaigns)
    if not yes:
        typer.confirm(f"{verb} {names}?", abort=True)
