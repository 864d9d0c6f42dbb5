"""The work of `signoff history import`, with a progress bar where a person watches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import BinaryIO

from bot.commands.ingest_run import progress_bar, size_of
from core.actor import Actor
from core.db import transaction
from core.errors import BadInput, DatabaseAway
from core.ids import UUID
from core.intake.history_columns import Reading
from core.intake.history_dates import Order
from core.intake.history_file import HistoryFile, read_again
from core.intake.history_import import Batch, import_history
from core.intake.history_line import NotSent, read_line
from core.intake.history_words import Became, read_meaning, read_status_map
from core.taxonomy import Surface
from core.telemetry import logs
from core.text.phrases import some_of
from core.time_zones import is_time_zone
from core.workspaces import find_workspace

#: Lines that are shown as they were understood, before anything is kept.
SAMPLES = 3


@dataclass(frozen=True)
class Asked:
    """What the command's options say of the file, as they were typed."""

    named: Mapping[str, str | None]
    ignored: Sequence[str]
    status_map: Sequence[str]
    status: str | None
    dates: str | None
    date_format: str | None
    timezone: str | None


def run(stream: BinaryIO, team_id: str | None, asked: Asked, *, keep: bool, encoding: str | None) -> int:
    """Bring in all lines of `stream` and say what became of them; returns how many were refused.

    Refused lines go to stderr, the rest to stdout. Raises `BadInput` where it is not clear what is meant.
    """
    logs.configure("history")
    with transaction() as tx:
        workspace = find_workspace(tx, team_id)
    zone = asked.timezone or workspace.timezone
    _check_zone(zone)
    reading = Reading(
        zone,
        asked.named,
        asked.ignored,
        read_status_map(asked.status_map),
        read_meaning(asked.status, "--status") if asked.status else Became.SENT,
        asked.date_format,
        _order(asked.dates),
    )
    with read_again(stream) as whole:
        file = HistoryFile(whole, reading, encoding)
        print(f"Columns: {_columns(file)}.")
        _show_samples(file)
        total = _import(file, whole, workspace.id, keep=keep)
    if keep:
        print(f"Imported: {_summary(total)}.")
    else:
        print(f"Dry run, nothing was imported: {_summary(total)}. Run it again with --apply to import.")
    return len(total.refused)


def _order(dates: str | None) -> Order | None:
    if dates is None:
        return None
    try:
        return Order(dates.strip().casefold())
    except ValueError:
        raise BadInput(f"--dates {dates!r}: write dmy (03/04/2026 is in April) or mdy (it is in March).") from None


def _show_samples(file: HistoryFile) -> None:
    now = datetime.now(UTC)
    for number, row in islice(file.rows(), SAMPLES):
        print(f"  line {number}: {_said(file, number, row, now)}")


def _said(file: HistoryFile, number: int, row: Sequence[str], now: datetime) -> str:
    """A line as it was understood."""
    try:
        read = read_line(file, number, row, now)
    except ValueError as error:
        return f"refused: {error}"
    if isinstance(read, NotSent):
        return "never sent"
    became = "opted out" if read.opted_out else str(read.status)
    when = f", {read.contacted_at.astimezone(file.zone):%d %b %Y %H:%M}" if read.contacted_at else ""
    return f"{read.email or read.linkedin}: {became}{when}"


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
        print(f"Interrupted after {_summary(total)}. Run it again: known lines are not imported twice.")
        raise
    return total


def _check_zone(name: str) -> None:
    if not is_time_zone(name):
        raise BadInput(f"{name!r} is not a time zone; write one such as Europe/London.")


def _columns(file: HistoryFile) -> str:
    """Which column was taken for what, how its dates are read, and which say nothing that counts."""
    columns = file.columns
    places = [("address", columns.email), ("LinkedIn URL", columns.linkedin), ("date", columns.date)]
    places += [("status", place) for place in columns.statuses]
    places += [(FLAGS[flag.became], flag.place) for flag in columns.flags]
    found = [f"{what} in {file.header[place]!r}" for what, place in places if place is not None]
    if not columns.statuses and not columns.flags:
        found.append(f"every line counts as {'sent' if file.reading.every == Became.SENT else 'you said'}")
    if columns.order and not file.reading.date_format:
        found.append(f"03/04/2026 is in {'April' if columns.order == Order.DMY else 'March'}")
    taken = {place for _, place in places}
    others = [repr(name) for place, name in enumerate(file.header) if place not in taken and name.strip()]
    return ", ".join(found) + (f". Not used: {some_of(others)}" if others else "")


#: What a column of yes and no is called.
FLAGS = {
    Became.SENT: "sent or not",
    Became.REPLIED: "replied or not",
    Became.BOUNCED: "bounced or not",
    Became.OPTED_OUT: "opted out or not",
}


def _summary(total: Batch) -> str:
    parts = [f"{total.new:,} new, {total.known:,} already known"]
    if total.changed:
        parts.append(f"{total.changed:,} updated (bounced or replied since)")
    if total.suppressed:
        parts.append(f"{total.suppressed:,} put on the suppression list")
    if total.left_out:
        parts.append(f"{total.left_out:,} with a LinkedIn URL ignored, as it is not a person's")
    if total.not_sent:
        each = ", ".join(f"{count:,} {status}" for status, count in sorted(total.not_sent.items()))
        parts.append(f"{total.not_sent.total():,} never sent ({each})")
    return ", ".join([*parts, f"{len(total.refused):,} refused"])
