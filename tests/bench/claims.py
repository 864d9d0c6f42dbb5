"""Claims a second, beside the bare `UPDATE … FOR UPDATE SKIP LOCKED … RETURNING` on the same table, in turns."""

import subprocess
import sys
from collections import defaultdict
from contextlib import ExitStack
from statistics import median

from core.ids import UUID, new_id
from tests.bench.figures import Aim, Figure
from tests.bench.ground import Ground, prepare
from tests.fixtures.processes import ROOT

ACCOUNTS = (1, 50)

KINDS = ("ours", "bare", "whole")

AIM = Aim(
    0.5,
    at_least=True,
    why="The bare statement writes one row in one round trip; a claim writes three, under seven foreign keys, in a "
    "transaction of five round trips. Raw psycopg that writes the same three is the peer in the table, and pays most "
    "of that, too. The rest is about 0.4 ms of CPU in SQLAlchemy and psycopg, the gates, and 0.05 ms for the mail.",
)


def measure(ground: Ground, rounds: int, count: int, claimers: tuple[int, ...]) -> list[Figure]:
    """`rounds` times `count` claims of each kind, by so many processes at once, from 1 account and from 50."""
    rates: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    backlogs = {
        accounts: _backlog(ground, accounts, rounds * count * len(KINDS) * len(claimers)) for accounts in ACCOUNTS
    }
    for round_ in range(rounds):
        for accounts, ids in backlogs.items():
            for processes in claimers:
                for kind in KINDS[round_ % 3 :] + KINDS[: round_ % 3]:
                    seconds = _claim(ground, kind, count, processes, ids)
                    rates[kind, accounts, processes].append(count / seconds)
    return [
        Figure(
            f"claims, {accounts} account{'s' if accounts > 1 else ''}, "
            f"{processes} process{'es' if processes > 1 else ''}",
            "/s",
            *(median(rates[kind, accounts, processes]) for kind in KINDS),
            aim=AIM,
        )
        for accounts in ACCOUNTS
        for processes in claimers
    ]


def _backlog(ground: Ground, accounts: int, count: int) -> list[UUID]:
    """Accounts with a little more queued than `count` claims take in turns, made by SQL in bulk."""
    per_account = count // accounts + 100
    ids = []
    with ground.connect() as connection:
        for _ in range(accounts):
            account, campaign = new_id(), new_id()
            connection.execute(
                "INSERT INTO accounts (id, workspace_id, address, name, smtp_url, timezone) "
                "VALUES (%s, %s, %s, 'Sam Hill', 'smtp://127.0.0.1:1', 'Europe/London')",
                (account, ground.workspace_id, f"sam-{account.hex}@example.com"),
            )
            connection.execute(
                "INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name) "
                "SELECT %s, workspace_id, offer_id, %s, %s, 'Bench' FROM campaigns WHERE id = %s",
                (campaign, account, campaign.hex, ground.campaign_id),
            )
            drafts = [draft.id for draft in prepare(ground, per_account, campaign)]
            connection.execute(
                "UPDATE drafts SET status = 'approved', decided_at = now(), decided_surface = 'slack' "
                "WHERE id = ANY(%s)",
                (drafts,),
            )
            connection.execute(
                "INSERT INTO send_queue (id, workspace_id, draft_id, content_version, campaign_id, account_id, "
                "contact_id) SELECT uuidv7(), workspace_id, id, 1, campaign_id, %s, contact_id FROM drafts "
                "WHERE id = ANY(%s)",
                (account, drafts),
            )
            ids.append(account)
        connection.execute("VACUUM ANALYZE")
    return ids


def _claim(ground: Ground, kind: str, count: int, processes: int, accounts: list[UUID]) -> float:
    """The seconds that the slowest of the processes took for its share of `count` claims."""
    share = count // processes
    with ExitStack() as stack:
        running = []
        for n in range(processes):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.claimer", kind, str(share), *map(str, accounts[n:] + accounts[:n])],
                cwd=ROOT,
                env=ground.processes.env,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            running.append(process)
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return max(float(process.communicate(timeout=120)[0]) for process in running)
