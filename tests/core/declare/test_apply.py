"""`declare.apply`: the database agrees with the file, the same again changes nothing, and what is not named stays."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from core import declare
from core.actor import Actor
from core.db import transaction
from core.declare import Applied
from core.drafts.ingest import ingest
from core.ids import UUID
from core.intake.json_input import read_draft
from core.models import Account, Campaign, CampaignReviewer, Draft, Event, Member, Offer, Workspace
from core.taxonomy import Surface, Verb
from core.text.validation import Faulty
from tests.core.declare.test_read import GOOD
from tests.fixtures.waiting import wait_until

BOB = """
[[members]]
slack_user_id = "U02BOB"
name = "Bob Brown"
role = "reviewer"
"""

pytestmark = pytest.mark.usefixtures("database")


def declared(text: str, *, new_workspace: bool = False) -> Applied:
    declaration = declare.read(text.encode(), {})
    with transaction() as tx:
        return declare.apply(tx, declaration, Actor(Surface.CLI), new_workspace=new_workspace)


def refused(text: str) -> list[str]:
    with pytest.raises(Faulty) as caught:
        declared(text)
    return [str(fault) for fault in declare.located(caught.value.faults, text.encode()).faults]


def rows(table: type[Any]) -> list[sa.Row[Any]]:
    with transaction() as tx:
        return list(tx.execute(sa.select(table.__table__).order_by(*table.__table__.primary_key)).all())


def everything() -> list[list[sa.Row[Any]]]:
    return [rows(table) for table in (Workspace, Member, Account, Offer, Campaign, CampaignReviewer, Event)]


def said(applied: Applied) -> list[tuple[str, str]]:
    return [
        (
            change.kind,
            "created" if change.created else ", ".join(f"{f.name}: {f.before} > {f.after}" for f in change.fields),
        )
        for change in applied.changes
        if change.created or change.changed
    ]


def draft(workspace_id: UUID, key: str = "one", to: str = "dana@example.org") -> UUID:
    raw = b'{"key": "%s", "campaign": "launch", "to": {"email": "%s"}, "subject": "s", "body": "b"}'
    with transaction() as tx:
        return ingest(
            tx, workspace_id, read_draft(raw % (key.encode(), to.encode())), Actor(Surface.CLI, workspace_id)
        ).draft_id


def test_a_declaration_creates_what_it_names() -> None:
    assert said(declared(GOOD)) == [
        (kind, "created") for kind in ("workspace", "member", "account", "offer", "campaign")
    ]
    [workspace], [member], [account], [campaign] = map(rows, (Workspace, Member, Account, Campaign))
    assert (workspace.name, workspace.timezone) == ("Acme", "Europe/London")
    assert (member.slack_user_id, member.role, member.email) == ("U01ALICE", "reviewer", "alice@example.com")
    assert (account.address, account.smtp_url) == ("sam@example.com", "smtp://127.0.0.1:1025")
    assert account.timezone == "Europe/London"  # the workspace's, as it has none of its own
    assert (campaign.slug, campaign.mode, campaign.status) == ("launch", "review", "active")
    assert [row.member_id for row in rows(CampaignReviewer)] == [member.id]


def test_the_same_again_changes_nothing_and_writes_no_event() -> None:
    declared(GOOD)
    before = everything()
    assert said(declared(GOOD)) == []
    assert everything() == before


def test_what_differs_is_changed_and_told_with_old_and_new() -> None:
    declared(GOOD + BOB)
    changed = GOOD.replace('role = "reviewer"', 'role = "admin"').replace('["U01ALICE"]', '["U02BOB"]')
    changed = changed.replace("Autumn launch", "Winter launch").replace("smtp://127.0.0.1:1025", "env:SAM_SMTP")
    assert said(declared(changed)) == [
        ("member", "role: reviewer > admin"),
        ("account", "smtp_url: smtp://127.0.0.1:1025 > env:SAM_SMTP"),
        ("campaign", "name: Autumn launch > Winter launch, reviewers: Alice Anderson > Bob Brown"),
    ]
    assert {row.slack_user_id: row.role for row in rows(Member)} == {"U01ALICE": "admin", "U02BOB": "reviewer"}
    bob = next(row.id for row in rows(Member) if row.slack_user_id == "U02BOB")
    assert [row.member_id for row in rows(CampaignReviewer)] == [bob]


def test_p4_what_was_assigned_to_a_reviewer_who_is_one_no_more_is_nobodys() -> None:
    both = GOOD.replace('["U01ALICE"]', '["U01ALICE", "U02BOB"]') + BOB
    workspace_id = declared(both).workspace_id
    alice, bob = (row.id for row in sorted(rows(Member), key=lambda row: row.slack_user_id))
    hers, asked, his = (draft(workspace_id, key, f"{key}@example.org") for key in ("one", "two", "three"))
    with transaction() as tx:
        tx.execute(sa.update(Draft).values(assigned_to=alice))
        tx.execute(sa.update(Draft).where(Draft.id == his).values(assigned_to=bob))
        tx.execute(
            sa.update(Draft)
            .where(Draft.id == asked)
            .values(status="pending", change_note="Shorter.", change_asked_by=bob)
        )
    before = {row.id: row.revision for row in rows(Draft)}
    declared(both.replace('["U01ALICE", "U02BOB"]', '["U02BOB"]'))
    after = {row.id: row for row in rows(Draft)}
    assert {key: row.assigned_to for key, row in after.items()} == {hers: None, asked: None, his: bob}
    assert all(after[each].revision > before[each] for each in (hers, asked)), "their cards are drawn again"
    handed_on = [event.draft_id for event in rows(Event) if event.verb == Verb.ASSIGN]
    assert sorted(handed_on) == sorted([hers, asked])


def test_every_declared_change_is_an_event_without_any_value_p10_p11() -> None:
    workspace_id = declared(GOOD).workspace_id
    declared(GOOD.replace("Alice Anderson", "Alice Brown"))
    events = rows(Event)
    assert {event.verb for event in events} == {Verb.DECLARE}
    assert {event.workspace_id for event in events} == {workspace_id}
    assert [(event.data["kind"], event.data["created"], event.data["fields"]) for event in events] == [
        *((kind, True, []) for kind in ("workspace", "member", "account", "offer", "campaign")),
        ("member", False, ["name"]),
    ]
    kept = " ".join(str(event.data) for event in events)
    assert not any(value in kept for value in ("Alice", "example.com", "Acme", "launch", "smtp:"))


def test_what_the_file_does_not_name_is_left_alone_and_named() -> None:
    declared(GOOD + BOB)
    only_workspace = GOOD.partition("[[members]]")[0]
    assert set(declared(only_workspace).not_named) == {
        ("member", "Alice Anderson (U01ALICE)"),
        ("member", "Bob Brown (U02BOB)"),
        ("account", "sam@example.com"),
        ("campaign", "launch"),
    }
    assert len(rows(Member)) == 2


def test_accounts_and_reviewers_may_stand_in_the_database_already() -> None:
    declared(GOOD)
    workspace, _, rest = GOOD.partition("[[members]]")
    second = "[[campaigns]]" + rest.partition("[[campaigns]]")[2].replace('"launch"', '"second"')
    assert ("campaign", "created") in said(declared(workspace + second))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('account = "sam@', 'account = "tom@', "line 21: campaigns.account: there is no account tom@example.com"),
        ('["U01ALICE"]', '["U09NOBODY"]', "line 22: campaigns.reviewers: there is no member U09NOBODY"),
        (
            'role = "reviewer"',
            'role = "viewer"',
            "line 22: campaigns.reviewers: U01ALICE is a viewer, and reviewing needs the role reviewer or above",
        ),
    ],
)
def test_a_campaign_that_does_not_fit_is_refused_and_nothing_is_half_applied(old: str, new: str, told: str) -> None:
    assert refused(GOOD.replace(old, new)) == [told]
    assert everything() == [[], [], [], [], [], [], []]


def test_a_reviewer_of_a_campaign_outside_the_file_cannot_become_a_viewer() -> None:
    declared(GOOD)
    text = GOOD.partition("[[accounts]]")[0].replace('role = "reviewer"', 'role = "viewer"')
    assert refused(text) == [
        "line 10: members.role: U01ALICE is a reviewer of the campaign launch: declare that campaign too, without them"
    ]
    assert rows(Member)[0].role == "reviewer"


def test_an_address_in_another_case_is_the_same_account() -> None:
    declared(GOOD)
    assert said(declared(GOOD.replace("sam@", "Sam@"))) == [("account", "address: sam@example.com > Sam@example.com")]
    assert len(rows(Account)) == 1


def test_a_mistyped_team_does_not_become_a_second_workspace() -> None:
    declared(GOOD)
    [told] = refused(GOOD.replace("T01TEST", "T01TSET"))
    assert told == (
        "line 3: workspace.slack_team_id: T01TSET would be a second workspace beside Acme (T01TEST)"
        ". Did you mean T01TEST? To create a second workspace, add --new-workspace"
    )
    assert len(rows(Workspace)) == 1


def test_two_workspaces_declared_at_once_are_not_both_the_first() -> None:
    with ThreadPoolExecutor() as others:
        with transaction() as first:
            declare.take_turn(first)
            second = others.submit(declared, GOOD.replace("T01TEST", "T02OTHER"))
            declare.apply(first, declare.read(GOOD.encode(), {}), Actor(Surface.CLI))
        with pytest.raises(Faulty, match="would be a second workspace beside Acme"):
            second.result(timeout=20)


def test_whoever_is_not_known_is_told_with_whom_was_likely_meant() -> None:
    told = refused(GOOD.replace('["U01ALICE"]', '["U01ALCIE"]').replace('account = "sam@', 'account = "sma@'))
    assert told == [
        "line 21: campaigns.account: there is no account sma@example.com. Did you mean sam@example.com?",
        "line 22: campaigns.reviewers: there is no member U01ALCIE. Did you mean U01ALICE?",
    ]


def test_two_workspaces_keep_apart() -> None:
    declared(GOOD)
    declared(GOOD.replace("T01TEST", "T02OTHER"), new_workspace=True)
    assert len(rows(Workspace)) == len(rows(Member)) == len(rows(Campaign)) == 2
    assert {row.workspace_id for row in rows(Campaign)} == {row.id for row in rows(Workspace)}


def test_the_offer_of_a_campaign_changes_until_it_has_drafts() -> None:
    declared(GOOD)
    workspace_id = declared(GOOD.replace('"autumn"', '"winter"')).workspace_id
    draft(workspace_id)
    [told] = refused(GOOD)
    assert told.startswith("line 20: campaigns.offer: launch already has drafts for its offer")
    assert said(declared(GOOD.replace('"autumn"', '"winter"'))) == []


def test_a_declaration_neither_pauses_nor_resumes() -> None:
    declared(GOOD)
    with transaction() as tx:
        tx.execute(sa.update(Campaign).values(status="paused"))
    declared(GOOD.replace("Autumn launch", "Winter launch"))
    assert rows(Campaign)[0].status == "paused"
    with pytest.raises(Faulty, match="unknown key"):
        declared(GOOD + 'status = "active"\n')


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('["U01ALICE"]', '["U01ALICE", "U02BOB"]'),
        lambda text: text.replace("Sam Hill", "Samuel Hill"),
        lambda text: text.replace("Autumn launch", "Winter launch"),
    ],
    ids=["a reviewer", "the sender's name", "the campaign's name"],
)
def test_cards_of_open_drafts_fall_behind_when_what_they_show_changes_p9(change: Callable[[str], str]) -> None:
    workspace_id = declared(GOOD + BOB).workspace_id
    draft(workspace_id)
    [before] = rows(Draft)
    declared(GOOD + BOB)
    assert rows(Draft)[0].revision == before.revision
    declared(change(GOOD + BOB))
    assert rows(Draft)[0].revision > before.revision


def test_the_same_declaration_by_several_at_once_creates_everything_once() -> None:
    barrier = threading.Barrier(4)
    created: list[int] = []

    def run() -> None:
        barrier.wait(10)
        created.append(len(said(declared(GOOD))))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(created) == [0, 0, 0, 5]


def test_it_waits_for_mail_that_starts_before_it_touches_an_account() -> None:
    """`start` locks a campaign, and then its account: the other way round, each would wait for the other."""
    declared(GOOD)
    waiting = sa.text("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
    with ThreadPoolExecutor(1) as pool:
        with transaction() as starting:
            starting.execute(sa.text("SELECT FROM campaigns FOR SHARE"))
            applying = pool.submit(declared, GOOD.replace("Sam Hill", "Samuel Hill").replace("Autumn launch", "Spring"))
            wait_until(lambda: applying.done() or _found(waiting))
            starting.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
            starting.execute(sa.text("SELECT FROM accounts FOR SHARE"))
        applying.result()
    assert [row.name for row in rows(Account)] == ["Samuel Hill"]


def _found(question: sa.TextClause) -> bool:
    with transaction() as tx:
        return tx.execute(question).first() is not None
