"""Every word of the taxonomy that a person may meet has its words, and every sentence can be filled in."""

import re
from collections.abc import Mapping
from enum import StrEnum

import pytest

from core.taxonomy import (
    AttemptOutcome,
    BulkOutcome,
    DraftKind,
    DraftState,
    Phase,
    RefusalCode,
    Risk,
    Surface,
    TaskKind,
    TaskStatus,
    TroubleKind,
    Verb,
)
from core.text.words import events, outcomes, refusals, states

WORDS: list[tuple[Mapping[str, object], type[StrEnum]]] = [
    (states.DRAFT_STATES, DraftState),
    (states.ATTEMPTS, AttemptOutcome),
    (states.PHASES, Phase),
    (outcomes.STEPS, Phase),
    (states.SURFACES, Surface),
    (states.DRAFTS_TO, DraftKind),
    (states.DRAFT_KINDS, DraftKind),
    (states.RISKS, Risk),
    (states.RISK_MENU, Risk),
    (states.TASKS_TO, TaskKind),
    (states.HOW_TO, TaskKind),
    (states.TASK_STATES, TaskStatus),
    (states.BULK, BulkOutcome),
    (states.TROUBLES, TroubleKind),
    (events.EVENTS, Verb),
    (refusals.REFUSALS, RefusalCode),
]
#: What a view knows of a draft: what its sentences may name.
NAMES = frozenset(
    [
        *("who", "at", "ended", "to", "reason", "nothing", "risks", "note", "leaves", "asker", "asked", "change"),
        *("until", "heard", "sent", "skipper"),
    ]
)


@pytest.mark.parametrize(("words", "taxonomy"), WORDS)
def test_each_has_its_words(words: Mapping[str, object], taxonomy: type[StrEnum]) -> None:
    assert set(words) == set(taxonomy)


@pytest.mark.parametrize("state", DraftState)
def test_a_sentence_names_only_what_a_view_knows(state: DraftState) -> None:
    words = states.DRAFT_STATES[state]
    assert words.page_sentence, "a page always says where its draft stands"
    for sentence in (words.card, words.page_sentence, words.why):
        assert set(re.findall(r"{(\w*)}", sentence)) <= NAMES
        assert sentence.count("*") in (0, 2), "one strong part, or none"
