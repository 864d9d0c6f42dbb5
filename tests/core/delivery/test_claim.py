"""The claim: which delivery of an account is next, what waits and why, and two claims at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

from core import delivery as verbs
from core.actor import slack_user
from core.db import transaction
from core.delivery.explain import why_not_yet
from core.delivery.gates import COOLING_OFF
from core.drafts.review import approve
from core.taxonomy import Timing
from tests.core.delivery.claim_parts import (
    ALWAYS,
    CLOSED,
    claimed_delivery,
    counted,
    database_now,
    days_pass,
    delivery,
    queued,
    seat,
    set_account,
    wrote,
)
from tests.core.delivery.test_promises_delivery import waits_for_a_lock
from tests.fixtures.desk import Desk
from tests.fixtures.waiting import wait_until

# --- which one ---


def test_what_is_more_urgent_goes_first_and_then_what_was_due_first(desk: Desk) -> None:
    set_account(desk, **ALWAYS)
    late_intro = queued(desk, timing=Timing.NEXT_SLOT)
    early_intro = queued(desk, timing=Timing.NEXT_SLOT)
    answer = queued(desk, kind="reply", timing=Timing.NEXT_SLOT)
    intro_now = queued(desk)
    follow_up_now = queued(desk, kind="follow_up")
    answer_now = queued(desk, kind="reply")
    desk.sql("UPDATE send_queue SET due_at = now() - interval '1 day' WHERE id = %s", early_intro)
    order = [claimed_delivery(desk) for _ in range(7)]
    assert order == [answer_now, intro_now, follow_up_now, answer, early_intro, late_intro, None]


def test_a_queue_that_keeps_the_recipients_hours_does_not_stand_behind_the_accounts(desk: Desk) -> None:
    set_account(desk, **CLOSED)
    queued(desk, timing=Timing.NEXT_SLOT)
    desk.sql("UPDATE campaigns SET recipient_hours = true")
    draft = desk.ingest()
    now = database_now(desk)
    desk.sql(
        "UPDATE contacts SET timezone = 'Asia/Kolkata' WHERE id = (SELECT contact_id FROM drafts WHERE id = %s)", draft
    )
    with transaction() as tx:
        theirs = approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE"), Timing.NEXT_SLOT).delivery_id
    assert desk.try_claim() is None, "closed for both: the account's hours on the recipient's clock"
    there = now.astimezone(ZoneInfo("Asia/Kolkata"))
    home = "Etc/GMT+12" if there.hour < 17 else "Pacific/Kiritimati"  # at any hour one of them is on another day
    set_account(desk, weekdays=[there.isoweekday()], opens="00:00", closes="00:00", timezone=home)
    assert there.date() != now.astimezone(ZoneInfo(home)).date(), "the account lives on another day"
    desk.make_due()
    assert claimed_delivery(desk) == theirs
    assert desk.try_claim() is None


# --- what waits ---


def test_a_delivery_that_waits_keeps_why_and_until_when_and_lets_others_pass(desk: Desk) -> None:
    waits = queued(desk)
    wrote(desk, "dana1@example.org", days=10)
    passes = queued(desk)
    assert claimed_delivery(desk) == passes
    row = delivery(desk, waits)
    contacted = desk.rows("SELECT contacted_at FROM outreach_history")[0][0]
    assert (row.status, row.held_code) == ("queued", "sixty_days")
    assert row.due_at == contacted + COOLING_OFF
    assert f"written to on {contacted:%d %B %Y}" in row.reason
    with transaction() as tx:
        why = why_not_yet(tx, waits, desk.account_id)
    assert why is not None
    assert (why.sentence, why.code, why.until) == (row.reason, "sixty_days", row.due_at)


def test_what_it_waited_for_leaves_no_trace_once_it_is_claimed(desk: Desk) -> None:
    waits = queued(desk)
    wrote(desk, "dana1@example.org", days=59)
    assert desk.try_claim() is None
    days_pass(desk, 2)
    assert claimed_delivery(desk) == waits
    assert (delivery(desk, waits).held_code, delivery(desk, waits).reason) == (None, None)


def test_what_will_never_pass_is_skipped_and_its_draft_is_back_with_the_reason(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    passes = queued(desk)
    desk.sql(
        "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
        " VALUES (gen_random_uuid(), %s, 'address', 'Dana1@Example.ORG', 'asked')",
        desk.workspace_id,
    )
    assert claimed_delivery(desk) == passes
    assert desk.statuses(draft) == ("needs_review", ["skipped"])
    assert desk.facts(draft).reason == "This address is on the suppression list."
    assert desk.events(draft)[-2:] == [
        ("skip", "queued", "skipped", None),
        ("return", "approved", "needs_review", None),
    ]
    assert counted(desk)[1] == 1, "what was skipped does not count"


def test_a_full_account_is_asked_once_and_its_queue_is_not_touched(desk: Desk) -> None:
    first, *rest = [queued(desk) for _ in range(6)]
    set_account(desk, daily_limit_emails=0)
    before = [delivery(desk, each) for each in rest]
    assert desk.try_claim() is None
    assert delivery(desk, first).held_code == "daily_limit"
    assert [delivery(desk, each) for each in rest] == before
    with transaction() as tx:
        why = why_not_yet(tx, rest[-1], desk.account_id)
    assert why is not None
    assert why.sentence == "Today's 0 of sam@example.com are used.", "asked anew, the others know it too"


def test_a_refusal_that_is_known_is_not_written_again(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    set_account(desk, status="paused")
    desk.try_claim()
    (before,) = desk.rows("SELECT revision FROM drafts WHERE id = %s", draft)
    desk.try_claim()
    assert desk.rows("SELECT revision FROM drafts WHERE id = %s", draft) == [before]


# --- two at once ---


def test_two_accounts_that_write_to_one_person_at_once_take_turns(desk: Desk) -> None:
    """Both saw that nobody writes; the second learns it from the database, and waits without an error."""
    other = seat(desk, "winter")
    queued(desk)
    waits = queued(other, to={"email": "dana1@EXAMPLE.org"})
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            assert verbs.claim(tx, desk.account_id)
            claiming = pool.submit(other.try_claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(desk), what="the other claim to wait")
            assert not claiming.done()
        assert claiming.result(timeout=20) is None
    row = delivery(other, waits)
    assert (row.status, row.held_code) == ("queued", "sixty_days")
    assert row.due_at < database_now(desk) + timedelta(minutes=6)


def test_claims_of_many_accounts_for_the_same_people_never_lock_each_other_out(desk: Desk) -> None:
    seats = [seat(desk, f"seat-{n}") for n in range(4)]
    for each in seats:
        for person in range(5):
            queued(each, to={"email": f"p{person}@example.org"})
    won: list[str] = []

    def work(each: Desk) -> None:
        for _ in range(5):
            claimed = each.try_claim()
            if claimed:
                won.append(claimed.rcpt_to)

    threads = [threading.Thread(target=work, args=(each,)) for each in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(won) == [f"p{person}@example.org" for person in range(5)]
