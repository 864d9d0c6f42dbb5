"""Pause and resume: what a campaign's status lets through (P7), and which campaign a person means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from core import events
from core.actor import Actor
from core.campaign_news import tell_reviewers
from core.delivery.held import word
from core.errors import Refusal
from core.ids import UUID
from core.models import Campaign, Delivery, Draft
from core.some import some_of
from core.starts import wait_for_starts
from core.taxonomy import CampaignStatus, DeliveryStatus, GateCode, RefusalCode, Verb

#: Approved mail that has not left.
_WAITING = Delivery.status.in_([DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED])


@dataclass(frozen=True)
class Switched:
    """The campaign that was paused or resumed, and how much of its mail waits."""

    name: str
    waiting: int
    id: UUID | None = None
    #: Of what waits: connected to a mail server at this moment. A pause keeps these from passing the point before DATA.
    about_to_leave: int = 0
    #: Past that point already: no pause calls them back.
    leaving: int = 0


@dataclass(frozen=True)
class Meant:
    """What "all" means at a moment: ids and names of campaigns to switch, and the names of those it leaves alone."""

    campaigns: tuple[tuple[UUID, str], ...]
    left: tuple[str, ...]


@dataclass(frozen=True)
class AllSwitched:
    """The campaigns that one act paused or resumed, and the names of those it left as they were."""

    switched: tuple[Switched, ...]
    left: tuple[str, ...]


def pause(tx: Connection, campaign_id: UUID, by: Actor) -> Switched:
    """Pause an active campaign, and have its reviewers told. Once this commits, no mail of it passes the point before
    DATA.

    Raises `Refusal` when it is not active.
    """
    switched = _switch(tx, campaign_id, by, *_PAUSE)
    tell_reviewers(tx, by, Verb.PAUSE, [campaign_id])
    return switched


def resume(tx: Connection, campaign_id: UUID, by: Actor) -> Switched:
    """Resume a paused campaign, and have its reviewers told. Raises `Refusal` when it is not paused."""
    switched = _switch(tx, campaign_id, by, *_RESUME)
    tell_reviewers(tx, by, Verb.RESUME, [campaign_id])
    return switched


def pause_all(tx: Connection, by: Actor) -> AllSwitched:
    """Pause every active campaign in one act, with an event for each. Raises `Refusal` when none is active."""
    wait_for_starts(tx)  # before the campaigns' rows, as a start does
    return _switch_all(tx, by, all_active(tx, by), _PAUSE)


def resume_all(tx: Connection, by: Actor, asked_at: datetime | None = None) -> AllSwitched:
    """Resume in one act what `pause_all` paused, with an event for each. What somebody paused by itself stays paused.

    `asked_at`: when the person was asked whether they are sure; what was paused after that is not meant. Raises
    `Refusal` when there is nothing to resume.
    """
    wait_for_starts(tx)
    return _switch_all(tx, by, paused_by_all(tx, by, asked_at), _RESUME)


def all_active(tx: Connection, by: Actor) -> Meant:
    """What `pause_all` means: every active campaign. What is paused already stays as it is."""
    rows = tx.execute(
        sa.select(Campaign.id, Campaign.name, Campaign.status)
        .where(
            Campaign.workspace_id == by.workspace_id,
            Campaign.status.in_([CampaignStatus.ACTIVE, CampaignStatus.PAUSED]),
        )
        .order_by(Campaign.id)
        .with_for_update(key_share=True)
    ).all()
    return Meant(
        tuple((row.id, row.name) for row in rows if row.status == CampaignStatus.ACTIVE),
        tuple(row.name for row in rows if row.status == CampaignStatus.PAUSED),
    )


def paused_by_all(tx: Connection, by: Actor, asked_at: datetime | None = None) -> Meant:
    """What `resume_all` means: the campaigns that `pause_all` paused, and that nobody has switched since.

    The other paused ones somebody paused by themselves, and may have had a reason.
    """
    # First the locks, then the events: a pause that somebody else commits while we wait for it must be seen.
    tx.execute(
        sa.select(Campaign.id)
        .where(Campaign.workspace_id == by.workspace_id, Campaign.status == CampaignStatus.PAUSED)
        .order_by(Campaign.id)
        .with_for_update(key_share=True)
    )
    rows = tx.execute(_PAUSED, {"workspace": by.workspace_id, "asked_at": asked_at}).all()
    return Meant(
        tuple((row.id, row.name) for row in rows if row.by_all), tuple(row.name for row in rows if not row.by_all)
    )


def nothing_meant(verb: Verb, left: Sequence[str]) -> Refusal:
    """The refusal to raise when "all" means none."""
    if verb == Verb.PAUSE:
        return Refusal(RefusalCode.NOTHING_TO_DO, "No campaign is active: there is nothing to pause.")
    others = f" Paused by themselves: {some_of(left)}. Resume these by name." if left else ""
    return Refusal(RefusalCode.NOTHING_TO_DO, f"No campaign was paused together with all others.{others}")


_PAUSE = (Verb.PAUSE, CampaignStatus.ACTIVE, CampaignStatus.PAUSED)
_RESUME = (Verb.RESUME, CampaignStatus.PAUSED, CampaignStatus.ACTIVE)
_PAUSED = sa.text("""
    SELECT c.id, c.name,
           coalesce(last.by_all AND last.at <= coalesce(:asked_at, CAST('infinity' AS timestamptz)), false) AS by_all
    FROM campaigns c
    LEFT JOIN LATERAL (
        SELECT verb = 'pause' AND data ? 'all' AS by_all, at FROM message_events
        WHERE campaign_id = c.id AND verb IN ('pause', 'resume') ORDER BY id DESC LIMIT 1
    ) last ON true
    WHERE c.workspace_id = :workspace AND c.status = 'paused'
    ORDER BY c.id
