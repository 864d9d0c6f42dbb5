"""`/outreach pause` and `resume`: for admins, by slug or a clear name, by choice where it is unclear, or all."""

import pytest

from bot.sandbox.client import button
from jobs.apply_campaign_status import apply_campaign_status
from jobs.tell_admins import tell_admins
from tests.bot.slack.outreach.parts import answer, campaign, last_refusal, now_says, said, status, wait_gone
from tests.fixtures.domain_with_slack import ALICE, BOB, CAROL, VERA, DomainWithSlack
from tests.fixtures.waiting import wait_until


@pytest.mark.parametrize(
    "named", ["launch", "Autumn launch", "AUTUMN", "Launch", "  launch  ", "autumn l", "“Autumn launch”", "#launch"]
)
def test_an_admin_pauses_and_resumes(domain_with_slack: DomainWithSlack, named: str) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.approve(draft)
    assert said(domain_with_slack, CAROL, f"/outreach pause {named}").startswith(
        "Paused Autumn launch. 1 mail is waiting."
    )
    assert status(domain_with_slack) == "paused"
    assert domain_with_slack.state(draft) == "waiting"
    assert domain_with_slack.try_claim() is None
    assert said(domain_with_slack, CAROL, f"/outreach resume {named}") == "Resumed Autumn launch. 1 mail is waiting."
    assert status(domain_with_slack) == "active"
    told = domain_with_slack.rows(
        "SELECT e.verb, m.slack_user_id, e.surface, from_status, to_status FROM message_events e"
        " JOIN members m ON m.id = e.member_id WHERE e.campaign_id IS NOT NULL ORDER BY e.id"
    )
    assert told == [("pause", CAROL, "slack", "active", "paused"), ("resume", CAROL, "slack", "paused", "active")]


@pytest.mark.parametrize(
    ("text", "sentence", "code"),
    [
        ("pause", "Which campaign? Choose from: launch.", "unknown_campaign"),
        ("pause nothing", "There is no campaign with that name. Choose from: launch.", "unknown_campaign"),
        ("pause \x00", "Which campaign? Choose from: launch.", "unknown_campaign"),
        ("pause 'launch' --", "There is no campaign with that name.", "unknown_campaign"),
        ("resume launch", "Autumn launch is active: there is nothing to resume.", "nothing_to_do"),
        ("resume", "No campaign is paused.", "nothing_to_do"),
        ("resume all", "No campaign was paused as part of a pause of all.", "nothing_to_do"),
    ],
)
def test_what_cannot_be_done_is_explained(
    domain_with_slack: DomainWithSlack, text: str, sentence: str, code: str
) -> None:
    assert sentence in said(domain_with_slack, CAROL, f"/outreach {text}")
    assert last_refusal(domain_with_slack) == code
    assert status(domain_with_slack) == "active"


