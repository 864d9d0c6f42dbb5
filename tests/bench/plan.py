"""Which benches there are, and how much each measures."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import acks, claims, crowd, drain, slack, ways
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.worlds import World
from tests.fakes.smtp.client import FakeSmtp


@dataclass(frozen=True)
class Size:
    """How often each thing is done."""

    #: Rounds of clicks on each server, and clicks a round and number of clients.
    ack_rounds: int
    acks: int
    #: Clicks one at a time; clicks at a steady rate.
    ways: int
    paced: int
    #: What waits, rounds of claims, claims a round and kind, and the numbers of processes that claim.
    worlds: tuple[World, ...]
    claim_rounds: int
    claims: int
    claimers: tuple[int, ...]
    #: Mails to send, rounds of it, the numbers of processes that send; `peers`: whether those are fetched and measured.
    mails: int
    drain_rounds: int
    drainers: tuple[int, ...]
    #: Cards rendered and drafts redrawn, a round; its rounds.
    slack_rounds: int
    cards: int
    updates: int
    #: Drafts, decisions a reviewer, seconds between them, how many times as fast as Slack, and open cards.
    crowd: tuple[int, int, float, float, int]
    peers: bool = True


FULL = Size(
    ack_rounds=6,
    acks=300,
    ways=100,
    paced=150,
    worlds=(
        World(1_000, 50),
        World(100_000, 50),
        World(1_000_000, 50),
        World(1_000, 50, blocked=1_000_000, full=10_000),
        World(1_000, 1),
    ),
    claim_rounds=5,
    claims=200,
    claimers=(1, 8),
    mails=1_000,
    drain_rounds=3,
    drainers=(1, 2),
    slack_rounds=6,
    cards=300,
    updates=100,
    crowd=(5_000, 12, 20.0, 4.0, 10),
)
QUICK = Size(
    ack_rounds=3,
    acks=120,
    ways=30,
    paced=40,
    worlds=(World(1_000, 50), World(100_000, 50), World(1_000, 50, blocked=100_000, full=1_000)),
    claim_rounds=3,
    claims=120,
    claimers=(1, 8),
    mails=300,
    drain_rounds=3,
    drainers=(1, 2),
    slack_rounds=3,
    cards=100,
    updates=50,
    crowd=(5_000, 5, 10.0, 8.0, 10),
)
TINY = Size(
    ack_rounds=1,
    acks=4,
    ways=2,
    paced=2,
    worlds=(World(40, 4), World(40, 4, blocked=40, full=4)),
    claim_rounds=1,
    claims=4,
    claimers=(1, 2),
    mails=4,
    drain_rounds=1,
    drainers=(1,),
    peers=False,
    slack_rounds=2,
    cards=3,
    updates=3,
    crowd=(200, 2, 0.5, 100.0, 1),
)

Bench = Callable[[Ground, FakeSmtp, Size], list[Figure]]

BENCHES: dict[str, Bench] = {
    "acks": lambda ground, _smtp, size: acks.measure(ground, size.ack_rounds, size.acks),
    "ways": lambda ground, smtp, size: ways.measure(ground, smtp, size.ways, size.paced),
    "claims": lambda ground, _smtp, size: claims.measure(
        ground, size.worlds, size.claim_rounds, size.claims, size.claimers
    ),
    "drain": lambda ground, _smtp, size: drain.measure(
        ground, size.mails, size.drain_rounds, size.drainers, peers=size.peers
    ),
    "slack": lambda ground, _smtp, size: slack.measure(ground, size.slack_rounds, size.cards, size.updates, size.acks),
    "crowd": lambda ground, smtp, size: crowd.measure(ground, smtp, *size.crowd),
}
