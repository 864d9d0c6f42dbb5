"""The tests of the promises can fail: each is run again with its guard taken away, and must break.

A guard of the database is dropped in the test's own database. A guard of the code is cut out of its source. Where the
words to cut are not found as often as expected, because the code has changed, the test fails too: then show it the new
words.
"""

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

import pytest

import core.access
import core.delivery.claiming
import core.delivery.finishing
import core.delivery.gates
import core.delivery.lease_expiry
import core.delivery.outcomes
import core.delivery.queue
import core.delivery.starting
import core.drafts.review
import core.drafts.undo
import core.drafts.versions
import core.events
import core.views.draft
import jobs.deliver
from tests.core.contacts import test_suppression as listed
from tests.core.contacts import test_what_was_said as said
from tests.core.delivery import test_claim as claim
from tests.core.delivery import test_claim_careless as careless
from tests.core.delivery import test_claim_counts as counts
from tests.core.delivery import test_claim_wakes as wakes
from tests.core.delivery import test_closed_hours as closed
from tests.core.delivery import test_gates
from tests.core.delivery import test_machine as machine
from tests.core.delivery import test_promises_delivery as d
from tests.core.delivery import test_promises_gates as held
from tests.core.delivery import test_sixty_days as sixty
from tests.core.delivery.claim_parts import seat
from tests.core.drafts import test_promises_review as r
from tests.fixtures.cases import cases
from tests.fixtures.domain import BUSY, REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.proofs


@dataclass(frozen=True)
class Dropped:
    """A guard of the database, and the statement that drops it."""

    statement: str

    def take_away(self, domain: Domain, _monkeypatch: pytest.MonkeyPatch) -> None:
        domain.sql(self.statement)