""").bindparams(sa.bindparam("asked_at", type_=sa.DateTime(timezone=True)))


def _switch_all(
    tx: Connection, by: Actor, meant: Meant, how: tuple[Verb, CampaignStatus, CampaignStatus]
) -> AllSwitched:
    verb = how[0]
    if not meant.campaigns:
        raise nothing_meant(verb, meant.left)
    ids = [campaign_id for campaign_id, _ in meant.campaigns]
    switched = tuple(_switch(tx, campaign_id, by, *how, all_=True) for campaign_id in ids)
    tell_reviewers(tx, by, verb, ids)
    return AllSwitched(switched, meant.left)


def _switch(
    tx: Connection,
    campaign_id: UUID,
    by: Actor,
    verb: Verb,
    before: CampaignStatus,
    after: CampaignStatus,
    *,
    all_: bool = False,
) -> Switched:
    wait_for_starts(tx)
    name = tx.execute(
        sa.update(Campaign)
        .where(Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id, Campaign.status == before)
        .values(status=after)
        .returning(Campaign.name)
    ).scalar()
    if name is None:
        raise _why_not(tx, campaign_id, verb, by)
    # From here on no `start` of this campaign passes: each has committed before us, or waits for our commit.
    queued, claimed, sending = tx.execute(_ON_THEIR_WAY, {"campaign": campaign_id}).one()
    data = {"waiting": queued + claimed, "about_to_leave": claimed, "leaving": sending} | (
        {"all": True} if all_ else {}
    )
    events.write(tx, by, verb, campaign_id=campaign_id, moved=(before, after), data=data)
    return Switched(name, queued + claimed, campaign_id, claimed, sending)


#: By two partial indexes: of what waits, by campaign; and of the few that are under way.
_ON_THEIR_WAY = sa.text("""
    SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'claimed'),
           (SELECT count(*) FROM send_queue WHERE campaign_id = :campaign AND status = 'sending')
    FROM send_queue WHERE campaign_id = :campaign AND status IN ('queued', 'claimed')
""")


def not_shown_yet(tx: Connection) -> list[UUID]:
    """Campaigns whose status is not on the cards of their mail yet, and active ones whose mail still rests.

    The latter when a claim that had seen the pause held mail back while the resume was passing.
    """
    still_rests = sa.exists().where(
        Delivery.campaign_id == Campaign.id,
        Delivery.status == word(DeliveryStatus.QUEUED),
        Delivery.held_code == word(GateCode.CAMPAIGN_NOT_ACTIVE),
    )
    return list(
        tx.scalars(
            sa.select(Campaign.id).where(
                (Campaign.shown_status != Campaign.status)
                | ((Campaign.status == word(CampaignStatus.ACTIVE)) & still_rests)
            )
        )
    )


def show_some(tx: Connection, campaign_id: UUID, after: UUID | None, limit: int = 500) -> UUID | None:
    """Have the next cards of a campaign's waiting mail drawn again, those `after` one; wake the mail after a resume.

    Returns the last draft of them; None when there are no more. In small steps, so that a pause of a campaign with a
    long queue commits at once and locks nothing that a click needs.
    """
    rows = tx.execute(
        sa.select(Delivery.id, Delivery.draft_id)
        .where(Delivery.campaign_id == campaign_id, _WAITING, *([Delivery.draft_id > after] if after else []))
        .order_by(Delivery.draft_id)
        .limit(limit)
        .with_for_update()
    ).all()
    deliveries, drafts = [row.id for row in rows], [row.draft_id for row in rows]
    if drafts:
        if status_of(tx, campaign_id) == CampaignStatus.ACTIVE:
            wake(tx, Delivery.id.in_(deliveries), GateCode.CAMPAIGN_NOT_ACTIVE)
        tx.execute(sa.update(Draft).where(Draft.id.in_(drafts)).values(revision=Draft.revision + 1))
    return drafts[-1] if drafts else None


def shown(tx: Connection, campaign_id: UUID, status: str) -> None:
    """The cards of the campaign's mail show this status now."""
    tx.execute(sa.update(Campaign).where(Campaign.id == campaign_id).values(shown_status=status))


