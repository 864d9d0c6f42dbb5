"""An operator's morning, in Slack alone: what is going on, why does that mail wait, stop it, stop all, and go on."""

from bot.sandbox.client import Json, button
from tests.fixtures.town import Town, Towns
from tests.fixtures.waiting import wait_until

CAROL = "U03CAROL"


def asked(town: Town, text: str, member: str = CAROL) -> Json:
    """The answer to a command, for its author alone."""
    before = len(town.slack.ephemeral(member))
    result = town.slack.command(member, text)
    assert result.ok, result
    assert result.warning is None
    (message,) = town.slack.ephemeral(member)[before:]
    return message


def says(town: Town, message: Json, words: str, member: str = CAROL) -> None:
    """Wait until these words stand in the place of a message."""
    wait_until(
        lambda: any(one["ts"] == message["ts"] and words in one["text"] for one in town.slack.ephemeral(member)),
        what=f"{words!r} instead of the question; there is {town.slack.ephemeral(member)}",
    )


def heard(town: Town, member: str, words: str) -> None:
    """Wait until a message with these words stands in the member's DM."""
    wait_until(
        lambda: any(words in message["text"] for message in town.slack.messages(member)),
        seconds=20,
        what=f"{member} to hear {words!r}",
    )


def test_three_mails_at_the_door_are_held_by_a_pause_and_go_after_it(towns: Towns) -> None:
    town = towns(workers=2)  # each worker has two mails of an account under way at most
    town.smtp.plan("rcpt", "hold", times=3)
    drafts = [town.ingest() for _ in range(3)]
    for draft in drafts:
        assert town.slack.click("U01ALICE", town.card("U01ALICE", draft), "approve_send").ok
    town.smtp.wait_held("rcpt", 3, seconds=30)
    assert "3 on the way to a mail server." in asked(town, "/outreach status")["text"]

    paused = asked(town, "/outreach pause launch")["text"]
    assert paused.startswith("Paused Autumn launch. 3 mails are waiting. 3 were about to leave, none did.")
    town.smtp.release("rcpt")
    town.smtp.wait_quiet(seconds=30)  # a session is kept for some seconds
    for draft in drafts:
        town.wait_for(draft, "waiting")
    assert town.accepted() == []
    assert not any("DATA" in session["verbs"] for session in town.smtp.sessions())

    heard(town, "U01ALICE", "Carol Chen paused Autumn launch.")
    assert "Paused: Autumn launch (3 wait)." in asked(town, "/outreach status")["text"]
    why = asked(town, "/outreach why dana1@example.org", "U04VERA")["text"]
    assert "waits: Autumn launch is paused." in why
    assert "Approved, and waiting to be sent: 3" in asked(town, "/outreach queue", "U01ALICE")["text"]

    question = asked(town, "/outreach skip key-2 the offer has changed")
    assert town.slack.click(CAROL, question, "skip_queued").ok
    says(town, question, "Taken out of the queue.")
    town.wait_for_card("U01ALICE", drafts[1], "the offer has changed")

    assert asked(town, "/outreach resume launch")["text"].startswith("Resumed Autumn launch. 2 mails are waiting.")
    for draft in (drafts[0], drafts[2]):
        town.wait_for(draft, "sent")
    heard(town, "U02BOB", "Carol Chen resumed Autumn launch.")
    assert sorted(mail["rcpt_to"][0] for mail in town.accepted()) == ["dana1@example.org", "dana3@example.org"]
    told = asked(town, "/outreach digest")["text"]
    assert "2 mails sent, no replies." in told
    assert "Approvals by person: Alice Anderson 3." in told


def test_an_unclear_name_is_chosen_and_all_is_asked_about(towns: Towns) -> None:
    town = towns(workers=0, clocks=0)
    question = asked(town, "/outreach pause")
    assert question["text"] == "Which campaign? There are: launch."
    assert button(question, "choose_campaign_0")["text"]["text"] == "Autumn launch"  # type: ignore[index]
    assert town.slack.click(CAROL, question, "choose_campaign_0").ok
    says(town, question, "Paused Autumn launch. No mail is waiting.")
    assert asked(town, "/outreach resume launch")["text"].startswith("Resumed Autumn launch.")

    question = asked(town, "/outreach pause all")
    assert question["text"] == "Pause the one campaign: Autumn launch?"
    assert "No campaign is paused." in asked(town, "/outreach status")["text"], "not before they are sure"
    assert town.slack.click(CAROL, question, "leave_it").ok
    wait_until(lambda: question not in town.slack.ephemeral(CAROL), what="the question to go")

    question = asked(town, "/outreach pause all")
    assert town.slack.click(CAROL, question, "switch_all").ok
    says(town, question, "Paused Autumn launch.")
    question = asked(town, "/outreach resume all")
    assert town.slack.click(CAROL, question, "switch_all").ok
    says(town, question, "Resumed Autumn launch.")
    assert "No campaign is paused." in asked(town, "/outreach status")["text"]
