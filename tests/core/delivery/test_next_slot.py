"""What a card says of the next slot: when it is, what stands before it, or why there is none."""

import pytest

from core.cards.draft_card import draft_card
from core.db import transaction
from core.delivery.next_slot import COUNTED, next_slot
from core.drafts.review import approve
from core.ids import UUID, new_id
from core.taxonomy import Timing
from tests.fixtures.desk import Desk


def slot_line(desk: Desk, draft: UUID) -> str:
    """What the small print says of the slot; empty where it says nothing."""
    blocks = draft_card(desk.facts(draft), "https://signoff.example.com/drafts/1")["blocks"]
    small = next((block for block in blocks if block.get("block_id") == "small_print"), {"elements": []})
    return next((e["text"] for e in small["elements"] if e["text"].startswith("Next slot")), "")


def approve_for_the_slot(desk: Desk, draft: UUID) -> None:
    with transaction() as tx:
        approve(tx, draft, 1, desk.member(), Timing.NEXT_SLOT)


def test_an_account_that_is_open_and_idle_has_one_now(desk: Desk) -> None:
    assert slot_line(desk, desk.ingest()).startswith("Next slot: now (at ")


def test_what_is_said_before_is_when_it_leaves_at_the_earliest(desk: Desk) -> None:
    desk.sql("UPDATE accounts SET weekdays = ARRAY[extract(isodow FROM now() + interval '3 days')::smallint]")
    draft = desk.ingest()
    before = desk.facts(draft).next_slot
    assert before is not None
    approve_for_the_slot(desk, draft)
    assert desk.state(draft) == "waiting"
    assert desk.facts(draft).due_at == before.at
    assert desk.try_claim() is None


def test_mail_that_goes_first_is_counted(desk: Desk) -> None:
    desk.sql("UPDATE accounts SET next_spaced_at = now() + interval '10 minutes'")
    first, second, third, fourth = (desk.ingest() for _ in range(4))
    approve_for_the_slot(desk, first)
    assert ", after 1 other (at " in slot_line(desk, fourth)
    desk.approve(second)
    approve_for_the_slot(desk, third)
    assert ", after 3 others (at " in slot_line(desk, fourth)


def test_a_long_queue_is_not_counted_to_its_end(desk: Desk) -> None:
    draft = desk.ingest()
    for _ in range(COUNTED + 2):
        approve_for_the_slot(desk, desk.ingest())
    assert f", after {COUNTED} others or more (at " in slot_line(desk, draft)


@pytest.mark.parametrize(
    ("closed", "why"),
    [
        ("UPDATE campaigns SET status = 'paused'", "Autumn launch is paused."),
        ("UPDATE accounts SET status = 'paused', paused_reason = 'Why <not>.'", "is paused: Why &lt;not&gt;."),
        ("UPDATE contacts SET status = 'do_not_contact'", "The contact asked not to be written to."),
    ],
)
def test_what_takes_an_act_has_no_time(desk: Desk, closed: str, why: str) -> None:
    draft = desk.ingest()
    desk.sql(closed)
    line = slot_line(desk, draft)
    assert "none yet." in line
    assert line.endswith(why)


def test_nothing_is_said_where_nothing_can_be_approved(desk: Desk) -> None:
    blocked, rejected = desk.ingest(body="Hi {{first_name}}"), desk.ingest()
    desk.reject(rejected)
    assert (slot_line(desk, blocked), slot_line(desk, rejected)) == ("", "")


def test_an_account_or_draft_that_is_not_there_has_none(desk: Desk) -> None:
    draft = desk.ingest()
    with transaction() as tx:
        assert next_slot(tx, draft, new_id()) is None
        assert next_slot(tx, new_id(), desk.account_id) is None
