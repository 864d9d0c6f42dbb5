"""From the click to Slack's 200: Signoff, the floor and Bolt's default, in turns, each click on a draft of its own."""

from collections import defaultdict
from collections.abc import Callable
from functools import partial

from tests.bench.clicks import clicks
from tests.bench.figures import Aim, Figure, percentile
from tests.bench.ground import Draft, Ground, approved, prepare
from tests.bench.load import Load, run_apart
from tests.bench.quick_slack import quick_slack

CLIENTS = (1, 20)

AIMS = {
    ("p50", 1): Aim(
        2.5,
        why="The round trips to Postgres are no more than the floor's. Beside them an act of Signoff's takes about "
        "0.4 ms of CPU, most of it SQLAlchemy's, Bolt's dispatch 0.1 and reading the form 0.1; and what follows one "
        "ack (the clicked card, two rings) runs beside the next click.",
    ),
    ("p99", 20): Aim(
        3.0,
        why="With 20 clients one interpreter is busy all the time, and a click costs it about 2 ms of CPU, the floor's "
        "0.7. More web processes on more cores take more clicks.",
    ),
}


#: What happens to the drafts that a server will get, before they are clicked.
ButFirst = Callable[[str, list[Draft]], None]


def nothing(_server: str, _drafts: list[Draft]) -> None:
    """Drafts are clicked as they are."""


def measure(ground: Ground, rounds: int, count: int, but_first: ButFirst = nothing, how: str = "") -> list[Figure]:
    """`rounds` times `count` clicks on each server, with 1 client and with 20.

    `how`: what the lines of the table say of that.
    """
    with quick_slack() as slack:
        servers = {
            "ours": ground.start_web(slack.url),
            "floor": ground.start_peer("tests.bench.floor", slack.url),
            "peer": ground.start_peer("tests.bench.bolt_default", slack.url),
        }
        for name, address in servers.items():  # threads, connections and prepared statements are there
            _load(ground, address, max(CLIENTS), count // 2, partial(but_first, name))
            _load(ground, address, 1, count // 4, partial(but_first, name))
        loads: dict[tuple[str, int], list[Load]] = defaultdict(list)
        for round_ in range(rounds):
            for clients in CLIENTS:
                order = list(servers)
                for name in order[round_ % 3 :] + order[: round_ % 3]:
                    loads[name, clients].append(_load(ground, servers[name], clients, count, partial(but_first, name)))
        ground.processes.kill_all()
    return [figure for clients in CLIENTS for figure in _figures(loads, clients, how)]


def _load(
    ground: Ground, address: tuple[str, int], clients: int, count: int, but_first: Callable[[list[Draft]], None]
) -> Load:
    drafts = prepare(ground, count)
    but_first(drafts)
    load = run_apart(address, clients, clicks(drafts))
    assert load.failed == 0, f"{load.failed} clicks were not acked"
    assert approved(ground, drafts) == count, "an ack without its approval"
    return load


def _figures(loads: dict[tuple[str, int], list[Load]], clients: int, how: str) -> list[Figure]:
    people = f"{clients} client{'s' if clients > 1 else ''}{how}"

    def line(what: str, unit: str, of: dict[str, float], aim: Aim | None = None) -> Figure:
        return Figure(f"ack {what}, {people}", unit, of["ours"], of["floor"], of["peer"], aim)

    names = ("ours", "floor", "peer")
    ms = {name: [one for load in loads[name, clients] for one in load.ms] for name in names}
    rate = {name: len(ms[name]) / sum(load.seconds for load in loads[name, clients]) for name in names}
    return [
        *(
            line(label, "ms", {name: percentile(ms[name], share) for name in names}, AIMS.get((label, clients)))
            for label, share in (("p50", 0.5), ("p99", 0.99))
        ),
        line("rate", "/s", rate),
    ]
