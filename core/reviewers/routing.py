"""Routing of a draft: who is to have its card, or of whom one is to be chosen. Pure.

A draft that was assigned is that person's, as long as they can decide it and are not away for long. Otherwise it is for
all of its campaign's reviewers, or for one of them, as the campaign's routing says; and where none of them can decide
it, for admins and owners: none waits unseen.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.ids import UUID
from core.reviewers.people import People, Person
from core.taxonomy import Risk, Routing

_RISKS = list(Risk)


@dataclass(frozen=True)
class Rules:
    """What a campaign says of routing. `turns` has its reviewers: the lowest had theirs longest ago."""

    campaign_id: UUID
    routing: str
    turns: dict[UUID, int]
    #: Reviewers decide up to this risk; None: any.
    admins_above_risk: str | None = None

    def leaves_to_admins(self, risk: str | None) -> bool:
        """Whether a draft of this risk is for admins and owners to approve."""
        if self.admins_above_risk is None:
            return False
        return risk is None or _RISKS.index(Risk(risk)) > _RISKS.index(Risk(self.admins_above_risk))


@dataclass(frozen=True)
class OpenDraft:
    """A draft that a person is to look at. `unknown`: nobody knows whether it was sent; only admins may say."""

    draft_id: UUID
    campaign_id: UUID
    risk: str | None = None
    assigned_to: UUID | None = None
    unknown: bool = False
    #: Who has its card; who cannot be reached for it; and who may not approve it: they wrote it, or endorsed it before.
    has: frozenset[UUID] = frozenset()
    lost: frozenset[UUID] = frozenset()
    barred: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Recipients:
    """Who is to have a card: each of `every`, or one of `one_of`; those in `waived` whatever they have open."""

    every: tuple[UUID, ...] = ()
    one_of: tuple[UUID, ...] = ()
    waived: frozenset[UUID] = frozenset()


def recipients_of(draft: OpenDraft, rules: Rules, people: People) -> Recipients:
    """Route a draft: who is to have its card, as things stand."""
    reached = [person for person in people.by_id.values() if person.member_id not in draft.lost]
    admins = [person for person in reached if person.is_admin]
    reviewers = [person for person in reached if person.member_id in rules.turns]
    if draft.unknown:
        all_ = _ids(admins or reviewers)
        return Recipients(every=all_, waived=frozenset(all_))
    needs_admin = rules.leaves_to_admins(draft.risk)
    able = [person for person in _able(reviewers, draft, needs_admin=needs_admin) if not person.long_away]
    if (assigned := assignee(draft, people)) is not None:
        also = (able or admins) if needs_admin and not people.by_id[assigned].is_admin else []
        return Recipients(every=(assigned, *_ids(also)), waived=frozenset({assigned}))
    if rules.routing == Routing.EVERYONE:
        return Recipients(every=_ids({*reviewers, *(able or admins)}))
    if not able:
        return Recipients(every=_ids(admins))
    if draft.has & set(_ids(able)):
        return Recipients()
    return Recipients(one_of=_ids(able))


def assignee(draft: OpenDraft, people: People) -> UUID | None:
    """Whom it was assigned to, if they can still decide it and are not away for long; else it is to be handed on."""
    person = people.by_id.get(draft.assigned_to) if draft.assigned_to else None
    if person is None or person.long_away or person.member_id in draft.lost | draft.barred:
        return None
    return person.member_id


def _able(persons: Iterable[Person], draft: OpenDraft, *, needs_admin: bool) -> list[Person]:
    return [
        person for person in persons if person.member_id not in draft.barred and (person.is_admin or not needs_admin)
    ]


def _ids(persons: Iterable[Person]) -> tuple[UUID, ...]:
    return tuple(sorted(person.member_id for person in persons))
