"""What tests of `/outreach` share: to say something, and to read and answer what comes back."""

from bot.sandbox.client import Json
from core.cards.limits.lint import lint_message
from tests.fixtures.domain_with_slack import DomainWithSlack
from tests.fixtures.waiting import wait_until


def said(domain_with_slack: DomainWithSlack, member: str, text: str) -> str:
    """Run the command; the text that the member, and only they, read then."""
    return str(answer(domain_with_slack, member, text)["text"])


def answer(domain_with_slack: DomainWithSlack, member: str, text: str) -> Json:
    """Run the command; the one message that the member gets. It keeps every limit of Slack's."""
    before = len(hidden(domain_with_slack, member))
    result = domain_with_slack.slack.command(member, text)
    assert result.ok, result
    assert result.warning is None
    (message,) = hidden(domain_with_slack, member)[before:]
    assert lint_message({key: message[key] for key in ("text", "blocks") if key in message}) == []
    return message


def hidden(domain_with_slack: DomainWithSlack, member: str) -> list[Json]:
    """All that only this member sees, oldest first."""
    return domain_with_slack.slack.ephemeral(member)


def now_says(domain_with_slack: DomainWithSlack, member: str, question: Json, words: str) -> str:
    """The text in the place of a question, once it has these words."""

    def text() -> str:
        found = next(
            (message for message in hidden(domain_with_slack, member) if message["ts"] == question["ts"]), None
        )
        return found["text"] if found and words in found["text"] else ""

    return wait_until(text, what=f"{words!r} in place of the question; there is {hidden(domain_with_slack, member)}")


def wait_gone(domain_with_slack: DomainWithSlack, member: str, question: Json) -> None:
    """Return once the question was taken away."""
    wait_until(
        lambda: question["ts"] not in {message["ts"] for message in hidden(domain_with_slack, member)},
        what="the question to go",
    )


def status(domain_with_slack: DomainWithSlack, slug: str = "launch") -> str:
    """What Postgres has of a campaign."""
    return str(domain_with_slack.rows("SELECT status FROM campaigns WHERE slug = %s", slug)[0][0])


def campaign(domain_with_slack: DomainWithSlack, slug: str, name: str, status: str = "active") -> None:
    """One more campaign, with the reviewers of the first."""
    domain_with_slack.sql(
        "INSERT INTO campaigns (id, workspace_id, offer_id, account_id, slug, name, status, shown_status)"
        " SELECT gen_random_uuid(), workspace_id, offer_id, account_id, %s, %s, %s, %s FROM campaigns"
        " WHERE slug = 'launch'",
        *(slug, name, status, status),
    )
    domain_with_slack.sql(
        "INSERT INTO campaign_reviewers (campaign_id, member_id) SELECT c.id, r.member_id FROM campaigns c,"
        " campaign_reviewers r WHERE c.slug = %s AND r.campaign_id = %s",
        *(slug, domain_with_slack.campaign_id),
    )


def last_refusal(domain_with_slack: DomainWithSlack) -> str | None:
    """The code of the last event, which is a refusal."""
    verb, _, _, code = domain_with_slack.events()[-1]
    assert verb == "refuse"
    return code
