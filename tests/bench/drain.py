"""Emails a second out of a full queue, through one local sink: Signoff's worker, and others that do the same work.

The same PostgreSQL, the same sink, as many mails with the same texts, as many processes and threads, in turns. All are
warm: each has sent some mails before its time begins. The peers come from the package index, into an environment that
is made for them and removed afterwards.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP
from statistics import median
from time import perf_counter

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

import jobs.broker
from core.ids import UUID
from core.mail.mime import html_from_text
from jobs.ring import ring_deliver
from tests.bench.figures import Aim, Figure
from tests.bench.ground import BODY, Ground
from tests.bench.sink import Sink, running_sink
from tests.bench.worlds import World, fill, made
from tests.fixtures.waiting import wait_until

PACKAGES = ("django-post-office==3.12.0", "Django==5.2.19", "procrastinate==3.10.0", "psycopg[binary]==3.3.9")
PEERS = Path(__file__).parent / "peers"
#: Threads of each process, as `signoff worker` has them; mails of one batch, as django-post-office takes them.
THREADS, BATCH = 8, 100
#: Accounts that share the queue, and mails that warm up.
ACCOUNTS, WARM = 50, 100
SUBJECT, SENDER = "Hello from the bench", "sam@example.com"

_OF_A_MAIL = (
    "For each mail Signoff asks every gate, commits three times (claimed, about to leave, left) and notes outside of "
    "Postgres that it begins. "
)
AHEAD = {
    "django-post-office": "Post-office commits once for a hundred mails, and sends all of them again after a crash.",
    "procrastinate": "Procrastinate commits twice a mail, asks no gate, and sends again after a crash in between.",
}

Send = Callable[[int, int], float]


def measure(ground: Ground, mails: int, rounds: int, processes: tuple[int, ...], *, peers: bool = True) -> list[Figure]:
    """`rounds` times `mails` by each sender, with each number of processes. `peers=False`: only beside smtplib."""
    rates: dict[tuple[str, int], list[float]] = defaultdict(list)
    with running_sink() as sink, ExitStack() as stack:
        senders: dict[str, Send] = {
            "Signoff": _signoff(ground, sink, stack),
            "smtplib alone": lambda count, _processes: _smtplib(sink, count),
        }
        if peers:
            python = stack.enter_context(_environment())
            for name, script in (("django-post-office", "with_post_office"), ("procrastinate", "with_procrastinate")):
                senders[name] = _peer(ground, sink, python, script, stack)
        names = list(senders)
        for round_ in range(rounds):
            for number in processes:
                for name in names[round_ % len(names) :] + names[: round_ % len(names)]:
                    before = sink.taken()
                    rates[name, number].append(mails / senders[name](mails, number))
                    assert sink.taken() - before >= mails, f"{name} sent less than it says"
    return [
        Figure(
            f"emails, {number} process{'es' if number > 1 else ''}, beside {name}",
            "/s",
            median(rates["Signoff", number]),
            median(rates[name, number]),
            aim=Aim(1, at_least=True, why=_OF_A_MAIL + AHEAD[name]) if name in AHEAD else None,
        )
        for number in processes
        for name in names[1:]
    ]


def _signoff(ground: Ground, sink: Sink, stack: ExitStack) -> Send:
    """Real `signoff worker` processes, all gates on; limits and spacing are such that all may go."""
    url = stack.enter_context(made(ground, World(WARM, ACCOUNTS)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE accounts SET smtp_url = %s", (f"smtp://127.0.0.1:{sink.port}",))
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    patch.setattr(jobs.broker, "broker", jobs.broker.make_broker())

    def send(count: int, processes: int) -> float:
        workers = [
            ground.processes.start("worker", "--only", "deliver", "--threads", str(THREADS), DATABASE_URL=url)
            for _ in range(processes)
        ]
        with psycopg.connect(url, autocommit=True) as connection:
            accounts = [UUID(str(row[0])) for row in connection.execute("SELECT id FROM accounts")]
            for mails in (WARM, count):
                fill(connection, mails)
                connection.execute("ANALYZE")
                began = _now(connection)
                for account in accounts:
                    ring_deliver(account)
                wait_until(lambda: _all_sent(connection), seconds=300, what="all mails to be sent")
        for worker in workers:
            worker.kill()
        return _last_sent(url) - began

    return send


def _now(connection: "psycopg.Connection[tuple[object, ...]]") -> float:
    return _number(connection, "SELECT extract(epoch FROM clock_timestamp())")


def _last_sent(url: str) -> float:
    with psycopg.connect(url) as connection:
        return _number(connection, "SELECT extract(epoch FROM max(finished_at)) FROM send_attempts")


def _all_sent(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    return not _number(connection, "SELECT count(*) FROM send_queue WHERE status <> 'sent'")


def _number(connection: "psycopg.Connection[tuple[object, ...]]", question: str) -> float:
    row = connection.execute(question.encode()).fetchone()
    assert row is not None
    return float(str(row[0]))


def _smtplib(sink: Sink, count: int) -> float:
    """One thread, one connection, mails that are built beforehand, and no database: what nobody can be ahead of."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, "dana@example.org", SUBJECT
    mail.set_content(BODY)
    mail.add_alternative(html_from_text(BODY), subtype="html")
    content = mail.as_bytes()
    with SMTP("127.0.0.1", sink.port, "bench.test") as server:
        began = perf_counter()
        for _ in range(count):
            server.sendmail(SENDER, ["dana@example.org"], content)
        return perf_counter() - began


