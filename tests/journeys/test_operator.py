"""An operator's morning, in Slack alone: what is going on, why does that mail wait, stop it, stop all, and go on."""

from bot.sandbox.client import Json, button
from tests.fixtures.full_stack import FullStack, FullStacks
from tests.fixtures.waiting import wait_until

CAROL = "U03CAROL"


def asked(full_stack: FullStack, text: str, member: str = CAROL) -> Json:
    """The answer to a command, for its author alone."""
    before = len(full_stack.slack.ephemeral(member))
    result = full_stack.slack.command(member, text)
    assert result.ok, result
    assert result.warning is None
    (message,) = full_stack.slack.ephemeral(member)[before:]
    return message


def says(full_stack: FullStack, message: Json, words: str, member: str = CAROL) -> None:
    """Wait until these words stand in the place of a message."""
    wait_until(
        lambda: any(one["ts"] == message["ts"] and words in one["text"] for one in full_stack.slack.ephemeral(member)),
        what=f"{words!r} instead of the question; there is {full_stack.slack.ephemeral(member)}",
    )


def heard(full_stack: FullStack, member: str, words: str) -> None:
    """Wait until a message with these words stands in the member's DM."""
    wait_until(
        lambda: any(words in message["text"] for message in full_stack.slack.messages(member)),
        seconds=20,
        what=f"{member} to hear {words!r}",
    )


def test_three_mails_at_the_door_are_held_by_a_pause_and_go_after_it(full_stacks: FullStacks) -> None:
    full_stack = full_stacks(workers=2)  # each worker has two mails of an account under way at most
    full_stack.smtp.plan("rcpt", "hold", times=3)
    drafts = [full_stack.ingest() for _ in range(3)]
    for draft in drafts:
        assert full_stack.slack.click("U01ALICE", full_stack.card("U01ALICE", draft), "approve_send").ok
    full_stack.smtp.wait_held("rcpt", 3, seconds=30)
    assert "3 being sent right now." in asked(full_stack, "/outreach status")["text"]

    paused = asked(full_stack, "/outreach pause launch")["text"]
    assert paused.startswith("Paused Autumn launch. 3 mails are waiting. 3 were about to be sent and were stopped.")
    full_stack.smtp.release("rcpt")
    full_stack.smtp.wait_quiet(seconds=30)  # a session is kept for some seconds
    for draft in drafts:
        full_stack.wait_for(draft, "waiting")
    assert full_stack.accepted() == []
    assert not any("DATA" in session["verbs"] for session in full_stack.smtp.sessions())

    heard(full_stack, "U01ALICE", "Carol Chen paused Autumn launch.")
    assert "Paused: Autumn launch (3 waiting)." in asked(full_stack, "/outreach status")["text"]
    why = asked(full_stack, "/outreach why dana1@example.org", "U04VERA")["text"]
    assert "waits: Autumn launch is paused." in why
    assert "Approved, and waiting to be sent: 3" in asked(full_stack, "/outreach queue", "U01ALICE")["text"]

    question = asked(full_stack, "/outreach skip key-2 the offer has changed")
    assert full_stack.slack.click(CAROL, question, "skip_queued").ok
    says(full_stack, question, "Taken out of the queue.")
    full_stack.wait_for_card("U01ALICE", drafts[1], "the offer has changed")

    assert asked(full_stack, "/outreach resume launch")["text"].startswith(
        "Resumed Autumn launch. 2 mails are waiting."
    )
    for draft in (drafts[0], drafts[2]):
        full_stack.wait_for(draft, "sent")
    heard(full_stack, "U02BOB", "Carol Chen resumed Autumn launch.")
    assert sorted(mail["rcpt_to"][0] for mail in full_stack.accepted()) == ["dana1@example.org", "dana3@example.org"]
    told = asked(full_stack, "/outreach digest")["text"]
    assert "2 mails sent, no replies." in told
    assert "Approvals by person: Alice Anderson 3." in told


def test_an_unclear_name_is_chosen_and_all_is_asked_about(full_stacks: FullStacks) -> None:
    full_stack = full_stacks(workers=0, clocks=0)
    question = asked(full_stack, "/outreach pause")
    assert question["text"] == "Which campaign? Choose from: launch."
    assert button(question, "choose_campaign_0")["text"]["text"] == "Autumn launch"  # type: ignore[index]
    assert full_stack.slack.click(CAROL, question, "choose_campaign_0").ok
    says(full_stack, question, "Paused Autumn launch. No mail is waiting.")
    assert asked(full_stack, "/outreach resume launch")["text"].startswith("Resumed Autumn launch.")

    question = asked(full_stack, "/outreach pause all")
    assert question["text"] == "Pause Autumn launch?"
    assert "No paused campaigns." in asked(full_stack, "/outreach status")["text"], "not before they are sure"
    assert full_stack.slack.click(CAROL, question, "leave_it").ok
    wait_until(lambda: question not in full_stack.slack.ephemeral(CAROL), what="the question to go")

    question = asked(full_stack, "/outreach pause all")
    assert full_stack.slack.click(CAROL, question, "switch_all").ok
    says(full_stack, question, "Paused Autumn launch.")
    question = asked(full_stack, "/outreach resume all")
    assert full_stack.slack.click(CAROL, question, "switch_all").ok
    says(full_stack, question, "Resumed Autumn launch.")
    assert "No paused campaigns." in asked(full_stack, "/outreach status")["text"]
