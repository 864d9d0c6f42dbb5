"""`/outreach`, word by word: help, what is misspelt, and whatever else a keyboard or Slack puts there."""

import pytest

from bot.sandbox.client import button
from bot.slack.outreach.typed import meant, name_and_rest, unquoted
from bot.slack.outreach.words import WORDS
from core.ids import new_id
from tests.bot.slack.outreach.parts import answer, campaign, hidden, said, wait_gone
from tests.core.views.home_parts import low
from tests.fixtures.domain_with_slack import ALICE, CAROL, VERA, DomainWithSlack


@pytest.mark.parametrize("text", ["/outreach", "/outreach help", "/outreach HELP", "/outreach   help me"])
def test_help_names_every_word(domain_with_slack: DomainWithSlack, text: str) -> None:
    told = said(domain_with_slack, VERA, text)
    assert all(f"`/outreach {word}" in told for word in WORDS)
    assert "pauses a campaign at once" in told
    assert "Unknown command" not in told


@pytest.mark.parametrize(
    ("typed", "meant"), [("pasue launch", "pause"), ("STATSU", "status"), ("approve low risk", "approve-low-risk")]
)
def test_a_misspelt_word_gets_a_hint_in_one_line(domain_with_slack: DomainWithSlack, typed: str, meant: str) -> None:
    told = said(domain_with_slack, ALICE, f"/outreach {typed}")
    assert told == f"Unknown command. Did you mean {meant}? `/outreach help` lists all."


@pytest.mark.parametrize(
    "typed",
    ["launch <!channel> now", "&lt;!channel&gt;", "<!channel>", "<b>&amp;", "<@U01ALICE|alice>", "💥", "`rm -rf`"],
)
def test_what_is_no_command_at_all_is_not_told_back(domain_with_slack: DomainWithSlack, typed: str) -> None:
    assert said(domain_with_slack, ALICE, f"/outreach {typed}") == "Unknown command. `/outreach help` lists all."


@pytest.mark.parametrize("word", [word for word in WORDS if word != "approve-low-risk"])
@pytest.mark.parametrize(
    "rest", ["x" * 10_000, "💥 " * 5_000, "“Autumn “launch", "<@U01ALICE|alice> <#C01REVIEW|review>", "\x00'; --"]
)
def test_every_word_answers_every_argument_kindly(domain_with_slack: DomainWithSlack, word: str, rest: str) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    told = answer(domain_with_slack, CAROL, f"/outreach {word} {rest}")["text"]
    assert told.strip()
    assert len(told) < 4_000
    assert "<@U01ALICE" not in told
    assert domain_with_slack.rows("SELECT status FROM send_queue") == [("queued",)]


@pytest.mark.parametrize("word", ["status", "queue", "digest", "help", "why key-1"])
def test_a_viewer_may_look(domain_with_slack: DomainWithSlack, word: str) -> None:
    domain_with_slack.ingest()
    assert "needs the role" not in said(domain_with_slack, VERA, f"/outreach {word}")


@pytest.mark.parametrize("word", ["pause launch", "pause all", "resume launch", "resume all", "skip key-1"])
@pytest.mark.parametrize("member", [ALICE, VERA])
def test_nobody_below_an_admin_changes_anything(domain_with_slack: DomainWithSlack, member: str, word: str) -> None:
    domain_with_slack.approve(domain_with_slack.ingest())
    assert "This needs the role admin or above" in said(domain_with_slack, member, f"/outreach {word}")
    assert domain_with_slack.events()[-1][::3] == ("refuse", "role_too_low")
    assert domain_with_slack.rows("SELECT status FROM campaigns") == [("active",)]
    assert domain_with_slack.rows("SELECT status FROM send_queue") == [("queued",)]


