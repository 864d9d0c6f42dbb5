"""As tests/core/test_guards.py, for unknown outcomes and evidence: without its guard, each promise is seen to break."""

from collections.abc import Callable
from typing import Any

import pytest

import core.delivery.evidence
import core.delivery.finishing
import core.delivery.late_arrival
import core.delivery.unknown
from tests.core import test_guards as guards
from tests.core.delivery import test_evidence as e
from tests.core.delivery import test_unknown as u
from tests.core.delivery import test_unknown_overruled as overruled
from tests.core.test_guards import Cut, Dropped, index, named, trigger
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.proofs

OVERRULING = trigger("send_attempts", "guard_overruling")

GUARDS: list[tuple[Dropped | Cut, Callable[..., None], tuple[Any, ...]]] = [
    (
        Cut(core.delivery.unknown, "row.now < row.finished_at + WAIT", "False"),
        u.test_nobody_sends_again_before_half_an_hour_has_passed,
        (),
    ),
    (OVERRULING, u.test_nobody_sends_again_before_half_an_hour_has_passed, ()),
    (OVERRULING, overruled.test_p4_the_database_lets_no_attempt_start_once_another_arrived, ()),
    (OVERRULING, overruled.test_p4_an_overruling_is_never_taken_back_and_has_a_name, ()),
    (
        Cut(core.delivery.unknown, "Attempt.number == number", "True"),
        u.test_a_click_on_an_earlier_unknown_is_not_taken_for_the_later_one,
        (),
    ),
    (
        Cut(core.delivery.unknown, "Delivery.workspace_id == by.workspace_id,", ""),
        u.test_another_workspaces_mail_does_not_exist,
        (),
    ),
    (
        Cut(core.delivery.unknown, ".values(counted_on=None)", ".values(tries=0)"),
        u.test_what_may_have_left_stays_counted,
        (),
    ),
    (trigger("send_queue", "forget_history"), u.test_it_is_sent_again_once_and_no_gate_is_in_its_own_way, ()),
    (trigger("outreach_history", "date_history"), u.test_the_sixty_days_begin_with_the_mail_that_was_sent_again, ()),
    (
        Cut(core.delivery.late_arrival, "leased.status in _NOT_GONE or settled", "settled"),
        overruled.test_p1_it_arrived_after_all_before_another_was_claimed,
        (),
    ),
    (
        Cut(core.delivery.late_arrival, "leased.status in _NOT_GONE or settled", "settled"),
        overruled.test_p1_it_arrived_after_all_while_another_was_connected,
        (),
    ),
    *[
        (
            Cut(core.delivery.finishing, "closed.arrived_before and next_.to != DeliveryStatus.SENT", "False"),
            overruled.test_it_arrived_after_all_while_another_was_being_sent_which_did_not,
            (outcome,),
        )
        for outcome in (REFUSED, UNKNOWN)
    ],
    (
        Cut(core.delivery.finishing, "        record_duplicate(tx, leased, attempt_id, by)\n", "        pass\n"),
        overruled.test_both_arrived_the_first_while_the_second_was_being_sent,
        (),
    ),
    (
        Cut(core.delivery.late_arrival, "    stop_duplicate(tx, leased.draft_id, attempt_id, by)\n", ""),
        overruled.test_it_arrived_after_all_when_the_draft_was_approved_anew,
        (),
    ),
    (
        index("uq_send_attempts_one_that_may_have_left"),
        overruled.test_p1_without_a_person_a_second_attempt_still_cannot_start,
        (SENT,),
    ),
    (
        Cut(
            core.delivery.evidence,
            "if attempt.outcome is None or attempt.outcome == outcome:",
            "if attempt.outcome == outcome:",
        ),
        e.test_an_attempt_under_way_says_itself_what_becomes_of_it,
        (),
    ),
    (
        Cut(
            core.delivery.evidence, "if not _is_recorded(tx, delivery.draft_id, attempt_id, contradiction):", "if True:"
        ),
        e.test_the_first_word_stands_and_the_other_is_an_event_once,
        (),
    ),
    (
        Cut(
            core.delivery.evidence,
            "            stop_duplicate(tx, delivery.draft_id, attempt_id, by)\n",
            "            pass\n",
        ),
        e.test_a_mail_that_arrived_against_the_record_is_not_approved_by_an_old_click,
        (),
    ),
]


@pytest.mark.parametrize("guard", GUARDS, ids=named)
def test_without_its_guard_the_promise_breaks(
    guard: tuple[Dropped | Cut, Callable[..., None], tuple[Any, ...]], domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards.test_without_its_guard_the_promise_breaks(guard, domain, monkeypatch)
