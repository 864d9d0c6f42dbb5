"""What `signoff apply` says."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from core.declare import Applied, Change
from core.text.phrases import when
from core.text.validation import Faulty


def show(console: Console, applied: Applied, *, dry_run: bool) -> None:
    """One sentence for each thing that was created or changed; what was left alone is counted, or named."""
    for change in applied.changes:
        if change.created or change.changed:
            colour = "green" if change.created else "yellow"
            console.print(_sentence(change, dry_run=dry_run), style=colour, markup=False, soft_wrap=True)
    same = Counter(change.kind for change in applied.changes if not change.created and not change.changed)
    if same:
        counted = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in same.items())
        console.print(f"Unchanged: {counted}.", markup=False, soft_wrap=True)
    for kind, name in applied.not_named:
        console.print(f"Left alone: the {kind} {name} (not in the file).", markup=False, soft_wrap=True)
    if dry_run:
        console.print("This was a dry run: nothing was changed.")


def digest_sentence(next_at: datetime | None, timezone: str) -> str:
    """When the next digest comes, now that its hour was changed: a day's is told once, on the day after."""
    if next_at is None:
        return "No digest is scheduled from now on."
    at = when(next_at, datetime.now(UTC), timezone)
    return f"The next digest comes {at} ({timezone}): each day's is sent once, on the day after."


def show_faults(console: Console, file: Path, faulty: Faulty) -> None:
    """One line for each fault, and that nothing was changed."""
    for fault in faulty.faults:
        console.print(f"signoff: {file}: {fault}", markup=False, soft_wrap=True)
    console.print("Nothing was changed.")


def _sentence(change: Change, *, dry_run: bool) -> str:
    if change.created:
        return f"{'Would create' if dry_run else 'Created'} the {change.kind} {change.name}."
    fields = "; ".join(f"{field.name} from {field.before} to {field.after}" for field in change.fields)
    return f"{'Would change' if dry_run else 'Changed'} the {change.kind} {change.name}: {fields}."
