"""What a card says of the next slot: when it is, what stands before it, or why there is none."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from core.cards.buttons import row_name, told_by
from core.cards.draft_card import draft_card
from core.db import transaction
from core.delivery.closed_hours import ClosedHours
from core.delivery.next_slot import COUNTED, SendNow, Told, next_slot, sends_now
from core.drafts.review import approve
from core.ids import UUID, new_id
from core.taxonomy import Timing
from tests.core.delivery.claim_parts import set_account
from tests.fixtures.domain import SENT, Domain


def slot_line(domain: Domain, draft: UUID) -> str:
    """What the small print says of the slot; empty where it says nothing."""
    blocks = draft_card(domain.view(draft), "https://signoff.example.com/drafts/1")["blocks"]
    small = next((block for block in blocks if block.get("block_id") == "small_print"), {"elements": []})
    return next((e["text"] for e in small["elements"] if e["text"].startswith("Next slot")), "")


def approve_for_the_slot(domain: Domain, draft: UUID) -> None:
    with transaction() as tx:
        approve(tx, draft, 1, domain.member(), Timing.NEXT_SLOT)


def test_an_account_that_is_open_and_idle_has_one_now(domain: Domain) -> None:
    assert slot_line(domain, domain.ingest()).startswith("Next slot: now (as of ")


def test_what_is_said_before_is_when_it_leaves_at_the_earliest(domain: Domain) -> None:
    domain.sql("UPDATE accounts SET weekdays = ARRAY[extract(isodow FROM now() + interval '3 days')::smallint]")
    draft = domain.ingest()
    before = domain.view(draft).next_slot
    assert before is not None
    approve_for_the_slot(domain, draft)
    assert domain.state(draft) == "waiting"
    assert domain.view(draft).due_at == before.at
    assert domain.try_claim() is None


def test_mail_that_goes_first_is_counted(domain: Domain) -> None:
    domain.sql("UPDATE accounts SET next_spaced_at = now() + interval '10 minutes'")
    first, second, third, fourth = (domain.ingest() for _ in range(4))
    approve_for_the_slot(domain, first)
    assert ", after 1 other (as of " in slot_line(domain, fourth)
    domain.approve(second)
    approve_for_the_slot(domain, third)
    assert ", after 3 others (as of " in slot_line(domain, fourth)


def test_a_long_queue_is_not_counted_to_its_end(domain: Domain) -> None:
    draft = domain.ingest()
    for _ in range(COUNTED + 2):
        approve_for_the_slot(domain, domain.ingest())
    assert f", after {COUNTED} others or more (as of " in slot_line(domain, draft)


@pytest.mark.parametrize(
    ("closed", "why"),
    [
        ("UPDATE campaigns SET status = 'paused'", "Autumn launch is paused."),
        ("UPDATE accounts SET status = 'paused', paused_reason = 'Why <not>.'", "is paused: Why &lt;not&gt;."),
    ],
)
def test_what_takes_an_act_has_no_time(domain: Domain, closed: str, why: str) -> None:
    draft = domain.ingest()
    domain.sql(closed)
    blocks = draft_card(domain.view(draft), "https://signoff.example.com/drafts/1")["blocks"]
    said = json.dumps(blocks)
    assert (said.count("none yet (as of "), said.count(why)) == (1, 1), "and not a second time in the small print"


def test_what_only_the_slot_waits_for_stands_with_it(domain: Domain) -> None:
    draft = domain.ingest()
    set_account(domain, weekdays=[])
    line = slot_line(domain, draft)
    assert "none yet (as of " in line
    assert line.endswith("It is outside business hours for sam@example.com.")


def test_nothing_is_said_where_nothing_can_be_approved(domain: Domain) -> None:
    blocked, rejected = domain.ingest(body="Hi {{first_name}}"), domain.ingest()
    domain.reject(rejected)
    assert (slot_line(domain, blocked), slot_line(domain, rejected)) == ("", "")


def test_a_draft_that_is_not_there_has_none(domain: Domain) -> None:
    with transaction() as tx:
        assert next_slot(tx, new_id()) is None
        assert sends_now(tx, [new_id()]) == {}
        assert sends_now(tx, []) == {}


def promise(domain: Domain, draft: UUID) -> str:
    """What stands above the buttons of its card."""
    blocks = draft_card(domain.view(draft), "https://signoff.example.com/drafts/1")["blocks"]
    return next((block["text"]["text"] for block in blocks if block.get("block_id") == "promise"), "")


def test_p8_a_card_promises_what_the_gates_know(domain: Domain) -> None:
    """Before the click: sixty days, limits, pauses, in the words of the gate, with the day on which it may leave."""
    draft = domain.ingest()
    assert promise(domain, draft) == "", "nothing keeps it"
    domain.sql("UPDATE accounts SET next_spaced_at = now() + interval '9 minutes'")
    assert promise(domain, draft) == "", "some minutes are usual"
    domain.sql("UPDATE accounts SET daily_limit_emails = 0")
    assert "Cannot leave before" in promise(domain, draft) or "If approved, it waits" in promise(domain, draft)
    assert "sam@example.com has reached today's limit of 0." in promise(domain, draft)
    domain.sql("UPDATE accounts SET daily_limit_emails = 40, status = 'paused', paused_reason = 'On holiday.'")
    assert "If approved, it waits: The account sam@example.com is paused: On holiday." in promise(domain, draft)


def greens(domain: Domain, draft: UUID) -> list[str]:
    """The primary buttons of its card."""
    blocks = draft_card(domain.view(draft), "https://signoff.example.com/drafts/1")["blocks"]
    (row,) = [block for block in blocks if block.get("block_id", "").startswith("decide")]
    return [element["action_id"] for element in row["elements"] if element.get("style") == "primary"]


def test_p8_what_would_come_back_is_not_promised_to_wait(domain: Domain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card that is drawn at the moment at which it becomes known."""
    draft = domain.ingest()
    assert greens(domain, draft) == ["approve_send"]
    domain.sql("UPDATE campaigns SET status = 'paused'")
    assert greens(domain, draft) == ["approve_schedule"]
    domain.sql("UPDATE campaigns SET status = 'active'")
    lasting = SendNow(None, "The contact asked not to be written to.", lasting=True)
    monkeypatch.setattr("core.delivery.next_slot.send_now", lambda *_: lasting)
    told = promise(domain, draft)
    assert told.startswith(
        ":no_entry_sign: If approved, it is not sent but comes back to review: The contact asked not to be"
    )
    assert greens(domain, draft) == []


