"""The table that a run prints, and docs/benchmarks.md."""

import os
import platform
from pathlib import Path

import psutil

from tests.bench.figures import Figure

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"
HEAD = ("what", "Signoff", "floor", "× floor", "peer", "× peer", "aim", "met")

#: What each bench measures and against what, as the page tells it.
HOW = {
    "acks": (
        "From a click to Slack's 200",
        """
Clicks on `approve_send`, as Slack sends and signs them, from a process of their own over keep-alive connections to one
`signoff web`. Each click approves another draft, whose cards were made beforehand; after each round Postgres is asked
whether every acked click made one delivery and one event. With 20 clients the process is saturated.

The floor is a bare Starlette app under the same uvicorn settings: it checks the signature, runs an approval's
statements in raw psycopg (one look-up, one update, two inserts; the same tables, triggers and indexes), pushes once to
Redis, and answers 200. Signoff also obeys a deadline, looks after the clicked card, rings for mail and cards, counts,
and logs.

The peer is Bolt as its documentation shows it: an `App` with default settings behind its Starlette adapter, whose
listener does Signoff's own act and acks once that is committed.
""",
    ),
    "ways": (
        "From a click to the mail, and to the cards",
        """
Real `signoff web`, `worker` and `clock`, a mail server that logs on disk what it accepted, and a Slack that answers at
once. *Accepted*: the mail server logged the mail. *Final*: the last of three reviewers' cards said "Sent". Once one
click at a time, once five clicks a second.

The floor is the I/O alone, in one idle thread: one SMTP conversation of `smtplib`, then three `chat.update` of
slack_sdk. It records nothing, and could not survive a crash.
""",
    ),
    "claims": (
        "Claims a second, however much waits",
        """
`core.delivery.claim` in processes that do nothing else: the median of all rounds, and the slowest hundredth of all
claims. A claim checks all gates, counts against the account, takes the head of the queue, builds and freezes the mail,
and writes attempt and event. What is queued is due, to people last written to ninety days ago; a full account has used
its limit. Each world is a database of its own; a small queue is filled again before each measurement. Eight processes
compete for the cores, as a crowd of workers does.

The floor is the bare `UPDATE … WHERE id = (SELECT … FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING` on the queue itself,
with its keys and the triggers by which the database counts and refuses: the least that a claim can cost here. The peer
is the same statement on a copy without triggers or foreign keys, and with one index, that of its head: little else than
a commit, so the faster the disk, the further it is ahead.

In lines that say *beside the first*, the floor is Signoff's own time in the first world: what a longer queue costs.
*The clock's look* finds the accounts that may send.
""",
    ),
    "drain": (
        "Emails a second out of a full queue",
        """
Real `signoff worker` processes with all gates on; limits and spacing let everything go. All send the same texts, with
an HTML part, through the same local sink, with as many processes of eight threads, on the same PostgreSQL, in turns,
warmed up; until the last result is recorded. The floor is what the line names:

- *smtplib alone*: one thread, one connection, mails built beforehand, no database.
- *django-post-office*: its `send_queued`, in batches of a hundred over kept connections. It records results after the
  whole batch: what was sent before a crash is sent again.
- *procrastinate*: one job a mail, with smtplib over a connection of its own. A crash between the server's 250 and the
  end of the job sends it again.
""",
    ),
    "slack": (
        "Cards, and the acks of a working day",
        """
*Rendered*: read the facts in one transaction, make the card, hold it against Slack's limits. The floor only writes the
same card as JSON.

*Updated*: one `signoff worker` that is rung for drafts of three cards each, and a Slack that answers at once. It reads,
renders, takes the card, asks for the budget, calls, records, and looks after the thread. The floor is one thread of
slack_sdk that only calls.

The acks are those of the first section on a workspace with five seconds to undo, ten open cards, reviewers in turn, and
two who approve; the click is the second's. The floor does not write who approved.
""",
    ),
    "crowd": (
        "Five thousand drafts for twenty reviewers",
        """
Four campaigns (in turn twice, least loaded, and one whose drafts three people have at once), ten open cards each, all
Homes open. Everybody decides a card every twenty seconds, by turns rejecting and approving through the sandbox. The
sandbox refuses what is over Slack's published limits, four times as fast, as the budgets are: a second of the clock is
four of *Slack's time*, in which all seconds below are, so our own work counts four times as well. *Final*: the last
update of a draft's last card was taken. The floor is one `chat.update` of slack_sdk.

A run fails when more than a handful of calls were refused, when a payload was, or when anybody had more than ten cards.
Memory stands beside what it was when all hands were full for the first time.
""",
    ),
}


def table(figures: list[Figure]) -> str:
    """A Markdown table, aligned so that it reads well as text, too."""
    rows = [HEAD, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = "-|-".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in (lines[0], rule, *lines[1:])) + "\n"


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.what,
        _value(figure.ours, figure.unit),
        _value(figure.floor, figure.unit),
        _times(figure.ratio),
        _value(figure.peer, figure.unit),
        _times(figure.peer_ratio),
        _bound(figure),
        {None: "", True: "yes", False: "no"}[figure.met],
    )


def _value(number: float | None, unit: str) -> str:
    if number is None:
        return ""
    digits = 0 if number >= 100 else 1 if number >= 10 else 2
    return f"{number:,.{digits}f} {unit}"


def _times(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"


def _bound(figure: Figure) -> str:
    if figure.aim is None:
        return ""
    unit = f" {figure.unit}" if figure.aim.of == "ours" else ""
    return f"{'≥' if figure.aim.at_least else '≤'} {figure.aim.bound:g}{unit}"


def write(figures: dict[str, list[Figure]]) -> None:
    """docs/benchmarks.md, from a whole run."""
    parts = [
        "# Benchmarks\n\n"
        "Written by `make bench`. Every measurement stands beside a floor or a peer that ran in turns with it, in the "
        "same minutes on the same machine, so the ratios say more than the milliseconds.\n\n" + _machine()
    ]
    for name, (title, how) in HOW.items():
        parts.append(f"## {title}\n{how}\n{table(figures[name])}")
    parts.append(_aims([figure for name in HOW for figure in figures[name] if figure.aim]))
    PAGE.write_text("\n".join(parts))


def _machine() -> str:
    memory = round(psutil.virtual_memory().total / 2**30)
    load = os.getloadavg()[2]
    return (
        f"The machine: {os.cpu_count()} cores, {memory} GiB of memory, {platform.system()}, Python "
        f"{platform.python_version()}. PostgreSQL 18 with fsync and synchronous_commit on, Redis, the load and "
        f"everything measured shared these cores. In the last quarter of an hour {load:.1f} processes at a time wanted "
        "one.\n"
    )


def _aims(figures: list[Figure]) -> str:
    """Which aims were missed, by how much and why; those that share a reason together."""
    missed: dict[str, list[str]] = {}
    for figure in figures:
        assert figure.aim is not None
        assert figure.measured is not None
        if not figure.met:
            off = abs(figure.measured / figure.aim.bound - 1)
            missed.setdefault(figure.aim.why, []).append(f"**{figure.what}** by {off:.0%}")
    if not missed:
        return "## The aims\n\nAll were met.\n"
    lines = [f"- {'; '.join(them)}. {why}" for why, them in missed.items()]
    return "\n".join(["## Aims that were missed\n", *lines]) + "\n"
