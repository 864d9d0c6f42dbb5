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
from core.intake.feedback import FeedbackIn, IngestedFeedback, NothingLeft, UnknownMessage, ingest_feedback
from core.models import Account, Campaign, Offer
from core.taxonomy import Surface
from tests.core.delivery.claim_parts import back_dated
from tests.fixtures.domain import REFUSED, SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow


def tell(domain: Domain, kind: str, **more: Any) -> IngestedFeedback:
    with transaction() as tx:
        told = FeedbackIn.model_validate({"kind": kind, **more})
        return ingest_feedback(tx, domain.workspace_id, told, Actor(Surface.API, domain.workspace_id))


def sent(domain: Domain, **more: Any) -> tuple[UUID, Claimed, str]:
    """A draft that was sent, its last claim, and its Message-ID."""
    draft = domain.ingest(**more)
    claimed = domain.deliver(draft, SENT)
    return draft, claimed, message_id(domain, claimed)


def message_id(domain: Domain, claimed: Claimed) -> str:
    [(found,)] = domain.rows("SELECT message_id FROM send_attempts WHERE id = %s", claimed.attempt_id)
    return str(found)


def second_campaign(domain: Domain) -> str:
    """A campaign of another offer, which sends from an account of its own."""
    with transaction() as tx:
        offer = tx.execute(
            sa.insert(Offer).values(workspace_id=domain.workspace_id, slug="winter").returning(Offer.id)
        ).scalar_one()
        account = tx.execute(
            sa.insert(Account)
            .values(
                workspace_id=domain.workspace_id,
                address="kim@example.com",
                name="Kim",
                smtp_url="smtp://127.0.0.1:9",
                timezone="UTC",
            )
            .returning(Account.id)
        ).scalar_one()
        tx.execute(
            sa.insert(Campaign).values(
                workspace_id=domain.workspace_id, offer_id=offer, account_id=account, slug="winter", name="Winter"
            )
        )
    return "winter"


def contacts(domain: Domain) -> set[tuple[str, str | None, bool]]:
    return set(domain.rows("SELECT status, suppressed_by, eligible_for_outreach FROM contacts"))


