"""Rows for a person at a terminal, and for a program that reads lines."""

from collections.abc import Sequence

import typer
from rich.console import Console
from rich.table import Table

from bot.commands.operator import MOST


def _plain(text: str) -> str:
    """Nothing that moves the cursor of a terminal, or looks like the end of a field."""
    return "".join(character if character.isprintable() else " " for character in text)


def show(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere one line a row, its fields separated by tabs, without headings."""
    rows = [[_plain(field) for field in row] for row in rows]
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        for row in rows:
            print("\t".join(row))
        return
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def more(shown: int, *, goes_on: bool) -> None:
    """Say that these are not all, if there is more than was shown."""
    if goes_on:
        how = "; --limit shows more" if shown < MOST else ""
        typer.echo(f"These are the first {shown:,}{how}.", err=True)
