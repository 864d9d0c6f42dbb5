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
`signoff web` process. Each click approves another draft, which was prepared beforehand with its cards; after each round
Postgres is asked whether every acked click made exactly one delivery and one event. With 20 clients the process is
saturated: each client sends its next click as soon as it has its ack.

The floor is a bare Starlette app under the same uvicorn settings: it checks the signature, runs the statements of an
approval in raw psycopg on a pooled connection (one look-up, one update, two inserts; the same tables, triggers and
indexes), pushes once to Redis, and answers 200. Signoff does more with each click: it obeys a deadline, looks after the
card that was clicked, rings for the mail and for the cards, counts, and logs.

The peer is Bolt as its documentation shows it: an `App` with default settings behind its own Starlette adapter, whose
listener does Signoff's own act and acks once that is committed.
""",
    ),
    "ways": (
        "From a click to the mail, and to the cards",
        """
Real `signoff web`, `worker` and `clock` processes, a mail server that keeps a log on disk of what it accepted, and a
Slack that answers every call at once. *Accepted* is the moment at which the mail server logged the mail; *final* is the
moment at which the last of three reviewers' cards said "Sent". Once one click at a time, once five clicks a second.

The floor is the I/O alone: one SMTP conversation of Python's `smtplib` with the same server, then three `chat.update`
with slack_sdk, in one idle thread. It approves, queues, claims and records nothing, and it could not survive a crash.
""",
    ),
    "claims": (
        "Claims a second, however much waits",
        """
`core.delivery.claim` in processes that do nothing else; the median of all rounds, and the slowest hundredth of all
claims. A claim checks all gates, counts against the account, takes the head of the queue, builds and freezes the mail,
and writes the attempt and the event. What is queued is due, and everybody in it was written to ninety days ago; a full
account has used its limit of today. Each world is a database of its own on the same server; a small queue is filled up
again before each measurement. Eight processes are more than the cores: they compete as a crowd of workers does.

The floor is the bare `UPDATE … WHERE id = (SELECT … FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING` on the queue itself,
with its keys, and with the triggers by which the database counts and refuses, whoever asks: the least that a claim can
cost here. The peer is the same statement on a copy of the queue that has no triggers, no keys of others, and no index
but that of its head. It guards nothing and is little else than a commit: the faster the disk, the further it is ahead.

In the lines that say *beside the first*, the floor is Signoff's own time in the first world: what a longer queue costs.
*The clock's look* finds the accounts that may send.
""",
    ),
    "drain": (
        "Emails a second out of a full queue",
        """
Real `signoff worker` processes with all gates on, and accounts whose limits and spacing let everything go. All send the
same texts, with an HTML part, through the same local sink, which takes everything and keeps nothing; with as many
processes, of eight threads each, on the same PostgreSQL, in turns, after each has warmed up. From the moment at which
the work may begin until the last result is recorded. The floor is what the line names:

- *smtplib alone*: one thread, one connection, mails built beforehand, and no database at all.
- *django-post-office*: its `send_queued`, batch by batch of a hundred until nothing is left. It keeps its connections,
  and records the results of a batch after the whole batch: what was sent before a crash is sent again.
- *procrastinate*: one job a mail, which builds it and sends it with smtplib over a connection of its own. A crash
  between the server's 250 and the end of the job sends it again.
""",
    ),
    "slack": (
        "Cards, and the acks of a working day",
        """
*Rendered* is what a job does before it calls Slack: read the facts in one transaction, make the card, and hold it
against Slack's limits. The floor writes the same card as JSON, and does nothing else.

*Updated* is one `signoff worker` that is rung for drafts of three cards each, and a Slack that answers at once: it
reads, renders, takes each card, asks for the budget, calls, records what is shown, and looks after the thread. The
floor is one thread of slack_sdk that only calls.

The acks are those of the first section with what issue 4 turns on: five seconds to undo, ten open cards, reviewers in
turn, and two people who approve; one has, and the click is the second's. Floor and peer are those of the first section;
the floor does not write who approved.
""",
    ),
    "crowd": (
        "Five thousand drafts for twenty reviewers",
        """
Four campaigns (in turn twice, least loaded, and one whose drafts three people have at once), ten open cards each, all
Homes open. Everybody decides a card every twenty seconds, by turns rejecting and approving through the sandbox, while
what waits behind is looked at. The sandbox refuses whatever is over Slack's published limits, four times as fast, and
the budgets are four times as fast, too. A second of the clock is four of *Slack's time*, and all seconds below are
Slack's: that counts our own work four times as well. *Final* is the moment at which the last update of the last card of
that draft was taken: "Sent", where it was approved. The floor is one `chat.update` of slack_sdk, and nothing else.

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
    lines = ["## The aims\n"]
    for figure in figures:
        assert figure.aim is not None
        assert figure.measured is not None
        unit = f" {figure.unit}" if figure.aim.of == "ours" else ""
        lines.append(f"- **{figure.what}**: {figure.measured:.2f}{unit}, aim {_bound(figure)}. {_verdict(figure)}")
    return "\n".join(lines) + "\n"


def _verdict(figure: Figure) -> str:
    assert figure.aim is not None
    assert figure.measured is not None
    if figure.met:
        return "Met."
    off = abs(figure.measured / figure.aim.bound - 1)
    return f"Missed by {off:.0%}. {figure.aim.why}"
