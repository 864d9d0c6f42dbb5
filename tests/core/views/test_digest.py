"""The digest: numbers of one local day, from a history that is known to the letter; told once, at its hour."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cards.digest_card import digest_card, many, sparkline
from core.db import transaction
from core.hours import local_day
from core.ids import new_id
from core.notices.digest import about_day, day_of, due_day
from core.views.digest import Digest, read
from tests.core.accounts.test_health import mails
from tests.core.delivery.unknown_parts import arrived
from tests.core.drafts.review_parts import ask_changes
from tests.core.views.history_parts import History, utc
from tests.fixtures.cases import cases
from tests.fixtures.domain import SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

ALICE, BOB = "U01ALICE", "U02BOB"
DAY = date(2026, 3, 18)
CAME = (None, "needs_review")
APPROVED = ("needs_review", "approved")
REJECTED = ("needs_review", "rejected")


def digest(domain: Domain, day: date | None = DAY) -> Digest:
    with transaction() as tx:
        return read(tx, domain.workspace_id, day)


@pytest.fixture
def history(domain: Domain) -> History:
    return History(domain)


def test_a_day_without_anything_is_empty(domain: Domain) -> None:
    found = digest(domain)
    assert found.is_empty
    assert (found.is_over, found.median_seconds, found.week) == (True, None, (0,) * 7)


def test_what_waits_makes_a_day_worth_telling(domain: Domain) -> None:
    domain.ingest()
    found = digest(domain)
    assert (found.is_empty, found.to_review, found.sent) == (False, 1, 0)


def test_what_nobody_has_changed_yet_is_told(domain: Domain) -> None:
    ask_changes(domain.ingest())
    found = digest(domain)
    assert (found.is_empty, found.to_review, found.to_change) == (False, 0, 1)
    assert "1 draft waits for requested changes." in str(digest_card(found))


def test_every_number_of_a_known_day(domain: Domain, history: History) -> None:
    first, second, third, fourth = (new_id() for _ in range(4))
    history.add(utc("2026-03-17 20:00"), "ingest", draft=third, moved=CAME)
    for draft in (first, second, fourth):
        history.add(utc("2026-03-18 08:00"), "ingest", draft=draft, moved=CAME)
    delivery = new_id()
    history.add(utc("2026-03-18 08:10"), "approve", draft=first, by=ALICE, moved=APPROVED)  # after 10 min
    history.add(utc("2026-03-18 08:12"), "deliver", draft=first, delivery=delivery, moved=("sending", "sent"))
    history.add(utc("2026-03-18 08:13"), "confirm", draft=first, delivery=delivery, moved=("sent", "sent"))
    history.add(utc("2026-03-18 08:30"), "approve", draft=second, by=ALICE, moved=APPROVED)  # after 30 min
    history.add(utc("2026-03-18 08:31"), "undo", draft=second, by=ALICE, moved=("approved", "needs_review"))
    history.add(utc("2026-03-18 09:01"), "edit", draft=second, by=BOB, moved=("needs_review", "needs_review"))
    history.add(utc("2026-03-18 09:31"), "endorse", draft=second, by=ALICE)
    history.add(utc("2026-03-18 09:31"), "approve", draft=second, by=BOB, moved=APPROVED)  # 60 min after the undo
    history.add(utc("2026-03-18 10:00"), "reject", draft=third, by=BOB, moved=REJECTED)  # after 14 h
    history.add(utc("2026-03-18 11:00"), "expire", draft=fourth, moved=("needs_review", "expired"))
    history.add(utc("2026-03-18 12:00"), "lose", draft=second, delivery=new_id(), moved=("sending", "outcome_unknown"))
    for verb, data in (
        *(("reply", {}), ("bounce", {"hard": True}), ("bounce", {"hard": False})),
        *(("complain", {}), ("unsubscribe", {})),
    ):
        history.add(utc("2026-03-18 13:00"), verb, draft=first, data=data)

    found = digest(domain)
    assert (found.sent, found.replies, found.bounces, found.complaints, found.unsubscribes) == (1, 1, 1, 1, 1)
    assert (found.approved, found.rejected, found.undone, found.expired, found.lost) == (2, 1, 0, 1, 1)
    assert found.approvals == (("Alice Anderson", 2), ("Bob Brown", 1))
    assert found.median_seconds == 45 * 60
    assert digest_card(found)["text"].splitlines()[:7] == [
        "Acme, Wednesday 18 March",
        "1 mail sent, 1 reply, 1 bounce, 1 spam report, 1 opted out.",
        "Decided: 2 approved, 1 rejected.",
        "Approvals by person: Alice Anderson 2, Bob Brown 1.",
        "Median time to a decision: 45 minutes.",
        "1 draft expired: nobody decided in time.",
        "1 mail got no answer from the mail server.",
    ]


def test_an_outcome_that_was_unknown_and_is_not_any_more_is_said_to_be_settled(domain: Domain) -> None:
    first, second = domain.ingest(), domain.ingest()
    claimed = [domain.deliver(draft, UNKNOWN) for draft in (first, second)]
    said = digest_card(digest(domain, None))["text"]
    assert "2 mails got no answer from the mail server.\n" in said
    arrived(domain, first, claimed[0])
    found = digest(domain, None)
    said = digest_card(found)["text"]
    assert (found.sent, found.lost, found.settled, found.unknown) == (1, 2, 1, 1)
    assert "2 mails got no answer from the mail server, 1 of these settled since.\n" in said


def test_drafts_are_counted_and_not_clicks(domain: Domain, history: History) -> None:
    draft, other = new_id(), new_id()
    for minute in (10, 20, 30):
        history.add(utc(f"2026-03-18 08:{minute}"), "approve", draft=draft, by=ALICE, moved=APPROVED)
        history.add(utc(f"2026-03-18 08:{minute + 1}"), "undo", draft=draft, by=ALICE, moved=APPROVED[::-1])
    history.add(utc("2026-03-18 09:00"), "undo", draft=other, by=ALICE, moved=APPROVED[::-1])  # of yesterday's approval
    found = digest(domain)
    assert (found.approved, found.undone, found.approvals) == (1, 1, (("Alice Anderson", 1),))
    assert "Decided: 1 approved, 1 of these undone, none rejected." in digest_card(found)["text"]


def test_replies_are_as_many_as_they_are_and_soft_bounces_are_bounces(domain: Domain, history: History) -> None:
    first, second = new_id(), new_id()
    for number, draft in enumerate((first, first, second)):
        history.add(utc("2026-03-18 13:00"), "reply", draft=draft, data={"key_sha256": str(number)})
    history.add(utc("2026-03-18 13:00"), "bounce", draft=first, data={"hard": True})
    history.add(utc("2026-03-18 13:00"), "bounce", draft=second, data={"hard": False})
    found = digest(domain)
    assert (found.replies, found.answered, found.bounces, found.hard_bounces) == (3, 2, 2, 1)
    assert "No mails sent, 3 replies to 2 messages, 2 bounces (1 hard)." in digest_card(found)["text"]


@pytest.mark.parametrize(
    ("zone", "day", "begins", "ends"),
    [
        ("Europe/London", date(2026, 3, 18), "2026-03-18 00:00", "2026-03-19 00:00"),
        ("Europe/London", date(2026, 3, 29), "2026-03-29 00:00", "2026-03-29 23:00"),  # 23 hours
        ("Europe/London", date(2026, 10, 25), "2026-10-24 23:00", "2026-10-26 00:00"),  # 25 hours
        ("America/New_York", date(2026, 3, 18), "2026-03-18 04:00", "2026-03-19 04:00"),
        ("Pacific/Kiritimati", date(2026, 3, 18), "2026-03-17 10:00", "2026-03-18 10:00"),
    ],
)
def test_the_day_is_the_workspace_s_own(
    domain: Domain, history: History, zone: str, day: date, begins: str, ends: str
) -> None:
    domain.sql("UPDATE workspaces SET timezone = %s", zone)
    second = timedelta(seconds=1)
    for at in (utc(begins) - second, utc(begins), utc(ends) - second, utc(ends)):
        history.add(at, "deliver", delivery=new_id(), moved=("sending", "sent"))
    assert digest(domain, day).sent == 2
    assert digest(domain, day - timedelta(days=1)).sent == 1
    assert digest(domain, day + timedelta(days=1)).week[-3:] == (1, 2, 1)


def test_an_id_that_is_older_or_younger_than_its_event_counts_by_the_event(domain: Domain, history: History) -> None:
    """The clock of a worker may be some minutes off; the database's is what counts."""
    for skew in (-30, 30):
        for at in ("2026-03-18 00:10", "2026-03-18 23:50"):
            history.add(utc(at), "deliver", delivery=new_id(), moved=("sending", "sent"), skew=timedelta(minutes=skew))
    assert digest(domain).sent == 4


