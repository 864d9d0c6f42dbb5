"""What the tests of unknown outcomes share: a mail that may have left, and what a person says of it."""

from core.access import act
from core.actor import slack_user
from core.delivery import Claimed, unknown
from core.ids import UUID
from core.taxonomy import Role, Verb
from core.telemetry import metrics
from tests.fixtures.domain import UNKNOWN, Domain

CAROL = "U03CAROL"


def number_of(domain: Domain, claimed: Claimed) -> int:
    ((number,),) = domain.rows("SELECT number FROM send_attempts WHERE id = %s", claimed.attempt_id)
    return int(number)


def wait_out(domain: Domain) -> None:
    """Let half an hour pass, as time would."""
    domain.sql("UPDATE send_attempts SET finished_at = finished_at - interval '31 minutes' WHERE outcome = 'unknown'")


def lost(domain: Domain, **more: object) -> tuple[UUID, Claimed]:
    """A mail of which nobody knows, for longer than the wait."""
    draft = domain.ingest(**more)
    claimed = domain.deliver(draft, UNKNOWN)
    wait_out(domain)
    return draft, claimed


def arrived(domain: Domain, draft: UUID, claimed: Claimed, user: str = CAROL) -> None:
    number = number_of(domain, claimed)
    act(
        lambda tx: slack_user(tx, "T01TEST", user),
        Role.ADMIN,
        Verb.CONFIRM,
        lambda tx, by: unknown.confirm_arrival(tx, draft, number, by),
        draft_id=draft,
    )


def again(domain: Domain, draft: UUID, claimed: Claimed, user: str = CAROL) -> None:
    number = number_of(domain, claimed)
    act(
        lambda tx: slack_user(tx, "T01TEST", user),
        Role.ADMIN,
        Verb.RESEND,
        lambda tx, by: unknown.send_again(tx, draft, number, by),
        draft_id=draft,
    )


def last(domain: Domain, draft: UUID) -> tuple[str, str | None, str | None, str | None]:
    return domain.events(draft)[-1]


def history(domain: Domain) -> list[str]:
    return [status for (status,) in domain.rows("SELECT status FROM outreach_history ORDER BY id")]


def alarm(domain: Domain, name: str) -> int:
    (question,) = [question for question in metrics.QUESTIONS if question.name == name]
    ((value,),) = domain.rows(question.sql)
    return int(value)
