"""`pause` and `resume`: one campaign at once, all of them after a question. Committed before the answer leaves (P7)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.acts import Act
from bot.slack.clicks import Click
from bot.slack.outreach.replies import answered, decide, instead
from bot.slack.outreach.typed import Typed
from bot.slack.payload import Person
from core.access import act
from core.actor import Actor
from core.campaigns import finding, pausing
from core.campaigns.finding import UnresolvedCampaign
from core.campaigns.pausing import BulkStatusChange, BulkTarget, CampaignStatusChange
from core.cards.answers import Message, answer
from core.cards.mrkdwn import cut, escape
from core.cards.questions import are_you_sure, carried, which_campaign
from core.db import Connection, now
from core.errors import Refusal
from core.ids import UUID
from core.taxonomy import CampaignStatus, RefusalCode, Role, Verb
from core.text.phrases import some_of
from jobs.tell_admins import tell_admins

ALL = frozenset({"all", "everything", "*"})
NO_QUESTION = "This button is not part of a question. Nothing was changed."


@dataclass(frozen=True)
class Switch:
    """One of the two words, and what it does."""

    verb: Verb
    done: str
    #: What a campaign is that this can be done to.
    status: CampaignStatus
    one: Callable[[Connection, UUID, Actor], CampaignStatusChange]
    #: All, as they were meant at that time; and what is meant now.
    all: Callable[[Connection, Actor, datetime], BulkStatusChange]
    meant: Callable[[Connection, Actor], BulkTarget]
    #: Why "all" leaves some as they are; and what holds from now on.
    left: str
    then: str


SWITCHES = {
    "pause": Switch(
        Verb.PAUSE,
        "Paused",
        CampaignStatus.ACTIVE,
        pausing.pause,
        lambda tx, by, _: pausing.pause_all(tx, by),  # what became active since is meant as well: all is all
        pausing.all_active,
        "Already paused: {names}.",
        "Nothing of {it} is sent until `/outreach resume`.",
    ),
    "resume": Switch(
        Verb.RESUME,
        "Resumed",
        CampaignStatus.PAUSED,
        pausing.resume,
        pausing.resume_all,
        pausing.paused_by_all,
        "Still paused (paused one by one): {names}.",
        "",
    ),
}


def pause(typed: Typed) -> Message:
    """Pause what was named."""
    return _switch("pause", typed)


def resume(typed: Typed) -> Message:
    """Resume what was named."""
    return _switch("resume", typed)


def _switch(word: str, typed: Typed) -> Message:
    switch = SWITCHES[word]
    if typed.rest.casefold() in ALL:
        return act(typed.who.identify, Role.ADMIN, switch.verb, lambda tx, by: _ask(tx, by, word, typed.who))
    try:
        switched = act(
            typed.who.identify,
            Role.ADMIN,
            switch.verb,
            lambda tx, by: switch.one(tx, finding.find_campaign(tx, typed.rest[:200], by, switch.status), by),
        )
    except UnresolvedCampaign as unclear:
        return which_campaign(str(unclear), unclear.choices, word, typed.who.user_id)
    typed.after_ack(tell_admins)
    return _said(switch, [switched])


def _ask(tx: Connection, by: Actor, word: str, who: Person) -> Message:
    """Ask whether all are meant. The button knows when it was asked. Raises `Refusal` when there is nothing to ask."""
    switch = SWITCHES[word]
    meant = switch.meant(tx, by)
    if not meant.campaigns:
        raise pausing.empty_target_refusal(switch.verb, meant.left)
    asked_at = now(tx)
    names = _names([name for _, name in meant.campaigns])
    many = "" if len(meant.campaigns) == 1 else f"all {len(meant.campaigns):,} campaigns: "
    sentence = f"{word.capitalize()} {many}{names}?"
    return are_you_sure(
        " ".join([sentence, *(_left(switch, meant.left) if switch.verb == Verb.RESUME else [])]),
        "switch_all",
        word.capitalize() if len(meant.campaigns) == 1 else f"{word.capitalize()} all",
        carried(word, str(int(asked_at.timestamp() * 1_000_000)), who.user_id),
    )


def switch_one(word: str, click: Click, campaign_id: UUID) -> None:
    """Pause or resume the campaign that somebody was asked for and has named."""
    switch = SWITCHES[word]
    done = decide(click, Act(switch.verb, lambda tx, by, _: switch.one(tx, campaign_id, by), Role.ADMIN))
    instead(click, _said(switch, [done]))
    click.after_ack(tell_admins)


def switch_all(click: Click) -> None:
    """Pause or resume all, now that whoever was asked is sure."""
    chosen = answered(click)
    switch, asked_at = SWITCHES.get(chosen.word), _moment(chosen.what)
    if switch is None:
        raise Refusal(RefusalCode.NOT_FOUND, NO_QUESTION)
    done = decide(click, Act(switch.verb, lambda tx, by, _: switch.all(tx, by, asked_at), Role.ADMIN))
    instead(click, _said(switch, done.switched, done.left))
    click.after_ack(tell_admins)


def _moment(what: str) -> datetime:
    """When the question was put: microseconds since 1970."""
    if not re.fullmatch(r"[0-9]{1,17}", what):
        raise Refusal(RefusalCode.NOT_FOUND, NO_QUESTION)
    return datetime.fromtimestamp(int(what) / 1_000_000, UTC)


def _said(switch: Switch, switched: Sequence[CampaignStatusChange], left: Sequence[str] = ()) -> Message:
    """What was done, what waits, and of a pause what it stopped."""
    names = _names([one.name for one in switched])
    what = names if len(switched) == 1 else f"{len(switched):,} campaigns: {names}"
    waiting = sum(one.waiting for one in switched)
    sentences = [f"{switch.done} {what}.", f"{_mails(waiting)}."]
    if switch.verb == Verb.PAUSE:
        sentences += _stopped(sum(one.about_to_leave for one in switched), sum(one.leaving for one in switched))
    sentences += _left(switch, left)
    sentences.append(switch.then.format(it="this campaign" if len(switched) == 1 else "them"))
    return answer(" ".join(filter(None, sentences)))


def _stopped(about_to_leave: int, leaving: int) -> list[str]:
    """The truth about what was on its way: before the last gate a pause holds it, behind it nothing does."""
    held = {0: "", 1: "1 was about to be sent and was stopped."}.get(
        about_to_leave, f"{about_to_leave:,} were about to be sent and were stopped."
    )
    gone = {0: "", 1: "1 had already passed the last check and may arrive."}.get(
        leaving, f"{leaving:,} had already passed the last check and may arrive."
    )
    return [held, gone]


def _mails(count: int) -> str:
    return {0: "No mail is waiting", 1: "1 mail is waiting"}.get(count, f"{count:,} mails are waiting")


def _left(switch: Switch, names: Sequence[str]) -> list[str]:
    return [switch.left.format(names=_names(names))] if names else []


def _names(names: Sequence[str]) -> str:
    return some_of([escape(cut(name, 80)) for name in names])
