"""Time zones: Python and the database server are both asked, and one that is not known breaks nothing else."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.cli import run
from core.accounts.near_limits import near_limits
from core.actor import Actor, slack_user
from core.db import transaction
from core.drafts import review
from core.intake.json_input import read_draft
from core.notices import alarms
from core.taxonomy import GateCode, Timing
from core.text.validation import Faulty
from core.time_zones import is_time_zone, zone_of
from core.views import accounts, digest, status, todays_schedule
from tests.core.declare.test_apply import declared, refused
from tests.core.declare.test_read import GOOD
from tests.fixtures.domain import Domain

#: Python reads all of these from some systems; the server reads the last from none.
BAD = ["posixrules", "right/Europe/London", "Mars/Olympus"]

Reads = Callable[[Domain, Actor], object]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/London", True),
        ("UTC", True),
        ("US/Pacific", True),
        ("posixrules", False),
        ("localtime", False),
        ("Factory", False),
        ("right/Europe/London", False),
        ("posix/Europe/London", False),
        ("europe/london", False),
        ("Europe", False),
        ("", False),
    ],
)
def test_what_is_a_zone(name: str, known: bool) -> None:
    assert is_time_zone(name) is known


def test_a_time_is_told_in_utc_where_the_zone_is_not_known() -> None:
    at = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert at.astimezone(zone_of("Mars/Olympus")).hour == 12
    assert at.astimezone(zone_of("Europe/London")).hour == 13


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('timezone = "Europe/London"', 'timezone = "{}"', 4),
        ('role = "reviewer"', 'role = "reviewer"\ntimezone = "{}"', 11),
        ('name = "Sam Hill"', 'name = "Sam Hill"\ntimezone = "{}"', 15),
    ],
)
@pytest.mark.usefixtures("database")
def test_a_name_that_is_no_zone_is_refused_at_apply(bad: str, old: str, new: str, line: int) -> None:
    with pytest.raises(Faulty) as caught:
        declared(GOOD.replace(old, new.format(bad)))
    assert f"line {line}: " in str(caught.value.faults[0])
    assert "is not a time zone" in str(caught.value.faults[0])


def test_the_server_is_asked_too(database: str, domain: Domain) -> None:
    """A server with other data of the time zones than Python's: each that it does not know is named with its line."""
    domain.sql(
        "CREATE OR REPLACE FUNCTION is_time_zone(name text) RETURNS boolean LANGUAGE sql"
        " AS $$ SELECT name <> 'America/Lima' $$"
    )
    text = GOOD.replace('name = "Sam Hill"', 'name = "Sam Hill"\ntimezone = "America/Lima"')
    told = "is not a time zone that this database server knows (America/Lima); write one such as Europe/London"
    assert refused(text.replace('role = "reviewer"', 'role = "reviewer"\ntimezone = "America/Lima"')) == [
        f"line 11: members.timezone: {told}",
        f"line 16: accounts.timezone: {told}",
    ]


@pytest.mark.parametrize("bad", BAD)
def test_a_recipients_zone_that_is_none_is_refused(bad: str) -> None:
    draft = {
        "key": "k",
        "campaign": "launch",
        "to": {"email": "dana@example.org", "timezone": bad},
        "subject": "Hello",
        "body": "Hi Dana",
    }
    with pytest.raises(Faulty, match="timezone"):
        read_draft(json.dumps(draft).encode())


READS: dict[str, Reads] = {
    "accounts": lambda _, by: _in_tx(lambda tx: accounts.all_accounts(tx, by)),
    "capacity": lambda domain, _: _in_tx(lambda tx: accounts.capacity(tx, domain.workspace_id)),
    "status": lambda _, by: _in_tx(lambda tx: status.read(tx, by)),
    "today": lambda domain, _: _in_tx(lambda tx: todays_schedule.todays_schedule(tx, domain.workspace_id)),
    "digest": lambda domain, _: _in_tx(lambda tx: digest.read(tx, domain.workspace_id)),
    "limits of today": lambda domain, _: _in_tx(lambda tx: near_limits(tx, domain.workspace_id)),
    "limits of a day": lambda domain, _: _in_tx(lambda tx: near_limits(tx, domain.workspace_id, date(2026, 7, 1))),
    "stuck": lambda _, __: _in_tx(alarms.raise_stuck),
}


def _in_tx(read: Callable[..., object]) -> object:
    with transaction() as tx:
        return read(tx)


@pytest.mark.parametrize("bad", BAD)
def test_one_that_got_in_before_breaks_no_list_and_can_be_put_right(
    domain: Domain, tmp_path: Path, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an account, a member and the workspace: a new server may know fewer zones than the old one."""
    for table in ("accounts", "members", "workspaces"):
        domain.sql(f"UPDATE {table} SET timezone = %s", bad)
    domain.approve(domain.ingest())
    with transaction() as tx:
        by = slack_user(tx, "T01TEST", "U01ALICE")
    for name, read in READS.items():
        assert read(domain, by) is not None, name
    for command in ("accounts list", "queue list", "queue today", "drafts list", "activity sent"):
        assert run(command.split()) == 0, capsys.readouterr()
    file = tmp_path / "workspace.toml"
    file.write_text(GOOD)
    assert run(["apply", str(file)]) == 0, capsys.readouterr()
    assert domain.rows("SELECT timezone FROM accounts") == [("Europe/London",)]


def test_an_account_of_an_unknown_zone_keeps_its_limit_and_sends_nothing_by_itself(domain: Domain) -> None:
    """Nobody can say whether it is open. Who sends at once has looked at the clock, and its day is the one in UTC."""
    domain.sql("UPDATE accounts SET timezone = 'Mars/Olympus', daily_limit_emails = 1")
    with transaction() as tx:
        review.approve(tx, domain.ingest(), 1, slack_user(tx, "T01TEST", "U01ALICE"), Timing.NEXT_SLOT)
    assert domain.try_claim() is None
    ((code, reason),) = domain.rows("SELECT held_code, reason FROM send_queue")
    assert code == GateCode.OUTSIDE_HOURS
    assert "Mars/Olympus" in reason
    for _ in range(2):
        domain.approve(domain.ingest())
    assert domain.try_claim() is not None
    assert domain.try_claim() is None
    assert domain.rows("SELECT counted_on = (now() AT TIME ZONE 'UTC')::date FROM accounts") == [(True,)]
