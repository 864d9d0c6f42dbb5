"""Which benches there are, and how much each measures."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import acks, claims, crowd, slack, ways
from tests.bench.figures import Figure
from tests.bench.ground import Ground
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
    #: Rounds of claims, claims a round and setting, and the numbers of processes that claim.
    claim_rounds: int
    claims: int
    claimers: tuple[int, ...]
    #: Cards rendered and drafts redrawn, a round; its rounds.
    slack_rounds: int
    cards: int
    updates: int
    #: Drafts, decisions a reviewer, seconds between them, how many times as fast as Slack, and open cards.
    crowd: tuple[int, int, float, float, int]


FULL = Size(
    ack_rounds=6,
    acks=300,
    ways=100,
    paced=150,
    claim_rounds=9,
    claims=300,
    claimers=(1, 4),
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
    claim_rounds=3,
    claims=200,
    claimers=(1, 4),
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
    claim_rounds=1,
    claims=4,
    claimers=(2,),
    slack_rounds=2,
    cards=3,
    updates=3,
    crowd=(200, 2, 0.5, 100.0, 1),
)

Bench = Callable[[Ground, FakeSmtp, Size], list[Figure]]

BENCHES: dict[str, Bench] = {
    "acks": lambda ground, _smtp, size: acks.measure(ground, size.ack_rounds, size.acks),
    "ways": lambda ground, smtp, size: ways.measure(ground, smtp, size.ways, size.paced),
    "claims": lambda ground, _smtp, size: claims.measure(ground, size.claim_rounds, size.claims, size.claimers),
    "slack": lambda ground, _smtp, size: slack.measure(ground, size.slack_rounds, size.cards, size.updates, size.acks),
    "crowd": lambda ground, smtp, size: crowd.measure(ground, smtp, *size.crowd),
}