def test_a_workspace_without_campaigns_says_so(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("DELETE FROM campaign_reviewers")
    domain_with_slack.sql("DELETE FROM campaigns")
    assert said(domain_with_slack, CAROL, "/outreach pause launch") == "This workspace has no campaign yet."
    assert "No campaign is active" in said(domain_with_slack, CAROL, "/outreach pause all")


# --- which campaign? ---


def test_a_name_that_fits_two_campaigns_is_chosen_by_a_button(domain_with_slack: DomainWithSlack) -> None:
    campaign(domain_with_slack, "late", "Autumn again")
    question = answer(domain_with_slack, CAROL, "/outreach pause autumn")
    assert question["text"] == "More than one campaign matches. Which one: late, launch."
    assert [status(domain_with_slack), status(domain_with_slack, "late")] == ["active", "active"]
    labels = [button(question, f"choose_campaign_{at}")["text"]["text"] for at in range(2)]  # type: ignore[index]
    assert labels == ["Autumn again", "Autumn launch"]

    assert domain_with_slack.slack.click(CAROL, question, "choose_campaign_0").ok
    assert [status(domain_with_slack), status(domain_with_slack, "late")] == ["active", "paused"]
    assert now_says(domain_with_slack, CAROL, question, "Paused").startswith("Paused Autumn again. No mail is waiting.")


def test_without_a_name_those_are_offered_to_which_it_can_be_done(domain_with_slack: DomainWithSlack) -> None:
    campaign(domain_with_slack, "spring", "Spring", status="paused")
    assert answer(domain_with_slack, CAROL, "/outreach pause")["text"] == "Which campaign? Choose from: launch."
    question = answer(domain_with_slack, CAROL, "/outreach resume")
    assert question["text"] == "Which campaign? Choose from: spring."
    assert domain_with_slack.slack.click(CAROL, question, "choose_campaign_0").ok
    assert status(domain_with_slack, "spring") == "active"


def test_many_campaigns_are_a_menu(domain_with_slack: DomainWithSlack) -> None:
    for number in range(120):
        campaign(domain_with_slack, f"c{number:03}", f"Campaign {number:03} & <co>" + "x" * 60)
    question = answer(domain_with_slack, CAROL, "/outreach pause campaign")
    menu = question["blocks"][1]["elements"][0]
    assert menu["type"] == "static_select"
    assert len(menu["options"]) == 100
    assert "These are the first 100 of 120" in question["text"]
    third = menu["options"][2]["value"]
    assert domain_with_slack.slack.click(CAROL, question, "choose_campaign", option=third).ok
    assert domain_with_slack.rows("SELECT slug FROM campaigns WHERE status = 'paused'") == [("c002",)]


def test_a_misspelt_campaign_is_offered(domain_with_slack: DomainWithSlack) -> None:
    campaign(domain_with_slack, "spring", "Spring")
    question = answer(domain_with_slack, CAROL, "/outreach pause lanuch")
    assert button(question, "choose_campaign_0")["text"]["text"] == "Autumn launch"  # type: ignore[index]
    assert button(question, "choose_campaign_1") is None


def test_a_slug_counts_before_a_name(domain_with_slack: DomainWithSlack) -> None:
    campaign(domain_with_slack, "other", "launch")
    assert said(domain_with_slack, CAROL, "/outreach pause launch").startswith("Paused Autumn launch.")
    assert [status(domain_with_slack), status(domain_with_slack, "other")] == ["paused", "active"]


def test_a_choice_that_somebody_forestalled_is_refused_and_taken_away(domain_with_slack: DomainWithSlack) -> None:
    question = answer(domain_with_slack, CAROL, "/outreach pause")
    domain_with_slack.pause()
    assert domain_with_slack.slack.click(CAROL, question, "choose_campaign_0").ok
    domain_with_slack.wait_told(CAROL, "Autumn launch is paused: there is nothing to pause.")
    wait_gone(domain_with_slack, CAROL, question)
    assert last_refusal(domain_with_slack) == "nothing_to_do"


def test_an_admin_who_is_one_no_more_cannot_use_the_question(domain_with_slack: DomainWithSlack) -> None:
    question = answer(domain_with_slack, CAROL, "/outreach pause")
    domain_with_slack.sql("UPDATE members SET role = 'reviewer' WHERE slack_user_id = %s", CAROL)
    assert domain_with_slack.slack.click(CAROL, question, "choose_campaign_0").ok
    domain_with_slack.wait_told(CAROL, "This needs the role admin or above")
    assert status(domain_with_slack) == "active"


@pytest.mark.parametrize("action", ["choose_campaign_0", "switch_all"])
@pytest.mark.parametrize(
    "value",
    ["", "pause", "pause::U03CAROL", "fly:x:U03CAROL", "pause:x:U03CAROL", "approve-low-risk:x:U03CAROL", ":" * 50],
)
def test_a_button_that_is_none_of_ours_does_nothing(
    domain_with_slack: DomainWithSlack, action: str, value: str
) -> None:
    question = answer(domain_with_slack, CAROL, "/outreach pause" if action != "switch_all" else "/outreach pause all")
    assert domain_with_slack.slack.click(CAROL, question, action, value=value).ok
    domain_with_slack.quiet()
    assert status(domain_with_slack) == "active"


def test_a_question_answers_only_to_whom_it_was_put(domain_with_slack: DomainWithSlack) -> None:
    question = answer(domain_with_slack, CAROL, "/outreach pause all")
    theirs = button(question, "switch_all")["value"].replace(CAROL, BOB)  # type: ignore[index]
    assert domain_with_slack.slack.click(CAROL, question, "switch_all", value=theirs).ok
    domain_with_slack.wait_told(CAROL, "This question was for somebody else")
    assert status(domain_with_slack) == "active"


def test_never_mind_takes_the_question_away(domain_with_slack: DomainWithSlack) -> None:
    question = answer(domain_with_slack, CAROL, "/outreach pause")
    assert domain_with_slack.slack.click(CAROL, question, "leave_it").ok
    wait_gone(domain_with_slack, CAROL, question)
    assert status(domain_with_slack) == "active"


# --- all of them ---


def test_pause_all_asks_and_resume_all_brings_back_what_it_paused(domain_with_slack: DomainWithSlack) -> None:
    campaign(domain_with_slack, "spring", "Spring")
    campaign(domain_with_slack, "winter", "Winter")
    said(domain_with_slack, CAROL, "/outreach pause winter")
    question = answer(domain_with_slack, CAROL, "/outreach pause all")
    assert question["text"] == "Pause all 2 campaigns: Autumn launch, Spring?"
    assert button(question, "switch_all")["style"] == "danger"  # type: ignore[index]
    assert "confirm" not in button(question, "switch_all"), "it is asked once"  # type: ignore[operator]
    assert status(domain_with_slack) == "active", "not before they are sure"

    assert domain_with_slack.slack.click(CAROL, question, "switch_all").ok
    assert [status(domain_with_slack, slug) for slug in ("launch", "spring", "winter")] == ["paused"] * 3
    told = now_says(domain_with_slack, CAROL, question, "Paused")
    assert told.startswith("Paused 2 campaigns: Autumn launch, Spring. No mail is waiting.")
    assert domain_with_slack.rows("SELECT count(*) FROM message_events WHERE verb = 'pause' AND data ? 'all'") == [(2,)]

    question = answer(domain_with_slack, CAROL, "/outreach resume all")
    assert "Still paused (paused one by one): Winter." in question["text"]
    assert domain_with_slack.slack.click(CAROL, question, "switch_all").ok
    now_says(domain_with_slack, CAROL, question, "Resumed 2 campaigns: Autumn launch, Spring.")
    assert [status(domain_with_slack, slug) for slug in ("launch", "spring", "winter")] == [
        "active",
        "active",
        "paused",
    ]
    assert "Paused one by one: Winter. Resume them by name." in said(domain_with_slack, CAROL, "/outreach resume all")


def test_an_old_question_resumes_nothing_that_was_paused_after_it(domain_with_slack: DomainWithSlack) -> None:
    first = answer(domain_with_slack, CAROL, "/outreach pause all")
    assert domain_with_slack.slack.click(CAROL, first, "switch_all").ok
    old = answer(domain_with_slack, CAROL, "/outreach resume all")
    said(domain_with_slack, CAROL, "/outreach resume launch")
    again = answer(domain_with_slack, CAROL, "/outreach pause all")
    assert domain_with_slack.slack.click(CAROL, again, "switch_all").ok

    assert domain_with_slack.slack.click(CAROL, old, "switch_all").ok
    wait_gone(domain_with_slack, CAROL, old)
    assert status(domain_with_slack) == "paused"


def test_what_somebody_paused_by_itself_after_all_stays_paused(domain_with_slack: DomainWithSlack) -> None:
    assert domain_with_slack.slack.click(
        CAROL, answer(domain_with_slack, CAROL, "/outreach pause all"), "switch_all"
    ).ok
    said(domain_with_slack, CAROL, "/outreach resume launch")
    said(domain_with_slack, CAROL, "/outreach pause launch")
    assert "Paused one by one: Autumn launch." in said(domain_with_slack, CAROL, "/outreach resume all")
    assert status(domain_with_slack) == "paused"


# --- what a pause stops, and who hears of it ---


def test_p7_a_pause_is_committed_before_its_answer_and_says_what_it_stopped(domain_with_slack: DomainWithSlack) -> None:
    for _ in range(3):
        domain_with_slack.approve(domain_with_slack.ingest())
    claimed = [domain_with_slack.claim(), domain_with_slack.claim()]
    gone = domain_with_slack.claim()
    assert domain_with_slack.start(gone)
    told = said(domain_with_slack, CAROL, "/outreach pause launch")
    assert "2 mails are waiting. 2 were about to be sent and were stopped." in told
    assert "1 had already passed the last check and may arrive." in told
    assert not any(domain_with_slack.start(one) for one in claimed)
    data = domain_with_slack.rows("SELECT data FROM message_events WHERE verb = 'pause'")
    assert data == [({"waiting": 2, "about_to_leave": 2, "leaving": 1},)]


def test_the_cards_of_what_waits_say_so(domain_with_slack: DomainWithSlack) -> None:
    draft = domain_with_slack.shown()
    domain_with_slack.approve(draft)
    domain_with_slack.sync(draft)
    said(domain_with_slack, CAROL, "/outreach pause launch")
    apply_campaign_status(domain_with_slack.campaign_id)  # the clock sees to it
    domain_with_slack.sync(draft)
    assert "Autumn launch is paused." in str(domain_with_slack.card(ALICE, draft))


def news(domain_with_slack: DomainWithSlack, member: str) -> list[str]:
    words = ("paused Autumn launch", "resumed Autumn launch", "paused Spring")
    return [
        one["text"] for one in domain_with_slack.slack.messages(member) if any(word in one["text"] for word in words)
    ]


def test_the_campaign_s_reviewers_are_told_once_and_others_are_not(domain_with_slack: DomainWithSlack) -> None:
    said(domain_with_slack, CAROL, "/outreach pause launch")
    wait_until(lambda: news(domain_with_slack, ALICE) and news(domain_with_slack, BOB), what="Alice and Bob to be told")
    for _ in range(2):
        tell_admins()
    assert news(domain_with_slack, ALICE) == [
        "Carol Chen paused Autumn launch. Approved mail waits; drafts can still be reviewed."
    ]
    assert [len(news(domain_with_slack, member)) for member in (BOB, CAROL, VERA)] == [1, 0, 0]
    said(domain_with_slack, CAROL, "/outreach resume launch")
    wait_until(lambda: len(news(domain_with_slack, BOB)) == 2, what="Bob to be told of the resume")
    assert news(domain_with_slack, BOB)[1].startswith("Carol Chen resumed Autumn launch.")


def test_of_all_campaigns_each_reviewer_is_told_in_one_message(domain_with_slack: DomainWithSlack) -> None:
    campaign(domain_with_slack, "spring", "Spring")
    assert domain_with_slack.slack.click(
        CAROL, answer(domain_with_slack, CAROL, "/outreach pause all"), "switch_all"
    ).ok
    wait_until(lambda: news(domain_with_slack, BOB), what="Bob to be told")
    assert [text.partition(".")[0] for text in news(domain_with_slack, BOB)] == [
        "Carol Chen paused Autumn launch, Spring"
    ]


def test_a_channel_that_reviews_is_told_once_whatever_the_number(domain_with_slack: DomainWithSlack) -> None:
    """Its campaigns may have no reviewer of their own."""
    campaign(domain_with_slack, "spring", "Spring")
    domain_with_slack.sql("DELETE FROM campaign_reviewers")
    domain_with_slack.sql("UPDATE campaigns SET slack_channel = 'C01REVIEW'")
    assert domain_with_slack.slack.click(
        CAROL, answer(domain_with_slack, CAROL, "/outreach pause all"), "switch_all"
    ).ok
    (told,) = wait_until(lambda: domain_with_slack.slack.messages(ALICE, "C01REVIEW"), what="the channel to be told")
    assert told["text"].startswith("Carol Chen paused Autumn launch, Spring.")
    assert news(domain_with_slack, BOB) == []


def test_with_slack_away_the_reviewers_are_told_later(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.slack.fault("chat.postMessage", "status", status=503, times=5)
    said(domain_with_slack, CAROL, "/outreach pause launch")
    domain_with_slack.quiet()
    assert news(domain_with_slack, ALICE) == []
    domain_with_slack.slack.clear_faults()
    domain_with_slack.sql("UPDATE alerts SET try_after = now()")
    tell_admins()
    assert [len(news(domain_with_slack, member)) for member in (ALICE, BOB)] == [1, 1]


def test_a_refused_pause_is_told_to_nobody(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.pause()
    domain_with_slack.sql("DELETE FROM alerts")
    said(domain_with_slack, CAROL, "/outreach pause launch")
    assert domain_with_slack.rows("SELECT count(*) FROM alerts") == [(0,)]
