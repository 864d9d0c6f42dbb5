"""Make the database agree with a declaration. What the file does not name is left alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.declare.change import Change, Field, Label, Row, Turn, settle, wake_what_hours_hold
from core.declare.declaration import AccountTable, CampaignTable, Declaration, MemberTable, WorkspaceTable
from core.drafts.versions import begin_round
from core.ids import UUID, new_id
from core.mail.server import STORED
from core.models import Account, Campaign, CampaignReviewer, Draft, Member, Offer, Workspace
from core.secrets import is_sealed
from core.states import ASSIGNABLE
from core.taxonomy import Channel, DraftStatus, Role, Verb
from core.text.folding import fold_text
from core.text.likely import did_you_mean
from core.text.validation import Fault, Faulty, Path

#: Two declarations at once take turns: an advisory lock of this name, held until the transaction ends.
LOCK = "signoff apply"

Known = dict[str, Row]


@dataclass(frozen=True)
class Applied:
    """A change for everything that was declared, and what the workspace has besides (kind and name)."""

    workspace_id: UUID
    changes: Sequence[Change]
    not_named: Sequence[tuple[str, str]]


def take_turn(tx: Connection) -> None:
    """Wait for whoever declares something at this moment, and keep others waiting until `tx` ends."""
    tx.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(LOCK))))


def apply(tx: Connection, declaration: Declaration, by: Actor, *, new_workspace: bool = False) -> Applied:
    """Create and change what `declaration` says, with an event for each (P10). Saying the same again changes nothing.

    A workspace beside others is created only if `new_workspace` says so: a mistyped team would be one, too. Raises
    `Faulty`, with paths into the file, where it does not fit what the database holds; `tx` must then be rolled back.
    """
    take_turn(tx)
    if not new_workspace:
        _refuse(_second_workspace(tx, declaration.workspace))
    _refuse(_unknown_zones(tx, declaration))
    turn = _workspace(tx, declaration.workspace, by)
    _lock_campaigns(turn)
    wake_what_hours_hold(turn, declaration)
    members = _members(turn, declaration.members)
    accounts = _accounts(turn, declaration.accounts, declaration.workspace.timezone)
    _refuse(_strangers(declaration.campaigns, members, accounts))
    campaigns = _campaigns(turn, declaration.campaigns, members, accounts)
    _refuse(_viewers_who_review(turn, declaration.members))
    named = {
        "member": {member.slack_user_id for member in declaration.members},
        "account": {fold_text(account.address) for account in declaration.accounts},
        "campaign": {campaign.slug for campaign in declaration.campaigns},
    }
    not_named = [
        *(("member", f"{row.name} ({key})") for key, row in members.items() if key not in named["member"]),
        *(("account", row.address) for key, row in accounts.items() if key not in named["account"]),
        *(("campaign", key) for key in campaigns if key not in named["campaign"]),
    ]
    return Applied(turn.workspace_id, turn.changes, not_named)


def _lock_campaigns(turn: Turn) -> None:
    """Before anything of their accounts: `start` locks a campaign before its account, too."""
    mine = sa.select(Campaign.id).where(Campaign.workspace_id == turn.workspace_id)
    turn.tx.execute(mine.order_by(Campaign.id).with_for_update(key_share=True))


def _workspace(tx: Connection, declared: WorkspaceTable, by: Actor) -> Turn:
    found = tx.execute(sa.select(Workspace.__table__).where(Workspace.slack_team_id == declared.slack_team_id)).first()
    turn = Turn(tx, by, found.id if found else new_id())
    name = f"{declared.name} ({declared.slack_team_id})"
    settle(turn, Workspace, turn.workspace_id, found, declared.model_dump(), Label(name))
    return turn


def _second_workspace(tx: Connection, declared: WorkspaceTable) -> Iterable[Fault]:
    """A team that is not known, where another is."""
    there = tx.execute(sa.select(Workspace.slack_team_id, Workspace.name).order_by(Workspace.slack_team_id)).all()
    teams = {row.slack_team_id: row.name for row in there}
    if teams and declared.slack_team_id not in teams:
        others = ", ".join(f"{name} ({team})" for team, name in teams.items())
        problem = (
            f"{declared.slack_team_id} would be a second workspace beside {others}"
            f"{did_you_mean(declared.slack_team_id, teams) or '.'} To create a second workspace, add --new-workspace"
        )
        yield Fault(("workspace", "slack_team_id"), problem)


def _members(turn: Turn, declared: Iterable[MemberTable]) -> Known:
    known = _known(turn, Member, "slack_user_id")
    for member in declared:
        found = known.get(member.slack_user_id)
        member_id = found.id if found else new_id()
        # Whoever is declared is here again, should Slack have called them deactivated before.
        wanted = member.model_dump() | {"role": member.role.value, "active": True}
        settle(turn, Member, member_id, found, wanted, Label(f"{member.name} ({member.slack_user_id})"))
    return _known(turn, Member, "slack_user_id")


def _unknown_zones(tx: Connection, declaration: Declaration) -> Iterator[Fault]:
    """Time zones that this server does not know: Python knew them when the file was read."""
    zones: list[tuple[Path, str | None]] = [(("workspace", "timezone"), declaration.workspace.timezone)]
    zones += [(("members", index, "timezone"), member.timezone) for index, member in enumerate(declaration.members)]
    zones += [(("accounts", index, "timezone"), account.timezone) for index, account in enumerate(declaration.accounts)]
    named: list[tuple[Path, str]] = [(path, zone) for path, zone in zones if zone]
    unknown = set(tx.scalars(_UNKNOWN_ZONES, {"names": sorted({zone for _, zone in named})}))
    for path, zone in named:
        if zone in unknown:
            yield Fault(
                path, f"is not a time zone that this database server knows ({zone}); write one such as Europe/London"
            )


_UNKNOWN_ZONES = sa.text("SELECT name FROM unnest(CAST(:names AS text[])) AS name WHERE NOT is_time_zone(name)")


def _accounts(turn: Turn, declared: Iterable[AccountTable], timezone: str) -> Known:
    known = _known(turn, Account, "address")
    for index, account in enumerate(declared):
        found = known.get(fold_text(account.address))
        if found and found.channel != account.channel:
            problem = f"{account.address} is a {found.channel} account; declare another account for another channel"
            raise Faulty([Fault(("accounts", index, "channel"), problem)])
        account_id = found.id if found else new_id()
        wanted = account.model_dump() | {"channel": account.channel.value, "timezone": account.timezone or timezone}
        if account.smtp_url == STORED and found and is_sealed(found.smtp_url):
            wanted["smtp_url"] = found.smtp_url
        change = settle(turn, Account, account_id, found, wanted, Label(account.address))
        if any(field.name in ("address", "name") for field in change.fields):
            _renew(turn, Campaign.account_id == account_id)
    return _known(turn, Account, "address")


def _campaigns(turn: Turn, declared: Iterable[CampaignTable], members: Known, accounts: Known) -> Known:
    known = _known(turn, Campaign, "slug")
    for index, campaign in enumerate(declared):
        _campaign(turn, index, campaign, known.get(campaign.slug), members, accounts)
    return _known(turn, Campaign, "slug")


def _campaign(
    turn: Turn, index: int, declared: CampaignTable, found: Row | None, members: Known, accounts: Known
) -> None:
    offers = _offers(turn, declared.offer)
    offer_id = offers[declared.offer].id
    if found and found.offer_id != offer_id and _has_drafts(turn, found.id):
        # Its drafts are to contacts of the old offer, and whom one may write to is decided by offer.
        problem = f"{declared.slug} already has drafts for its offer; declare a new campaign for another offer"
        raise Faulty([Fault(("campaigns", index, "offer"), problem)])
    account = accounts[fold_text(declared.account)]
    if found and account.channel != Channel.EMAIL and _has_drafts(turn, found.id):
        problem = f"{declared.slug} has drafts, which need an email account"
        raise Faulty([Fault(("campaigns", index, "account"), problem)])
    campaign_id = found.id if found else new_id()
    wanted = {
        "slug": declared.slug,
        "name": declared.name,
        "mode": declared.mode.value,
        "slack_channel": declared.slack_channel,
        "recipient_hours": declared.recipient_hours,
        "routing": declared.routing.value,
        "quorum": declared.quorum,
        "self_approval": declared.self_approval,
        "admins_above_risk": declared.admins_above_risk.value if declared.admins_above_risk else None,
        "offer_id": offer_id,
        "account_id": account.id,
    }
    before = set(_reviewers(turn, campaign_id))
    after = {members[reviewer].id for reviewer in declared.reviewers}
    people = {row.id: row.name for row in members.values()}
    reviewers = (Field("reviewers", _names(before, people), _names(after, people)),) if before != after else ()
    shown = people | {row.id: row.address for row in accounts.values()} | {row.id: row.slug for row in offers.values()}
    change = settle(turn, Campaign, campaign_id, found, wanted, Label(declared.slug, shown, reviewers))
    _set_reviewers(turn, campaign_id, before, after)
    if any(field.name == "account" for field in change.fields):
        _renew(turn, Campaign.id == campaign_id)
    elif change.changed:
        _redraw(turn, Campaign.id == campaign_id)


def _offers(turn: Turn, slug: str) -> Known:
    """All offers, and this one among them: an offer is declared by the campaigns that name it."""
    known = _known(turn, Offer, "slug")
    if slug not in known:
        settle(turn, Offer, new_id(), None, {"slug": slug}, Label(slug))
        known = _known(turn, Offer, "slug")
    return known


def _reviewers(turn: Turn, campaign_id: UUID) -> Sequence[UUID]:
    return turn.tx.scalars(
        sa.select(CampaignReviewer.member_id).where(CampaignReviewer.campaign_id == campaign_id)
    ).all()


def _set_reviewers(turn: Turn, campaign_id: UUID, before: set[UUID], after: set[UUID]) -> None:
    table = CampaignReviewer
    if before - after:
        turn.tx.execute(sa.delete(table).where(table.campaign_id == campaign_id, table.member_id.in_(before - after)))
        _take_back(turn, campaign_id, before - after)
    if after - before:
        rows = [{"campaign_id": campaign_id, "member_id": member_id} for member_id in after - before]
        turn.tx.execute(sa.insert(table), rows)


def _take_back(turn: Turn, campaign_id: UUID, removed: set[UUID]) -> None:
    """What was assigned to who reviews this campaign no more is nobody's: an assignment would let them decide (P4)."""
    taken = turn.tx.scalars(
        sa.update(Draft)
        .where(Draft.campaign_id == campaign_id, Draft.status.in_(ASSIGNABLE), Draft.assigned_to.in_(removed))
        .values(assigned_to=None, revision=Draft.revision + 1)
        .returning(Draft.id)
    ).all()
    for draft_id in taken:
        data = {"to": None}
        entry = events.Entry(Verb.ASSIGN, workspace_id=turn.workspace_id, draft_id=draft_id, data=data)
        events.write(turn.tx, turn.by, entry)


