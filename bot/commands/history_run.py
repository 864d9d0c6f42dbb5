"""The work of `signoff history import`, with a progress bar where a person watches."""

from collections.abc import Mapping
from typing import BinaryIO

from bot.commands.ingest_run import progress_bar, size_of
from core.actor import Actor
from core.db import transaction
from core.errors import BadInput, DatabaseAway
from core.ids import UUID
from core.intake.history_file import HistoryFile, as_text
from core.intake.history_import import Batch, import_history
from core.taxonomy import Surface
from core.telemetry import logs
from core.time_zones import is_time_zone
from core.workspaces import find_workspace


def run(
    stream: BinaryIO,
    team_id: str | None,
    *,
    keep: bool,
    named: Mapping[str, str | None],
    date_format: str | None,
    timezone: str | None,
    encoding: str | None,
) -> int:
    """Bring in all lines of `stream` and say what became of them; returns how many were refused.

    Refused lines go to stderr, the rest to stdout. Raises `BadInput` where it is not clear what is meant.
    """
    logs.configure("history")
    with transaction() as tx:
        workspace = find_workspace(tx, team_id)
    workspace_id, zone = workspace.id, timezone or workspace.timezone
    _check_zone(zone)
    with as_text(stream, encoding) as text:
        file = HistoryFile(text, timezone=zone, named=named, date_format=date_format)
        print(f"Columns: {_columns(file)}.")
        total = _import(file, stream, workspace_id, keep=keep)
    if keep:
        print(f"Kept: {_summary(total)}.")
    else:
        print(f"A dry run, nothing was kept: {_summary(total)}. Run it with --apply to keep it.")
    return len(total.refused)


def _import(file: HistoryFile, stream: BinaryIO, workspace_id: UUID, *, keep: bool) -> Batch:
    total = Batch()
    by = Actor(Surface.CLI, workspace_id)
    size = size_of(stream)
    try:
        with progress_bar() as progress:
            task = progress.add_task("Importing", total=size)
            for batch in import_history(file, workspace_id, by, keep=keep):
                total.add(batch)
                for number, reason in batch.refused:
                    progress.console.print(f"line {number}: {reason}", markup=False, soft_wrap=True)
                if size is not None:
                    progress.update(task, completed=stream.tell())
    except DatabaseAway:
        print(f"Interrupted after {_summary(total)}. Run it again: what is known is not taken in twice.")
        raise
    return total


def _check_zone(name: str) -> None:
    if not is_time_zone(name):
        raise BadInput(f"{name!r} is no time zone; write one such as Europe/London.")


def _columns(file: HistoryFile) -> str:
    places = {
        "address": file.columns.email,
        "LinkedIn URL": file.columns.linkedin,
        "date": file.columns.date,
        "status": file.columns.status,
    }
    found = [f"{what} in {file.header[place]!r}" for what, place in places.items() if place is not None]
    return ", ".join([*found, *(["every line counts as sent"] if file.columns.status is None else [])])


def _summary(total: Batch) -> str:
    parts = [f"{total.new:,} new, {total.known:,} known already"]
    if total.changed:
        parts.append(f"{total.changed:,} known that bounced or replied since")
    if total.suppressed:
        parts.append(f"{total.suppressed:,} put on the suppression list")
    if total.not_sent:
        each = ", ".join(f"{count:,} {status}" for status, count in sorted(total.not_sent.items()))
        parts.append(f"{total.not_sent.total():,} never sent ({each})")
    return ", ".join([*parts, f"{len(total.refused):,} refused"])
