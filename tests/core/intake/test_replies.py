"""A reply is told to whoever approved what was answered, each once."""

from typing import Any

import pytest

from tests.core.intake.feedback_parts import message_id, tell
from tests.fixtures.domain import SENT, Domain

pytestmark = pytest.mark.slow


def alerts(domain: Domain) -> list[tuple[Any, ...]]:
    return domain.rows(
        "SELECT m.slack_user_id, a.sentence, a.draft_id, a.about FROM alerts a JOIN members m ON m.id = a.member_id "
        "WHERE a.kind = 'reply' ORDER BY a.created_at, m.slack_user_id"
    )


def test_who_approved_is_told_of_each_reply_once(domain: Domain) -> None:
    draft = domain.ingest()
    mail = message_id(domain, domain.deliver(draft, SENT))
    for event in ("a", "a", "b", "a"):
        tell(domain, "reply", message_id=mail, id=event)
    assert alerts(domain) == [
        ("U01ALICE", "Dana answered “Hello number 1” (Autumn launch).", draft, f"reply:{draft}:1"),
        (
            "U01ALICE",
            "Dana answered “Hello number 1” (Autumn launch). This is reply number 2.",
            draft,
            f"reply:{draft}:2",
        ),
    ]


def test_all_who_approved_it_in_its_round_are_told(domain: Domain) -> None:
    domain.sql("UPDATE campaigns SET quorum = 2")
    draft = domain.ingest()
    domain.vote(draft, user="U01ALICE")
    domain.edit(draft, 1, user="U03CAROL")  # Alice approved another text: she is not behind the one that was sent
    domain.vote(draft, 2, user="U02BOB")
    domain.vote(draft, 2, user="U03CAROL")
    domain.make_due()
    claimed = domain.claim()
    assert domain.start(claimed)
    domain.finish(claimed, SENT)
    tell(domain, "reply", draft="key-1")
    assert [user for user, *_ in alerts(domain)] == ["U02BOB", "U03CAROL"]


def test_nobody_is_told_where_nobody_active_approved_it_or_nothing_left(domain: Domain) -> None:
    gone, waits, _ = (domain.ingest() for _ in range(3))
    domain.deliver(gone, SENT)
    domain.approve(waits)
    tell(domain, "reply", draft="key-2")
    tell(domain, "reply", draft="key-3")
    domain.sql("UPDATE members SET active = false WHERE slack_user_id = 'U01ALICE'")
    tell(domain, "reply", draft="key-1")
    assert alerts(domain) == []
    assert domain.rows("SELECT count(*) FROM message_events WHERE verb = 'reply'") == [(3,)]


@pytest.mark.parametrize("kind", ["bounce", "unsubscribe", "complaint"])
def test_of_what_is_no_reply_nobody_gets_a_message(domain: Domain, kind: str) -> None:
    domain.deliver(domain.ingest(), SENT)
    tell(domain, kind, draft="key-1")
    assert alerts(domain) == []
