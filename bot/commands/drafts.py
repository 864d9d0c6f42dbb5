"""`signoff drafts`: list."""

from typing import Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import MOST, Workspace
from bot.local.embedded import prepare_environment

app = command_app()


@app.callback()
def drafts() -> None:
    """See which drafts wait for a decision."""


@app.command("list")
def list_drafts(
    most: Annotated[int, typer.Option("--limit", min=1, max=MOST, help="How many to show.")] = 50,
    workspace: Workspace = None,
) -> None:
    """List the drafts that wait for a decision: low risk first, then highest confidence, then oldest.

    Snoozed drafts are left out.
    """
    prepare_environment()
    from datetime import UTC, datetime

    from bot.commands.tables import more, show
    from core.db import transaction
    from core.text.phrases import how_long
    from core.text.words.states import RISKS
    from core.views.leads_for_review import leads_for_review
    from core.workspaces import find_workspace

    with transaction() as tx:
        leads = leads_for_review(tx, find_workspace(tx, workspace).id, most + 1)
    if not leads:
        print("No draft waits for a decision.")
        return
    now = datetime.now(UTC)
    show(
        ("Draft", "To", "Company", "Campaign", "Risk", "Score", "For", "Subject", "Why"),
        [
            (
                lead.key,
                lead.email,
                lead.company or "-",
                lead.campaign,
                RISKS[lead.risk] if lead.risk else "-",
                f"{lead.score} {lead.tier}" if lead.tier else "-",
                how_long(now - lead.waits_since),
                lead.subject,
                lead.return_reason or " ".join(lead.risk_reasons),
            )
            for lead in leads[:most]
        ],
    )
    more(most, goes_on=len(leads) > most)
