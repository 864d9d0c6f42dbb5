"""Hours and limits of `[[accounts]]`: what may be written, and that what waits for them is looked at again."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest

from core import declare
from core.actor import Actor
from core.db import transaction
from core.declare import Applied
from core.declare.declaration import AccountTable, CampaignTable, MemberTable, WorkspaceTable
from core.models import Account
from core.taxonomy import Surface
from tests.core.declare.test_read import EXAMPLES, GOOD, faults
from tests.fixtures.domain import Domain

ALL = """\
opens = "07:30"
closes = "24:00"
weekdays = ["sun", "Mon"]
country = "DE"
daily_limit_emails = 50
daily_limit_messages = 0
daily_limit_connections = 7
spacing_min_minutes = 0
spacing_max_minutes = 3
warmup_start = 10
warmup_step = 2
warmup_from = 2026-11-02
rotation_set = "sales"
"""
#: The first line of the account that follows its address, name and server.
LINE = 16


def account(keys: str) -> str:
    return GOOD.replace('smtp_url = "smtp://127.0.0.1:1025"\n', f'smtp_url = "smtp://127.0.0.1:1025"\n{keys}')


def declared(text: str) -> Applied:
    declaration = declare.read(text.encode(), {})
    with transaction() as tx:
        return declare.apply(tx, declaration, Actor(Surface.CLI))


def test_every_key_is_read() -> None:
    [read] = declare.read(account(ALL).encode(), {}).accounts
    assert (read.opens, read.closes, read.weekdays, read.country) == (time(7, 30), time(0), [1, 7], "DE")
    assert (read.daily_limit_emails, read.daily_limit_messages, read.daily_limit_connections) == (50, 0, 7)
    assert (read.spacing_min_minutes, read.spacing_max_minutes, read.rotation_set) == (0, 3, "sales")
    assert (read.warmup_start, read.warmup_step, read.warmup_from) == (10, 2, date(2026, 11, 2))


def test_the_example_shows_every_key_of_an_account_and_a_campaign() -> None:
    text = (EXAMPLES / "workspace.toml").read_text()
    shown = set(re.findall(r"^(?:# )?(\w+) =", text, flags=re.MULTILINE))
    tables = (WorkspaceTable, MemberTable, AccountTable, CampaignTable)
    assert {key for table in tables for key in table.model_fields} <= shown
    uncommented = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    assert declare.read(uncommented.encode(), {}).accounts[0].warmup_start == 10


@pytest.mark.usefixtures("database")
def test_what_is_not_written_is_what_the_database_has_by_default() -> None:
    """The defaults of the file and of the table are the same, or applying an old file would change an account."""
    keys = set(AccountTable.model_fields) - {"address", "name", "smtp_url", "timezone"}
    defaults = {
        key: AccountTable.model_fields[key].default
        for key in keys
        if Account.__table__.c[key].server_default is not None
    }
    declared(GOOD)
    with transaction() as tx:
        stored = tx.execute(Account.__table__.select()).one()._mapping
        tx.execute(
            Account.__table__.insert().values(
                id="00000000-0000-7000-8000-000000000001",
                workspace_id=stored["workspace_id"],
                address="bare@example.com",
                name="Bare",
                smtp_url="smtp://127.0.0.1:1",
                timezone="UTC",
            )
        )
        bare = tx.execute(Account.__table__.select().where(Account.address == "bare@example.com")).one()._mapping
    assert {key: bare[key] for key in keys} == {key: stored[key] for key in keys}
    assert {key: bare[key] for key in defaults} == defaults


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('opens = "9"', 'opens: must be a time of day such as "09:00"'),
        ('closes = "25:00"', 'closes: must be a time of day such as "18:00"'),
        ('opens = "19:00"', "opens: it opens at 19:00 and closes at 18:00; midnight is 24:00"),
        ('closes = "08:00"', "closes: it opens at 09:00 and closes at 08:00; midnight is 24:00"),
        ("weekdays = [1, 2]", "weekdays: must hold only mon, tue, wed, thu, fri, sat, sun"),
        ("weekdays = []", 'weekdays: must be a list of days such as ["mon", "tue"]'),
        ('weekdays = ["mon", "Mon"]', "weekdays: names a day twice"),
        (
            'country = "XQ"',
            "country: is not a country whose holidays are known; write two capital letters (ISO 3166-1), such as GB",
        ),
        ("daily_limit_emails = 101", "daily_limit_emails: must be a whole number from 0 to 100"),
        ("daily_limit_messages = 41", "daily_limit_messages: must be a whole number from 0 to 40"),
        ("daily_limit_connections = true", "daily_limit_connections: must be a whole number from 0 to 20"),
        ('daily_limit_emails = "50"', "daily_limit_emails: must be a whole number from 0 to 100"),
        ("spacing_min_minutes = 20", "spacing_min_minutes: the minimum (20 minutes) is above the maximum (16)"),
        ("spacing_max_minutes = 5", "spacing_max_minutes: the minimum (6 minutes) is above the maximum (5)"),
        ("warmup_start = 5", "warmup_start: a warm-up needs its first day too: warmup_from = 2026-11-20"),
        (
            'warmup_from = "2026-11-20"',
            "warmup_from: must be a date such as 2026-11-20, without quotes",
        ),
        ("warmup_from = 2026-11-20", "warmup_from: a warm-up needs warmup_start, the limit of its first day"),
        ("warmup_step = 3", "warmup_step: a warm-up needs warmup_start, the limit of its first day"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_line(line: str, told: str) -> None:
    assert faults(account(f"{line}\n")) == [f"line {LINE}: accounts.{told}"]


@pytest.mark.usefixtures("database")
def test_a_change_is_told_in_the_words_of_the_file() -> None:
    declared(GOOD)
    [change] = [one for one in declared(account(ALL)).changes if one.kind == "account"]
    told = {field.name: (field.before, field.after) for field in change.fields}
    assert told["weekdays"] == ("mon, tue, wed, thu, fri", "mon, sun")
    assert told["opens"] == ("09:00", "07:30")
    assert told["warmup_from"] == ("none", "2026-11-02")
    assert told["daily_limit_emails"] == ("100", "50")
    assert declared(account(ALL)).changes[2].fields == ()


DESK_FILE = GOOD.replace(
    "[[campaigns]]", "{keys}spacing_min_minutes = 0\nspacing_max_minutes = 0\n[[campaigns]]"
).replace("smtp://127.0.0.1:1025", "smtp://127.0.0.1:9")


@pytest.mark.parametrize("keys", ["daily_limit_emails = 99\n", 'closes = "20:00"\n', 'country = "GB"\n'])
def test_a_changed_limit_or_hour_wakes_the_account(domain: Domain, keys: str) -> None:
    declared(DESK_FILE.format(keys=""))
    later = datetime.now(UTC) + timedelta(days=1)
    domain.sql("UPDATE accounts SET next_send_at = %s", later)
    declared(DESK_FILE.format(keys=""))
    assert domain.rows("SELECT next_send_at FROM accounts") == [(later,)]  # nothing of that changed
    declared(DESK_FILE.format(keys=keys))
    [(at,)] = domain.rows("SELECT next_send_at FROM accounts")
    assert at <= datetime.now(UTC)


def test_what_waits_for_the_recipients_hour_is_due_when_that_rule_is_changed(domain: Domain) -> None:
    domain.sql("UPDATE campaigns SET recipient_hours = true")
    domain.approve(domain.ingest())
    domain.sql(
        "UPDATE send_queue SET held_code = 'outside_hours', reason = 'It is outside.', due_at = now() + interval '9 h'"
    )
    declared(DESK_FILE.format(keys=""))  # recipient_hours is false without the key
    assert domain.rows("SELECT held_code, due_at <= now() FROM send_queue") == [(None, True)]