def history(domain: Domain, draft: UUID) -> list[str]:
    return [
        status
        for (status,) in domain.rows(
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
    domain: Domain, kind: str, more: dict[str, Any], verb: str, line: str, person: tuple[Any, ...], by: str
) -> None:
    draft, claimed, message = sent(domain)
    named = {
        "message_id": {"message_id": message},
        "bare message_id": {"message_id": message.strip("<>")},
        "draft": {"draft": "key-1"},
    }
    assert tell(domain, kind, **named[by], **more) == IngestedFeedback(draft, "key-1", created=True, brought_back=[])
    assert (contacts(domain), history(domain, draft)) == ({person}, [line])
    [event] = domain.rows("SELECT draft_id, delivery_id, attempt_id, surface FROM message_events WHERE verb = %s", verb)
    assert event == (draft, claimed.delivery_id, claimed.attempt_id, "api")


def test_the_event_holds_nothing_private(domain: Domain) -> None:
    _, _, message = sent(domain, to=DANA)
    tell(domain, "reply", message_id=message, id="reply of dana@example.org", at="2026-11-19T12:00:00Z")
    [(data,)] = domain.rows("SELECT data::text FROM message_events WHERE verb = 'reply'")
    assert "2026-11-19T12:00:00+00:00" in data
    assert "dana" not in data


# --- once ---


@pytest.mark.parametrize("more", [{}, {"id": "evt-1"}])
def test_the_same_again_changes_nothing(domain: Domain, more: dict[str, str]) -> None:
    _, _, message = sent(domain)
    told = [tell(domain, "bounce", message_id=message, **more).created for _ in range(3)]
    assert told == [True, False, False]
    assert len(domain.rows("SELECT FROM message_events WHERE verb = 'bounce'")) == 1


def test_the_same_with_another_id_is_the_same(domain: Domain) -> None:
    _, _, message = sent(domain)
    assert tell(domain, "reply", message_id=message, id="a").created
    assert not tell(domain, "reply", draft="key-1", id="b").created


def test_a_hard_bounce_after_a_soft_one_is_news(domain: Domain) -> None:
    _, _, message = sent(domain)
    assert tell(domain, "bounce", message_id=message, hard=False).created
    assert contacts(domain) == {("cooling_off", None, False)}
    assert tell(domain, "bounce", message_id=message, hard=True).created
    assert contacts(domain) == {("cooling_off", "address", False)}


@pytest.mark.parametrize("other", [("bounce", "key-1"), ("reply", "key-2")])
def test_an_id_stands_for_one_event(domain: Domain, other: tuple[str, str]) -> None:
    sent(domain)
    sent(domain)
    tell(domain, "reply", draft="key-1", id="evt-1")
    with pytest.raises(KeyTaken):
        tell(domain, other[0], draft=other[1], id="evt-1")
    assert len(domain.rows("SELECT FROM message_events WHERE verb IN ('reply', 'bounce')")) == 1


def test_told_eight_times_at_once_it_is_one_event(domain: Domain) -> None:
    _, _, message = sent(domain)
    barrier, told = threading.Barrier(8), list[bool]()

    def run() -> None:
        barrier.wait(10)
        told.append(tell(domain, "unsubscribe", message_id=message, id="evt-1").created)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == [False] * 7 + [True]


def test_the_database_refuses_a_second_line_for_the_same(domain: Domain) -> None:
    draft, _, _ = sent(domain)
    tell(domain, "reply", draft="key-1")
    again = (
        "INSERT INTO message_events (id, workspace_id, verb, surface, draft_id)"
        " SELECT gen_random_uuid(), workspace_id, 'reply', 'api', id FROM drafts WHERE id = %s"
    )
    with pytest.raises(pg.UniqueViolation):
        domain.sql(again, draft)


# --- unknown, and not sent ---


@pytest.mark.parametrize("named", [{"message_id": "<nobody@example.com>"}, {"draft": "nope"}])
def test_a_message_that_nobody_knows_is_refused(domain: Domain, named: dict[str, str]) -> None:
    with pytest.raises(UnknownMessage):
        tell(domain, "bounce", **named)
    assert [verb for verb, *_ in domain.events()] == []


def test_a_message_of_another_workspace_is_unknown(domain: Domain) -> None:
    _, _, message = sent(domain)
    [(other,)] = domain.rows(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Else', 'T02') RETURNING id"
    )
    for named in ({"message_id": message}, {"draft": "key-1"}):
        told = FeedbackIn.model_validate({"kind": "reply", **named})
        with transaction() as tx, pytest.raises(UnknownMessage):
            ingest_feedback(tx, other, told, Actor(Surface.API, other))


@pytest.mark.parametrize("kind", ["bounce", "complaint"])
def test_what_never_left_cannot_have_come_back(domain: Domain, kind: str) -> None:
    refused = domain.ingest()
    domain.deliver(refused, REFUSED)
    domain.ingest()
    for key in ("key-1", "key-2"):
        with pytest.raises(NothingLeft):
            tell(domain, kind, draft=key)


@pytest.mark.parametrize(("kind", "status"), [("reply", "replied"), ("unsubscribe", "do_not_contact")])
def test_who_answers_without_a_mail_of_ours_counts_too(domain: Domain, kind: str, status: str) -> None:
    domain.ingest()
    assert tell(domain, kind, draft="key-1").created
    assert {row[0] for row in contacts(domain)} == {status}
    assert domain.rows("SELECT FROM outreach_history") == []


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
    domain: Domain, kind: str, kinds_that_stay: set[str], reason: str
) -> None:
    winter = second_campaign(domain)
    sent(domain, to=DANA)
    waiting = {
        "follow_up": domain.ingest(to=DANA, kind="follow_up"),
        "reply": domain.ingest(to=DANA, kind="reply"),
        "intro": domain.ingest(to=DANA | {"email": "DANA@example.org"}, campaign=winter),
    }
    stranger = domain.ingest()
    for draft in (*waiting.values(), stranger):
        domain.approve(draft)
    told = tell(domain, kind, draft="key-1")
    stays = {name for name, draft in waiting.items() if domain.statuses(draft)[1] == ["queued"]}
    assert stays == kinds_that_stay
    back = {draft for name, draft in waiting.items() if name not in stays}
    assert set(told.brought_back) == back
    for draft in back:
        assert domain.statuses(draft) == ("needs_review", ["skipped"])
        assert domain.view(draft).reason == reason
        assert domain.verbs(draft)[-2:] == ["skip", "return"]
    assert domain.statuses(stranger)[1] == ["queued"]


def test_a_soft_bounce_holds_nothing_back(domain: Domain) -> None:
    sent(domain, to=DANA)
    answer = domain.ingest(to=DANA, kind="reply")
    domain.approve(answer)
    assert tell(domain, "bounce", draft="key-1", hard=False).brought_back == []
    assert domain.claim().draft_id == answer