def _has_drafts(turn: Turn, campaign_id: UUID) -> bool:
    return bool(turn.tx.scalar(sa.select(sa.exists().where(Draft.campaign_id == campaign_id))))


def _redraw(turn: Turn, theirs: sa.ColumnElement[bool]) -> None:
    """The cards of open drafts show campaign and reviewers: they are behind now, and the clock draws them (P9)."""
    turn.tx.execute(sa.update(Draft).where(_open_drafts(theirs)).values(revision=Draft.revision + 1))


def _renew(turn: Turn, theirs: sa.ColumnElement[bool]) -> None:
    """A new sender begins another round of every open draft: who read the old card has not approved this one (P3)."""
    for draft_id in begin_round(turn.tx, _open_drafts(theirs)):
        data = {"kind": "draft", "fields": ["sender"]}
        entry = events.Entry(Verb.DECLARE, workspace_id=turn.workspace_id, draft_id=draft_id, data=data)
        events.write(turn.tx, turn.by, entry)


def _open_drafts(theirs: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """The drafts of these campaigns that wait for a person."""
    return Draft.campaign_id.in_(sa.select(Campaign.id).where(theirs)) & Draft.status.in_(
        [DraftStatus.NEEDS_REVIEW, DraftStatus.MANUAL_REVIEW]
    )


def _strangers(campaigns: Iterable[CampaignTable], members: Known, accounts: Known) -> Iterable[Fault]:
    """Accounts and reviewers that neither the file nor the database knows, and reviewers who may not review."""
    for index, campaign in enumerate(campaigns):
        if fold_text(campaign.account) not in accounts:
            guess = did_you_mean(campaign.account, accounts)
            yield Fault(("campaigns", index, "account"), f"there is no account {campaign.account}{guess}")
        for place, reviewer in enumerate(campaign.reviewers):
            path = ("campaigns", index, "reviewers", place)
            if reviewer not in members:
                yield Fault(path, f"there is no member {reviewer}{did_you_mean(reviewer, members)}")
            elif not Role(members[reviewer].role).covers(Role.REVIEWER):
                role = members[reviewer].role
                yield Fault(path, f"{reviewer} is a {role}, and reviewing needs the role reviewer or above")


def _viewers_who_review(turn: Turn, declared: Sequence[MemberTable]) -> Iterable[Fault]:
    """Members whose new role ends their reviewing, while a campaign outside this file still counts on them."""
    rows = turn.tx.execute(
        sa.select(Member.slack_user_id, Campaign.slug)
        .select_from(CampaignReviewer)
        .join(Member, Member.id == CampaignReviewer.member_id)
        .join(Campaign, Campaign.id == CampaignReviewer.campaign_id)
        .where(Member.workspace_id == turn.workspace_id, Member.role == Role.VIEWER)
        .order_by(Campaign.slug)
    ).all()
    place = {member.slack_user_id: index for index, member in enumerate(declared)}
    for row in (row for row in rows if row.slack_user_id in place):
        path = ("members", place[row.slack_user_id], "role")
        yield Fault(
            path,
            f"{row.slack_user_id} is a reviewer of the campaign {row.slug}: declare that campaign too, without them",
        )


def _refuse(found: Iterable[Fault]) -> None:
    if faults := list(found):
        raise Faulty(faults)


def _known(turn: Turn, table: type[Any], key: str) -> Known:
    """All rows of the workspace by what people know them by; an address in any case is the same."""
    rows = turn.tx.execute(
        sa.select(table.__table__).where(table.workspace_id == turn.workspace_id).order_by(table.id)
    ).all()
    return {fold_text(row._mapping[key]) if key == "address" else row._mapping[key]: row for row in rows}


def _names(ids: Iterable[UUID], people: dict[Any, str]) -> str:
    return ", ".join(sorted(people[one] for one in ids)) or "nobody"
