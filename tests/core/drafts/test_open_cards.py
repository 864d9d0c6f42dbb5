"""Open drafts of which a card stands: those, and no others, in the order of their ids, a few at a time."""

import sqlalchemy as sa

from core.db import transaction
from core.drafts.open_cards import lock_shown
from core.ids import UUID
from core.models import Draft
from tests.fixtures.domain import Domain


def shown(domain: Domain, *, body: str = "Hi Dana,\nhello.", **columns: object) -> UUID:
    """A draft with a card in a channel, which stands unless `columns` say otherwise."""
    draft = domain.ingest(body=body)
    card = {"asks": True, "ts": str(draft), "gone_reason": None} | columns
    domain.sql(
        "INSERT INTO cards (id, workspace_id, draft_id, place, channel, ts, asks, gone_reason)"
        " VALUES (gen_random_uuid(), %s, %s, 'channel', 'C', %s, %s, %s)",
        *(domain.workspace_id, draft, card["ts"], card["asks"], card["gone_reason"]),
    )
    return draft


def test_a_few_at_a_time_in_the_order_of_their_ids(domain: Domain) -> None:
    one, two, three = sorted((shown(domain), shown(domain, body="Hi {first_name}"), shown(domain)))
    with transaction() as tx:
        assert lock_shown(tx, sa.true(), None, 2) == [one, two]
        assert lock_shown(tx, sa.true(), two, 2) == [three]
        assert lock_shown(tx, sa.true(), three, 2) == []
        assert lock_shown(tx, Draft.id != one, None, 5) == [two, three]


def test_only_what_is_open_and_of_which_a_card_stands_and_asks(domain: Domain) -> None:
    domain.ingest()
    for columns in ({"asks": False}, {"ts": None}, {"gone_reason": "left"}):
        shown(domain, **columns)
    domain.approve(shown(domain))
    domain.reject(shown(domain))
    stands = shown(domain)
    with transaction() as tx:
        assert lock_shown(tx, sa.true(), None, 9) == [stands]


def test_what_is_held_is_not_changed_meanwhile_and_can_still_be_pointed_to(domain: Domain) -> None:
    draft = shown(domain)
    with transaction() as tx:
        lock_shown(tx, sa.true(), None, 1)
        [(mode,)] = domain.rows(
            "SELECT coalesce((SELECT 'free' FROM drafts WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED), 'held')", draft
        )
        assert mode == "held"
        assert domain.rows("SELECT id FROM drafts WHERE id = %s FOR KEY SHARE SKIP LOCKED", draft) == [(draft,)]
