"""The doorway for acts: what Signoff raises on purpose is an outcome with its words, and rings come after the act."""

from collections.abc import Callable
from typing import Any

import pytest

from bot import acts
from bot.acts import IN_DOUBT, NOTHING_HAPPENED, Act, Away, Done, NotTaken, Refused, RowKind, Target, outcome_of, run
from core import access
from core.actor import SIGNOFF, Actor
from core.db import Connection
from core.errors import BadInput, CommitInDoubt, DatabaseAway, KeyTaken, Refusal, SignoffError
from core.ids import new_id
from core.taxonomy import RefusalCode, Role, Verb
from core.telemetry import metrics

REFUSAL = Refusal(RefusalCode.STALE_VERSION, "The text changed.")


@pytest.mark.parametrize(
    ("error", "kind", "label", "sentence"),
    [
        (REFUSAL, Refused, "stale_version", "The text changed."),
        (BadInput("Too long.", "reason"), NotTaken, "refused", "Too long."),
        (KeyTaken("Taken."), NotTaken, "refused", "Taken."),
        (DatabaseAway("gone"), Away, "away", NOTHING_HAPPENED),
        (CommitInDoubt("gone"), Away, "away", IN_DOUBT),
    ],
)
def test_what_is_raised_on_purpose_is_an_outcome_and_counted(
    error: SignoffError, kind: type, label: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[tuple[str, str]] = []
    monkeypatch.setattr(metrics, "click", lambda *labels: counted.append(labels))

    def do() -> None:
        raise error

    outcome = outcome_of(do, count_as="approve_send")
    assert isinstance(outcome, kind)
    assert not isinstance(outcome, Done)
    assert (outcome.label, outcome.sentence) == (label, sentence)
    assert counted == [("approve_send", label)]


def test_a_field_is_told_where_it_is_known() -> None:
    for error, field in ((BadInput("Too long.", "reason"), "reason"), (BadInput("No."), None), (KeyTaken("No."), None)):
        assert NotTaken(error).field == field


def test_what_is_done_carries_its_result_and_is_counted_only_under_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[str, str]] = []
    monkeypatch.setattr(metrics, "click", lambda *labels: counted.append(labels))
    assert outcome_of(lambda: 7) == Done(7)
    assert counted == []
    assert outcome_of(lambda: 7, count_as="mute") == Done(7)
    assert counted == [("mute", "done")]


def test_a_defect_of_ours_is_no_outcome() -> None:
    with pytest.raises(ZeroDivisionError):
        outcome_of(lambda: 1 / 0)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is rung, in its order; acts run without a database."""

    def act(identify: Callable[[Any], Actor], _needs: Role, _verb: Verb, do: Callable[..., Any], **ids: Any) -> Any:
        assert sum(value is not None for value in ids.values()) <= 1
        return do(None, identify(None))

    rung: list[Any] = []
    monkeypatch.setattr(access, "act", act)
    monkeypatch.setattr(acts, "ring_cards", lambda ids: rung.append(("draft", *ids)))
    monkeypatch.setattr(acts, "ring_task", lambda task_id: rung.append(("task", task_id)))
    return rung


@pytest.mark.parametrize("row_kind", list(RowKind))
def test_the_cards_are_rung_after_the_act_and_then_what_the_act_rings(rung: list[Any], row_kind: RowKind) -> None:
    after: list[Callable[[], object]] = []
    target = Target(new_id(), 3)
    act = Act(Verb.DONE, lambda _tx, _by, target: target.version, row_kind=row_kind, ring=rung.append)
    assert run(lambda _: SIGNOFF, act, target, after.append) == 3
    assert rung == []
    for ring in after:
        ring()
    cards = [] if row_kind == RowKind.ACCOUNT else [(str(row_kind), target.row_id)]  # the clock finds an account's
    assert rung == [*cards, 3]


def test_a_refused_act_rings_nothing(rung: list[Any]) -> None:
    def refuse(_tx: Connection, _by: Actor, target: Target) -> None:
        target.require_id()

    after: list[Callable[[], object]] = []
    with pytest.raises(Refusal, match="has no draft"):
        run(lambda _: SIGNOFF, Act(Verb.APPROVE, refuse), Target(None, 0), after.append)
    assert after == []
    assert rung == []
