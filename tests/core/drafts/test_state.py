"""The one state that a person sees: of a draft's own, its delivery's, and what came back of the mail."""

from typing import Any

import pytest

from core.drafts.state import draft_state
from core.taxonomy import FEEDBACK_VERBS, Verb
from core.taxonomy import DraftState as S

IS = pytest.mark.parametrize(
    ("status", "delivery", "more", "state"),
    [
        ("needs_review", None, {}, S.NEEDS_REVIEW),
        ("needs_review", None, {"changes_asked": True}, S.NEEDS_REVIEW),  # the note stays; the new text is there
        ("needs_review", "failed", {"returned": True}, S.FAILED_BACK),
        ("manual_review", None, {"returned": True}, S.MANUAL_REVIEW),
        ("manual_review", None, {"changes_asked": True}, S.MANUAL_REVIEW),
        ("pending", None, {}, S.PENDING),
        ("pending", None, {"changes_asked": True}, S.CHANGES_ASKED),
        ("rejected", None, {"returned": True, "changes_asked": True}, S.REJECTED),
        ("expired", None, {"changes_asked": True}, S.EXPIRED),
        ("approved", None, {"held_back": True}, S.WAITING),
        ("approved", None, {}, S.SENDING),
        ("approved", "queued", {"held_back": True, "returned": True}, S.WAITING),
        ("approved", "queued", {"changes_asked": True}, S.SENDING),
        ("approved", "claimed", {"held_back": True}, S.SENDING),
        ("approved", "sending", {"held_back": True}, S.SENDING),
        ("approved", "sent", {"held_back": True}, S.SENT),
        ("approved", "sent", {"came_back": Verb.COMPLAIN}, S.REPORTED),
        ("approved", "sent", {"came_back": Verb.UNSUBSCRIBE}, S.UNSUBSCRIBED),
        ("approved", "sent", {"came_back": Verb.REPLY}, S.ANSWERED),
        ("approved", "sent", {"came_back": Verb.BOUNCE}, S.BOUNCED),
        ("approved", "outcome_unknown", {"came_back": Verb.BOUNCE}, S.OUTCOME_UNKNOWN),
        ("approved", "queued", {"came_back": Verb.BOUNCE, "held_back": True}, S.WAITING),
        ("approved", "skipped", {}, S.SKIPPED),
        ("approved", "cancelled", {}, S.SENDING),
        ("approved", "failed", {}, S.SENDING),
        ("rejected", "sent", {"came_back": Verb.BOUNCE}, S.REJECTED),
    ],
)


@IS
def test_the_state_that_is_shown(status: str, delivery: str | None, more: dict[str, Any], state: S) -> None:
    known: dict[str, Any] = {"returned": False, "held_back": False} | more
    assert draft_state(status, delivery_status=delivery, **known) == state


@pytest.mark.parametrize("verb", FEEDBACK_VERBS)
def test_all_that_can_come_back_of_a_mail_has_a_state(verb: Verb) -> None:
    assert draft_state("approved", returned=False, delivery_status="sent", held_back=False, came_back=verb) != S.SENT
