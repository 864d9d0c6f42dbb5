"""As tests/core/test_guards.py, for the verbs of review: without its guard, each promise is seen to break."""

from collections.abc import Callable
from typing import Any

import pytest

import core.drafts.assign
import core.drafts.conflicts
import core.drafts.expire
import core.drafts.quorum
import core.drafts.review
import core.drafts.snooze
import core.drafts.undo
import core.drafts.versions
from core.taxonomy import RefusalCode, Timing, Verb
from tests.core import test_guards as guards
from tests.core.drafts import test_assign as a
from tests.core.drafts import test_expire as e
from tests.core.drafts import test_permissions as m
from tests.core.drafts import test_quorum as q
from tests.core.drafts import test_request_changes as c
from tests.core.drafts import test_snooze as s
from tests.core.drafts import test_undo as u
from tests.core.test_guards import Cut, Dropped, Together, check, named, trigger
from tests.fixtures.domain import Domain

pytestmark = pytest.mark.proofs

MAY = "            may_decide(by),\n"
APPROVED_BY = Together((Cut(core.drafts.review, "        MAY_APPROVE,\n"), trigger("drafts", "guard_decision")))
COUNTED = trigger("draft_approvals", "guard_approval")
DECIDED = trigger("drafts", "guard_decision")

GUARDS: list[tuple[Dropped | Cut | Together, Callable[..., None], tuple[Any, ...]]] = [
    # --- who may ---
    (APPROVED_BY, m.test_somebody_who_reviews_for_other_campaigns_is_refused_kindly, (Verb.APPROVE,)),
    *[
        (Cut(module, words), m.test_somebody_who_reviews_for_other_campaigns_is_refused_kindly, (verb,))
        for module, words, verb in (
            (core.drafts.versions, "            only,\n", Verb.EDIT),
            (core.drafts.review, MAY, Verb.REJECT),
            (core.drafts.review, MAY, Verb.REQUEST_CHANGES),
            (core.drafts.conflicts, MAY, Verb.ASSIGN),
            (core.drafts.undo, MAY, Verb.UNDO),
            (core.drafts.conflicts, MAY, Verb.RESTORE),
        )
    ],
    *[
        (
            Cut(core.drafts.conflicts, MAY),
            m.test_somebody_who_reviews_for_other_campaigns_is_refused_kindly,
            (verb,),
        )
        for verb in (Verb.SNOOZE, Verb.WAKE)
    ],
    *[
        (Cut(module, words, times=times), m.test_a_draft_of_another_workspace_does_not_exist, (verb,))
        for module, words, times, verb in (
            (core.drafts.review, "            Draft.workspace_id == by.workspace_id,\n", 1, Verb.REJECT),
            (core.drafts.review, "            Draft.workspace_id == by.workspace_id,\n", 1, Verb.REQUEST_CHANGES),
            (core.drafts.conflicts, "            Draft.workspace_id == by.workspace_id,\n", 1, Verb.SNOOZE),
            (core.drafts.conflicts, "            Draft.workspace_id == by.workspace_id,\n", 1, Verb.WAKE),
            (core.drafts.undo, "            Delivery.workspace_id == by.workspace_id,\n", 1, Verb.UNDO),
            (core.drafts.conflicts, "            Draft.workspace_id == by.workspace_id,\n", 1, Verb.RESTORE),
        )
    ],
    (APPROVED_BY, m.test_nobody_approves_what_they_wrote_where_the_campaign_says_so, ()),
    (APPROVED_BY, m.test_above_a_risk_only_admins_approve, ("review", "low", "U01ALICE", RefusalCode.ADMINS_ONLY)),
    *[
        (DECIDED, m.test_p4_the_database_refuses_a_decision_of_whoever_may_not, (user,))
        for user in ("U04VERA", "U05DAVE", "U06GONE", "U07ELSEWHERE")
    ],
    (DECIDED, m.test_p4_the_database_leaves_what_is_risky_to_admins, ("U01ALICE", False)),
    (trigger("drafts", "guard_draft"), m.test_p4_the_database_refuses_the_approval_of_ones_own_text, ()),
    # --- how many ---
    (Cut(core.drafts.review, "        ENOUGH,\n"), q.test_p1_two_people_approve_before_anything_is_queued, ()),
    (Cut(core.drafts.quorum, "    if counted is None:\n", "    if False:\n"), q.test_the_same_person_twice_is_one, ()),
    (
        Cut(core.drafts.quorum, '        Draft.review_round == sa.bindparam("seen"),\n'),
        q.test_p3_an_edit_voids_what_was_approved_before,
        (),
    ),
    (Cut(core.drafts.quorum, ", **NOT_SNOOZED"), q.test_an_approval_of_several_ends_a_snooze, ()),
    (trigger("drafts", "guard_draft"), q.test_p4_the_database_counts_the_approvals, ()),
    *[
        (COUNTED, q.test_p4_the_database_refuses_an_approval_of_whoever_may_not, (user,))
        for user in ("U04VERA", "U05DAVE", "U06GONE")
    ],
    (COUNTED, q.test_p4_the_database_refuses_an_approval_of_ones_own_text, ()),
    *[
        (COUNTED, q.test_p4_the_database_refuses_an_approval_of_what_is_not_in_review, (how,))
        for how in ("another version", "rejected", "approved", "pending")
    ],
    *[
        (trigger("draft_approvals", name), q.test_p4_an_approval_is_never_taken_away, (statement,))
        for name, statement in (
            ("keep_approvals", "UPDATE draft_approvals SET timing = 'next_slot'"),
            ("keep_approvals", "DELETE FROM draft_approvals"),
            ("keep_all", "TRUNCATE draft_approvals"),
        )
    ],
    # --- undo ---
    *[
        (
            Cut(core.drafts.review, 'sa.bindparam("undo_seconds")', 'sa.bindparam("undo_seconds") * 0'),
            u.test_within_the_window_nothing_is_claimed,
            (timing,),
        )
        for timing in Timing
    ],
    (
        Cut(core.drafts.undo, "            Delivery.status.in_(DELIVERY.sources(Verb.CANCEL)),\n"),
        u.test_p1_once_somebody_sends_it_it_is_too_late,
        (),
    ),
    (
        Cut(core.drafts.undo, "            Delivery.status.in_(DELIVERY.sources(Verb.CANCEL)),\n"),
        u.test_nobody_undoes_what_may_have_left,
        (),
    ),
    (
        Cut(core.drafts.review, '        Draft.review_round == sa.bindparam("seen"),\n'),
        u.test_p3_a_late_retry_of_the_old_click_approves_nothing,
        (),
    ),
    # --- the rest ---
    (
        Cut(core.drafts.review, "            Draft.review_round == seen,\n"),
        c.test_whoever_comes_second_is_told,
        (),
    ),
    (
        Cut(core.drafts.snooze, ", Draft.review_round == seen)", ",)"),
        s.test_what_was_decided_or_changed_meanwhile_is_not_put_off,
        (),
    ),
    (
        check("drafts", "ck_drafts_snoozed_while_open"),
        s.test_p4_the_database_refuses_a_decision_that_leaves_it_asleep,
        (),
    ),
    (Cut(core.drafts.snooze, ".with_for_update(skip_locked=True)"), s.test_two_clocks_do_not_wait_for_each_other, ()),
    *[
        (Cut(core.drafts.assign, words), a.test_not_to_somebody_who_cannot_review, (who,))
        for words, who in (
            ("            Member.role.in_(_DECIDES),\n", "a viewer"),
            ("            Member.active,\n", "gone"),
            ("            Member.workspace_id == by.workspace_id,\n", "elsewhere"),
        )
    ],
    (Cut(core.drafts.assign, "        Draft.status.in_(ASSIGNABLE),\n"), a.test_not_once_it_is_decided, ()),
    (
        Cut(core.drafts.expire, " & AWAKE"),
        e.test_what_somebody_cares_for_does_not_expire,
        ("put off",),
    ),
    *[
        (Cut(module, words, '"return_reason": None'), e.test_what_somebody_cares_for_does_not_expire, (how,))
        for module, words, how in ((core.drafts.versions, '"return_reason": None, **RESTART_WAIT', "edited"),)
    ],
    (Cut(core.drafts.undo, "        **RESTART_WAIT,\n"), e.test_what_comes_back_waits_anew, ("undone",)),
    (Cut(core.drafts.review, "        **RESTART_WAIT,\n"), e.test_what_comes_back_waits_anew, ("failed",)),
    (
        Cut(core.drafts.expire, ".with_for_update(of=Draft, skip_locked=True)"),
        e.test_a_few_at_a_time_and_two_clocks_do_not_wait_for_each_other,
        (),
    ),
]


@pytest.mark.parametrize("guard", GUARDS, ids=named)
def test_without_its_guard_the_promise_breaks(
    guard: tuple[Dropped | Cut | Together, Callable[..., None], tuple[Any, ...]],
    domain: Domain,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guards.test_without_its_guard_the_promise_breaks(guard, domain, monkeypatch)
