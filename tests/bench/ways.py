"""From the click to the mail server's 250, and to the final state on every card: real web, worker, clock processes.

The floor is the I/O alone, done by one thread that has nothing else to do: one SMTP conversation of the standard
library with the same server, and then one `chat.update` a card with slack_sdk.
"""

import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from slack_sdk import WebClient

from tests.bench.clicks import clicks
from tests.bench.figures import Aim, Figure, percentile
from tests.bench.ground import DMS, Draft, Ground, prepare
from tests.bench.load import Client
from tests.bench.quick_slack import QuickSlack, quick_slack
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.full_stack import REVIEWERS
from tests.fixtures.waiting import wait_until

#: Clicks a second, when they come at a steady rate.
RATE = 5.0
#: Seconds until the last card must be there; far above what any click takes.
PATIENCE = 30.0
#: One line of the floor's mail, which is about as long as the drafts' own.
LINE = f"{'a letter of a usual length ' * 3}\r\n"

ACCEPTED = Aim(
    150,
    of="ours",
    why="Between click and mail lie the approval, the wake-up of a worker, the claim, the conversation and the start.",
)


@dataclass
class Way:
    """One click: when it was sent, and the milliseconds to each of its stations."""

    draft: Draft
    at: float = 0.0
    accepted: float = 0.0
    final: float = 0.0


def measure(ground: Ground, smtp: FakeSmtp, alone: int, paced: int) -> list[Figure]:
    """`alone` clicks one after the other, then `paced` clicks at RATE."""
    with quick_slack() as slack:
        address = ground.start_web(slack.url)
        ground.start("worker", slack.url)
        ground.start("clock", slack.url)
        _one_by_one(ground, smtp, slack, address, 10)  # threads and connections are there
        singly = _one_by_one(ground, smtp, slack, address, alone)
        floor = [_floor(smtp, slack, draft) for draft in prepare(ground, alone)]
        steadily = _at_rate(ground, smtp, slack, address, paced)
        ground.processes.kill_all()
    return [
        *_figures("one at a time", singly, floor, ACCEPTED),
        *_figures(f"{RATE:g}/s", steadily, floor),
    ]


def _one_by_one(ground: Ground, smtp: FakeSmtp, slack: QuickSlack, address: tuple[str, int], count: int) -> list[Way]:
    ways = [Way(draft) for draft in prepare(ground, count)]
    client = Client.to(address)
    for way, request in zip(ways, clicks([way.draft for way in ways]), strict=True):
        _click(way, client, request)
        way.final = (max(slack.wait_all(_cards(way.draft), "Sent", PATIENCE)) - way.at) * 1000
    client.socket.close()
    _read_accepted(smtp, ways)
    return ways


def _at_rate(ground: Ground, smtp: FakeSmtp, slack: QuickSlack, address: tuple[str, int], count: int) -> list[Way]:
    ways = [Way(draft) for draft in prepare(ground, count)]
    requests = clicks([way.draft for way in ways])
    clients = [Client.to(address) for _ in range(8)]
    began = time.monotonic()
    with ThreadPoolExecutor(len(clients)) as threads:
        for number, (way, request) in enumerate(zip(ways, requests, strict=True)):
            time.sleep(max(0.0, began + number / RATE - time.monotonic()))
            threads.submit(_click, way, clients[number % len(clients)], request)
    for way in ways:
        way.final = (max(slack.wait_all(_cards(way.draft), "Sent", PATIENCE)) - way.at) * 1000
    for client in clients:
        client.socket.close()
    _read_accepted(smtp, ways)
    return ways


def _click(way: Way, client: Client, request: bytes) -> None:
    way.at = time.time()
    status = client.exchange(request)
    assert status == 200, status


def _cards(draft: Draft) -> list[tuple[str, str]]:
    return [(DMS[member], draft.ts) for member in REVIEWERS]


def _read_accepted(smtp: FakeSmtp, ways: list[Way]) -> None:
    """When the server took each mail, from its own log; every mail was taken exactly once."""
    taken: dict[str, list[float]] = {}
    for mail in smtp.accepted():
        taken.setdefault(mail["rcpt_to"][0], []).append(mail["time"])
    for way in ways:
        (at,) = taken[way.draft.email]
        way.accepted = (at - way.at) * 1000


def _floor(smtp: FakeSmtp, slack: QuickSlack, draft: Draft) -> Way:
    way = Way(draft, at=time.time())
    mail = f"Message-ID: <{draft.id}@example.com>\r\nTo: {draft.email}\r\nSubject: Hello\r\n\r\n{LINE * 14}"
    with smtplib.SMTP("127.0.0.1", smtp.port) as server:
        server.sendmail("sam@example.com", [draft.email], mail)
    client = WebClient(token="xoxb-bench", base_url=f"{slack.url}/api/")
    for channel, ts in _cards(draft):
        client.chat_update(channel=channel, ts=ts, text="Sent", blocks=[])
    way.final = (time.time() - way.at) * 1000
    wait_until(lambda: any(draft.email in mail["rcpt_to"] for mail in smtp.accepted()[-1:]), what="the mail")
    _read_accepted(smtp, [way])
    return way


def _figures(how: str, ways: list[Way], floor: list[Way], aim: Aim | None = None) -> list[Figure]:
    return [
        Figure(
            f"click → {station}, {how}, {label}",
            "ms",
            percentile([getattr(way, name) for way in ways], share),
            percentile([getattr(way, name) for way in floor], share),
            aim=aim if (name, label) == ("accepted", "p50") else None,
        )
        for name, station in (("accepted", "accepted by SMTP"), ("final", "all cards final"))
        for label, share in (("p50", 0.5), ("p99", 0.99))
    ]
