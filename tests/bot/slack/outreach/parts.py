"""What tests of `/outreach` share: to say something, and to read and answer what comes back."""

from bot.sandbox.client import Json
from core.cards.limits.lint import lint_message
from tests.fixtures.office import Office
from tests.fixtures.waiting import wait_until


def said(office: Office, member: str, text: str) -> str:
    """Run the command; the text that the member, and only they, read then."""
    return str(answer(office, member, text)["text"])


def answer(office: Office, member: str, text: str) -> Json:
    """Run the command; the one message that the member gets. It keeps every limit of Slack's."""
    before = len(hidden(office, member))
    result = office.slack.command(member, text)
    assert result.ok, result
    assert result.warning is None
    (message,) = hidden(office, member)[before:]
    assert lint_message({key: message[key] for key in ("text", "blocks") if key in message}) == []
    return message


def hidden(office: Office, member: str) -> list[Json]:
    """All that only this member sees, oldest first."""
    return office.slack.ephemeral(member)


def now_says(office: Office, member: str, question: Json, words: str) -> str:
    """The text in the place of a question, once it has these words."""

    def text() -> str:
        found = next((message for message in hidden(office, member) if message["ts"] == question["ts"]), None)
        return found["text"] if found and words in found["text"] else ""

    return wait_until(text, what=f"{words!r} in place of the question; there is {hidden(office, member)}")


def wait_gone(office: Office, member: str, question: Json) -> None:
    """Return once the question was taken away."""
    wait_until(
        lambda: question["ts"] not in {message["ts"] for message in hidden(office, member)}, what="the question to go"
    )


def status(office: Office, slug: str = "launch") -> str:
    """What Postgres has of a campaign."""
    return str(office.rows("SELECT status FROM campaigns WHERE slug = %s", slug)[0][0])


def campaign(office: Office, slug: str, name: str, status: str = "active") -> None:
    """One more campaign, with the reviewers of the first."""
    office.sql(
        "INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name, status, shown_status)"
        " SELECT gen_random_uuid(), workspace_id, offer_id, account_id, %s, %s, %s, %s FROM campaigns"
        " WHERE slug = 'launch'",
        *(slug, name, status, status),
    )
    office.sql(
        "INSERT INTO campaign_reviewers (campaign_id, member_id) SELECT c.id, r.member_id FROM campaigns c,"
        " campaign_reviewers r WHERE c.slug = %s AND r.campaign_id = %s",
        *(slug, office.campaign_id),
    )


def last_refusal(office: Office) -> str | None:
    """The code of the last event, which is a refusal."""
    verb, _, _, code = office.events()[-1]
    assert verb == "refuse"
    return code