def status_of(tx: Connection, campaign_id: UUID) -> str:
    """The campaign's status."""
    return tx.execute(sa.select(Campaign.status).where(Campaign.id == campaign_id)).scalar_one()


def wake(tx: Connection, which: sa.ColumnElement[bool], code: GateCode) -> None:
    """Make due what this gate held back until an act. The trigger on the queue wakes the accounts."""
    tx.execute(
        sa.update(Delivery)
        .where(which, Delivery.status == DeliveryStatus.QUEUED, Delivery.held_code == code)
        .values(due_at=sa.func.now(), held_code=None, reason=None)
    )


def _why_not(tx: Connection, campaign_id: UUID, verb: Verb, by: Actor) -> Refusal:
    found = tx.execute(
        sa.select(Campaign.name, Campaign.status).where(
            Campaign.id == campaign_id, Campaign.workspace_id == by.workspace_id
        )
    ).first()
    if found is None:
        return Refusal(RefusalCode.UNKNOWN_CAMPAIGN, "There is no such campaign in your workspace.")
    return Refusal(RefusalCode.NOTHING_TO_DO, f"{found.name} is {found.status}: there is nothing to {verb}.")


@dataclass(frozen=True)
class Choice:
    """A campaign that may be meant."""

    id: UUID
    slug: str
    name: str
    status: str


class Unclear(Refusal):
    """No campaign was named, more than one fits, or none does. `choices` may be meant; there are some."""

    def __init__(self, code: RefusalCode, sentence: str, choices: Sequence[Choice]) -> None:
        super().__init__(code, sentence)
        self.choices = tuple(choices)


def find(tx: Connection, named: str, by: Actor, status: CampaignStatus | None = None) -> UUID:
    """The campaign with this slug, or the only one whose name or slug begins so.

    A leading `#` is none of its name. Raises `Unclear`, with the campaigns that may be meant: where nothing is named or
    near, those of this `status`, if there are any. Raises a plain `Refusal` where there is none to choose.
    """
    named = named.strip().removeprefix("#").strip()
    folded = named.casefold()
    there = [
        Choice(*row)
        for row in tx.execute(
            sa.select(Campaign.id, Campaign.slug, Campaign.name, Campaign.status)
            .where(Campaign.workspace_id == by.workspace_id)
            .order_by((Campaign.status == status).desc(), Campaign.slug)
        )
    ]
    meant = [one for one in there if one.status == status]
    likely = meant or there
    if not there:
        raise Refusal(RefusalCode.UNKNOWN_CAMPAIGN, "This workspace has no campaign yet.")
    if not named and status and not meant:
        raise Refusal(RefusalCode.NOTHING_TO_DO, f"No campaign is {status}.")
    if not named:
        raise Unclear(RefusalCode.UNKNOWN_CAMPAIGN, f"Which campaign? There are: {_slugs(likely)}.", likely)
    for fits in (
        [one for one in there if one.slug == named],
        [one for one in there if folded in (one.slug.casefold(), one.name.casefold())],
        [one for one in there if one.name.casefold().startswith(folded) or one.slug.casefold().startswith(folded)],
    ):
        if len(fits) == 1:
            return fits[0].id
        if fits:
            which = f"More than one campaign fits. Say which: {_slugs(sorted(fits, key=lambda one: one.slug))}."
            raise Unclear(RefusalCode.UNCLEAR_CAMPAIGN, which, fits)
    none = f"There is no campaign of that name. There are: {_slugs(likely)}."
    raise Unclear(RefusalCode.UNKNOWN_CAMPAIGN, none, _near(folded, there) or likely)


def _near(folded: str, there: Sequence[Choice]) -> list[Choice]:
    """Campaigns whose name or slug holds this, or is spelt almost so."""
    if len(folded) > 100:
        return []  # nobody's name, and dear to compare
    holds = [one for one in there if folded in one.name.casefold() or folded in one.slug.casefold()]
    spelt = {word_.casefold(): one for one in there for word_ in (one.name, one.slug)}
    return holds or list(dict.fromkeys(spelt[close] for close in get_close_matches(folded, spelt, n=5)))


def _slugs(choices: Sequence[Choice]) -> str:
    return some_of([one.slug for one in choices])
