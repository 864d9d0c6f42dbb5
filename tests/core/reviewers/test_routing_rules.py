"""Routing as a table: each campaign's rules, who can decide, and who is to have the card then. No database."""

from dataclasses import replace
from typing import Any

import pytest

from core.ids import UUID, new_id
from core.reviewers.people import People, Person
from core.reviewers.routing import OpenDraft, Recipients, Rules, assignee, recipients_of
from core.taxonomy import Risk, Routing

CAMPAIGN = new_id()
ANN, BEN, CLEO, DAN, EVE = IDS = sorted(new_id() for _ in range(5))
NAMES = dict(zip(IDS, "ABCDE", strict=True))
#: Ann and Ben review the campaign, and so does Dan where he is named; Cleo and Dan are admins; Eve reviews another.
PEOPLE = {member: Person(member, is_admin=member in (CLEO, DAN)) for member in IDS}
BOTH, WITH_DAN = {ANN: 0, BEN: 0}, {ANN: 0, BEN: 0, DAN: 0}
NOT_DAN = People(None, {member: person for member, person in PEOPLE.items() if member != DAN})
EVERYBODY = People(None, PEOPLE)
LOW_ONLY = {"admins_above_risk": "low"}
RISKY = {"risk": "review"}


def but(people: People, *members: UUID, **more: bool) -> People:
    """The same people, of whom these are otherwise."""
    changed = {member: replace(people.by_id[member], **more) for member in members}
    return People(people.limit, people.by_id | changed)


def named(members: Any) -> str:
    return "".join(NAMES[member] for member in members)


def told(to: Recipients) -> tuple[str, str, str]:
    return named(to.every), named(to.one_of), named(sorted(to.waived))


def routed(routing: Routing, draft: dict[str, Any], rules: dict[str, Any], people: People) -> tuple[str, str, str]:
    """Each of these, or one of those; and whose limit is waived."""
    turns = rules.get("turns", BOTH)
    named_rules = Rules(CAMPAIGN, routing, turns, rules.get("admins_above_risk"))
    return told(recipients_of(OpenDraft(new_id(), CAMPAIGN, **draft), named_rules, people))


@pytest.mark.parametrize(
    ("draft", "rules", "people", "every"),
    [
        ({}, {}, NOT_DAN, "AB"),
        ({}, {"turns": WITH_DAN}, EVERYBODY, "ABD"),
        ({"has": {ANN}}, {}, NOT_DAN, "AB"),
        # Also who may not approve it reads it; admins get it where nobody else may approve it.
        ({"barred": {ANN}}, {}, NOT_DAN, "AB"),
        ({"barred": {ANN, BEN}}, {}, NOT_DAN, "ABC"),
        (RISKY, LOW_ONLY, NOT_DAN, "ABC"),
        (RISKY, LOW_ONLY | {"turns": WITH_DAN}, EVERYBODY, "ABD"),
        (RISKY | {"barred": {DAN}}, LOW_ONLY | {"turns": WITH_DAN}, EVERYBODY, "ABCD"),
        # Who cannot be reached, and who is away.
        ({"lost": {ANN}}, {}, NOT_DAN, "B"),
        ({"lost": {ANN, BEN}}, {}, NOT_DAN, "C"),
        ({"lost": {ANN, BEN, CLEO}}, {}, NOT_DAN, ""),
        ({}, {}, but(NOT_DAN, ANN, BEN, away=True), "AB"),
        ({}, {}, but(NOT_DAN, ANN, away=True, long_away=True), "AB"),
        ({}, {}, but(NOT_DAN, ANN, BEN, away=True, long_away=True), "ABC"),
        ({}, {"turns": {}}, NOT_DAN, "C"),
    ],
)
def test_everyone(draft: dict[str, Any], rules: dict[str, Any], people: People, every: str) -> None:
    assert routed(Routing.EVERYONE, draft, rules, people) == (every, "", "")


