"""The tests of the promises can fail: each is run again with its guard taken away, and must break.

A guard of the database is dropped in the test's own database. A guard of the code is cut out of its source. Where the
words to cut are not found exactly once, because the code has changed, the test fails too: then show it the new words.
"""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import pytest

import core.act
import core.cards.facts
import core.delivery.claiming
import core.delivery.finishing
import core.delivery.leases
import core.delivery.outcomes
import core.delivery.starting
import core.events
import core.review
import jobs.deliver
from tests.core import test_machine as machine
from tests.core import test_promises_delivery as d
from tests.core import test_promises_review as r
from tests.fixtures.cases import cases
from tests.fixtures.desk import BUSY, REFUSED, SENT, UNKNOWN, Desk


@dataclass(frozen=True)
class Dropped:
    """A guard of the database, and the statement that drops it."""

    statement: str

    def take_away(self, desk: Desk, _monkeypatch: pytest.MonkeyPatch) -> None:
        desk.sql(self.statement)


@dataclass(frozen=True)
class Cut:
    """A guard of the code: words of a module's source, and what stands there without them."""

    module: ModuleType
    words: str
    instead: str = ""

    def take_away(self, _desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        source = inspect.getsource(self.module)
        assert source.count(self.words) == 1, f"{self.words!r} stands {source.count(self.words)} times in the source"
        tree = ast.parse(source.replace(self.words, self.instead))
        tree.body = [node for node in tree.body if _can_be_made_again(node)]
        made = dict(vars(self.module))
        exec(compile(tree, str(self.module.__file__), "exec"), made)
        for name, old in vars(self.module).items():
            if isinstance(old, FunctionType) and old.__module__ == self.module.__name__:
                monkeypatch.setattr(old, "__code__", made[name].__code__)  # whoever imported it has it, too
            elif made[name] is not old:
                monkeypatch.setattr(self.module, name, made[name])


def _can_be_made_again(node: ast.stmt) -> bool:
    """Plain functions, and the statements that a module keeps for itself."""
    if isinstance(node, ast.FunctionDef):
        return not node.decorator_list
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return name.startswith("_") and name.isupper()
    return False


def index(name: str) -> Dropped:
    return Dropped(f"DROP INDEX {name}")


def trigger(table: str, name: str) -> Dropped:
    return Dropped(f"ALTER TABLE {table} DISABLE TRIGGER {name}")


def check(table: str, name: str) -> Dropped:
    return Dropped(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


GATE_OF_START = Cut(core.delivery.starting, ".where(Campaign.id == held.campaign_id, *FREE_TO_SEND)")
GATE_OF_CLAIM = Cut(core.delivery.claiming, "held_by(facts_of(account, row))", "None")

#: (guard, promise, and what the promise's test takes besides the desk)
GUARDS: list[tuple[Dropped | Cut, Callable[..., None], tuple[Any, ...]]] = [
    (index("uq_send_queue_one_live_delivery"), d.test_p1_a_draft_has_one_live_delivery, ()),
    (index("uq_send_attempts_one_that_may_have_left"), d.test_p1_an_attempt_that_may_have_left_is_the_last, (None,)),
    (index("uq_send_attempts_one_that_may_have_left"), d.test_p1_an_attempt_that_may_have_left_is_the_last, (SENT,)),
    (index("uq_send_attempts_one_that_may_have_left"), d.test_p1_an_attempt_that_may_have_left_is_the_last, (UNKNOWN,)),
    (
        Cut(core.delivery.claiming, "    .with_for_update(of=Delivery, skip_locked=True)\n"),
        d.test_p1_two_workers_never_claim_one_delivery,
        (),
    ),
    (
        Cut(core.delivery.starting, "            Delivery.attempt_id == claimed.attempt_id,\n"),
        d.test_p1_a_worker_whose_lease_was_given_away_cannot_start,
        (),
    ),
    (
        Cut(core.delivery.starting, "            Delivery.lease_until > sa.func.clock_timestamp(),\n"),
        d.test_p1_a_lease_that_ran_out_cannot_start_before_anybody_noticed,
        (),
    ),
    (
        Cut(core.delivery.starting, "            Delivery.status.in_(DELIVERY.sources(Verb.START)),\n"),
        d.test_p1_nobody_starts_twice,
        (),
    ),
    (
        Cut(core.delivery.finishing, "Attempt.outcome.is_(None) | (Attempt.outcome == AttemptOutcome.UNKNOWN)", "True"),
        d.test_p1_what_may_have_left_is_never_claimed_again,
        (SENT,),
    ),
    (
        Cut(core.delivery.facts, "account_id = :account AND status = 'queued' AND priority", "account_id = :account AND priority"),
        d.test_p1_what_may_have_left_is_never_claimed_again,
        (UNKNOWN,),
    ),
    (
        Cut(core.delivery.leases, "[DeliveryStatus.CLAIMED, DeliveryStatus.SENDING]", "[DeliveryStatus.SENDING]"),
        d.test_p2_a_worker_that_died_before_data_gives_the_mail_back,
        (),
    ),
    (
        Cut(core.delivery.leases, "[DeliveryStatus.CLAIMED, DeliveryStatus.SENDING]", "[DeliveryStatus.CLAIMED]"),
        d.test_p2_a_worker_that_died_after_data_leaves_it_before_a_person,
        (),
    ),
    (
        Cut(core.delivery.finishing, "        bring_back(tx, held.draft_id, reason)\n", "        pass\n"),
        d.test_p2_what_cannot_be_sent_is_back_in_review_with_the_reason,
        ([REFUSED],),
    ),
    (
        Cut(core.delivery.finishing, "        bring_back(tx, held.draft_id, reason)\n", "        pass\n"),
        d.test_p2_what_cannot_be_sent_is_back_in_review_with_the_reason,
        ([BUSY] * 5,),
    ),
    (check("send_queue", "ck_send_queue_lease_while_held"), d.test_p2_what_is_held_has_a_lease, ()),
    (
        Cut(
            core.review,
            '        Draft.version == sa.bindparam("seen"),\n',
        ),
        r.test_p3_a_stale_approval_sends_nothing,
        (),
    ),
    (
        Cut(core.delivery.facts, "v.version = q.content_version", "v.version = 1"),
        r.test_p3_the_text_that_was_approved_is_what_leaves,
        (),
    ),
    (
        Cut(core.review, "            Draft.status.in_(DRAFT.sources(Verb.EDIT, to=status)),\n"),
        r.test_p3_no_edit_reaches_an_approved_draft,
        (),
    ),
    (trigger("draft_versions", "keep_versions"), r.test_p3_a_version_is_never_rewritten, ()),
    (trigger("send_queue", "guard_delivery"), r.test_p3_a_delivery_is_of_the_version_that_was_approved, ()),
    (trigger("send_attempts", "guard_attempt"), r.test_p3_an_attempt_is_frozen, ()),
    (trigger("drafts", "guard_draft"), d.test_p4_a_state_machine_that_code_forgot, ()),
    (trigger("send_queue", "guard_delivery"), d.test_p4_a_delivery_is_not_sent_because_somebody_says_so, ()),
    (trigger("send_attempts", "guard_attempt"), d.test_p4_a_certain_outcome_stays, ()),
    (
        check("send_attempts", "ck_send_attempts_sent_only_if_started"),
        d.test_p4_an_unstarted_attempt_cannot_have_been_sent,
        (),
    ),
    (GATE_OF_START, d.test_p7_a_pause_that_committed_first_is_obeyed, ()),
    (
        Cut(core.delivery.starting, "        .with_for_update(read=True)\n"),
        d.test_p7_a_pause_waits_for_the_mail_that_is_passing,
        (),
    ),
    (GATE_OF_CLAIM, d.test_p7_a_pause_keeps_the_queue_and_resume_lets_it_go, ()),
    *[(GATE_OF_CLAIM, d.test_p8_every_gate_holds_at_the_claim, (hold,)) for hold in d.HOLDS],
    *[(GATE_OF_START, d.test_p8_every_gate_holds_once_more_right_before_data, (hold,)) for hold in d.HOLDS],
    (
        Cut(core.delivery.facts, "AND priority = first.priority AND due_at <= :now", "AND priority = first.priority"),
        d.test_p8_nothing_is_claimed_before_it_is_due,
        (),
    ),
    (
        Cut(core.act, "            events.write(tx, by, Verb.REFUSE,", "            dict(by=by, verb=Verb.REFUSE,"),
        r.test_p10_a_refused_act_is_an_event_with_its_author,
        (),
    ),
    (
        Cut(core.events, '            "member_id": by.member_id,\n'),
        r.test_p10_every_change_names_who_did_it,
        (),
    ),
    *[
        (
            Cut(core.delivery.finishing, '"smtp_code": outcome.code', '"smtp_code": outcome.reply'),
            r.test_p11_events_hold_nothing_private,
            (outcome,),
        )
        for outcome in (SENT, UNKNOWN, REFUSED, BUSY)
    ],
    (
        Cut(jobs.deliver, "        phase=outcome.phase,\n", "        phase=claimed.rcpt_to,\n"),
        r.test_p11_a_delivery_logs_nothing_private,
        (),
    ),
]


def named(guard: tuple[Dropped | Cut, Callable[..., None], tuple[Any, ...]]) -> str:
    return guard[1].__name__.removeprefix("test_")


@pytest.mark.parametrize("guard", GUARDS, ids=named)
def test_without_its_guard_the_promise_breaks(
    guard: tuple[Dropped | Cut, Callable[..., None], tuple[Any, ...]], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_by, promise, more = guard
    kept_by.take_away(desk, monkeypatch)
    wanted = list(inspect.signature(promise).parameters)[1:]
    given = {"monkeypatch": monkeypatch} if "monkeypatch" in wanted else dict(zip(wanted, more, strict=True))
    try:
        promise(desk, **given)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001  an assertion, or a refusal of the next guard behind it
        return
    pytest.fail(f"{promise.__name__} passes without its guard")


@pytest.mark.parametrize(
    "cut",
    [
        Cut(core.review, '        Draft.version == sa.bindparam("seen"),\n'),
        Cut(core.delivery.starting, "            Delivery.attempt_id == claimed.attempt_id,\n"),
        Cut(core.delivery.leases, "[DeliveryStatus.CLAIMED, DeliveryStatus.SENDING]", "[DeliveryStatus.CLAIMED]"),
        Cut(core.delivery.outcomes, "counts=1, wait=", "counts=0, wait="),
        Cut(core.delivery.finishing, "        bring_back(tx, held.draft_id, reason)\n", "        pass\n"),
        Cut(core.delivery.starting, ".where(Campaign.id == held.campaign_id, *FREE_TO_SEND)"),
    ],
    ids=["stale approvals", "the fence", "expired sends", "counted tries", "the way back", "the gate"],
)
def test_the_machine_finds_what_is_missing(cut: Cut, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """tests/core/test_machine.py chooses its own ways: they lead to each of these holes, too."""
    cut.take_away(desk, monkeypatch)
    with pytest.raises(Exception):  # noqa: B017  whatever gave it away first
        machine.run_machine(desk, monkeypatch, cases(100, steps=40, shrink=False))
