"""`declare.apply`: an account of another channel is a seat, and stays of its channel."""

import pytest
import sqlalchemy as sa

from core.db import transaction
from core.errors import BadInput
from core.models import Account
from tests.core.declare.test_apply import declared, draft, refused, rows, said
from tests.core.declare.test_read import GOOD

pytestmark = pytest.mark.usefixtures("database")

SEAT = """
[[accounts]]
channel = "linkedin"
address = "https://www.linkedin.com/in/sam-hill"
name = "Sam Hill"
"""


def test_a_linkedin_seat_is_declared_by_its_page_and_has_no_mail_server() -> None:
    assert [change for change, _ in said(declared(GOOD + SEAT))].count("account") == 2
    assert said(declared(GOOD + SEAT)) == []
    seat = next(row for row in rows(Account) if row.channel == "linkedin")
    assert (seat.address, seat.smtp_url) == ("https://www.linkedin.com/in/sam-hill", "")
    assert (seat.daily_limit_messages, seat.daily_limit_connections) == (38, 20)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (
            SEAT.replace("https://www.linkedin.com/in/sam-hill", "sam.hill@example.com"),
            "accounts.address: is not a person's LinkedIn",
        ),
        (SEAT + 'smtp_url = "smtp://127.0.0.1:1025"\n', "accounts.smtp_url: is for email accounts only"),
        (SEAT.replace('linkedin"', 'fax"'), "accounts.channel: must be"),
    ],
)
def test_a_seat_that_cannot_be_is_refused(wrong: str, told: str) -> None:
    assert any(told in one for one in refused(GOOD + wrong))


def test_the_channel_of_an_account_does_not_change() -> None:
    workspace_id = declared(GOOD + SEAT).workspace_id
    with transaction() as tx:
        tx.execute(sa.update(Account).where(Account.channel == "linkedin").values(channel="email"))
    assert any("declare another account" in one for one in refused(GOOD + SEAT))
    draft(workspace_id)


def test_a_campaign_with_drafts_keeps_an_email_account_and_one_with_a_seat_takes_none() -> None:
    on_linkedin = GOOD.replace('account = "sam@example.com"', 'account = "https://www.linkedin.com/in/sam-hill"') + SEAT
    workspace_id = declared(on_linkedin).workspace_id
    with pytest.raises(BadInput, match="takes tasks, and no drafts"):
        draft(workspace_id)
    declared(GOOD)
    draft(workspace_id)
    assert any("need an email account" in one for one in refused(on_linkedin))
