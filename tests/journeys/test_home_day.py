"""A reviewer's morning in App Home, through real processes: look, narrow, approve in place, approve twenty at once,
and see what somebody else decides.
"""

import json

from bot.sandbox.client import Json
from core.actor import slack_user
from core.db import transaction
from core.drafts.review import edit
from core.ids import UUID
from tests.bot.slack.handlers.test_bulk import every
from tests.fixtures.full_stack import FullStack, FullStacks
from tests.fixtures.waiting import wait_until

ALICE, BOB, CAROL = "U01ALICE", "U02BOB", "U03CAROL"


def low_risk(full_stack: FullStack) -> UUID:
    """A draft to somebody with a name and a role."""
    number = full_stack.drafts + 1
    to = {"email": f"dana{number}@example.org", "first_name": "Dana", "company": "Example", "title": "Head of Sales"}
    return full_stack.ingest(to=to)


def home(full_stack: FullStack, member: str, words: str, *, seconds: float = 30.0) -> Json:
    """The member's Home, once it says this."""

    def says() -> Json | None:
        view = full_stack.slack.home(member)
        return view if view and words in json.dumps(view["blocks"], ensure_ascii=False) else None

    found: Json = wait_until(says, seconds=seconds, what=f"{member}'s Home to say {words!r}")
    return found


def modal(full_stack: FullStack, member: str, words: str) -> Json:
    """The window in front of the member, once it says this."""

    def says() -> Json | None:
        views = full_stack.slack.views(member)
        return views[-1] if views and words in json.dumps(views[-1], ensure_ascii=False) else None

    found: Json = wait_until(says, seconds=30, what=f"a window with {words!r}")
    return found


def rewrites(member: str, draft: UUID) -> None:
    with transaction() as tx:
        edit(tx, draft, 1, "Second thoughts", "Hi Dana,\n\nsecond thoughts.\n\nSam", slack_user(tx, "T01TEST", member))


def test_a_morning_in_home(full_stacks: FullStacks) -> None:
    full_stack = full_stacks()
    closer = [full_stack.ingest() for _ in range(2)]
    plain = [low_risk(full_stack) for _ in range(22)]
    for draft in (closer[0], plain[0], plain[20]):
        for member in (BOB, CAROL):
            full_stack.card(member, draft, seconds=60)

    # Alice opens her Home: everything that waits for her, the plain ones first. Bob has his open, too.
    view = full_stack.slack.open_home(ALICE)
    assert "24 drafts wait for you" in json.dumps(view["blocks"])
    full_stack.slack.open_home(BOB)

    # She looks at what needs a closer look, and approves one of these in place. It leaves, and her day says so.
    assert full_stack.slack.click_home(ALICE, "home_risk", option="review").ok
    home(full_stack, ALICE, "choose:all:review")
    assert full_stack.slack.click_home(ALICE, "approve_send", value=f"{closer[0]}:1").ok
    view = home(full_stack, ALICE, "23 drafts wait for you")
    assert f"decide:{closer[0]}" not in json.dumps(view["blocks"]), "it keeps its place, without its buttons"
    full_stack.wait_for(closer[0], "sent")
    home(full_stack, ALICE, "*Sent today*\\n1")
    full_stack.wait_for_card(BOB, closer[0], f"*Sent* by <@{ALICE}>")

    # Then all that is plain, twenty at once. While she reads the list, Bob takes one, and rewrites another.
    assert full_stack.slack.click_home(ALICE, "home_risk", option="all").ok
    home(full_stack, ALICE, "choose:all:all")
    assert full_stack.slack.click_home(ALICE, "bulk_low_risk").ok
    listed = modal(full_stack, ALICE, "Tick the ones to approve")
    assert full_stack.slack.click(BOB, full_stack.card(BOB, plain[0]), "approve_send").ok
    rewrites(BOB, plain[1])
    result = full_stack.slack.submit(ALICE, listed, every(listed))
    assert result.ok, result
    said = json.dumps(modal(full_stack, ALICE, "18 approved, 1 already decided, 1 changed since")["blocks"])
    assert "Bob Brown approved this" in said
    assert "This draft has changed since" in said
    for draft in (plain[0], *plain[2:20]):
        full_stack.wait_for(draft, "sent", seconds=60)

    # Her Home is up to date, and Bob's follows by itself: by what she did, and by what Carol does on a card.
    for member in (ALICE, BOB):
        home(full_stack, member, "4 drafts wait for you")
    assert full_stack.slack.click(CAROL, full_stack.card(CAROL, plain[20]), "approve_send").ok
    for member in (ALICE, BOB):
        home(full_stack, member, "3 drafts wait for you")

    mails = [mail["rcpt_to"][0] for mail in full_stack.accepted()]
    assert len(mails) == len(set(mails)), "each left once"
    assert "dana4@example.org" not in mails, "what was rewritten waits for somebody to read it"
