"""What comes back of a mail counts for the whole person: nothing planned leaves after it, and nothing undoes it."""

import threading
from collections.abc import Callable

import pytest

from core.errors import Refusal
from tests.core.delivery.claim_parts import back_dated
from tests.core.intake.feedback_parts import DANA, contacts, history, message_id, second_campaign, sent, tell
from tests.fixtures.domain import SENT, UNKNOWN, Domain

pytestmark = pytest.mark.slow

# --- the whole person, and what waits for them ---


@pytest.mark.parametrize(
    ("kind", "kinds_that_stay", "reason"),
    [
        ("reply", {"reply"}, "The contact has replied: answer them instead."),
        ("unsubscribe", set(), "The contact has opted out."),
        ("complaint", set(), "The contact has opted out."),
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
        assert domain.statuses(draft) == ("manual_review", ["skipped"])
        assert (domain.view(draft).reason, domain.view(draft).risk_reasons) == (reason, (reason,))
        assert domain.verbs(draft)[-3:] == ["skip", "return", "block"]
    assert domain.statuses(stranger)[1] == ["queued"]


@pytest.mark.parametrize("kind", ["reply", "unsubscribe"])
def test_who_has_opted_out_elsewhere_is_not_revived_by_what_waits(domain: Domain, kind: str) -> None:
    """Their own system says so at this moment: what waits for them says it, too, and not that they replied."""
    sent(domain, to=DANA)
    answer = domain.ingest(to=DANA, kind="reply")
    domain.approve(answer)
    domain.sql("SET session_replication_role = replica; UPDATE contacts SET status = 'do_not_contact'")
    assert tell(domain, kind, draft="key-1").brought_back == [answer]
    assert domain.view(answer).reason == "The contact has opted out."
    assert {row[0] for row in contacts(domain)} == {"do_not_contact"}


def test_a_hard_bounce_is_of_one_address_and_not_of_the_person(domain: Domain) -> None:
    winter = second_campaign(domain)
    profile = {"linkedin_url": "linkedin.com/in/dana"}
    sent(domain, to=DANA | profile)
    other = domain.ingest(campaign=winter, to={"email": "dana@home.example.org"} | profile, kind="reply")
    domain.approve(other)
    assert tell(domain, "bounce", draft="key-1").brought_back == []
    assert domain.statuses(other)[1] == ["queued"]


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


def test_what_is_open_is_not_approved_afterwards(domain: Domain) -> None:
    sent(domain, to=DANA)
    follow_up = domain.ingest(to=DANA, kind="follow_up")
    tell(domain, "reply", draft="key-1")
    with pytest.raises(Refusal, match="The contact has replied: answer them"):
        domain.approve(follow_up)
    assert domain.statuses(follow_up) == ("manual_review", [])


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
    assert (history(domain, draft), domain.state(draft)) == (["replied"], "answered")


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
