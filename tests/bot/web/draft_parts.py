"""What the tests of a draft's page share: acts on the draft, tries to send it, and the page as a reader reads it."""

import html
import re
from collections.abc import Callable

import httpx
import sqlalchemy as sa

from core import delivery
from core.access import act
from core.actor import Actor, slack_user
from core.db import transaction
from core.drafts import review
from core.ids import UUID
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason, Role, Verb
from tests.bot.web.conftest import Acme

SENT = Outcome(AttemptOutcome.SENT, Phase.DOT, Reason.ACCEPTED, code=250, reply="2.0.0 queued as 4F2A")
REFUSED = Outcome(
    AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, code=550, reply="5.1.1 <nobody>: unknown"
)
BUSY = Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, transient=True, code=450, reply="later")
LOST = Outcome(AttemptOutcome.UNKNOWN, Phase.DOT, Reason.TIMEOUT)


def as_member(user: str) -> Callable[[sa.Connection], Actor]:
    return lambda tx: slack_user(tx, "T01TEST", user)


def approve(draft_id: UUID, version: int = 1, user: str = "U01ALICE") -> None:
    act(
        as_member(user),
        Role.REVIEWER,
        Verb.APPROVE,
        lambda tx, by: review.approve(tx, draft_id, version, by),
        draft_id=draft_id,
    )


def edit(draft_id: UUID, version: int, subject: str, body: str, user: str = "U02BOB") -> None:
    def change(tx: sa.Connection, by: Actor) -> int:
        return review.edit(tx, draft_id, version, subject, body, by)

    act(as_member(user), Role.REVIEWER, Verb.EDIT, change, draft_id=draft_id)


def attempt(acme: Acme, outcome: Outcome | None, *, started: bool = True) -> None:
    """One try to send what is next in the queue."""
    with transaction() as tx:
        claimed = delivery.claim(tx, acme.account_id)
    assert claimed is not None
    if started:
        with transaction() as tx:
            assert delivery.start(tx, claimed)
    if outcome is not None:
        with transaction() as tx:
            delivery.finish(tx, claimed.attempt_id, outcome)


def words(page: httpx.Response) -> str:
    """What a reader reads: the page without its tags, in single spaces."""
    assert page.status_code == httpx.codes.OK, page.text
    text = re.sub(r"<title>.*?</title>", "", page.text, flags=re.DOTALL)
    text = re.sub(r"</(dt|dd|li)>|<li>", " ", text)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def state_of(reader: httpx.Client, draft_id: UUID) -> tuple[str, str]:
    """The tone and the sentence of the banner."""
    page = reader.get(f"/drafts/{draft_id}")
    assert page.status_code == httpx.codes.OK, page.text
    found = re.search(r'<p class="state (\w+)" role="status">(.*?)</p>', page.text, flags=re.DOTALL)
    assert found is not None
    text = html.unescape(re.sub(r"<[^>]*>", "", found[2]))
    sentence = re.sub(r"\d\d:\d\d on \d+ \w+ \d{4}|(?<=until )(\w{3} )?\d\d:\d\d", "TIME", text)
    return found[1], sentence.strip()
