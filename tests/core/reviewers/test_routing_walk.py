"""A long working day of a small team, at random: whatever happens, no hand is too full, and nothing waits unseen."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from core.actor import slack_user
from core.db import transaction
from core.drafts import snooze
from core.ids import UUID
from core.reviewers import mute
from core.teams.members import remember_gone, remember_seen
from tests.core.reviewers.routing_parts import (
    ALICE,
    BOB,
    CAROL,
    back,
    campaign,
    cards,
    catch_up,
    counts,
    id_of,
    quiet_now,
    workspace,
)
from tests.fixtures.cases import rounds
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.slow

TEAM = (ALICE, BOB, CAROL)
LIMIT = 3
STEPS = rounds(45, usual=25)


class Day:
    """What can happen, each as one step."""

    def __init__(self, domain: Domain, chance: random.Random) -> None:
        self.domain, self.chance = domain, chance
        self.away: set[str] = set()
        self.gone: set[str] = set()

    def come(self) -> None:
        for _ in range(self.chance.randint(1, 4)):
            self.domain.ingest()

    def decide(self) -> None:
        if present := [user for user in TEAM if user not in self.gone and cards(self.domain, user)]:
            user = self.chance.choice(present)
            draft = self.chance.choice(cards(self.domain, user))
            version = self.domain.view(draft).version
            if self.chance.random() < 0.5:
                self.domain.reject(draft, version=version, user=user)
            else:
                self.domain.edit(draft, version=version, user=user)

    def put_off(self) -> None:
        if open_ := cards(self.domain, CAROL):
            draft = self.chance.choice(open_)
            with transaction() as tx:
                until = datetime.now(UTC) + timedelta(days=1)
                snooze.snooze(tx, draft, self.domain.view(draft).version, until, slack_user(tx, "T01TEST", CAROL))

    def come_back(self) -> None:
        self.domain.sql("UPDATE drafts SET snoozed_until = now() - interval '1 second' WHERE snoozed_until IS NOT NULL")
        with transaction() as tx:
            snooze.wake_due(tx)

    def rest(self) -> None:
        user = self.chance.choice((ALICE, BOB))
        self.away.add(user)
        if user in self.gone or self.chance.random() < 0.5:
            quiet_now(self.domain, user)
        else:
            with transaction() as tx:
                mute.mute(tx, slack_user(tx, "T01TEST", user), None)

    def return_(self) -> None:
        for user in self.away:
            back(self.domain, user)
        self.domain.sql("UPDATE members SET muted_until = NULL, owed = owed OR muted_until IS NOT NULL")
        self.away.clear()

    def leave(self) -> None:
        user = self.chance.choice((ALICE, BOB))
        self.gone.add(user)
        with transaction() as tx:
            remember_gone(tx, id_of(self.domain, user))

    def rejoin(self) -> None:
        for user in self.gone:
            with transaction() as tx:
                remember_seen(tx, id_of(self.domain, user))
        self.gone.clear()


def waiting(domain: Domain) -> list[UUID]:
    return [
        draft
        for (draft,) in domain.rows(
            "SELECT id FROM drafts WHERE status IN ('needs_review', 'manual_review') AND snoozed_until IS NULL"
        )
    ]


@pytest.mark.parametrize("routing", ["everyone", "round_robin", "least_loaded"])
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.proofs)])
def test_p2_no_hand_is_too_full_and_nothing_waits_unseen(domain: Domain, routing: str, seed: int) -> None:
    campaign(domain, routing=routing)
    workspace(domain, open_cards=LIMIT)
    day = Day(domain, random.Random(f"{routing}{seed}"))
    steps = [day.come] * 4 + [day.decide] * 6
    steps += [day.put_off, day.come_back, day.rest, day.return_, day.leave, day.rejoin]
    said = []
    for _ in range(STEPS):
        step = day.chance.choice(steps)
        said.append(step.__name__)
        had = {user: set(cards(domain, user)) for user in TEAM}
        step()
        before = {user: set(cards(domain, user)) for user in TEAM}
        catch_up(domain)
        now = {user: set(cards(domain, user)) for user in TEAM}
        free = [user for user in TEAM if user not in day.away | day.gone and len(now[user]) < LIMIT]
        for user in TEAM:
            # What was put off, and is back, is in the same hand again; nothing comes to a hand that is full then.
            assert now[user] == before[user] or len(now[user]) <= LIMIT, said
            assert now[user] <= had[user] | before[user] or user not in day.away | day.gone, said
        seen = set().union(*(now[user] for user in TEAM if user not in day.gone))
        unseen = set(waiting(domain)) - seen
        assert not (unseen and free), said
        if routing == "everyone":
            for user in free:
                assert now[user] >= set(waiting(domain)), said
    assert sum(counts(domain).values()) > 0
