"""What was sent before Signoff, from a CSV file into the history, so that nobody is written to twice (004.14)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.contacts.contacts import suppress_address
from core.db import together_or_each, transaction
from core.ids import UUID
from core.intake.history_file import HistoryFile
from core.intake.history_line import NotSent, Written, read_line
from core.models import OutreachHistory
from core.taxonomy import Channel, HistoryStatus, Verb

#: Lines a transaction: few, as it holds the contacts that they name until it commits.
BATCH_LINES = 50


@dataclass
class Batch:
    """What became of some lines. `changed` were already known, and have bounced or replied since."""

    new: int = 0
    known: int = 0
    changed: int = 0
    suppressed: int = 0
    #: Lines of mail that was never sent, by their status.
    not_sent: Counter[str] = field(default_factory=Counter)
    #: LinkedIn URLs of companies, posts and searches beside an address.
    left_out: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Batch") -> None:
        self.new += other.new
        self.known += other.known
        self.changed += other.changed
        self.suppressed += other.suppressed
        self.not_sent += other.not_sent
        self.left_out += other.left_out
        self.refused += other.refused


def import_history(file: HistoryFile, workspace_id: UUID, by: Actor, *, keep: bool) -> Iterator[Batch]:
    """Bring the lines in, some a transaction; each batch is committed when it is handed out.

    A line is known by its person and its moment: importing a file twice, or two files that overlap, changes nothing.
    Without `keep` all of it is done and rolled back. Raises `BadInput` for a file that is no CSV, `DatabaseAway`.
    """
    seen: set[str] = set()
    rows = file.rows()
    now = datetime.now(UTC)
    while some := list(islice(rows, BATCH_LINES)):
        batch = Batch()
        lines: list[Written] = []
        for number, row in some:
            try:
                read = read_line(file, number, row, now)
            except ValueError as error:
                batch.refused.append((number, str(error)))
                continue
            if isinstance(read, NotSent):
                batch.not_sent[read.word] += 1
            elif read.key in seen:
                batch.known += 1
            else:
                lines.append(read)
                batch.left_out += read.left_out
        if not keep:
            seen |= {line.key for line in lines}
        store = partial(_store, workspace_id=workspace_id, by=by, keep=keep)
        for stored in together_or_each(lines, store):
            batch.add(stored)
        yield batch


def _store(lines: Sequence[Written], workspace_id: UUID, by: Actor, *, keep: bool) -> Batch:
    batch = Batch()
    with transaction() as tx:
        whole = tx.begin_nested()
        for line in lines:
            _keep(tx, workspace_id, line, batch)
        if batch.new or batch.changed or batch.suppressed:
            data = {"kind": "history", "new": batch.new, "changed": batch.changed, "suppressed": batch.suppressed}
            events.write(tx, by, events.Entry(Verb.DECLARE, workspace_id=workspace_id, data=data))
        if keep:
            whole.commit()
        else:
            whole.rollback()
    return batch


def _keep(tx: Connection, workspace_id: UUID, line: Written, batch: Batch) -> None:
    """One line of history. What is known changes only where the person has bounced or replied since."""
    why = "They had opted out before: from an imported history."
    suppressed = suppress_address(tx, workspace_id, line.email, why) if line.opted_out else 0
    batch.suppressed += suppressed
    if line.contacted_at is None:  # they opted out, and nobody says when they were written to
        batch.known += not suppressed
        return
    row = insert(OutreachHistory).values(
        workspace_id=workspace_id,
        channel=Channel.EMAIL if line.email else Channel.LINKEDIN,
        status=line.status,
        email_folded=line.email,
        linkedin_folded=sa.func.fold_linkedin_url(sa.cast(line.linkedin, sa.Text)),
        contacted_at=line.contacted_at,
        import_key=line.key,
    )
    kept: sa.Row[bool] | None = tx.execute(
        row.on_conflict_do_update(
            index_elements=[OutreachHistory.workspace_id, OutreachHistory.import_key],
            set_={"status": row.excluded.status},
            where=(OutreachHistory.status == HistoryStatus.SENT) & (row.excluded.status != HistoryStatus.SENT),
        ).returning(sa.literal_column("xmax = 0").label("is_new"))
    ).first()
    batch.new += kept is not None and kept.is_new
    batch.changed += kept is not None and not kept.is_new
    batch.known += kept is None
