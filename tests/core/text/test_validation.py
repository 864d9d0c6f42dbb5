"""Whatever pydantic finds, people read our words for it."""

from datetime import date

import pydantic_core
import pytest
from pydantic import BaseModel, Field, ValidationError

from core.text.validation import faults_of, problem

#: Sentences of our own models, which they raise as ValueError.
OURS = {"value_error", "assertion_error"}


@pytest.mark.parametrize("known", pydantic_core._pydantic_core.list_all_errors(), ids=lambda one: one["type"])
def test_no_kind_of_fault_is_told_in_pydantics_own_english(known: pydantic_core.ErrorTypeInfo) -> None:
    kind, context = known["type"], known.get("example_context") or {}
    if kind in OURS:
        return
    said = problem(kind, context)
    assert said
    assert said[0].islower()
    assert "{" not in said
    assert said != known["example_message_python"]
    assert "nput should" not in said
    assert "alid " not in said.replace("is not valid", "")


class _Row(BaseModel):
    count: int = Field(default=1, ge=1, le=1_000)
    day: date = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"count": "x"}, "count: must be a whole number"),
        ({"count": 1.5}, "count: must be a whole number"),
        ({"count": 0}, "count: must be at least 1"),
        ({"count": 5_000}, "count: must be at most 1,000"),
        ({"day": "20.11.2026"}, "day: must be a date such as 2026-11-20"),
    ],
)
def test_a_fault_says_what_would_be_right(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        _Row.model_validate(given)
    assert [str(fault) for fault in faults_of(caught.value)] == [told]
