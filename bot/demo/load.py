"""Load the demo into the sandbox's workspace, once."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from importlib.resources import files

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.demo.many import many
from core import actor, declare
from core.actor import Actor
from core.db import from_now
from core.drafts import review
from core.drafts.ingest import ingest
from core.errors import BadInput
from core.ids import UUID
from core.intake.json_input import read_draft
from core.models import Draft, DraftVersion, Workspace
from core.taxonomy import Risk, Surface

#: Slack takes about one message a second in each DM.
LATER = timedelta(seconds=4)
#: One draft was made kinder by a person before anybody decided: its card and its page show both versions.
EDITOR = "U02BOB"
EDITED = "demo-short"
BEFORE = "May I show you on one of your own Saturdays? It takes a quarter of an hour."
AFTER = "May I show you on one of your own Saturdays? A quarter of an hour is enough, and the coffee is on me."


def load(tx: Connection, env: Mapping[str, str]) -> list[UUID]:
    """Declare the workspace and take in its drafts; their ids. Empty, and nothing done, where it has drafts already.

    Two at once take turns. Raises `BadInput` where the database holds somebody's own workspace.
    """
    here = files("bot.demo")
    declaration = declare.read((here / "workspace.toml").read_bytes(), env)
    team_id = declaration.workspace.slack_team_id
    declare.take_turn(tx)
    _refuse_beside_others(tx, team_id)
    if tx.scalar(sa.select(sa.exists().where(Draft.workspace_id == Workspace.id, Workspace.slack_team_id == team_id))):
        return []
    workspace_id = declare.apply(tx, declaration, Actor(Surface.CLI)).workspace_id
    by = Actor(Surface.CLI, workspace_id)
    made = {}
    for line in (here / "drafts.jsonl").read_bytes().splitlines():
        draft = read_draft(line)
        made[draft.key] = ingest(tx, workspace_id, draft, by).draft_id
    editor = actor.slack_user(tx, team_id, EDITOR, Surface.CLI)
    text = tx.execute(
        sa.select(DraftVersion.subject, DraftVersion.body).where(DraftVersion.draft_id == made[EDITED])
    ).one()
    review.edit(tx, made[EDITED], 1, text.subject, text.body.replace(BEFORE, AFTER), editor)
    return list(made.values())


def show_the_rest_later(tx: Connection, loaded: Sequence[UUID]) -> list[UUID]:
    """Which of the new drafts get their cards now: those that need a look. The low-risk ones follow, one a second, by
    the clock, in the order of the file: so the newest card of a demo is one that a stranger can approve.
    """
    low = set(tx.scalars(sa.select(Draft.id).where(Draft.id.in_(loaded), Draft.risk == Risk.LOW)))
    for place, draft_id in enumerate(one for one in loaded if one in low):
        later = from_now(LATER + place * timedelta(seconds=1))
        tx.execute(sa.update(Draft).where(Draft.id == draft_id).values(sync_after=later))
    return [one for one in loaded if one not in low]


def _refuse_beside_others(tx: Connection, team_id: str) -> None:
    names = tx.execute(sa.select(Workspace.slack_team_id, Workspace.name).order_by(Workspace.slack_team_id)).all()
    if names and team_id not in [row.slack_team_id for row in names]:
        listed = ", ".join(f"{row.name} ({row.slack_team_id})" for row in names)
        raise BadInput(f"the demo needs an empty database, and this one has the workspace {listed}.")


def load_more(tx: Connection, count: int) -> list[UUID]:
    """Have `count` further drafts in the demo's workspace; the ids of those that are new.

    Raises `BadInput` where the demo was not loaded.
    """
    here = files("bot.demo")
    team_id = declare.read(
        (here / "workspace.toml").read_bytes(), {"SMTP_URL": "smtp://127.0.0.1"}
    ).workspace.slack_team_id
    workspace_id = tx.scalar(sa.select(Workspace.id).where(Workspace.slack_team_id == team_id))
    if workspace_id is None:
        raise BadInput("there is no demo yet: run `signoff demo` first.")
    by = Actor(Surface.CLI, workspace_id)
    made = [ingest(tx, workspace_id, draft, by) for draft in many(count)]
    return [one.draft_id for one in made if one.created]
