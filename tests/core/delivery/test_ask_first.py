"""What an approval asks first: what was undone a moment ago, hours that are over, a wait that is over."""

from typing import Any

from core.actor import Actor
from core.db import transaction
from core.delivery.ask_first import ask_first
from core.delivery.next_slot import NOTHING_TOLD, Told
from core.drafts.expire import restore
from core.drafts.undo import undo
from core.errors import AskFirst
from core.ids import UUID, new_id
from core.taxonomy import Surface, Timing, Verb
from core.text.words.refusals import JUST_NOW, NO_LONGER_HELD
from tests.core.delivery.claim_parts import guard_off, set_account
from tests.fixtures.domain import Domain

UNDID, RESTORED = JUST_NOW[Verb.UNDO], JUST_NOW[Verb.RESTORE]
OUTSIDE = "outside business hours."


def asked(
    domain: Domain, draft: UUID, timing: Timing = Timing.EARLIEST, told: Told = NOTHING_TOLD, **who: Any
) -> tuple[str, str] | None:
    """What is asked, and what it is about."""
    by = who.get("by") or domain.member(who.get("user", "U01ALICE"))
    try:
        with transaction() as tx:
            ask_first(tx, draft, who.get("seen") or domain.view(draft).review_round, by, timing, told)
    except AskFirst as first:
        return str(first), first.about
    return None


def undoes(domain: Domain, draft: UUID) -> None:
    domain.approve(draft, domain.view(draft).review_round)
    with transaction() as tx:
        undo(tx, draft, domain.view(draft).review_round, domain.member())


def restores(domain: Domain, draft: UUID) -> None:
    domain.sql("UPDATE drafts SET status = 'expired' WHERE id = %s", draft)
    with transaction() as tx:
        restore(tx, draft, domain.member())


def test_nothing_is_asked_of_what_leaves_as_it_should(domain: Domain) -> None:
    draft = domain.ingest()
    domain.edit(draft)
    assert asked(domain, draft) is None
    with transaction() as tx:
        ask_first(tx, draft, 2, domain.member(), Timing.EARLIEST)


def test_who_brought_it_back_a_moment_ago_is_asked(domain: Domain) -> None:
    another = domain.ingest()
    for number, (acts, sentence) in enumerate(
        (((undoes,), UNDID), ((restores,), RESTORED), ((restores, undoes), UNDID), ((undoes, restores), RESTORED))
    ):
        draft = domain.ingest()
        domain.edit(draft, subject=f"Hello again, {number}")
        for does in acts:
            does(domain, draft)
        for timing in Timing:
            assert asked(domain, draft, timing) == (sentence, f"Hello again, {number} · dana{number + 2}@example.org")
        assert asked(domain, draft, user="U02BOB") is None, "it was somebody else"
    assert asked(domain, another) is None
    for seconds, so in ((5, True), (10, False)):
        with guard_off(domain, "message_events", "keep_events"):
            domain.sql("UPDATE message_events SET at = clock_timestamp() - make_interval(secs => %s)", seconds)
        assert (asked(domain, draft) is not None) == so


def test_what_cannot_be_approved_anyway_is_not_asked_about(domain: Domain) -> None:
    draft = domain.ingest()
    undoes(domain, draft)
    assert asked(domain, draft, seen=1) is None, "it was approved, and undone, since"
    assert asked(domain, new_id(), seen=1) is None
    by = domain.member()
    domain.sql("INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02')")
    [(other,)] = domain.rows("SELECT id FROM workspaces WHERE slack_team_id = 'T02'")
    assert asked(domain, draft, by=Actor(Surface.SLACK, other, by.member_id)) is None
    domain.reject(draft, domain.view(draft).review_round)
    assert asked(domain, draft) is None


def test_who_was_not_told_that_hours_are_over_is_asked(domain: Domain) -> None:
    draft = domain.ingest()
    set_account(domain, weekdays=[])
    found = asked(domain, draft)
    assert found is not None
    assert found[0].startswith("It is ")
    assert found[0].endswith(f" for sam@example.com, {OUTSIDE}")
    assert asked(domain, draft, told=Told(held=True)) == (f"{found[0]} {NO_LONGER_HELD}", found[1])
    assert asked(domain, draft, told=Told(closed=True)) is None
    assert asked(domain, draft, Timing.NEXT_SLOT) is None


def test_of_what_waits_for_somebody_anyway_the_hours_are_not_asked(domain: Domain) -> None:
    """As its card says: nothing of hours where the account is paused, since nothing leaves in them."""
    draft = domain.ingest()
    set_account(domain, weekdays=[], status="paused", paused_reason="On holiday.")
    assert asked(domain, draft) is None


def test_who_was_told_that_it_waits_is_asked_once_nothing_holds_it(domain: Domain) -> None:
    draft = domain.ingest()
    assert asked(domain, draft, told=Told(held=True)) == (NO_LONGER_HELD, "Hello number 1 · dana1@example.org")
    assert asked(domain, draft, Timing.NEXT_SLOT, Told(held=True)) is None
    domain.sql("UPDATE campaigns SET status = 'paused'")
    assert asked(domain, draft, told=Told(held=True)) is None


def test_all_that_is_asked_is_asked_at_once(domain: Domain) -> None:
    draft = domain.ingest()
    undoes(domain, draft)
    set_account(domain, weekdays=[])
    found = asked(domain, draft, told=Told(held=True))
    assert found is not None
    assert found[0].startswith(f"{UNDID} It is ")
    assert found[0].endswith(f" for sam@example.com, {OUTSIDE} {NO_LONGER_HELD}")