@pytest.mark.parametrize("routing", [Routing.ROUND_ROBIN, Routing.LEAST_LOADED])
@pytest.mark.parametrize(
    ("draft", "rules", "people", "every", "one_of"),
    [
        ({}, {}, NOT_DAN, "", "AB"),
        ({}, {"turns": WITH_DAN}, EVERYBODY, "", "ABD"),
        # One has it, who may decide it: that will do.
        ({"has": {ANN}}, {}, NOT_DAN, "", ""),
        ({"has": {CLEO}}, {}, NOT_DAN, "", "AB"),
        ({"has": {ANN}, "barred": {ANN}}, {}, NOT_DAN, "", "B"),
        ({"has": {ANN}}, {}, but(NOT_DAN, ANN, long_away=True), "", "B"),
        # Of those who may, and can be reached; else admins.
        ({"barred": {ANN}}, {}, NOT_DAN, "", "B"),
        ({"barred": {ANN, BEN}}, {}, NOT_DAN, "C", ""),
        ({"lost": {BEN}}, {}, NOT_DAN, "", "A"),
        ({"lost": {ANN, BEN}}, {}, EVERYBODY, "CD", ""),
        ({}, {}, but(NOT_DAN, ANN, away=True), "", "AB"),
        ({}, {}, but(NOT_DAN, ANN, long_away=True), "", "B"),
        (RISKY, LOW_ONLY, NOT_DAN, "C", ""),
        (RISKY, LOW_ONLY | {"turns": WITH_DAN}, EVERYBODY, "", "D"),
        ({}, {"turns": {}}, NOT_DAN, "C", ""),
    ],
)
def test_one_of_several(
    routing: Routing, draft: dict[str, Any], rules: dict[str, Any], people: People, every: str, one_of: str
) -> None:
    assert routed(routing, draft, rules, people) == (every, one_of, "")


@pytest.mark.parametrize("routing", list(Routing))
@pytest.mark.parametrize(
    ("draft", "rules", "people", "every"),
    [
        ({"assigned_to": BEN}, {}, NOT_DAN, "B"),
        ({"assigned_to": EVE}, {}, NOT_DAN, "E"),
        ({"assigned_to": BEN}, {}, but(NOT_DAN, BEN, away=True), "B"),
        # Whose risk is not theirs to approve: it is also for those whose it is.
        ({"assigned_to": BEN} | RISKY, LOW_ONLY, NOT_DAN, "BC"),
        ({"assigned_to": BEN} | RISKY, LOW_ONLY | {"turns": WITH_DAN}, EVERYBODY, "BD"),
        ({"assigned_to": DAN} | RISKY, LOW_ONLY, EVERYBODY, "D"),
        ({"assigned_to": BEN, "risk": "low"}, LOW_ONLY, NOT_DAN, "B"),
    ],
)
def test_assigned_it_is_theirs_whatever_they_have_open(
    routing: Routing, draft: dict[str, Any], rules: dict[str, Any], people: People, every: str
) -> None:
    assert routed(routing, draft, rules, people) == (every, "", every[0])


@pytest.mark.parametrize(
    ("draft", "people"),
    [
        ({}, NOT_DAN),
        ({"assigned_to": DAN}, NOT_DAN),
        ({"assigned_to": BEN}, but(NOT_DAN, BEN, away=True, long_away=True)),
        ({"assigned_to": BEN, "lost": {BEN}}, NOT_DAN),
        ({"assigned_to": BEN, "barred": {BEN}}, NOT_DAN),
    ],
)
def test_what_is_assigned_to_nobody_who_can_decide_it_is_nobodys(draft: dict[str, Any], people: People) -> None:
    assert assignee(OpenDraft(new_id(), CAMPAIGN, **draft), people) is None


@pytest.mark.parametrize("routing", list(Routing))
@pytest.mark.parametrize(
    ("draft", "people", "every"),
    [
        ({}, EVERYBODY, "CD"),
        ({"assigned_to": ANN, "has": {CLEO}, "barred": {DAN}}, EVERYBODY, "CD"),
        ({"lost": {CLEO}}, EVERYBODY, "D"),
        ({"lost": {CLEO}}, NOT_DAN, "AB"),
    ],
)
def test_an_unknown_outcome_is_for_admins_whatever_they_have_open(
    routing: Routing, draft: dict[str, Any], people: People, every: str
) -> None:
    assert routed(routing, draft | {"unknown": True}, {}, people) == (every, "", every)


@pytest.mark.parametrize(
    ("above", "left"),
    [
        (None, []),
        ("low", [Risk.REVIEW, Risk.BLOCKED, None]),
        ("review", [Risk.BLOCKED, None]),
        ("blocked", [None]),
    ],
)
def test_which_risks_are_left_to_admins(above: str | None, left: list[Risk | None]) -> None:
    rules = Rules(CAMPAIGN, Routing.EVERYONE, BOTH, above)
    assert [risk for risk in (*Risk, None) if rules.leaves_to_admins(risk)] == left
