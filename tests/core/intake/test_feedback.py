"""What comes back of a mail: once each, for the whole person, and nothing planned leaves after it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg import errors as pg

from core.actor import Actor
from core.db import transaction
from core.delivery import Claimed
from core.errors import KeyTaken
from core.ids import UUID
from core.intake.feedback import FeedbackIn, NothingLeft, Taken, UnknownMessage, take_in
from core.models import Account, Campaign, Offer
from core.taxonomy import Surface
from tests.core.delivery.claim_parts import back_dated
from tests.fixtures.desk import REFUSED, SENT, UNKNOWN, Desk


def tell(desk: Desk, kind: str, **more: Any) -> Taken:
    with transaction() as tx:
        told = FeedbackIn.model_validate({"kind": kind, **more})
        return take_in(tx, desk.workspace_id, told, Actor(Surface.API, desk.workspace_id))


def sent(desk: Desk, **more: Any) -> tuple[UUID, Claimed, str]:
    """A draft that was sent, its last claim, and its Message-ID."""
    draft = desk.ingest(**more)
    claimed = desk.deliver(draft, SENT)
    return draft, claimed, message_id(desk, claimed)


def message_id(desk: Desk, claimed: Claimed) -> str:
    [(found,)] = desk.rows("SELECT message_id FROM send_attempts WHERE id = %s", claimed.attempt_id)
    return str(found)


def second_campaign(desk: Desk) -> str:
    """A campaign of another offer, which sends from an account of its own."""
    with transaction() as tx:
        offer = tx.execute(
            sa.insert(Offer).values(workspace_id=desk.workspace_id, slug="winter").returning(Offer.id)
        ).scalar_one()
        account = tx.execute(
            sa.insert(Account)
            .values(
                workspace_id=desk.workspace_id,
                address="kim@example.com",
                name="Kim",
                smtp_url="smtp://127.0.0.1:9",
                timezone="UTC",
            )
            .returning(Account.id)
        ).scalar_one()
        tx.execute(
            sa.insert(Campaign).values(
                workspace_id=desk.workspace_id, offer_id=offer, account_id=account, slug="winter", name="Winter"
            )
        )
    return "winter"


def contacts(desk: Desk) -> set[tuple[str, str | None, bool]]:
    return set(desk.rows("SELECT status, suppressed_by, eligible_for_outreach FROM contacts"))


def history(desk: Desk, draft: UUID) -> list[str]:
    return [
        status
        for (status,) in desk.rows(
            "SELECT h.status FROM outreach_history h JOIN send_queue q ON q.id = h.delivery_id WHERE q.draft_id = %s",
            draft,
        )
    ]


DANA = {"email": "dana@example.org", "first_name": "Dana"}


@pytest.mark.parametrize(
    ("kind", "more", "verb", "line", "person"),
    [
        ("bounce", {}, "bounce", "bounced", ("cooling_off", "address", False)),
        ("bounce", {"hard": True}, "bounce", "bounced", ("cooling_off", "address", False)),
        ("bounce", {"hard": False}, "bounce", "bounced", ("cooling_off", None, False)),
        ("complaint", {}, "complain", "sent", ("do_not_contact", "address", False)),
        ("unsubscribe", {}, "unsubscribe", "sent", ("do_not_contact", "address", False)),
        ("reply", {}, "reply", "replied", ("replied", None, False)),
    ],
)
@pytest.mark.parametrize("by", ["message_id", "bare message_id", "draft"])
def test_each_kind_has_its_effect_at_once(
    desk: Desk, kind: str, more: dict[str, Any], verb: str, line: str, person: tuple[Any, ...], by: str
) -> None:
    draft, claimed, message = sent(desk)
    named = {
        "message_id": {"message_id": message},
        "bare message_id": {"message_id": message.strip("<>")},
        "draft": {"draft": "key-1"},
    }
    assert tell(desk, kind, **named[by], **more) == Taken(draft, "key-1", created=True, brought_back=[])
    assert (contacts(desk), history(desk, draft)) == ({person}, [line])
    [event] = desk.rows("SELECT draft_id, delivery_id, attempt_id, surface FROM message_events WHERE verb = %s", verb)
    assert event == (draft, claimed.delivery_id, claimed.attempt_id, "api")


def test_the_event_holds_nothing_private(desk: Desk) -> None:
    _, _, message = sent(desk, to=DANA)
    tell(desk, "reply", message_id=message, id="reply of dana@example.org", at="2026-11-19T12:00:00Z")
    [(data,)] = desk.rows("SELECT data::text FROM message_events WHERE verb = 'reply'")
    assert "2026-11-19T12:00:00+00:00" in data
    assert "dana" not in data


# --- once ---


@pytest.mark.parametrize("more", [{}, {"id": "evt-1"}])
def test_the_same_again_changes_nothing(desk: Desk, more: dict[str, str]) -> None:
    _, _, message = sent(desk)
    told = [tell(desk, "bounce", message_id=message, **more).created for _ in range(3)]
    assert told == [True, False, False]
    assert len(desk.rows("SELECT FROM message_events WHERE verb = 'bounce'")) == 1


def test_the_same_with_another_id_is_the_same(desk: Desk) -> None:
    _, _, message = sent(desk)
    assert tell(desk, "reply", message_id=message, id="a").created
    assert not tell(desk, "reply", draft="key-1", id="b").created


def test_a_hard_bounce_after_a_soft_one_is_news(desk: Desk) -> None:
    _, _, message = sent(desk)
    assert tell(desk, "bounce", message_id=message, hard=False).created
    assert contacts(desk) == {("cooling_off", None, False)}
    assert tell(desk, "bounce", message_id=message, hard=True).created
    assert contacts(desk) == {("cooling_off", "address", False)}


@pytest.mark.parametrize("other", [("bounce", "key-1"), ("reply", "key-2")])
def test_an_id_stands_for_one_event(desk: Desk, other: tuple[str, str]) -> None:
    sent(desk)
    sent(desk)
    tell(desk, "reply", draft="key-1", id="evt-1")
    with pytest.raises(KeyTaken):
        tell(desk, other[0], draft=other[1], id="evt-1")
    assert len(desk.rows("SELECT FROM message_events WHERE verb IN ('reply', 'bounce')")) == 1


def test_told_eight_times_at_once_it_is_one_event(desk: Desk) -> None:
    _, _, message = sent(desk)
    barrier, told = threading.Barrier(8), list[bool]()

    def run() -> None:
        barrier.wait(10)
        told.append(tell(desk, "unsubscribe", message_id=message, id="evt-1").created)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [False] * 7 + [True]


def test_the_database_refuses_a_second_line_for_the_same(desk: Desk) -> None:
    draft, _, _ = sent(desk)
    tell(desk, "reply", draft="key-1")
    again = (
        "INSERT INTO message_events (id, workspace_id, verb, surface, draft_id)"
        " SELECT gen_random_uuid(), workspace_id, 'reply', 'api', id FROM drafts WHERE id = %s"
    )
    with pytest.raises(pg.UniqueViolation):
        desk.sql(again, draft)


# --- unknown, and not sent ---


@pytest.mark.parametrize("named", [{"message_id": "<nobody@example.com>"}, {"draft": "nope"}])
def test_a_message_that_nobody_knows_is_refused(desk: Desk, named: dict[str, str]) -> None:
    with pytest.raises(UnknownMessage):
        tell(desk, "bounce", **named)
    assert [verb for verb, *_ in desk.events()] == []


def test_a_message_of_another_workspace_is_unknown(desk: Desk) -> None:
    _, _, message = sent(desk)
    [(other,)] = desk.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Else', 'T02') RETURNING id"
    )
    for named in ({"message_id": message}, {"draft": "key-1"}):
        told = FeedbackIn.model_validate({"kind": "reply", **named})
        with transaction() as tx, pytest.raises(UnknownMessage):
            take_in(tx, other, told, Actor(Surface.API, other))


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_what_never_left_cannot_have_come_back(desk: Desk, kind: str) -> None:
    refused = desk.ingest()
    desk.deliver(refused, REFUSED)
    desk.ingest()
    for key in ("key-1", "key-2"):
        with pytest.raises(NothingLeft):
            tell(desk, kind, draft=key)


@pytest.mark.parametrize(("kind", "status"), [("reply", "replied"), ("unsubscribe", "do_not_contact")])
def test_who_answers_without_a_mail_of_ours_counts_too(desk: Desk, kind: str, status: str) -> None:
    desk.ingest()
    assert tell(desk, kind, draft="key-1").created
    assert {row[0] for row in contacts(desk)} == {status}
    assert desk.rows("SELECT FROM outreach_history") == []


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"message_id": "<a@b>", "draft": "key-1"},
        {"message_id": "nonsense"},
        {"draft": "key-1", "hard": True, "kind": "reply"},
        {"draft": "key-1", "at": "2026-11-19T12:00:00"},
        {"draft": "key-1", "kind": "applause"},
        {"draft": "key-1", "colour": "blue"},
    ],
)
def test_what_is_told_wrongly_is_not_taken(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="FeedbackIn"):
        FeedbackIn.model_validate({"kind": "bounce", **more})


# --- the whole person, and what waits for them ---


@pytest.mark.parametrize(
    ("kind", "kinds_that_stay", "reason"),
    [
        ("reply", {"reply"}, "The contact has replied since: answer them instead."),
        ("unsubscribe", set(), "The contact asked not to be written to."),
        ("complaint", set(), "The contact asked not to be written to."),
        ("bounce", set(), "This address is on the suppression list."),
    ],
)
def test_what_waits_for_the_person_comes_back_with_the_reason(
    desk: Desk, kind: str, kinds_that_stay: set[str], reason: str
) -> None:
    winter = second_campaign(desk)
    sent(desk, to=DANA)
    waiting = {
        "follow_up": desk.ingest(to=DANA, kind="follow_up"),
        "reply": desk.ingest(to=DANA, kind="reply"),
        "intro": desk.ingest(to=DANA | {"email": "DANA@example.org"}, campaign=winter),
    }
    stranger = desk.ingest()
    for draft in (*waiting.values(), stranger):
        desk.approve(draft)
    told = tell(desk, kind, draft="key-1")
    stays = {name for name, draft in waiting.items() if desk.statuses(draft)[1] == ["queued"]}
    assert stays == kinds_that_stay
    back = {draft for name, draft in waiting.items() if name not in stays}
    assert set(told.brought_back) == back
    for draft in back:
        assert desk.statuses(draft) == ("needs_review", ["skipped"])
        assert desk.facts(draft).reason == reason
        assert desk.verbs(draft)[-2:] == ["skip", "return"]
    assert desk.statuses(stranger)[1] == ["queued"]


def test_a_soft_bounce_holds_nothing_back(desk: Desk) -> None:
    sent(desk, to=DANA)
    answer = desk.ingest(to=DANA, kind="reply")
    desk.approve(answer)
    assert tell(desk, "bounce", draft="key-1", hard=False).brought_back == []
    assert desk.claim().draft_id == answer


def test_who_is_the_same_by_linkedin_counts_as_the_person(desk: Desk) -> None:
    winter = second_campaign(desk)
    sent(desk, to=DANA | {"linkedin_url": "https://www.linkedin.com/in/dana/"})
    other = desk.ingest(campaign=winter, to={"email": "dana@home.example.org", "linkedin_url": "linkedin.com/in/Dana"})
    desk.approve(other)
    assert tell(desk, "reply", draft="key-1").brought_back == [other]
    assert {row[0] for row in contacts(desk)} == {"replied"}


@pytest.mark.parametrize("kind", ["unsubscribe", "complaint", "bounce"])
def test_mail_that_is_claimed_does_not_leave_any_more(desk: Desk, kind: str) -> None:
    first, _, _ = sent(desk, to=DANA)
    answer = desk.ingest(to=DANA, kind="reply")
    desk.approve(answer)
    claimed = desk.claim()
    assert claimed.draft_id == answer != first
    tell(desk, kind, draft="key-1")
    assert not desk.start(claimed)


def test_what_is_approved_afterwards_is_skipped_by_the_claim(desk: Desk) -> None:
    sent(desk, to=DANA)
    follow_up = desk.ingest(to=DANA, kind="follow_up")
    tell(desk, "reply", draft="key-1")
    desk.approve(follow_up)
    assert desk.try_claim() is None
    assert desk.statuses(follow_up) == ("needs_review", ["skipped"])


# --- what nothing undoes ---


def test_replied_is_never_revived_and_an_unsubscribe_still_wins(desk: Desk) -> None:
    draft, _, _ = sent(desk)
    tell(desk, "reply", draft="key-1")
    tell(desk, "bounce", draft="key-1", hard=False)
    assert (history(desk, draft), {row[0] for row in contacts(desk)}) == (["replied"], {"replied"})
    tell(desk, "unsubscribe", draft="key-1")
    assert {row[0] for row in contacts(desk)} == {"do_not_contact"}
    tell(desk, "reply", draft="key-1", id="another reply")
    desk.sql("SELECT refresh_outreach_eligibility()")
    assert contacts(desk) == {("do_not_contact", "address", False)}


def test_a_reply_before_our_own_bookkeeping_is_kept(desk: Desk) -> None:
    draft = desk.ingest()
    desk.approve(draft)
    claimed = desk.claim()
    assert desk.start(claimed)
    assert tell(desk, "reply", message_id=message_id(desk, claimed)).created
    desk.finish(claimed, SENT)
    assert (history(desk, draft), desk.state(draft)) == (["replied"], "sent")


def test_a_late_result_does_not_undo_what_came_back(desk: Desk) -> None:
    draft = desk.ingest()
    claimed = desk.deliver(draft, UNKNOWN)
    tell(desk, "bounce", message_id=message_id(desk, claimed))
    desk.finish(claimed, SENT)
    assert history(desk, draft) == ["bounced"]


@pytest.mark.parametrize(("kind", "status"), [("reply", "replied"), ("unsubscribe", "do_not_contact")])
@pytest.mark.parametrize("same_by", ["email", "linkedin", "linkedin told later"])
def test_a_contact_made_later_is_the_same_person(desk: Desk, kind: str, status: str, same_by: str) -> None:
    profile = {"linkedin_url": "https://linkedin.com/in/dana"}
    winter = second_campaign(desk)
    sent(desk, to=DANA | profile)
    tell(desk, kind, draft="key-1")
    other = {"email": "dana@home.example.org"}
    if same_by == "email":
        desk.ingest(campaign=winter, to={"email": "Dana@Example.org"})
    elif same_by == "linkedin":
        desk.ingest(campaign=winter, to=other | profile)
    else:
        desk.ingest(campaign=winter, to=other)
        desk.ingest(campaign=winter, to=other | profile)
    assert desk.rows("SELECT DISTINCT status, eligible_for_outreach FROM contacts") == [(status, False)]


def test_two_events_about_people_who_share_mail_never_cross(desk: Desk) -> None:
    """Each takes the person's turn first: neither waits for a row that the other holds."""
    for _ in range(4):
        sent(desk, to=DANA | {"email": f"dana{desk.drafts}@example.org", "linkedin_url": "linkedin.com/in/dana"})
        back_dated(desk, "90 days")
    acts: list[Callable[[], object]] = [
        lambda n=n, kind=kind: tell(desk, kind, draft=f"key-{n}")  # type: ignore[misc]  # mypy cannot infer it
        for n in range(1, 5)
        for kind in ("reply", "unsubscribe")
    ]
    failed: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001  whatever it was, the test says so
            failed.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert {row[0] for row in contacts(desk)} == {"do_not_contact"}
