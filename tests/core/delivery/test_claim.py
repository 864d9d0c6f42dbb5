"""The claim: which delivery of an account is next, what waits and why, and two claims at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from core import delivery as verbs
from core.actor import slack_user
from core.db import transaction
from core.delivery import claiming
from core.delivery.explain import explain_wait
from core.delivery.gates import A_MOMENT, COOLING_OFF
from core.drafts.review import approve
from core.ids import new_id
from core.taxonomy import BlockedBy, Timing
from core.text.words.refusals import LASTING
from tests.core.delivery.claim_parts import (
    ALWAYS,
    CLOSED,
    account,
    claimed_delivery,
    counted,
    database_now,
    days_pass,
    delivery,
    guard_off,
    queued,
    seat,
    set_account,
    waits_for_a_lock,
    wrote,
)
from tests.fixtures.domain import Domain
from tests.fixtures.waiting import wait_until

# --- which one ---


def test_what_is_more_urgent_goes_first_and_then_what_was_due_first(domain: Domain) -> None:
    set_account(domain, **ALWAYS)
    late_intro = queued(domain, timing=Timing.NEXT_SLOT)
    early_intro = queued(domain, timing=Timing.NEXT_SLOT)
    answer = queued(domain, kind="reply", timing=Timing.NEXT_SLOT)
    intro_now = queued(domain)
    follow_up_now = queued(domain, kind="follow_up")
    answer_now = queued(domain, kind="reply")
    domain.sql("UPDATE send_queue SET due_at = now() - interval '1 day' WHERE id = %s", early_intro)
    order = [claimed_delivery(domain) for _ in range(7)]
    assert order == [answer_now, intro_now, follow_up_now, answer, early_intro, late_intro, None]


def test_a_queue_that_keeps_the_recipients_hours_does_not_stand_behind_the_accounts(domain: Domain) -> None:
    set_account(domain, **CLOSED)
    queued(domain, timing=Timing.NEXT_SLOT)
    domain.sql("UPDATE campaigns SET recipient_hours = true")
    draft = domain.ingest()
    now = database_now(domain)
    domain.sql(
        "UPDATE contacts SET timezone = 'Asia/Kolkata' WHERE id = (SELECT contact_id FROM drafts WHERE id = %s)", draft
    )
    with transaction() as tx:
        theirs = approve(tx, draft, 1, slack_user(tx, "T01TEST", "U01ALICE"), Timing.NEXT_SLOT).delivery_id
    assert domain.try_claim() is None, "closed for both: the account's hours on the recipient's clock"
    there = now.astimezone(ZoneInfo("Asia/Kolkata"))
    home = "Etc/GMT+12" if there.hour < 17 else "Pacific/Kiritimati"  # at any hour one of them is on another day
    set_account(domain, weekdays=[there.isoweekday()], opens="00:00", closes="00:00", timezone=home)
    assert there.date() != now.astimezone(ZoneInfo(home)).date(), "the account lives on another day"
    domain.make_due()
    assert claimed_delivery(domain) == theirs
    assert domain.try_claim() is None


# --- what waits ---


def test_a_delivery_that_waits_keeps_why_and_until_when_and_lets_others_pass(domain: Domain) -> None:
    waits = queued(domain)
    wrote(domain, "dana1@example.org", days=10)
    passes = queued(domain)
    assert claimed_delivery(domain) == passes
    row = delivery(domain, waits)
    contacted = domain.rows("SELECT contacted_at FROM outreach_history")[0][0]
    assert (row.status, row.held_code) == ("queued", "sixty_days")
    assert row.due_at == contacted + COOLING_OFF
    assert f"written to on {contacted:%d %B %Y}" in row.reason
    with transaction() as tx:
        why = explain_wait(tx, waits, domain.account_id)
    assert why is not None
    assert (why.sentence, why.code, why.until) == (row.reason, "sixty_days", row.due_at)


def test_what_it_waited_for_leaves_no_trace_once_it_is_claimed(domain: Domain) -> None:
    waits = queued(domain)
    wrote(domain, "dana1@example.org", days=59)
    assert domain.try_claim() is None
    days_pass(domain, 2)
    assert claimed_delivery(domain) == waits
    assert (delivery(domain, waits).held_code, delivery(domain, waits).reason) == (None, None)


def test_what_will_never_pass_is_skipped_and_its_draft_is_back_with_the_reason(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    passes = queued(domain)
    domain.sql(
        "INSERT INTO suppressions (id, workspace_id, kind, value_folded, reason)"
        " VALUES (gen_random_uuid(), %s, 'address', 'Dana1@Example.ORG', 'asked')",
        domain.workspace_id,
    )
    assert claimed_delivery(domain) == passes
    assert domain.statuses(draft) == ("manual_review", ["skipped"])
    assert domain.view(draft).reason == "This address is on the suppression list."
    assert domain.events(draft)[-3:] == [
        ("skip", "queued", "skipped", None),
        ("return", "approved", "needs_review", None),
        ("block", "needs_review", "manual_review", None),
    ]
    assert counted(domain)[1] == 1, "what was skipped does not count"


def test_a_full_account_is_asked_once_and_its_queue_is_not_touched(domain: Domain) -> None:
    first, *rest = [queued(domain) for _ in range(6)]
    set_account(domain, daily_limit_emails=0)
    before = [delivery(domain, each) for each in rest]
    assert domain.try_claim() is None
    assert delivery(domain, first).held_code == "daily_limit"
    assert [delivery(domain, each) for each in rest] == before
    with transaction() as tx:
        why = explain_wait(tx, rest[-1], domain.account_id)
    assert why is not None
    assert why.sentence == "sam@example.com has reached today's limit of 0.", "asked anew, the others know it too"


def test_what_holds_an_account_back_is_noted_once_whatever_else_is_queued(domain: Domain) -> None:
    draft, later = domain.ingest(), domain.ingest()
    domain.approve(draft)
    with transaction() as tx:
        approve(tx, later, 1, domain.member(), Timing.NEXT_SLOT)
    set_account(domain, status="paused")
    before = {each: domain.view(each).revision for each in (draft, later)}
    for _ in range(2):
        assert domain.try_claim() is None
    assert domain.rows("SELECT held_code, reason FROM send_queue ORDER BY id") == [
        ("account_not_active", "The account sam@example.com is paused."),
        (None, None),
    ]
    assert {each: domain.view(each).revision for each in (draft, later)} == before | {draft: before[draft] + 1}


def test_an_account_that_is_not_there_claims_nothing(domain: Domain) -> None:
    with transaction() as tx:
        assert verbs.claim(tx, new_id()) is None


def test_it_is_looked_at_again_when_the_first_of_what_waits_may_go(domain: Domain) -> None:
    """One waits for the spacing, one for a far morning: the later of the two says no more than the earlier."""
    queued(domain)
    queued(domain, timing=Timing.NEXT_SLOT)
    soon, in_three_days = (database_now(domain) + after for after in (timedelta(hours=1), timedelta(days=3)))
    set_account(domain, next_spaced_at=soon, weekdays=[in_three_days.isoweekday()])
    assert domain.try_claim() is None
    assert domain.rows("SELECT held_code FROM send_queue ORDER BY priority") == [("spacing",), ("outside_hours",)]
    assert account(domain).next_send_at == soon


def test_a_claim_that_looked_at_enough_leaves_the_rest_to_the_next(
    domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "MOST_LOOKS", 2)
    for number in (1, 2):
        queued(domain)
        wrote(domain, f"dana{number}@example.org", days=10)
    passes = queued(domain)
    assert domain.try_claim() is None
    assert account(domain).next_send_at <= database_now(domain), "the clock looks at it again at once"
    assert claimed_delivery(domain) == passes


@pytest.mark.parametrize("who", ["somebody writes to them", "they have replied"])
def test_what_only_the_database_knows_of_a_person_is_asked_again(domain: Domain, who: str) -> None:
    """Their contact does not say so yet: the claim is refused, and what waits says why."""
    other = seat(domain, "winter")
    waits = queued(domain, to={"email": "dana@example.org"})
    queued(other, to={"email": "dana@example.org"})
    before = database_now(domain)
    if who == "they have replied":
        with guard_off(domain, "contacts", "spread_answer"):
            domain.sql(
                "UPDATE contacts SET status = 'replied' WHERE id = (SELECT contact_id FROM send_queue WHERE id <> %s)",
                waits,
            )
    else:
        other.claim()
    assert domain.try_claim() is None
    row = delivery(domain, waits)
    if who == "they have replied":
        assert (row.status, row.held_code, row.reason) == (
            "skipped",
            "replied",
            LASTING[BlockedBy.REPLIED],
        )
        return
    assert (row.status, row.held_code, row.reason) == (
        "queued",
        "sixty_days",
        "Another mail to this person is on its way.",
    )
    assert before + A_MOMENT <= row.due_at <= database_now(domain) + A_MOMENT
    assert account(domain).next_send_at == row.due_at


# --- two at once ---


def test_two_accounts_that_write_to_one_person_at_once_take_turns(domain: Domain) -> None:
    """Both saw that nobody writes; the second learns it from the database, and waits without an error."""
    other = seat(domain, "winter")
    queued(domain)
    waits = queued(other, to={"email": "dana1@EXAMPLE.org"})
    with ThreadPoolExecutor(1) as pool:
        with transaction() as tx:
            assert verbs.claim(tx, domain.account_id)
            claiming = pool.submit(other.try_claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(domain), what="the other claim to wait")
            assert not claiming.done()
        assert claiming.result(timeout=20) is None
    row = delivery(other, waits)
    assert (row.status, row.held_code) == ("queued", "sixty_days")
    assert row.due_at < database_now(domain) + timedelta(minutes=6)


def test_a_claim_waits_for_whoever_holds_the_account_and_takes_what_is_there_then(domain: Domain) -> None:
    domain.approve(domain.ingest())
    with ThreadPoolExecutor(1) as pool, domain.connect() as other:
        with other.transaction():
            other.execute("UPDATE accounts SET name = 'Samantha Hill'")
            claiming = pool.submit(domain.claim)
            wait_until(lambda: claiming.done() or waits_for_a_lock(domain), what="the claim to wait")
            assert not claiming.done()
        claimed = claiming.result(timeout=20)
    assert claimed.rcpt_to == "dana1@example.org"
    assert b"Samantha Hill" in claimed.mime


def test_claims_of_many_accounts_for_the_same_people_never_lock_each_other_out(domain: Domain) -> None:
    seats = [seat(domain, f"seat-{n}") for n in range(4)]
    for each in seats:
        for person in range(5):
            queued(each, to={"email": f"p{person}@example.org"})
    won: list[str] = []

    def work(each: Domain) -> None:
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
