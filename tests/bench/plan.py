"""Which benches there are, and how much each measures."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import acks, claims, ways
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


FULL = Size(ack_rounds=6, acks=300, ways=100, paced=150, claim_rounds=9, claims=300, claimers=(1, 4))
QUICK = Size(ack_rounds=3, acks=120, ways=30, paced=40, claim_rounds=3, claims=200, claimers=(1, 4))
TINY = Size(ack_rounds=1, acks=4, ways=2, paced=2, claim_rounds=1, claims=4, claimers=(2,))

Bench = Callable[[Ground, FakeSmtp, Size], list[Figure]]

BENCHES: dict[str, Bench] = {
    "acks": lambda ground, _smtp, size: acks.measure(ground, size.ack_rounds, size.acks),
    "ways": lambda ground, smtp, size: ways.measure(ground, smtp, size.ways, size.paced),
    "claims": lambda ground, _smtp, size: claims.measure(ground, size.claim_rounds, size.claims, size.claimers),
}
