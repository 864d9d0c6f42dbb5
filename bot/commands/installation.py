"""`signoff installation`: status, stop, start, confirm."""

from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import Yes
from bot.local.embedded import prepare_environment
from core.actor import Actor
from core.taxonomy import Role, Surface

if TYPE_CHECKING:
    from core.installation import restored

app = command_app()


@app.callback()
def installation() -> None:
    """Stop and start all sending; confirm a database that was restored from an older backup."""


@app.command()
def status() -> None:
    """Show whether sending is on, and if not, why and since when."""
    prepare_environment()
    from core.db import transaction
    from core.installation import kill_switch, restored
    from jobs import start_log

    written = start_log.marks()
    with transaction() as tx:
        stopped, lost = kill_switch.stopped(tx), restored.lost_mark(tx, written)
    if stopped is None and lost is None:
        print("Sending is on.")
    if stopped is not None:
        since = f" since {stopped.since.astimezone():%Y-%m-%d %H:%M}" if stopped.since else ""
        print(f"Nothing is sent{since}. {stopped.reason}")
    if lost is not None and (stopped is None or stopped.by != "restore"):
        print("This database does not know everything that was sent: `signoff installation confirm` says more.")


@app.command()
def stop(reason: Annotated[str, typer.Option(help="Why, in a sentence; shown on the cards of waiting mail.")]) -> None:
    """Stop all sending at once, even mail already connected to a mail server. Does not ask first."""
    prepare_environment()
    from core.access import act
    from core.installation import kill_switch
    from core.taxonomy import Verb
    from core.text.clean import clean_reason

    sentence = clean_reason(reason)
    act(_operator, Role.OWNER, Verb.STOP_SENDING, lambda tx, by: kill_switch.stop(tx, sentence, by))
    print("Stopped: nothing is sent. Start again with `signoff installation start`.")


@app.command()
def start(yes: Yes = False) -> None:
    """Start sending again after a `stop`."""
    prepare_environment()
    from core.access import act
    from core.db import transaction
    from core.errors import SignoffError
    from core.installation import kill_switch, restored
    from core.taxonomy import StoppedBy, Verb
    from jobs import start_log

    written = start_log.marks()
    with transaction() as tx:
        was, lost = kill_switch.stopped(tx), restored.lost_mark(tx, written)
    if lost is not None or (was is not None and was.by == StoppedBy.RESTORE):
        raise SignoffError(
            "this database does not know everything that was sent: `signoff installation confirm` shows what is in "
            "doubt, and starts sending again."
        )
    if was is not None and not yes:
        typer.confirm(f"Start sending again? It was stopped: {was.reason}", abort=True)
    act(_operator, Role.OWNER, Verb.ALLOW_SENDING, kill_switch.allow)
    print("Started: mail is sent again.")


@app.command()
def confirm(yes: Yes = False) -> None:
    """Show what may have been sent without this database knowing, and start sending once you have dealt with it."""
    prepare_environment()
    from core.access import act
    from core.db import transaction
    from core.errors import SignoffError
    from core.installation import kill_switch, restored
    from core.taxonomy import StoppedBy, Verb
    from jobs import start_log

    written = start_log.marks()
    with transaction() as tx:
        was, report = kill_switch.stopped(tx), restored.report(tx, written)
    if report is None and (was is None or was.by != StoppedBy.RESTORE):
        raise SignoffError("there is nothing to confirm: this database knows everything that was sent.")
    if report is not None:
        print(_told(report))
    if not yes:
        typer.confirm("Have you dealt with these, and may sending start again", abort=True)
    act(_operator, Role.OWNER, Verb.ALLOW_SENDING, lambda tx, by: restored.confirm(tx, written, by))
    with transaction() as tx:
        still = kill_switch.stopped(tx)
    if still is None:
        print("Confirmed: mail is sent again.")
    else:
        print(f"Confirmed. Sending stays stopped by a person: {still.reason}")


def _told(report: "restored.Report") -> str:
    """The report, for a person to go through."""
    since = f"{report.since.astimezone():%Y-%m-%d %H:%M}" if report.since else "it was made"
    lines = [
        f"This installation started {report.outside:,} send attempts; this database knows {report.remembered:,}.",
        f"It does not have what was sent after {since}. These may have been sent already:",
        "",
        f"  {report.approved:,} approved drafts that wait here. They would be sent, perhaps for the second time:",
    ]
    for one in report.named:
        at = f"{one.approved_at:%Y-%m-%d %H:%M} UTC" if one.approved_at else "unknown"
        lines.append(f"    {one.campaign}  {one.key}  approved {at}  /drafts/{one.draft_id}")
    if report.approved > len(report.named):
        lines.append(f"    … and {report.approved - len(report.named):,} more")
    lines += [
        f"  {report.in_review:,} drafts that wait for review here. They may have been approved and sent since.",
        "",
        "Compare with the Sent folders of your accounts. `signoff queue skip` removes what was sent already, and",
        "`signoff history import` adds the people you wrote to, so that the sixty days count.",
    ]
    return "\n".join(lines)


def _operator(_tx: object) -> Actor:
    """Whoever may run this may do all that an owner may; it is of no one workspace."""
    return Actor(Surface.CLI, name="The operator", role=Role.OWNER)