@dataclass(frozen=True)
class Cut:
    """A guard of the code: words of a module's source, and what stands there without them."""

    module: ModuleType
    words: str
    instead: str = ""
    times: int = 1
    #: Other words of the same module that go with them.
    also: tuple[str, ...] = ()

    def take_away(self, _domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
        source = inspect.getsource(self.module)
        found = source.count(self.words)
        assert found == self.times, f"{self.words!r} stands {found} times in the source"
        source = source.replace(self.words, self.instead)
        for words in self.also:
            assert source.count(words) == 1
            source = source.replace(words, "")
        tree = ast.parse(source)
        tree.body = [node for node in tree.body if _can_be_made_again(node)]
        made = dict(vars(self.module))
        exec(compile(tree, str(self.module.__file__), "exec"), made)
        for name, old in vars(self.module).items():
            if isinstance(old, FunctionType) and old.__module__ == self.module.__name__:
                monkeypatch.setattr(old, "__code__", made[name].__code__)  # whoever imported it has it, too
            elif made[name] is not old:
                monkeypatch.setattr(self.module, name, made[name])


@dataclass(frozen=True)
class Together:
    """Guards that stand behind each other: the promise breaks only without all of them."""

    guards: tuple["Dropped | Cut", ...]

    def take_away(self, domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
        for guard in self.guards:
            guard.take_away(domain, monkeypatch)


def _can_be_made_again(node: ast.stmt) -> bool:
    """Plain functions, and the statements that a module keeps for itself."""
    if isinstance(node, ast.FunctionDef):
        return not node.decorator_list
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        name = node.targets[0].id
        return name.startswith("_") and name.isupper()
    return False


Guard = Dropped | Cut | Together


def index(name: str) -> Dropped:
    return Dropped(f"DROP INDEX {name}")


def trigger(table: str, name: str) -> Dropped:
    return Dropped(f"ALTER TABLE {table} DISABLE TRIGGER {name}")


def check(table: str, name: str) -> Dropped:
    return Dropped(f"ALTER TABLE {table} DROP CONSTRAINT {name}")


GATE_OF_START = Cut(
    core.delivery.starting,
    "*FREE_TO_SEND)",
    ")",
    also=('    .where(contactable(sa.bindparam("kind", type_=sa.Text)))\n',),
)
GATE_OF_CLAIM = Cut(core.delivery.claiming, "first_refusal(facts) or ")
#: What the claim sees of the person at a glance, and what it asks once more where the database refuses.
GATE_AND_SECOND_LOOK = Cut(
    core.delivery.claiming,
    "first_refusal(facts) or ",
    also=("(known and first_refusal(facts_of(account, known))) or ",),
)
COUNTING = trigger("send_queue", "count_delivery")
#: The account's lock, the row's, and the state that is asked once more when the row is written.
TURNS = Together(
    (
        Cut(
            core.delivery.queue,
            " FOR UPDATE OF a SKIP LOCKED",
            also=(" FOR UPDATE OF a", "        FOR UPDATE SKIP LOCKED\n"),
        ),
        Dropped(
            "CREATE OR REPLACE FUNCTION take_delivery(delivery uuid, attempt uuid, lease interval) RETURNS boolean"
            " LANGUAGE sql AS $$ UPDATE send_queue SET status = 'claimed', attempt_id = attempt,"
            " lease_until = clock_timestamp() + lease WHERE id = delivery RETURNING true $$"
        ),
    )
)
#: The same statement, and no word for whoever came second.
NO_ANSWER_TO_A_RACE = Dropped(
    "CREATE OR REPLACE FUNCTION take_delivery(delivery uuid, attempt uuid, lease interval) RETURNS boolean"
    " LANGUAGE sql AS $$ UPDATE send_queue SET status = 'claimed', attempt_id = attempt,"
    " lease_until = clock_timestamp() + lease WHERE id = delivery AND status = 'queued' RETURNING true $$"
)

#: (guard, promise, and what the promise's test takes besides the domain)
GUARDS: list[tuple[Guard, Callable[..., None], tuple[Any, ...]]] = [
    (
        Cut(core.delivery.gates, "    if at_once and (", "    if at_once or ("),
        closed.test_what_was_held_for_hours_does_not_leave_at_night,
        (),
    ),
    (index("uq_send_queue_one_live_delivery"), d.test_p1_a_draft_has_one_live_delivery, ()),
    (index("uq_send_attempts_one_that_may_have_left"), d.test_p1_an_attempt_that_may_have_left_is_the_last, (None,)),
    (index("uq_send_attempts_one_that_may_have_left"), d.test_p1_an_attempt_that_may_have_left_is_the_last, (SENT,)),
    (index("uq_send_attempts_one_that_may_have_left"), d.test_p1_an_attempt_that_may_have_left_is_the_last, (UNKNOWN,)),
    (TURNS, d.test_p1_two_workers_never_claim_one_delivery, ()),
    (
        Cut(core.delivery.starting, '        Delivery.attempt_id == sa.bindparam("attempt"),\n'),
        d.test_p1_a_worker_whose_lease_was_given_away_cannot_start,
        (),
    ),
    (
        Cut(core.delivery.starting, "        Delivery.lease_until > sa.func.clock_timestamp(),\n"),
        d.test_p1_a_lease_that_ran_out_cannot_start_before_anybody_noticed,
        (),
    ),
    (
        Cut(core.delivery.starting, "        Delivery.status.in_(DELIVERY.sources(Verb.START)),\n"),
        d.test_p1_nobody_starts_twice,
        (),
    ),
    (
        Cut(core.delivery.finishing, "Attempt.outcome.is_(None) | (Attempt.outcome == AttemptOutcome.UNKNOWN)", "True"),
        d.test_p1_what_may_have_left_is_never_claimed_again,
        (SENT,),
    ),
    (
        Together((Cut(core.delivery.queue, "status = 'queued' AND priority", "priority", times=2), GATE_OF_CLAIM)),
        d.test_p1_what_may_have_left_is_never_claimed_again,
        (UNKNOWN,),
    ),
    (
        Cut(core.delivery.lease_expiry, "[DeliveryStatus.CLAIMED, DeliveryStatus.SENDING]", "[DeliveryStatus.SENDING]"),
        d.test_p2_a_worker_that_died_before_data_gives_the_mail_back,
        (),
    ),
    (
        Cut(core.delivery.lease_expiry, "[DeliveryStatus.CLAIMED, DeliveryStatus.SENDING]", "[DeliveryStatus.CLAIMED]"),
        d.test_p2_a_worker_that_died_after_data_leaves_it_before_a_person,
        (),
    ),
    (
        Cut(core.delivery.finishing, "        bring_back(tx, leased.draft_id, reason)\n", "        pass\n"),
        d.test_p2_what_cannot_be_sent_is_back_in_review_with_the_reason,
        ([REFUSED],),
    ),
    (
        Cut(core.delivery.finishing, "        bring_back(tx, leased.draft_id, reason)\n", "        pass\n"),
        d.test_p2_what_cannot_be_sent_is_back_in_review_with_the_reason,
        ([BUSY] * 5,),
    ),
    (check("send_queue", "ck_send_queue_lease_while_held"), d.test_p2_what_is_held_has_a_lease, ()),
    (
        Cut(
            core.drafts.review,
            '        Draft.review_round == sa.bindparam("seen"),\n',
        ),
        r.test_p3_a_stale_approval_sends_nothing,
        (),
    ),
    (
        Cut(core.delivery.queue, "v.version = q.content_version", "v.version = 1"),
        r.test_p3_the_text_that_was_approved_is_what_leaves,
        (),
    ),
    (
        Cut(core.drafts.versions, "            Draft.status.in_(DRAFT.sources(Verb.EDIT)),\n"),
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
    (GATE_OF_START, held.test_p7_a_pause_that_committed_first_is_obeyed, ()),
    (
        Cut(core.delivery.starting, "    .with_for_update(read=True)\n"),
        held.test_p7_a_pause_waits_for_the_mail_that_is_passing,
        (),
    ),
    (GATE_OF_CLAIM, held.test_p7_a_pause_keeps_the_queue_and_resume_lets_it_go, ()),
    *[(GATE_AND_SECOND_LOOK, held.test_p8_every_gate_holds_at_the_claim, (hold,)) for hold in held.HOLDS],
    *[(GATE_OF_START, held.test_p8_every_gate_holds_once_more_right_before_data, (hold,)) for hold in held.HOLDS],
    (
        Cut(core.delivery.queue, " AND due_at <= {now}", times=2),
        held.test_p8_nothing_is_claimed_before_it_is_due,
        (),
    ),
    (
        Cut(core.access, "            events.write(tx, by, refused)\n"),
        r.test_p10_a_refused_act_is_an_event_with_its_author,
        (),
    ),
    (
        Cut(core.events, '        "member_id": by.member_id,\n'),
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
    # --- the gates, held in the database ---
    (COUNTING, careless.test_a_careless_client_cannot_exceed_a_limit, ()),
    (COUNTING, careless.test_a_careless_client_cannot_send_too_soon, ()),
    (COUNTING, careless.test_a_careless_client_cannot_write_within_sixty_days, ()),
    (COUNTING, careless.test_a_careless_client_cannot_write_to_whom_somebody_writes_now, ()),
    (COUNTING, counts.test_no_number_of_workers_gets_more_than_the_limit, ()),
    (COUNTING, counts.test_the_next_mail_waits_for_the_spacing_of_the_one_before, ()),
    (COUNTING, counts.test_yesterdays_count_is_not_given_back_today, ()),
    (COUNTING, claim.test_two_accounts_that_write_to_one_person_at_once_take_turns, ()),
    (NO_ANSWER_TO_A_RACE, claim.test_two_accounts_that_write_to_one_person_at_once_take_turns, ()),
    (trigger("send_queue", "keep_drawn"), careless.test_a_careless_client_cannot_call_an_intro_a_reply, ()),
    (
        trigger("send_queue", "keep_drawn"),
        counts.test_spacing_is_drawn_once_between_six_and_sixteen_minutes_and_stays_with_the_delivery,
        (),
    ),
    (
        trigger("send_queue", "prepare_delivery"),
        claim.test_what_is_more_urgent_goes_first_and_then_what_was_due_first,
        (),
    ),
    (trigger("send_queue", "wake_account"), wakes.test_an_approval_wakes_the_account, ()),
    (
        Together((trigger("send_queue", "wake_account"), COUNTING)),  # a count that is given back wakes it, too
        wakes.test_a_lease_that_ran_out_wakes_the_account,
        (),
    ),
    (
        Cut(core.delivery.queue, "FOR UPDATE OF a", "FOR NO KEY UPDATE OF a", times=2),
        wakes.test_a_claim_waits_for_an_approval_that_it_cannot_see_yet,
        (),
    ),
    *[
        (trigger("accounts", "look_again"), wakes.test_whatever_lets_an_account_send_again_wakes_it, (act,))
        for act in wakes.WAKES
    ],
    (
        Cut(core.delivery.claiming, "            untils.append(account.now)  # while", "            pass  # while"),
        wakes.test_while_sending_is_stopped_no_account_is_looked_at_and_afterwards_all_are,
        (),
    ),
    # --- the sixty days, and who must not be written to ---
    (
        trigger("send_queue", "keep_history"),
        sixty.test_whom_one_offer_has_written_to_no_other_offer_writes_to_for_sixty_days,
        (),
    ),
    (
        trigger("send_queue", "keep_history"),
        sixty.test_an_unknown_outcome_counts_and_a_late_refusal_takes_it_back,
        (),
    ),
    (trigger("outreach_history", "tell_contacts"), said.test_every_contact_of_the_person_is_told, ()),
    (
        trigger("outreach_history", "fold_history"),
        sixty.test_history_from_elsewhere_is_folded_whoever_writes_it,
        ("A@B.C",),
    ),
    (trigger("contacts", "keep_contact"), said.test_a_new_contact_of_somebody_known_knows_it_at_once, ()),
    (
        trigger("contacts", "keep_contact"),
        said.test_a_profile_that_is_learnt_later_brings_its_history,
        (),
    ),
    (trigger("contacts", "keep_contact"), listed.test_a_company_that_is_learnt_later_is_looked_up, ()),
    (
        trigger("suppressions", "fold_suppression"),
        listed.test_an_entry_is_obeyed_by_mail_that_is_already_connected,
        ("domain",),
    ),
    *[
        (GATE_OF_START, listed.test_an_entry_is_obeyed_by_mail_that_is_already_connected, (kind,))
        for kind in listed.LISTED
    ],
    *[
        (
            trigger("suppressions", "mark_suppressed"),
            listed.test_whoever_is_on_the_list_is_marked_and_never_written_to,
            (kind, True),
        )
        for kind in listed.LISTED
    ],
    (
        trigger("outreach_history", "keep_lines"),
        said.test_whom_we_wrote_to_and_when_stays_written_down,
        (),
    ),
    (
        trigger("outreach_history", "keep_written"),
        said.test_whom_we_wrote_to_and_when_stays_written_down,
        (),
    ),
    (trigger("outreach_history", "keep_all"), said.test_whom_we_wrote_to_and_when_stays_written_down, ()),
    (
        trigger("contacts", "spread_answer"),
        said.test_whoever_turns_out_to_have_opted_out_is_marked_in_every_offer,
        ("replied",),
    ),
    (trigger("accounts", "hold_count"), counts.test_a_move_to_the_east_starts_no_new_day, ()),
    (
        Cut(core.delivery.starting, "*FREE_TO_SEND)", ")"),
        listed.test_an_entry_that_was_being_written_while_the_contact_was_made_is_obeyed,
        (),
    ),
    (
        Cut(
            core.delivery.queue,
            "coalesce(t.suppressed_by, suppression_of(t.workspace_id, t.email_folded, t.company))",
            "NULL",
        ),
        listed.test_the_list_is_asked_even_where_a_contact_was_not_marked,
        (),
    ),
    (
        Cut(core.delivery.starting, '    .where(contactable(sa.bindparam("kind", type_=sa.Text)))\n'),
        said.test_a_reply_that_came_in_meanwhile_keeps_an_intro_from_starting,
        (),
    ),
    (GATE_OF_CLAIM, claim.test_what_will_never_pass_is_skipped_and_its_draft_is_back_with_the_reason, ()),
    (GATE_AND_SECOND_LOOK, claim.test_a_delivery_that_waits_keeps_why_and_until_when_and_lets_others_pass, ()),
]


def named(guard: tuple[Guard, Callable[..., None], tuple[Any, ...]]) -> str:
    return guard[1].__name__.removeprefix("test_")


@pytest.mark.parametrize("guard", GUARDS, ids=named)
def test_without_its_guard_the_promise_breaks(
    guard: tuple[Guard, Callable[..., None], tuple[Any, ...]], domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_by, promise, more = guard
    kept_by.take_away(domain, monkeypatch)
    wanted = list(inspect.signature(promise).parameters)[1:]
    given = {"monkeypatch": monkeypatch, "other": seat(domain, "winter")}
    given = {name: given[name] for name in wanted if name in given}
    given |= dict(zip([name for name in wanted if name not in given], more, strict=True))
    try:
        promise(domain, **given)
    except (Exception, pytest.fail.Exception):  # noqa: BLE001  an assertion, or a refusal of the next guard behind it
        return
    pytest.fail(f"{promise.__name__} passes without its guard")


@pytest.mark.parametrize(
    "cut",
    [
        Cut(core.drafts.review, '        Draft.review_round == sa.bindparam("seen"),\n'),
        Cut(core.delivery.starting, '        Delivery.attempt_id == sa.bindparam("attempt"),\n'),
        Cut(core.delivery.lease_expiry, "[DeliveryStatus.CLAIMED, DeliveryStatus.SENDING]", "[DeliveryStatus.CLAIMED]"),
        Cut(core.delivery.outcomes, "counts=1, wait=", "counts=0, wait="),
        Cut(core.delivery.finishing, "        bring_back(tx, leased.draft_id, reason)\n", "        pass\n"),
        Cut(core.delivery.starting, "*FREE_TO_SEND)", ")"),
        Cut(core.drafts.review, "        MAY_APPROVE,\n        ENOUGH,\n"),
        Cut(core.drafts.undo, "            Delivery.status.in_(DELIVERY.sources(Verb.CANCEL)),\n"),
        Cut(core.drafts.versions, "            only,\n"),
    ],
    ids=[
        *("stale approvals", "the fence", "expired sends", "counted tries", "the way back", "the gate"),
        *("who may approve", "too late to undo", "whose it is to edit"),
    ],
)
def test_the_machine_finds_what_is_missing(cut: Cut, domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    """tests/core/delivery/test_machine.py chooses its own ways: they lead to each of these holes, too."""
    cut.take_away(domain, monkeypatch)
    with pytest.raises(Exception):  # noqa: B017  whatever gave it away first
        machine.run_machine(domain, monkeypatch, cases(500, steps=40, shrink=False))


@pytest.mark.parametrize("gate", core.delivery.gates.GATES)
def test_without_a_gate_its_refusals_go_unseen(gate: core.delivery.gates.Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in test_gates.REFUSED if gate(row[1])]
    assert rows
    monkeypatch.setattr(
        core.delivery.gates, "GATES", tuple(other for other in core.delivery.gates.GATES if other is not gate)
    )
    for row in rows:
        with pytest.raises(AssertionError):
            test_gates.test_a_gate_refuses_with_code_sentence_and_earliest_time(row)