def test_another_workspace_does_not_count(domain: Domain, history: History) -> None:
    history.add(utc("2026-03-18 12:00"), "deliver", delivery=new_id(), moved=("sending", "sent"), workspace=new_id())
    assert digest(domain).is_empty


def test_an_account_near_its_limit_is_named(domain: Domain) -> None:
    domain.ingest()
    mails(domain, 9, days=3)
    ((day,),) = domain.rows("SELECT (now() - interval '3 days')::date")
    domain.sql("UPDATE accounts SET daily_limit_emails = 10, timezone = 'UTC'")
    assert [(near.used, near.limit) for near in digest(domain, day).near] == [(9, 10)]
    domain.sql("UPDATE accounts SET daily_limit_emails = 11")
    assert digest(domain, day).near == ()
    assert digest(domain, day + timedelta(days=1)).near == ()


def test_today_so_far_is_told_as_such(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    domain.ingest()
    found = digest(domain, None)
    assert (found.sent, found.approved, found.to_review, found.is_over) == (1, 1, 1, False)
    assert found.week[-1] == 1
    text = digest_card(found)["text"]
    assert text.splitlines()[0].endswith(" so far")
    assert "1 draft waits for a decision, the oldest since" in text


# --- in words ---


@pytest.mark.parametrize(
    ("numbers", "bars"),
    [((), ""), ((0, 0), "▁▁"), ((0, 1, 2), "▁▅█"), ((7, 0, 1), "█▁▂"), ((1000, 1, 0), "█▂▁"), ((5,) * 7, "█" * 7)],
)
def test_what_is_not_nothing_has_a_bar_of_its_own(numbers: tuple[int, ...], bars: str) -> None:
    assert sparkline(numbers) == bars


def test_numbers_read_well() -> None:
    assert [many(number, "reply", "replies") for number in (0, 1, 2, 1200)] == [
        *("No replies", "1 reply", "2 replies", "1,200 replies")
    ]


# --- its hour ---


@pytest.mark.parametrize(
    ("zone", "at", "day_before_its_moment", "moment"),
    [
        ("Europe/London", time(9), date(2026, 3, 28), "2026-03-29 08:00"),  # the clocks went forward that night
        ("Europe/London", time(9), date(2026, 10, 24), "2026-10-25 09:00"),  # and back
        ("Europe/London", time(1, 30), date(2026, 3, 28), "2026-03-29 01:00"),  # skipped: when the skip is over
        ("Europe/London", time(1, 30), date(2026, 10, 24), "2026-10-25 00:30"),  # comes twice: the first time
        ("America/New_York", time(9), date(2026, 11, 19), "2026-11-20 14:00"),
        ("Asia/Kolkata", time(0), date(2026, 11, 19), "2026-11-19 18:30"),
    ],
)
def test_it_is_due_at_its_hour_of_the_local_day(zone: str, at: time, day_before_its_moment: date, moment: str) -> None:
    due = utc(moment)
    told = day_before_its_moment - timedelta(days=1)
    assert due_day(zone, at, told, due - timedelta(seconds=1)) is None
    assert due_day(zone, at, told, due) == day_before_its_moment
    assert due_day(zone, at, day_before_its_moment, due + timedelta(hours=5)) is None


ZONES = st.sampled_from(
    ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo"]
)


@cases(60)
@given(ZONES, st.times(), st.integers(0, 365 * 24 * 60), st.integers(1, 600))
def test_every_day_is_told_once_and_in_order(zone: str, at: time, began: int, minutes: int) -> None:
    """However seldom the clock looks, and in a year with all its changes of the clocks."""
    now, told, days = utc("2026-01-01 00:00") + timedelta(minutes=began), date(2025, 1, 1), []
    for _ in range(5 * 24 * 60 // minutes):
        now += timedelta(minutes=minutes)
        day = due_day(zone, at, told, now)
        if day:
            days.append(day)
            told = day
    assert len(days) >= 3
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]


def test_an_outage_of_days_is_made_up_for_by_the_latest_alone() -> None:
    assert due_day("UTC", time(9), date(2026, 11, 1), utc("2026-11-20 12:00")) == date(2026, 11, 19)
    assert due_day("UTC", time(9), date(2026, 11, 1), utc("2026-11-20 08:00")) == date(2026, 11, 18)


def test_the_row_says_which_day_it_tells() -> None:
    assert day_of(about_day(DAY)) == DAY


@pytest.mark.parametrize(
    ("at", "digested", "made", "says"),
    [
        ("now() + interval '2 minutes'", None, "now()", "tomorrow"),  # moved to two minutes ahead on the first day
        ("now() + interval '2 minutes'", None, "now() - interval '2 days'", "today"),
        ("now() + interval '2 minutes'", "yesterday", "now() - interval '2 days'", "tomorrow"),  # told this morning
        ("now() - interval '2 minutes'", None, "now() - interval '2 days'", "tomorrow"),
        (None, None, "now()", "never"),
    ],
)
def test_it_says_when_the_next_one_comes(
    domain: Domain, at: str | None, digested: str | None, made: str, says: str
) -> None:
    # A zone in which it is noon, whatever o'clock it is: none of these moments is of another day.
    [(hour,)] = domain.rows("SELECT extract(hour FROM now() AT TIME ZONE 'UTC')::int")
    domain.sql("UPDATE workspaces SET timezone = %s", zone := f"Etc/GMT{hour - 12:+d}")
    told = f"(now() AT TIME ZONE '{zone}')::date - 1" if digested else "NULL"
    hour = f"date_trunc('minute', ({at}) AT TIME ZONE '{zone}')::time" if at else "NULL"
    domain.sql(f"UPDATE workspaces SET created_at = {made}, digested_on = {told}, digest_at = {hour}")
    found = digest(domain, None)
    if says == "never":
        assert found.next_at is None
        assert "No digest is scheduled." in digest_card(found)["text"]
        return
    assert found.next_at is not None
    assert (local_day(zone, found.next_at) - local_day(zone, found.now)).days == (1 if says == "tomorrow" else 0)
    assert "The next digest comes " in digest_card(found)["text"]
    assert "The next digest" not in digest_card(digest(domain))["text"], "what is over needs no such line"
