"""`/outreach status`, `queue`, `why` and `digest`: they say what stands there, and change nothing."""

import re

import pytest

from tests.bot.slack.outreach.parts import answer, campaign, said
from tests.fixtures.domain import SENT, UNKNOWN
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack

# --- status ---


def test_on_a_quiet_day_it_says_that_all_is_well(domain_with_slack: DomainWithSlack) -> None:
    told = said(domain_with_slack, VERA, "/outreach status")
    assert told.splitlines() == [
        ":white_check_mark: *Sending.*",
        "No approved mails are due now, none later.",
        "None being sent right now.",
        "No drafts wait for a decision.",
        "No unknown outcomes.",
        "No paused campaigns.",
        "No account is near its daily limit.",
    ]


def test_it_counts_what_waits_and_names_what_asks_for_attention(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.deliver(domain_with_slack.ingest(), SENT)
    lost = domain_with_slack.ingest()
    domain_with_slack.deliver(lost, UNKNOWN)
    domain_with_slack.approve(domain_with_slack.ingest())
    domain_with_slack.claim()
    later = domain_with_slack.ingest()
    domain_with_slack.approve(later)
    domain_with_slack.sql("UPDATE send_queue SET due_at = now() + interval '1 day' WHERE draft_id = %s", later)
    domain_with_slack.approve(domain_with_slack.ingest())
    domain_with_slack.ingest()
    campaign(domain_with_slack, "spring", "Spring <b>", status="paused")
    domain_with_slack.sql("UPDATE accounts SET daily_limit_emails = 3")
    told = said(domain_with_slack, VERA, "/outreach status")
    assert "1 approved mail is due now, 1 later." in told
    assert "1 being sent right now." in told
    assert "1 draft waits for a decision." in told
    assert f":grey_question: 1 outcome is unknown: <http://127.0.0.1:8080/drafts/{lost}|Dana>." in told
    assert ":double_vertical_bar: Paused: Spring &lt;b&gt; (nothing waiting)." in told
    assert ":hourglass: Near their daily limit: sam@example.com 3 of 3." in told


def test_it_says_that_all_sending_is_stopped_and_which_account_is_paused_or_sick(
    domain_with_slack: DomainWithSlack,
) -> None:
    domain_with_slack.sql("UPDATE installation SET sending_stopped = 'The provider asked us to.', stopped_at = now()")
    domain_with_slack.sql("UPDATE accounts SET status = 'paused', paused_reason = 'Too many bounces.'")
    told = said(domain_with_slack, VERA, "/outreach status")
    assert told.startswith(":octagonal_sign: *All sending is stopped* since <!date^")
    assert "The provider asked us to." in told
    assert ":warning: Sending nothing: sam@example.com paused: Too many bounces." in told
    domain_with_slack.sql("UPDATE accounts SET status = 'active', health_score = 12")
    assert "sam@example.com its health is 12" in said(domain_with_slack, VERA, "/outreach status")


@pytest.mark.parametrize(
    ("held", "told"),
    [
        ("UPDATE campaigns SET status = 'paused'", ":double_vertical_bar: *Nothing is sent:*"),
        ("UPDATE accounts SET status = 'paused'", ":double_vertical_bar: *Nothing is sent:*"),
        ("UPDATE accounts SET health_score = 12", ":double_vertical_bar: *Nothing is sent:*"),
        ("UPDATE campaigns SET status = 'draft'", ":information_source: *Nothing to send:* no campaign is active."),
        (
            "UPDATE campaigns SET status = 'paused' WHERE slug = 'spring'",
            ":white_check_mark: *Sending* for 1 of 2 campaigns; the rest is on hold.",
        ),
    ],
)
def test_it_begins_with_sending_only_where_something_is_sent(
    domain_with_slack: DomainWithSlack, held: str, told: str
) -> None:
    campaign(domain_with_slack, "spring", "Spring")
    assert said(domain_with_slack, VERA, "/outreach status").startswith(":white_check_mark: *Sending.*")
    domain_with_slack.sql(held)
    assert said(domain_with_slack, VERA, "/outreach status").startswith(told)


def test_it_shows_nothing_of_another_workspace(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    domain_with_slack.sql(
        "INSERT INTO workspaces (id, name, slack_team_id) VALUES (gen_random_uuid(), 'Other', 'T02OTHER')"
    )
    domain_with_slack.sql("UPDATE members SET workspace_id = (SELECT id FROM workspaces WHERE name = 'Other')")
    domain_with_slack.sql("UPDATE workspaces SET slack_team_id = 'T09GONE' WHERE name = 'Acme'")
    domain_with_slack.sql("UPDATE workspaces SET slack_team_id = 'T01TEST' WHERE name = 'Other'")
    for word in ("status", "queue"):
        told = said(domain_with_slack, CAROL, f"/outreach {word}")
        assert "dana" not in told.casefold()
        assert "1" not in told
    assert "No draft has that key" in said(domain_with_slack, CAROL, "/outreach why key-1")
    assert "No draft has that key" in said(domain_with_slack, CAROL, "/outreach skip key-1")


# --- queue ---


def test_the_queue_lists_what_waits_for_me_and_what_is_approved(domain_with_slack: DomainWithSlack) -> None:
    mine = domain_with_slack.ingest(to={"email": "erin@example.org", "first_name": "Erin <!here>"})
    approved = domain_with_slack.ingest()
    domain_with_slack.approve(approved)
    told = said(domain_with_slack, ALICE, "/outreach queue")
    assert "*For you to decide: 1*" in told
    assert f"1. <http://127.0.0.1:8080/drafts/{mine}|Erin &lt;!here&gt;> · Autumn launch · needs a look, since " in told
    assert "*Approved, and waiting to be sent: 1*" in told
    assert f"1. <http://127.0.0.1:8080/drafts/{approved}|dana" in told
    assert "is next" in told


def test_the_queue_of_something_is_not_everything(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.ingest()
    told = said(domain_with_slack, ALICE, "/outreach queue launch")
    assert told == "`/outreach queue` lists all campaigns and takes no other word. For one draft: `/outreach why crm-1`"


def test_the_queue_names_ten_of_each_and_counts_the_rest(domain_with_slack: DomainWithSlack) -> None:
    for _ in range(24):
        domain_with_slack.ingest()
    for draft in domain_with_slack.rows("SELECT id FROM drafts ORDER BY id LIMIT 12"):
        domain_with_slack.approve(draft[0])
    told = said(domain_with_slack, ALICE, "/outreach queue")
    assert told.count("… and 2 more.") == 2
    assert told.count("10. <") == 2
    assert "11. <" not in told


def test_what_is_assigned_to_somebody_else_is_not_mine(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.sql("UPDATE drafts SET assigned_to = (SELECT id FROM members WHERE slack_user_id = %s)", BOB)
    assert "*For you to decide: none*" in said(domain_with_slack, ALICE, "/outreach queue")
    assert str(draft) in said(domain_with_slack, BOB, "/outreach queue")
    assert "*For you to decide: none*" in said(domain_with_slack, VERA, "/outreach queue")


# --- why ---


def test_why_says_what_holds_a_mail(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.ingest()
    domain_with_slack.approve(draft)
    page = f"<http://127.0.0.1:8080/drafts/{draft}|key-1>"
    assert (
        said(domain_with_slack, VERA, "/outreach why key-1")
        == f"{page} is next. Nothing is ahead of it at sam@example.com."
    )
    domain_with_slack.pause()
    for named in ("key-1", str(draft), "dana1@example.org", "<mailto:Dana1@example.org|Dana1@example.org>", "“key-1”"):
        told = said(domain_with_slack, VERA, f"/outreach why {named}")
        assert told.startswith(f"{page} waits: Autumn launch is paused.")


def test_why_says_what_became_of_a_draft_that_does_not_wait(domain_with_slack: DomainWithSlack) -> None:
    waiting, sent = domain_with_slack.ingest(), domain_with_slack.ingest()
    domain_with_slack.deliver(sent, SENT)
    assert "|key-1> waits for a person to approve it." in said(domain_with_slack, VERA, "/outreach why key-1")
    told = said(domain_with_slack, VERA, "/outreach why dana2@example.org")
    assert re.fullmatch(r"Sent to <\S+\|dana2@example.org> at \d\d:\d\d by Alice Anderson\.", told)
    told = said(domain_with_slack, VERA, "/outreach why key-2")
    assert re.fullmatch(r"<\S+\|key-2>: Sent to dana2@example.org at \d\d:\d\d by Alice Anderson\.", told)
    assert f"http://127.0.0.1:8080/drafts/{waiting}|" in said(
        domain_with_slack, VERA, f"/outreach why https://signoff.example.com/drafts/{waiting}"
    )


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ("", "Which draft? Write its key, its id or the address"),
        ("nothing", "No draft has that key, id or recipient address."),
        ("<!channel>", "No draft has that key, id or recipient"),
        ("0192f0c1-0000-7000-8000-000000000000", "No draft has that key, id or recipient"),
    ],
)
def test_why_asks_for_what_it_needs(domain_with_slack: DomainWithSlack, named: str, sentence: str) -> None:
    assert said(domain_with_slack, VERA, f"/outreach why {named}").startswith(sentence)


def test_an_address_of_two_drafts_asks_for_the_key(domain_with_slack: DomainWithSlack) -> None:
    for key in ("one", "two"):
        domain_with_slack.ingest(key=key, to={"email": "erin@example.org"})
    assert said(domain_with_slack, VERA, "/outreach why erin@example.org").endswith("Say which: one, two.")


# --- digest ---


def test_the_digest_of_today_so_far(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.deliver(domain_with_slack.ingest(), SENT)
    message = answer(domain_with_slack, VERA, "/outreach digest")
    title, first, *_ = message["text"].splitlines()
    assert title.startswith("Acme, ")
    assert title.endswith(" so far")
    assert first == "1 mail sent, no replies."
    assert "Approvals by person: Alice Anderson 1." in message["text"]
    assert message["blocks"][0]["type"] == "header"