def test_who_is_the_same_by_linkedin_counts_as_the_person(domain: Domain) -> None:
    winter = second_campaign(domain)
    sent(domain, to=DANA | {"linkedin_url": "https://www.linkedin.com/in/dana/"})
    other = domain.ingest(
        campaign=winter, to={"email": "dana@home.example.org", "linkedin_url": "linkedin.com/in/Dana"}
    )
    domain.approve(other)
    assert tell(domain, "reply", draft="key-1").brought_back == [other]
    assert {row[0] for row in contacts(domain)} == {"replied"}


@pytest.mark.parametrize("kind", ["unsubscribe", "complaint", "bounce"])
def test_mail_that_is_claimed_does_not_leave_any_more(domain: Domain, kind: str) -> None:
    first, _, _ = sent(domain, to=DANA)
    answer = domain.ingest(to=DANA, kind="reply")
    domain.approve(answer)
    claimed = domain.claim()
    assert claimed.draft_id == answer != first
    tell(domain, kind, draft="key-1")
    assert not domain.start(claimed)


def test_what_is_approved_afterwards_is_skipped_by_the_claim(domain: Domain) -> None:
    sent(domain, to=DANA)
    follow_up = domain.ingest(to=DANA, kind="follow_up")
    tell(domain, "reply", draft="key-1")
    domain.approve(follow_up)
    assert domain.try_claim() is None
    assert domain.statuses(follow_up) == ("needs_review", ["skipped"])


# --- what nothing undoes ---


def test_replied_is_never_revived_and_an_unsubscribe_still_wins(domain: Domain) -> None:
    draft, _, _ = sent(domain)
    tell(domain, "reply", draft="key-1")
    tell(domain, "bounce", draft="key-1", hard=False)
    assert (history(domain, draft), {row[0] for row in contacts(domain)}) == (["replied"], {"replied"})
    tell(domain, "unsubscribe", draft="key-1")
    assert {row[0] for row in contacts(domain)} == {"do_not_contact"}
    tell(domain, "reply", draft="key-1", id="another reply")
    domain.sql("SELECT refresh_outreach_eligibility()")
    assert contacts(domain) == {("do_not_contact", "address", False)}


def test_a_reply_before_our_own_bookkeeping_is_kept(domain: Domain) -> None:
    draft = domain.ingest()
    domain.approve(draft)
    claimed = domain.claim()
    assert domain.start(claimed)
    assert tell(domain, "reply", message_id=message_id(domain, claimed)).created
    domain.finish(claimed, SENT)
    assert (history(domain, draft), domain.state(draft)) == (["replied"], "sent")


def test_a_late_result_does_not_undo_what_came_back(domain: Domain) -> None:
    draft = domain.ingest()
    claimed = domain.deliver(draft, UNKNOWN)
    tell(domain, "bounce", message_id=message_id(domain, claimed))
    domain.finish(claimed, SENT)
    assert history(domain, draft) == ["bounced"]


@pytest.mark.parametrize(("kind", "status"), [("reply", "replied"), ("unsubscribe", "do_not_contact")])
@pytest.mark.parametrize("same_by", ["email", "linkedin", "linkedin told later"])
def test_a_contact_made_later_is_the_same_person(domain: Domain, kind: str, status: str, same_by: str) -> None:
    profile = {"linkedin_url": "https://linkedin.com/in/dana"}
    winter = second_campaign(domain)
    sent(domain, to=DANA | profile)
    tell(domain, kind, draft="key-1")
    other = {"email": "dana@home.example.org"}
    if same_by == "email":
        domain.ingest(campaign=winter, to={"email": "Dana@Example.org"})
    elif same_by == "linkedin":
        domain.ingest(campaign=winter, to=other | profile)
    else:
        domain.ingest(campaign=winter, to=other)
        domain.ingest(campaign=winter, to=other | profile)
    assert domain.rows("SELECT DISTINCT status, eligible_for_outreach FROM contacts") == [(status, False)]


def test_two_events_about_people_who_share_mail_never_cross(domain: Domain) -> None:
    """Each takes the person's turn first: neither waits for a row that the other holds."""
    for _ in range(4):
        sent(domain, to=DANA | {"email": f"dana{domain.drafts}@example.org", "linkedin_url": "linkedin.com/in/dana"})
        back_dated(domain, "90 days")
    acts: list[Callable[[], object]] = [
        lambda n=n, kind=kind: tell(domain, kind, draft=f"key-{n}")  # type: ignore[misc]  # mypy cannot infer it
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
    assert {row[0] for row in contacts(domain)} == {"do_not_contact"}