def test_a_stranger_is_told_to_ask_an_admin(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.sql("UPDATE members SET active = false WHERE slack_user_id = %s", ALICE)
    for word in ("status", "queue", "pause launch", "digest", "mute"):
        assert "Ask an admin" in said(domain_with_slack, ALICE, f"/outreach {word}")


def test_approve_low_risk_opens_the_list(domain_with_slack: DomainWithSlack) -> None:
    domain_with_slack.ingest()
    assert domain_with_slack.slack.command(ALICE, "/outreach approve-low-risk").ok
    assert domain_with_slack.modal(ALICE)
    assert "There is no campaign with that name" in said(domain_with_slack, ALICE, "/outreach approve-low-risk zzz")
    assert "This needs the role reviewer" in said(domain_with_slack, VERA, "/outreach approve-low-risk")


def test_a_name_that_fits_two_campaigns_is_chosen_and_its_list_opens(domain_with_slack: DomainWithSlack) -> None:
    campaign(domain_with_slack, "late", "Autumn again")
    low(domain_with_slack)
    low(domain_with_slack, campaign="late", subject="From the late one")
    question = answer(domain_with_slack, ALICE, "/outreach approve-low-risk autumn")
    assert question["text"] == "More than one campaign matches. Which one: late, launch."
    assert button(question, "choose_campaign_0")["accessibility_label"] == "List Autumn again"  # type: ignore[index]
    assert domain_with_slack.slack.click(ALICE, question, "choose_campaign_0").ok
    assert "Hello number" not in str(domain_with_slack.modal(ALICE, "From the late one"))
    wait_gone(domain_with_slack, ALICE, question)


def test_a_list_that_slack_does_not_open_leaves_the_question_to_click_again(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack)
    question = answer(domain_with_slack, ALICE, "/outreach approve-low-risk lanuch")
    domain_with_slack.slack.fault("views.open", "error", code="expired_trigger_id")
    assert domain_with_slack.slack.click(ALICE, question, "choose_campaign_0").ok
    domain_with_slack.wait_told(ALICE, "please click again")
    assert question["ts"] in {message["ts"] for message in hidden(domain_with_slack, ALICE)}
    assert domain_with_slack.slack.click(ALICE, question, "choose_campaign_0").ok
    assert domain_with_slack.modal(ALICE, "dana1@example.org")


def test_a_campaign_of_somebody_else_has_an_empty_list(domain_with_slack: DomainWithSlack) -> None:
    low(domain_with_slack)
    question = answer(domain_with_slack, ALICE, "/outreach approve-low-risk lanuch")
    other = f"approve-low-risk:{new_id()}:{ALICE}"
    assert domain_with_slack.slack.click(ALICE, question, "choose_campaign_0", value=other).ok
    assert domain_with_slack.modal(ALICE, "No low-risk draft waits for you.")


# --- what Slack and keyboards make of a text ---


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("why <mailto:dana@example.org|dana@example.org>", "why dana@example.org"),
        ("pause R&amp;D", "pause R&D"),
        ("pause <#C01ABC>", "pause #C01ABC"),
        (
            "why <https://signoff.example.com/drafts/0192f0c1-0000-7000-8000-000000000000|this>",
            "why 0192f0c1-0000-7000-8000-000000000000",
        ),
        (
            "why http://127.0.0.1:8080/drafts/0192f0c1-0000-7000-8000-000000000000?x=1",
            "why 0192f0c1-0000-7000-8000-000000000000",
        ),
        ("  a\n\tb  ", "a b"),
        ("why \x00\x1b\u2028\ud800crm-1", "why crm-1"),
    ],
)
def test_what_was_meant(text: str, plain: str) -> None:
    assert meant(text) == plain


@pytest.mark.parametrize("text", ["'launch'", '"launch"', "“launch”", "‘launch’", "„launch“", "«launch»", " launch "])
def test_quotes_around_a_name_are_not_part_of_it(text: str) -> None:
    assert unquoted(text) == "launch"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("crm-1 too early", ("crm-1", "too early")),
        ("“crm 1” too early", ("crm 1", "too early")),
        ('"crm 1" "too early"', ("crm 1", '"too early"')),
        ("“crm 1", ("crm 1", "")),
        ("crm-1", ("crm-1", "")),
        ("", ("", "")),
        ('"', ("", "")),
    ],
)
def test_a_name_and_what_follows_it(text: str, parts: tuple[str, str]) -> None:
    assert name_and_rest(unquoted(text)) == parts
