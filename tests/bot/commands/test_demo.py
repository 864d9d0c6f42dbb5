"""`signoff demo`: a believable campaign, loaded once, and only into the sandbox."""

import os
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from bot.cli import run
from bot.demo.load import AFTER, load
from bot.sandbox.config import MEMBERS
from core.db import transaction
from core.ids import UUID
from core.models import Campaign, CampaignReviewer, Contact, Draft, DraftVersion, InboundMessage, Member, Workspace
from core.telemetry import logs
from jobs import ring
from tests.bot.api.parts import workspace

pytestmark = pytest.mark.slow


@pytest.fixture
def rung(database: str, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The drafts whose cards the demo asks for."""
    rung: list[UUID] = []
    monkeypatch.setattr(ring, "ring_new_cards", lambda ids: rung.extend(ids) or True)
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1:1025")
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    return rung


@pytest.fixture
def drafts(rung: list[UUID]) -> dict[str, sa.Row[Any]]:
    """The demo's drafts by key, with their latest text."""
    assert run(["demo"]) == 0
    with transaction() as tx:
        rows = tx.execute(
            sa.select(
                Draft.key,
                Draft.status,
                Draft.risk,
                Draft.version,
                Draft.risk_reasons,
                Draft.inbound_message_id,
                DraftVersion.subject,
                DraftVersion.body,
                DraftVersion.edited_by,
            ).join(DraftVersion, (DraftVersion.draft_id == Draft.id) & (DraftVersion.version == Draft.version))
        ).all()
    return {row.key: row for row in rows}


def test_the_drafts_differ_in_every_way_that_a_card_can_show(
    drafts: dict[str, sa.Row[Any]],
) -> None:
    assert len(drafts) == 7
    assert len(drafts["demo-long"].body) > 3_000 > len(drafts["demo-reply"].body)
    assert "HIRAGANA" in {unicodedata.name(char).split()[0] for char in drafts["demo-japanese"].body if char.isalpha()}
    assert any(unicodedata.bidirectional(char) == "AL" for char in drafts["demo-arabic"].body)
    assert (drafts["demo-mailbox"].status, drafts["demo-mailbox"].risk) == ("needs_review", "review")
    assert len(drafts["demo-mailbox"].risk_reasons) == 2
    assert (drafts["demo-blocked"].status, drafts["demo-blocked"].risk) == ("manual_review", "blocked")
    assert {row.risk for key, row in drafts.items() if key not in ("demo-mailbox", "demo-blocked")} == {"low"}


def test_one_draft_was_edited_by_bob(drafts: dict[str, sa.Row[Any]]) -> None:
    edited = drafts["demo-short"]
    assert edited.version == 2
    assert AFTER in edited.body
    with transaction() as tx:
        assert tx.scalar(sa.select(Member.name).where(Member.id == edited.edited_by)) == "Bob Brown"


def test_one_draft_answers_a_message(drafts: dict[str, sa.Row[Any]]) -> None:
    with transaction() as tx:
        message = tx.execute(sa.select(InboundMessage.id, InboundMessage.body, InboundMessage.message_id)).one()
    assert message.id == drafts["demo-reply"].inbound_message_id
    assert message.message_id is not None


@pytest.mark.usefixtures("drafts")
def test_alice_bob_and_carol_review_and_vera_looks_on() -> None:
    with transaction() as tx:
        reviewers = tx.execute(
            sa.select(Campaign.slug, Member.name)
            .join(CampaignReviewer, CampaignReviewer.campaign_id == Campaign.id)
            .join(Member, Member.id == CampaignReviewer.member_id)
        ).all()
        vera = tx.scalar(sa.select(Member.role).where(Member.slack_user_id == "U04VERA"))
    assert {row.name for row in reviewers if row.slug == "launch"} == {"Alice Anderson", "Bob Brown", "Carol Chen"}
    assert vera == "viewer"


@pytest.mark.usefixtures("drafts")
def test_nobody_real_is_written_to() -> None:
    with transaction() as tx:
        addresses = tx.scalars(sa.select(Contact.email)).all()
    assert addresses
    for address in addresses:  # RFC 2606 keeps these domains for examples
        assert address.rpartition("@")[2].split(".")[-2:] in (["example", tld] for tld in ("com", "net", "org"))


def test_the_newest_card_is_one_that_a_stranger_can_approve(rung: list[UUID], drafts: dict[str, sa.Row[Any]]) -> None:
    with transaction() as tx:
        rows = tx.execute(sa.select(Draft.id, Draft.key, Draft.risk).order_by(Draft.sync_after)).all()
    assert {row.key for row in rows if row.id in rung} == {"demo-blocked", "demo-mailbox"}
    assert {row.risk for row in rows if row.id not in rung} == {"low"}
    assert rows[-1].key == "demo-short"
    assert len(rows) == len(drafts)


def test_the_sandbox_says_what_each_person_may_do(drafts: dict[str, sa.Row[Any]]) -> None:
    assert drafts
    with transaction() as tx:
        roles = {row.slack_user_id: row.role for row in tx.execute(sa.select(Member.slack_user_id, Member.role))}
    assert {member.id: member.title.split(":")[0].lower() for member in MEMBERS} == roles


def test_a_second_time_changes_nothing(rung: list[UUID], capsys: pytest.CaptureFixture[str]) -> None:
    run(["demo"])
    assert len(rung) == 2
    capsys.readouterr()
    with transaction() as tx:
        tx.execute(sa.update(Member).values(role="owner"))
    assert run(["demo"]) == 0
    assert capsys.readouterr().out == "The demo's workspace has drafts already; nothing was changed.\n"
    with transaction() as tx:
        assert set(tx.scalars(sa.select(Member.role)).all()) == {"owner"}
    assert len(rung) == 2


def test_two_at_once_load_it_once(rung: list[UUID]) -> None:
    loads = Barrier(2)

    def once() -> int:
        with transaction() as tx:
            tx.execute(sa.text("SELECT 1"))
            loads.wait(timeout=10)
            return len(load(tx, os.environ))

    with ThreadPoolExecutor() as both:
        counts = [one.result(timeout=30) for one in [both.submit(once), both.submit(once)]]
    assert sorted(counts) == [0, 7]
    with transaction() as tx:
        assert tx.scalar(sa.select(sa.func.count()).select_from(Workspace)) == 1
        assert tx.scalar(sa.select(sa.func.count()).select_from(Draft)) == 7


def test_a_workspace_of_ones_own_gets_no_demo_beside_it(rung: list[UUID], capsys: pytest.CaptureFixture[str]) -> None:
    workspace("T07MINE")
    assert run(["demo"]) == 1
    assert "this one has the workspace Acme (T07MINE)" in capsys.readouterr().err
    with transaction() as tx:
        assert tx.scalars(sa.select(Workspace.slack_team_id)).all() == ["T07MINE"]
    assert rung == []


def test_real_slack_gets_no_demo(
    rung: list[UUID], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-real-one")
    assert run(["demo"]) == 1
    told = capsys.readouterr().err
    assert "the demo is for the sandbox" in told
    assert "xoxb-real-one" not in told
    assert rung == []


def test_a_day_of_work_can_be_added_and_only_once(rung: list[UUID]) -> None:
    assert run(["demo", "--drafts", "60"]) == 0
    assert run(["demo", "--drafts", "100"]) == 0
    assert len(rung) == len(set(rung)) == 2 + 100
    with transaction() as tx:
        low = tx.scalar(sa.select(sa.func.count()).select_from(Draft).where(Draft.risk == "low"))
        texts = tx.scalar(sa.select(sa.func.count(sa.distinct(DraftVersion.body))))
    assert low > 80, "enough to approve twenty at once, several times"
    assert texts == 7 + 100 + 1, "no two say the same; one was edited"
