"""Run every rule, each in a short transaction of its own that is rolled back."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core.db import transaction
from core.errors import DatabaseAway, SignoffError
from core.installation import grants
from core.models import Account
from core.verify import (
    rules_account,
    rules_acts,
    rules_beside,
    rules_hours,
    rules_person,
    rules_records,
    rules_review,
    rules_server,
)
from core.verify.scene import Broken, Scene, first_line, scene

#: What of an account the rules are tried with.
SETTINGS = (
    "timezone",
    "country",
    "opens",
    "closes",
    "weekdays",
    "daily_limit_emails",
    "warmup_start",
    "warmup_step",
    "warmup_from",
    "spacing_min_minutes",
    "spacing_max_minutes",
)
#: Accounts that differ in these, beyond which no more are tried: a thousand inboxes rarely have a dozen settings.
MOST_SETTINGS = 25
#: Missing grants that are named.
MOST_GRANTS = 12


@dataclass(frozen=True)
class Rule:
    """A rule, the check that tries to break it, and whether that depends on an account's own settings."""

    name: str
    check: Callable[[Scene], str]
    by_account: bool = False

    @property
    def sentence(self) -> str:
        """The rule itself: the first words of its check."""
        return " ".join((self.check.__doc__ or "").split()).rstrip(".")


@dataclass(frozen=True)
class Finding:
    """A rule that was tried, and what was seen."""

    rule: Rule
    held: bool
    saw: str


RULES: Sequence[Rule] = (
    Rule("mail is sent", rules_acts.goes),
    Rule("limit", rules_account.limit, by_account=True),
    Rule("warm-up", rules_account.warm_up),
    Rule("ceiling", rules_account.ceiling),
    Rule("time zone", rules_account.time_zone),
    Rule("spacing", rules_account.spacing, by_account=True),
    Rule("closed day", rules_hours.closed_day, by_account=True),
    Rule("night", rules_hours.night, by_account=True),
    Rule("holiday", rules_hours.holiday, by_account=True),
    Rule("sixty days", rules_person.sixty_days),
    Rule("sixty days over", rules_person.sixty_days_over),
    Rule("one at a time", rules_person.one_at_a_time),
    Rule("opted out", rules_person.opted_out),
    Rule("replied", rules_person.replied),
    Rule("whole person", rules_person.whole_person),
    Rule("answers", rules_person.answers),
    Rule("suppressed", rules_person.suppressed),
    Rule("spellings", rules_person.spellings),
    Rule("open drafts", rules_person.open_drafts),
    Rule("health", rules_account.health),
    Rule("campaign paused", rules_acts.campaign_paused),
    Rule("account paused", rules_account.account_paused),
    Rule("account rests", rules_account.account_rests),
    Rule("sending stopped", rules_acts.sending_stopped),
    Rule("lease", rules_acts.lease),
    Rule("restored", rules_acts.restored),
    Rule("two approvals", rules_review.two_approvals),
    Rule("own text", rules_review.own_text),
    Rule("other reviewers", rules_review.not_theirs),
    Rule("approval undone", rules_review.taken_back),
    Rule("one delivery", rules_records.one_delivery),
    Rule("one send", rules_records.one_send),
    Rule("approved version", rules_records.what_was_read),
    Rule("text kept", rules_records.text_kept),
    Rule("events kept", rules_records.events_kept),
    Rule("history kept", rules_records.history_kept),
    Rule("transitions", rules_records.transitions),
    Rule("limits of the server", rules_server.limits),
    Rule("time zones known", rules_server.zones),
    Rule("person and reason", rules_beside.stands_beside),
    Rule("one answer", rules_beside.one_answer),
    Rule("step before", rules_beside.step_before),
    Rule("task opted out", rules_beside.task_opted_out),
)


def verify() -> Iterator[Finding]:
    """Try to break each rule; nothing persists and nothing is sent. Raises `DatabaseAway`, and `SignoffError`
    where the user of the database lacks a grant."""
    with transaction() as tx:
        denied = grants.missing(tx)
        if denied:
            user = tx.scalar(sa.text("SELECT current_user"))
            named = ", ".join(map(str, denied[:MOST_GRANTS])) + (" …" if len(denied) > MOST_GRANTS else "")
            raise SignoffError(
                f"The user {user} of DATABASE_URL lacks {named}. Nothing was tried; docs/operating.md has the grants."
            )
        accounts = _accounts(tx)
    for rule in RULES:
        yield _finding(rule, accounts)


def _finding(rule: Rule, accounts: Sequence[tuple[str, Mapping[str, Any]]]) -> Finding:
    """Where the rule depends on settings, it is tried with those of every account, and holds if it holds for all."""
    if not rule.by_account or not accounts:
        return _try(rule, {})
    found = []
    for address, settings in accounts:
        tried = _try(rule, settings)
        if not tried.held:
            return Finding(rule, False, f"with the settings of {address}: {tried.saw}")
        found.append(f"{address}: {tried.saw}")
    more = f"; and with those of {len(found) - 1} more accounts" if len(found) > 1 else ""
    return Finding(rule, True, f"{found[0]}{more}")


def _try(rule: Rule, settings: Mapping[str, Any]) -> Finding:
    try:
        with transaction() as tx, scene(tx, settings) as scratch:
            return Finding(rule, True, rule.check(scratch))
    except Broken as broken:
        return Finding(rule, False, str(broken))
    except DatabaseAway:
        raise
    except (sa.exc.DBAPIError, SignoffError) as error:
        if isinstance(error, sa.exc.OperationalError):
            raise
        return Finding(rule, False, f"the check itself ended in an error: {first_line(error)}")


def _accounts(tx: Connection) -> list[tuple[str, Mapping[str, Any]]]:
    """The accounts, one for each set of settings that there is."""
    rows = tx.execute(sa.select(Account.address, *(getattr(Account, name) for name in SETTINGS)).order_by(Account.id))
    different: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for row in rows:
        settings = {name: row._mapping[name] for name in SETTINGS}
        different.setdefault(repr(settings), (row.address, settings))
    return list(different.values())[:MOST_SETTINGS]
