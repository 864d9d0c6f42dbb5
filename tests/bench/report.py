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
        "Claims a second",
        """
`core.delivery.claim` in processes that do nothing else, on queues that are longer than what is claimed; the median of
all rounds. A claim checks the campaign, the account and the contact, takes the head of the queue, builds and freezes
the mail, and writes the attempt and the event.

The floor is the bare `UPDATE send_queue … WHERE id = (SELECT … FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING`: one
statement, on the same table with the same triggers. The peer is raw psycopg that writes the same rows as a claim
(delivery, attempt, event) in one transaction, without gates and without building a mail.
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
