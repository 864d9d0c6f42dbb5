"""Five thousand drafts for twenty reviewers, in Slack's own time: from a click to what every card shows."""

import time

from slack_sdk import WebClient

from bot.sandbox.client import Json, SandboxClient
from tests.bench.figures import Aim, Figure, percentile
from tests.bench.ground import Ground
from tests.fakes.smtp.client import FakeSmtp
from tests.fixtures.crowd import LIMIT, REVIEWERS, gather
from tests.fixtures.crowd_outcome import Outcome, outcome
from tests.fixtures.full_stack import SECRETS, FullStack
from tests.fixtures.processes import free_port

AIM = Aim(
    2.0,
    of="ours",
    why="A draft that is approved takes two updates of each of its cards, and the mail in between; a workspace has "
    "some 35 updates a minute, and what comes in bursts waits its turn. And all our own work counts four times.",
)
#: 429s that clocks which differ explain.
HANDFUL = 5


def measure(
    ground: Ground, smtp: FakeSmtp, drafts: int, each: int, every: float, scale: float, limit: int = LIMIT
) -> list[Figure]:
    """Twenty reviewers decide `each` cards, one every `every` seconds, with Slack's limits `scale` times as fast."""
    full_stack = _full_stack(ground, smtp, scale)
    with full_stack.slack:
        crowd = gather(full_stack, drafts, scale, limit)
        crowd.work(each, every)
        found = outcome(crowd)
        floor = _floor(full_stack)
    ground.processes.kill_all()
    assert found.refused <= HANDFUL, f"{found.refused} calls were refused"
    assert found.errors == {}, found.errors
    assert found.most_open <= limit, f"{found.most_open} cards were open"
    print(f"{found.decisions} decisions, {found.refused} calls refused, {dict(found.calls)}", flush=True)
    return [*_times(found, floor, scale), *_memory(found)]


def _full_stack(ground: Ground, smtp: FakeSmtp, scale: float) -> FullStack:
    """A web, a worker and a clock on a sandbox with Slack's limits."""
    port = free_port()
    addresses = ("--port", str(port), "--smtp-port", "0", "--events-url", "http://127.0.0.1:9/slack/events")
    ground.processes.start_module("bot.sandbox", *addresses, **SECRETS).wait_for_line('"url"')
    slack = SandboxClient(f"http://127.0.0.1:{port}")
    env = SECRETS | {
        "SLACK_API_URL": f"{slack.url}/api/",
        "PUBLIC_URL": "http://127.0.0.1:8080",
        "SLACK_RATE": str(scale),
    }
    full_stack = FullStack(
        ground.processes, env, slack, smtp, ground.workspace_id, ground.account_id, ground.campaign_id
    )
    slack.point_at(f"{full_stack.start_web()}/slack/events")
    full_stack.start_worker()
    full_stack.start_clock()
    return full_stack


def _floor(full_stack: FullStack) -> list[float]:
    """Seconds of one update of slack_sdk, with nothing else going on."""
    full_stack.slack.limit_rates(on=False)
    message: Json = full_stack.slack.messages(REVIEWERS[0])[0]
    client = WebClient(token=SECRETS["SLACK_BOT_TOKEN"], base_url=f"{full_stack.slack.url}/api/")
    seconds = []
    for _ in range(50):
        began = time.perf_counter()
        client.chat_update(channel=message["channel"], ts=message["ts"], text="-", blocks=message["blocks"])
        seconds.append(time.perf_counter() - began)
    return seconds


def _times(found: Outcome, floor: list[float], scale: float) -> list[Figure]:
    return [
        Figure(
            f"click → {station}, {label}",
            "s",
            percentile(seconds, share) * scale,
            percentile(floor, share) * scale,
            aim=AIM if (station, label) == ("all cards final", "p95") else None,
        )
        for station, seconds in (("all cards show who decided", found.shown), ("all cards final", found.final))
        for label, share in (("p50", 0.5), ("p95", 0.95))
    ]


def _memory(found: Outcome) -> list[Figure]:
    """Each process at the end, beside itself when all hands were full for the first time."""
    return [
        Figure(f"memory of the {name.split()[0]}", "MB", after, before)
        for name, (before, after) in found.memory.items()
    ]
