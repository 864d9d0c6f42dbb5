"""The work of `signoff ingest`, with a progress bar where a person watches."""

import os
import stat
from typing import BinaryIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from core.actor import Actor
from core.db import transaction
from core.errors import DatabaseAway
from core.ids import UUID
from core.intake.file import ingest_lines, read_lines
from core.taxonomy import Surface
from core.telemetry import logs
from core.workspaces import find_workspace


def run(stream: BinaryIO, team_id: str | None, *, dry_run: bool) -> int:
    """Take in all lines of `stream` and say what became of them; returns how many were refused.

    Refused lines go to stderr, the summary to stdout. Raises `BadInput` when it is not clear which workspace is meant.
    """
    logs.configure("ingest")
    with transaction() as tx:
        workspace_id = find_workspace(tx, team_id).id
    new = known = refused = 0
    ringing = not dry_run
    try:
        with progress_bar() as progress:
            task = progress.add_task("Ingesting", total=size_of(stream))
            lines = read_lines(stream)
            for batch in ingest_lines(lines, workspace_id, Actor(Surface.CLI, workspace_id), dry_run=dry_run):
                new, known, refused = (
                    new + len(batch.new) + len(batch.tasks),
                    known + batch.known,
                    refused + len(batch.refused),
                )
                ringing = ringing and _ring(batch.new)
                for number, reason in batch.refused:
                    progress.console.print(f"line {number}: {reason}", markup=False, soft_wrap=True)
                progress.advance(task, batch.size)
    except DatabaseAway:
        print(f"Interrupted after {_summary(new, known, refused)}. Run it again: known lines are not imported twice.")
        raise
    print(f"{'Dry run, nothing was ingested: ' if dry_run else ''}{_summary(new, known, refused)}.")
    return refused


def _ring(draft_ids: list[UUID]) -> bool:
    """Whether the doorbell rang. Where Redis is away we ring no more: the clock finds the drafts within a second."""
    from jobs.ring import ring_new_cards

    return ring_new_cards(draft_ids)


def progress_bar() -> Progress:
    """A bar of bytes on a terminal; elsewhere nothing but what is printed through its console, to stderr."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def size_of(stream: BinaryIO) -> int | None:
    """The bytes of a regular file; None for a pipe."""
    try:
        found = os.fstat(stream.fileno())
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _summary(new: int, known: int, refused: int) -> str:
    return f"{new:,} new, {known:,} already known, {refused:,} refused"