@dataclass(frozen=True)
class Environment:
    """The Python of the peers, and a folder for their orders."""

    python: Path
    folder: Path


@contextmanager
def _environment() -> Iterator[Environment]:
    """An environment of its own for the peers, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="signoff-peers-") as folder:
        home = Path(folder) / "venv"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
        pip = [sys.executable, "-m", "pip", "--python", home / "bin" / "python"]
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", *quiet, *PACKAGES], check=True, stderr=subprocess.DEVNULL)
        yield Environment(home / "bin" / "python", Path(folder))


def _peer(ground: Ground, sink: Sink, environment: Environment, script: str, stack: ExitStack) -> Send:
    """A program of `tests/bench/peers`, on a database of its own that is new each time."""

    def send(count: int, processes: int) -> float:
        with psycopg.connect(ground.database_url, autocommit=True) as server:
            name = sql.Identifier(f"peer_{script}")
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
            server.execute(sql.SQL("CREATE DATABASE {}").format(name))
            url = ground.database_url.replace(f"/{server.info.dbname}?", f"/peer_{script}?")
        parts = conninfo_to_dict(url)
        order = environment.folder / f"{script}.json"
        order.write_text(
            json.dumps(
                {
                    "conninfo": url,
                    "database": {"NAME": f"peer_{script}", "USER": parts["user"], "HOST": parts["host"]},
                    "port": sink.port,
                    "threads": THREADS,
                    "batch": BATCH,
                    "processes": processes,
                    "warm": WARM,
                    "count": count,
                    "from": SENDER,
                    "subject": SUBJECT,
                    "text": BODY,
                    "html": html_from_text(BODY),
                }
            )
        )
        # django-post-office makes its processes itself; the other is started as often.
        running = [
            _start(environment.python, script, order, number)
            for number in range(1 if script == "with_post_office" else processes)
        ]
        try:
            for process in running:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n", f"{script} does not start"
            for process in running:
                assert process.stdin is not None
                process.stdin.write("go\n")
                process.stdin.flush()
            return max(float(process.communicate(timeout=300)[0]) for process in running)
        finally:
            for process in running:
                process.kill()
                process.wait()

    return send


def _start(python: Path, script: str, order: Path, number: int) -> "subprocess.Popen[str]":
    command = [python, PEERS / f"{script}.py", order, str(number)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
