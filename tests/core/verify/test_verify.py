"""`signoff verify`: it passes where every rule holds, and names the rule that somebody broke by hand."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from bot.cli import run
from bot.demo.load import load
from core import db, delivery
from core.database_url import read
from core.db import transaction
from core.delivery import gates, starting
from core.delivery.gates import Gate
from core.drafts import review, undo
from core.installation import restored
from core.installation.grants import missing
from core.models import Base, Campaign, Draft
from core.verify import RULES, Finding, verify
from core.verify import run as run_verify
from tests.fixtures.cases import PROFILE
from tests.fixtures.databases import set_up
from tests.fixtures.domain import SENT, Domain
from tests.fixtures.nursery import ROOT
from tests.fixtures.roles import role

pytestmark = pytest.mark.slow

Told = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Break:
    """One way to break a rule: statements for the database, functions of it with other words in them, or less code."""

    rule: str
    sql: tuple[str, ...] = ()
    #: The function, what stands in it, and what stands there instead.
    words: tuple[tuple[str, str, str], ...] = ()
    gate: Gate | None = None
    code: Callable[[pytest.MonkeyPatch], None] | None = field(default=None)
    #: Other rules that fall with it, because they are held by the same part.
    too: tuple[str, ...] = ()


def no_gate_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_FREE", sa.select(sa.literal(1)))


def start_without_its_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = delivery.start

    def start(tx: Any, claimed: Any) -> bool:
        tx.execute(
            sa.text("UPDATE send_queue SET lease_until = now() + interval '1 h' WHERE id = :id"),
            {"id": claimed.delivery_id},
        )
        return strict(tx, claimed)

    monkeypatch.setattr(delivery, "start", start)


def anybody_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = review.approve

    def approve(tx: Any, *which: Any) -> Any:
        tx.execute(sa.update(Campaign).values(quorum=1))
        return strict(tx, *which)

    monkeypatch.setattr(review, "approve", approve)


def begin_without_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BEGIN", b"BEGIN")


def undo_in_the_same_round(monkeypatch: pytest.MonkeyPatch) -> None:
    def begin_round(tx: Any, which: Any, **changes: Any) -> None:
        tx.execute(sa.update(Draft).where(which).values(**changes))

    monkeypatch.setattr(undo, "begin_round", begin_round)


def nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "claim", lambda *_: None)


def an_attempt_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    weaker = str(restored._FORGOTTEN).replace("AND started_at IS NOT NULL", "")
    monkeypatch.setattr(restored, "_FORGOTTEN", sa.text(weaker))


OUT_OF_HOURS = ("closed day", "night", "holiday")
AT_START = (
    "opted out",
    "replied",
    "whole person",
    "suppressed",
    "campaign paused",
    "account paused",
    "sending stopped",
)
#: These look at the server, and send nothing.
OF_THE_SERVER = ("limits of the server", "time zones known")
EVERY_OTHER = tuple(rule.name for rule in RULES if rule.name not in ("mail is sent", *OF_THE_SERVER))

GUARD_OF_DECISIONS = ("DROP TRIGGER guard_decision ON drafts",)

BREAKS = [
    Break("mail is sent", code=nothing_is_claimed, too=EVERY_OTHER),
    Break("limit", gate=gates.within_limit, too=("warm-up", "time zone")),
    Break(
        "limit",
        words=(("count_delivery", "used >= account_limit_on", "false AND used >= account_limit_on"),),
        too=("warm-up", "time zone"),
    ),
    Break(
        "limit",
        sql=("DROP TRIGGER count_delivery ON send_queue",),
        too=(
            "warm-up",
            "time zone",
            "spacing",
            "sixty days",
            "one at a time",
            "whole person",
            "answers",
            "step before",
            "account rests",
        ),
    ),
    Break(
        "warm-up",
        words=(("account_limit_on", "account.warmup_start IS NULL OR", "true OR"),),
    ),
    Break("ceiling", sql=("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_emails_a_day",)),
    Break("ceiling", sql=("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_connections_a_day",)),
    Break("spacing", gate=gates.spaced),
    Break("spacing", words=(("count_delivery", "account.next_spaced_at > clock_timestamp()", "false"),)),
    Break("spacing", words=(("prepare_delivery", "60 * (", "0 * ("),)),
    Break("closed day", gate=gates.within_hours, too=OUT_OF_HOURS),
    Break("sixty days", gate=gates.sixty_days, too=("answers",)),
    Break("sixty days", words=(("count_delivery", "interval '60 days'", "interval '0 days'"),), too=("answers",)),
    Break(
        "sixty days",
        words=(("last_contacted", "email_folded = n.email", "email_folded = upper(n.email)"),),
        too=("answers",),
    ),
    Break("sixty days", words=(("last_contacted", "linkedin_folded = n.linkedin", "false"),)),
    Break("sixty days over", words=(("last_contacted", "status <> 'failed'", "true"),)),
    Break("sixty days over", words=(("count_delivery", "interval '60 days'", "interval '90 days'"),)),
    Break("one at a time", words=(("being_written_to", "RETURN EXISTS", "RETURN false AND EXISTS"),)),
    Break("opted out", gate=gates.contactable, too=("replied", "whole person")),
    Break("replied", gate=gates.contactable, too=("opted out", "whole person")),
    Break("suppressed", gate=gates.not_suppressed),
    Break("suppressed", words=(("suppression_of", "domains_of(email)", "'{}'::text[]"),)),
    Break("open drafts", sql=("DROP TRIGGER heed_person ON contacts",)),
    Break("open drafts", sql=("DROP TRIGGER lift_suppression ON suppressions",)),
    Break("open drafts", words=(("why_may_not_approve", "IF lasting_refusal(draft) IS NOT NULL", "IF false"),)),
    Break("whole person", words=(("answer_of", "'do_not_contact', 'replied'", "'replied'"),), too=("task opted out",)),
    Break("answers", words=(("has_written", "RETURN EXISTS", "RETURN true OR EXISTS"),)),
    Break("time zone", sql=("DROP TRIGGER hold_count ON accounts",)),
    Break("history kept", sql=("DROP TRIGGER keep_lines ON outreach_history",)),
    Break("history kept", sql=("DROP TRIGGER keep_written ON outreach_history",)),
    Break("restored", code=an_attempt_is_enough),
    Break("health", gate=gates.account_healthy),
    Break("campaign paused", gate=gates.campaign_active),
    Break("campaign paused", code=no_gate_at_start, too=AT_START),
    Break("account rests", gate=gates.account_rested),
    Break("account rests", words=(("count_delivery", "account.rest_reason IS NOT NULL\n", "false\n"),)),
    Break("account paused", gate=gates.account_active),
    Break("account paused", code=no_gate_at_start, too=AT_START),
    Break("sending stopped", gate=gates.sending_allowed),
    Break("sending stopped", code=no_gate_at_start, too=AT_START),
    Break("lease", code=start_without_its_lease),
    Break("spellings", words=(("fold_text", "U&'\\0130', U&'i\\0307'", "U&'\\0130', 'i'"),)),
    Break("two approvals", words=(("guard_draft", "IF rules.quorum > 1", "IF false"),)),
    Break("two approvals", code=anybody_alone),
    Break("own text", words=(("guard_draft", "IF NOT rules.self_approval", "IF false"),)),
    Break("own text", sql=("DROP TRIGGER guard_approval ON draft_approvals",), too=("other reviewers",)),
    Break("other reviewers", sql=GUARD_OF_DECISIONS, too=("person and reason", "open drafts")),
    Break("person and reason", sql=GUARD_OF_DECISIONS, too=("other reviewers", "open drafts")),
    Break("person and reason", sql=("DROP TRIGGER keep_promised ON drafts",)),
    Break(
        "person and reason",
        words=(
            (
                "guard_delivery",
                "IF NEW.status IN ('failed', 'skipped'",
                "IF false AND NEW.status IN ('failed', 'skipped'",
            ),
        ),
    ),
    Break("one answer", sql=("DROP INDEX uq_drafts_one_answer",)),
    Break("step before", gate=gates.after_step_before),
    Break("step before", words=(("step_before", "IF run IS NULL", "IF true"),)),
    Break("task opted out", words=(("count_task", "IF said IS NOT NULL", "IF false"),)),
    Break("other reviewers", sql=("DROP TRIGGER guard_approval ON draft_approvals",), too=("own text",)),
    Break(
        "approval undone",
        code=undo_in_the_same_round,
        words=(("guard_draft", " OR (OLD.status = 'approved' AND NEW.status <> 'approved')) THEN", ") THEN"),),
    ),
    Break("one delivery", sql=("DROP INDEX uq_send_queue_one_live_delivery",)),
    Break("one send", sql=("DROP INDEX uq_send_attempts_one_that_may_have_left",)),
    Break(
        "one send",
        sql=("DROP TRIGGER guard_delivery ON send_queue",),
        too=("approved version", "text kept", "transitions", "person and reason"),
    ),
    Break("approved version", words=(("guard_delivery", "IF NOT FOUND", "IF false"),)),
    Break("text kept", sql=("DROP TRIGGER keep_versions ON draft_versions",)),
    Break("text kept", sql=("DROP TRIGGER guard_attempt ON send_attempts",)),
    Break("text kept", sql=("DROP TRIGGER keep_deliveries ON send_queue",)),
    Break("text kept", sql=("DROP TRIGGER guard_contact ON contacts",)),
    Break("events kept", sql=("DROP TRIGGER keep_events ON message_events",)),
    Break("limits of the server", code=begin_without_limits),
    Break("time zones known", sql=("UPDATE accounts SET timezone = 'posixrules'",)),
    Break(
        "transitions",
        sql=("DROP TRIGGER guard_draft ON drafts",),
        too=("two approvals", "own text", "approved version"),
    ),
    Break("transitions", words=(("guard_delivery", "sending>sent", "sent>cancelled', 'sending>sent"),)),
]


def broken(findings: Iterable[Finding]) -> dict[str, str]:
    return {finding.rule.name: finding.saw for finding in findings if not finding.held}


def test_every_rule_holds(domain: Domain) -> None:
    assert domain
    found = list(verify())
    assert broken(found) == {}
    assert [finding.rule.name for finding in found] == [rule.name for rule in RULES]
    assert all(finding.saw and finding.rule.sentence for finding in found)


def test_every_rule_holds_on_the_demo(database: str) -> None:
    assert database
    with transaction() as tx:
        assert load(tx, {"SMTP_URL": "smtp://127.0.0.1:1025"})
    assert broken(verify()) == {}


def test_there_is_a_way_to_break_each_rule() -> None:
    assert {one.rule for one in BREAKS} | {*OUT_OF_HOURS} == {rule.name for rule in RULES}


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.rule)
def test_a_rule_that_somebody_broke_is_named(domain: Domain, one: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    for statement in one.sql:
        domain.sql(statement)
    for function, before, after in one.words:
        rewrite(domain, function, before, after)
    if one.gate is not None:
        assert one.gate in gates.GATES
        monkeypatch.setattr(gates, "GATES", tuple(gate for gate in gates.GATES if gate is not one.gate))
    if one.code is not None:
        one.code(monkeypatch)
    if PROFILE == "default":  # `make proofs` tries all the others each time: no other fails for it
        concerned = [rule for rule in RULES if rule.name in {one.rule, *one.too}]
        monkeypatch.setattr(run_verify, "RULES", concerned)
    found = broken(verify())
    assert one.rule in found
    assert set(found) - {one.rule} <= set(one.too), found


def rewrite(domain: Domain, function: str, before: str, after: str) -> None:
    """Put other words into a function of the database, as somebody might who means well."""
    [(text,)] = domain.rows("SELECT pg_get_functiondef(oid) FROM pg_proc WHERE proname = %s", function)
    assert before in text
    domain.sql(text.replace(before, after).replace("%", "%%"))


def test_nothing_persists(domain: Domain) -> None:
    domain.deliver(domain.ingest(), SENT)
    domain.approve(domain.ingest())
    before = everything()
    assert broken(verify()) == {}
    assert everything() == before


def everything() -> dict[str, list[Any]]:
    with transaction() as tx:
        return {
            table.name: [tuple(row) for row in tx.execute(sa.select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }


def test_it_proves_the_rules_while_sending_is_stopped_and_leaves_it_so(domain: Domain) -> None:
    domain.sql("UPDATE installation SET sending_stopped = 'We look into something.'")
    assert broken(verify()) == {}
    assert domain.rows("SELECT sending_stopped FROM installation") == [("We look into something.",)]


SETTINGS = [
    "timezone = 'Pacific/Auckland', country = 'NZ'",
    "timezone = 'America/New_York', opens = '00:00', closes = '06:00', weekdays = '{7}'",
    "opens = '12:00', closes = '00:00', country = 'DE'",
    "opens = '00:00', closes = '00:00', weekdays = '{1,2,3,4,5,6,7}'",
    "daily_limit_emails = 0",
    "daily_limit_emails = 1, warmup_start = 0, warmup_from = now()::date + 9",
    "spacing_min_minutes = 0, spacing_max_minutes = 1",
    "status = 'paused', health_score = 3",
]


@pytest.mark.parametrize(
    "settings", [SETTINGS[0], *(pytest.param(one, marks=pytest.mark.proofs) for one in SETTINGS[1:-1]), SETTINGS[-1]]
)
def test_it_proves_them_with_the_settings_of_the_accounts(domain: Domain, settings: str) -> None:
    domain.sql(f"UPDATE accounts SET {settings}")
    assert broken(verify()) == {}


def test_each_set_of_settings_is_tried_once(domain: Domain) -> None:
    domain.sql(
        "INSERT INTO accounts (id, workspace_id, address, name, smtp_url, timezone, opens, closes, weekdays, "
        "daily_limit_emails, spacing_min_minutes, spacing_max_minutes) SELECT uuidv7(), workspace_id, "
        "n || address, name, smtp_url, timezone, opens, closes, weekdays, CASE n WHEN 1 THEN 100 ELSE 7 END, 0, 0 "
        "FROM accounts, generate_series(1, 3) n"
    )
    [limit] = [finding for finding in verify() if finding.rule.name == "limit"]
    assert limit.saw.endswith(
        "the last of 100 went; one more was held, and refused by the database; and with those of 1 more accounts"
    )


def test_without_any_account_the_rules_are_proved_with_signoffs_own_settings(database: str) -> None:
    assert database
    assert broken(verify()) == {}


# --- the command ---


def test_the_command_says_pass_for_each_rule(domain: Domain, capsys: Told) -> None:
    assert domain
    assert run(["verify"]) == 0
    told = capsys.readouterr().out
    assert told.count("\npass  ") + 1 == len(RULES)
    assert told.endswith(f"All {len(RULES)} rules passed. Nothing was saved, and nothing was sent.\n")
    assert run(["verify", "--quiet"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_the_command_ends_with_1_and_names_what_is_broken(domain: Domain, capsys: Told) -> None:
    domain.sql("DROP TRIGGER keep_events ON message_events")
    assert run(["verify", "--quiet"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAIL  events kept: The record of events cannot be changed or removed.",
        "      changing an event: the database let it through",
        f"1 of {len(RULES)} rules failed. Do not send.",
    ]


def test_a_database_of_another_version_is_one_line(bare_url: str, redis_url: str, capsys: Told) -> None:
    with set_up(bare_url, redis_url):
        assert run(["verify"]) == 1
    assert capsys.readouterr().err == "signoff: the database is not at this version: run `signoff migrate`.\n"


def test_a_role_that_owns_nothing_needs_these_grants_and_no_more(
    domain: Domain, redis_url: str, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of docs/operating.md: every rule holds with them, and each that is missing is named."""
    grants = re.findall(r"^    (GRANT .*);$", (ROOT / "docs/operating.md").read_text(), re.MULTILINE)
    assert grants
    with role(domain.url, *(grant.replace("signoff_app", "{}") for grant in grants)) as url:
        with set_up(url, redis_url):
            assert broken(verify()) == {}
            with transaction() as tx:
                assert missing(tx) == []
        domain.sql(f"REVOKE DELETE ON campaign_reviewers, alerts FROM {read(url).arguments['user']}")
        domain.sql(f"REVOKE UPDATE ON cards FROM {read(url).arguments['user']}")
        with set_up(url, redis_url):
            assert run(["verify"]) == 1
    told = capsys.readouterr()
    assert "lacks DELETE on alerts, DELETE on campaign_reviewers, UPDATE on cards." in told.err
    assert "Do not send" not in told.out + told.err
