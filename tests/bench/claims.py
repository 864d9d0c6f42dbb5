"""Claims a second and how long one takes, however much waits: beside the bare `UPDATE … SKIP LOCKED`, in turns, on the
queue itself and on a copy that nothing guards.

Workers are processes, as they are in a deployment. Eight on two cores are what the database sees of a crowd; as threads
of one process they would queue for its interpreter and not for the rows.
"""

from collections import defaultdict
from statistics import median

from tests.bench.figures import Aim, Figure, percentile
from tests.bench.ground import Ground
from tests.bench.worlds import Claimers, World, worlds

KINDS = ("ours", "guarded", "bare")

GATES_INCLUDED = Aim(
    0.3,
    at_least=True,
    why="A claim writes four rows and has seven keys looked up, where the statement writes one row, and reads the "
    "account, the campaign, the contact and the suppression list. About half of its time is the client's CPU "
    "(SQLAlchemy, psycopg, the gates, the mail). Eight that claim from one account wait for each other: its limit and "
    "spacing are counted by one at a time.",
)
FLAT = Aim(1.5, why="Fewer of the rows and index pages that a claim touches are in memory, the more there are.")


def measure(ground: Ground, sizes: tuple[World, ...], rounds: int, count: int, crowds: tuple[int, ...]) -> list[Figure]:
    """`rounds` times `count` claims of each kind in each world, by each number of workers at once.

    The first world is what the size of the others is held against.
    """
    taken: dict[tuple[World, int, str], list[list[list[float]]]] = defaultdict(list)
    with worlds(ground, sizes, max(crowds)) as there:
        for round_ in range(rounds):
            for claimers in there:
                for workers in crowds:
                    claimers.top_up()
                    for kind in (*KINDS[round_ % 3 :], *KINDS[: round_ % 3]):
                        taken[claimers.world, workers, kind].append(claimers.claim(kind, count, workers))
                _look(claimers, count, taken)
    return [
        *(figure for world in sizes for workers in crowds for figure in _of_world(taken, world, workers)),
        *(_beside(taken, sizes[0], world, workers) for world in sizes[1:] for workers in crowds),
        *(_looks(taken, sizes[0], world) for world in sizes[1:]),
    ]


Taken = dict[tuple[World, int, str], list[list[list[float]]]]


def _look(claimers: Claimers, count: int, taken: Taken) -> None:
    """How long the clock looks for accounts that may send."""
    taken[claimers.world, 1, "look"].append(claimers.claim("look", count, 1))


def _of_world(taken: Taken, world: World, workers: int) -> list[Figure]:
    what = f"{world.name}, {_crowd(workers)}"
    ours, floor, peer = (_rate(taken[world, workers, kind]) for kind in ("ours", "guarded", "bare"))
    p99, floor_p99, peer_p99 = (_p99(taken[world, workers, kind]) for kind in ("ours", "guarded", "bare"))
    return [
        Figure(f"claims: {what}", "/s", ours, floor, peer, aim=GATES_INCLUDED),
        Figure(f"one claim, p99: {what}", "ms", p99, floor_p99, peer_p99),
    ]


def _beside(taken: Taken, small: World, world: World, workers: int) -> Figure:
    """Milliseconds of a claim here, and in the small world; an aim where only the length of the queue differs."""
    here, there = (workers * 1000 / _rate(taken[one, workers, "ours"]) for one in (world, small))
    aim = FLAT if world.accounts == small.accounts else None
    return Figure(f"time of a claim beside the first: {world.name}, {_crowd(workers)}", "ms", here, there, aim=aim)


def _looks(taken: Taken, small: World, world: World) -> Figure:
    here, there = (median(_seconds(taken[one, 1, "look"])) * 1000 for one in (world, small))
    return Figure(f"the clock's look beside the first: {world.name}", "ms", here, there, aim=FLAT)


def _crowd(workers: int) -> str:
    return f"{workers} worker{'s' if workers > 1 else ''}"


def _rate(rounds: list[list[list[float]]]) -> float:
    """Claims a second: of each round until the last worker was through, and the median of the rounds."""
    return median(sum(map(len, by_worker)) / max(map(sum, by_worker)) for by_worker in rounds)


def _p99(rounds: list[list[list[float]]]) -> float:
    return percentile(_seconds(rounds), 0.99) * 1000


def _seconds(rounds: list[list[list[float]]]) -> list[float]:
    return [seconds for by_worker in rounds for worker in by_worker for seconds in worker]
