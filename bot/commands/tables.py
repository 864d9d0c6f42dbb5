"""Rows for a person at a terminal, and for a program that reads lines."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table


def show(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on a terminal; elsewhere one line a row, its fields separated by tabs, without headings."""
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        for row in rows:
            print("\t".join(row))
        return
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console.print(table)