def test_p8_what_is_known_to_come_back_cannot_be_approved(domain: Domain) -> None:
    draft = domain.ingest()
    domain.sql("UPDATE contacts SET status = 'do_not_contact'")
    assert promise(domain, draft) == ""
    assert greens(domain, draft) == []
    assert domain.state(draft) == "manual_review"


LATER = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opens", "held", "at", "told"),
    [
        (LATER, False, LATER - timedelta(seconds=1), Told(closed=True)),
        (LATER, False, LATER, Told()),  # a card of the morning, clicked at night
        (LATER, True, LATER - timedelta(hours=1), Told(closed=True, held=True)),
        (LATER, True, LATER + timedelta(hours=1), Told(held=True)),
        (None, False, LATER, Told(closed=True)),  # they never open
    ],
)
def test_a_card_has_told_what_is_still_so(opens: datetime | None, held: bool, at: datetime, told: Told) -> None:
    why = "The account is paused." if held else None
    name = row_name(SendNow(at, why, closed=ClosedHours("sam@example.com", at, opens, "UTC")))
    assert told_by(name, at) == told_by(f"{name}:{new_id()}:3", at) == told


def test_a_card_that_says_nothing_has_told_nothing() -> None:
    assert told_by(row_name(None), LATER) == told_by("", LATER) == Told()
    assert told_by(row_name(SendNow(LATER)), LATER) == Told()
    assert told_by(row_name(SendNow(None, "The account is paused.")), LATER) == Told(held=True)


def test_p8_sixty_days_are_told_before_the_click(domain: Domain) -> None:
    first, second = domain.ingest(), domain.ingest(to={"email": "dana1@example.org", "first_name": "Dana"})
    domain.deliver(first, SENT)
    told = promise(domain, second)
    assert told.startswith(":hourglass: Cannot leave before <!date^")
    assert "This person was written to on" in told
