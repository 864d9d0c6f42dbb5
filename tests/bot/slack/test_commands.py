"""`/outreach`: help, pause and resume, for admins, by slug or by a clear name; everything else gets a short help."""

import pytest

from jobs.show_campaigns import show_campaign
from tests.fixtures.office import ALICE, BOB, CAROL, VERA, Office


def said(office: Office, member: str, text: str) -> str:
    """Run the command; what the member, and only they, read then."""
    before = len(office.told(member))
    result = office.slack.command(member, text)
    assert result.ok, result
    assert result.warning is None
    (answer,) = office.told(member)[before:]
    return answer


def status(office: Office) -> str:
    return str(office.rows("SELECT status FROM campaigns WHERE slug = 'launch'")[0][0])


@pytest.mark.parametrize("text", ["/outreach", "/outreach help", "/outreach HELP", "/outreach   help me"])
def test_help(office: Office, text: str) -> None:
    answer = said(office, VERA, text)
    assert answer.startswith("`/outreach pause <campaign>` stops a campaign at once")
    assert "I do not know" not in answer


def test_an_unknown_word_gets_a_short_help(office: Office) -> None:
    answer = said(office, ALICE, "/outreach launch <!channel> now")
    assert answer.startswith("I do not know `launch`.")
    answer = said(office, ALICE, "/outreach <!channel>")
    assert answer.startswith("I do not know `&lt;!channel&gt;`.")


def test_ten_thousand_characters_get_a_short_help(office: Office) -> None:
    assert len(said(office, ALICE, "/outreach " + "x" * 10_000)) < 600
    assert len(said(office, CAROL, "/outreach pause " + "x" * 10_000)) < 600
    assert len(said(office, CAROL, "/outreach pause " + "💥 " * 5_000)) < 600


@pytest.mark.parametrize("named", ["launch", "Autumn launch", "AUTUMN", "Launch", "  launch  ", "autumn l"])
def test_an_admin_pauses_and_resumes(office: Office, named: str) -> None:
    draft = office.shown()
    office.approve(draft)
    assert said(office, CAROL, f"/outreach pause {named}").startswith("Paused Autumn launch. 1 mail is waiting.")
    assert status(office) == "paused"
    assert office.state(draft) == "waiting"
    assert office.try_claim() is None
    assert said(office, CAROL, f"/outreach resume {named}") == "Resumed Autumn launch. 1 mail is waiting."
    assert status(office) == "active"
    told = office.rows(
        "SELECT e.verb, m.slack_user_id, e.surface, from_status, to_status FROM message_events e"
        " JOIN members m ON m.id = e.member_id WHERE e.campaign_id IS NOT NULL ORDER BY e.id"
    )
    assert told == [("pause", CAROL, "slack", "active", "paused"), ("resume", CAROL, "slack", "paused", "active")]


@pytest.mark.parametrize("member", [ALICE, BOB, VERA])
def test_nobody_below_an_admin_pauses(office: Office, member: str) -> None:
    assert "This needs the role admin or above" in said(office, member, "/outreach pause launch")
    assert status(office) == "active"
    assert office.events()[-1][3] == "role_too_low"


@pytest.mark.parametrize(
    ("text", "sentence", "code"),
    [
        ("pause", "Which campaign? There are: launch.", "unknown_campaign"),
        ("pause nothing", "There is no campaign of that name. There are: launch.", "unknown_campaign"),
        ("pause \x00", "There is no campaign of that name.", "unknown_campaign"),
        ("pause 'launch' --", "There is no campaign of that name.", "unknown_campaign"),
        ("resume launch", "Autumn launch is active: there is nothing to resume.", "nothing_to_do"),
    ],
)
def test_what_cannot_be_done_is_explained(office: Office, text: str, sentence: str, code: str) -> None:
    assert sentence in said(office, CAROL, f"/outreach {text}")
    assert office.events()[-1] == ("refuse", None, None, code)
    assert status(office) == "active"


def test_a_name_that_fits_two_campaigns_asks_which(office: Office) -> None:
    office.sql(
        "INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name)"
        " SELECT gen_random_uuid(), workspace_id, offer_id, account_id, 'late', 'Autumn again' FROM campaigns"
    )
    assert said(office, CAROL, "/outreach pause autumn") == "More than one campaign fits. Say which: late, launch."
    assert said(office, CAROL, "/outreach pause late").startswith("Paused Autumn again. No mail is waiting.")
    assert status(office) == "active"


def test_a_slug_counts_before_a_name(office: Office) -> None:
    office.sql(
        "INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name)"
        " SELECT gen_random_uuid(), workspace_id, offer_id, account_id, 'other', 'launch' FROM campaigns"
    )
    assert said(office, CAROL, "/outreach pause launch").startswith("Paused Autumn launch.")
    assert status(office) == "paused"
    assert office.rows("SELECT status FROM campaigns WHERE slug = 'other'") == [("active",)]


def test_p7_a_pause_is_committed_before_its_answer(office: Office) -> None:
    office.approve(office.ingest())
    claimed = office.claim()
    assert office.slack.command(CAROL, "/outreach pause launch").ok
    assert not office.start(claimed)


def test_the_cards_of_what_waits_say_so(office: Office) -> None:
    draft = office.shown()
    office.approve(draft)
    office.sync(draft)
    said(office, CAROL, "/outreach pause launch")
    show_campaign(office.campaign_id)  # the clock sees to it
    office.sync(draft)
    assert "Autumn launch is paused." in str(office.card(ALICE, draft))
