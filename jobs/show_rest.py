"""What follows when an account begins or ends to rest: the cards of its waiting mail say so, step by step (P9), and
whoever was told that it rests is told of the end.
"""

from core.accounts import pausing, resting
from core.db import transaction
from core.ids import UUID


def show_rest(account_id: UUID) -> None:
    """Have all cards of the account's waiting mail drawn again. Idempotent: begun again if it dies half-way."""
    with transaction() as tx:
        state = resting.read_state(tx, account_id)
    last: UUID | None = None
    while True:
        with transaction() as tx:
            last = pausing.mark_cards_behind(tx, account_id, last)
            if last is None:
                resting.tell_that_it_is_over(tx, account_id)
                resting.record_shown(tx, account_id, state)
                return
