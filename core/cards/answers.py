"""What a command answers, as text that only its author sees. Pure; whatever a person wrote is escaped and cut."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.cards.digest_card import cut_lines, few, many
from core.cards.mrkdwn import clock_time, cut, escape
from core.ids import UUID
from core.text.phrases import some_of
from core.views.status import Status

Message = dict[str, Any]

#: Characters of a text that Slack shows as one message.
LONGEST = 3_900


@dataclass(frozen=True)
class DraftLine:
    """A draft in a list: to whom, in which campaign, and what is to be said of it."""

    draft_id: UUID
    to: str = field(repr=False)
    campaign: str
    said: str


def answer(*lines: str) -> Message:
    """A message of these lines of mrkdwn, as many as fit."""
    return {"text": cut_lines([line for line in lines if line], LONGEST)}


def plain_answer(sentence: str) -> Message:
    """A message of a sentence that may hold what a person wrote."""
    return {"text": escape(cut(sentence, 2_900))}


def what_the_bot_does() -> Message:
    """For somebody who writes to the bot."""
    return answer(
        "I cannot read messages. Use the buttons on a draft's card; my *Home* tab lists what waits for you, and"
        " `/outreach help` lists the commands."
    )


def status_answer(status: Status, public_url: str) -> Message:
    """How things stand: numbers first, then what asks for attention."""
    lines = [
        _going(status),
        f"{many(status.due, 'approved mail is', 'approved mails are')} due now, {few(status.later)} later.",
        f"{few(status.sending).capitalize()} being sent right now.",
        f"{many(status.to_review, 'draft waits', 'drafts wait')} for a decision.",
        *_unknown(status, public_url),
        *_paused(status),
        *_accounts(status),
        *(
            f":lock: {escape(cut(said, 300))} First at {clock_time(at, status.timezone)}."
            for said, at in status.slack_trouble[:5]
        ),
    ]
    return answer(*lines)


def _going(status: Status) -> str:
    """Whether mail goes: only what nothing holds as a whole is told to be sending."""
    if status.stopped:
        since = clock_time(status.stopped.since, status.timezone)
        return f":octagonal_sign: *All sending is stopped* since {since}: {escape(cut(status.stopped.reason, 500))}"
    if not status.campaigns:
        return ":information_source: *Nothing to send:* no campaign is active."
    held = status.campaigns - status.can_send
    if not status.can_send:
        return ":double_vertical_bar: *Nothing is sent:* " + (
            "the campaign or its account is on hold."
            if held == 1
            else f"all {held:,} campaigns, or their accounts, are on hold."
        )
    if held:
        some = f"{status.can_send:,} of {status.campaigns:,} campaigns"
        return f":white_check_mark: *Sending* for {some}; the rest is on hold."
    return ":white_check_mark: *Sending.*"


def link(public_url: str, draft_id: UUID, label: str) -> str:
    """A link to a draft's page. A bar in the label would end it, and an empty one would show the address."""
    words = escape(cut(" ".join(label.replace("|", " ").split()), 60))
    return f"<{public_url}/drafts/{draft_id}|{words or 'this draft'}>"


def _unknown(status: Status, public_url: str) -> list[str]:
    if not status.unknown:
        return ["No unknown outcomes."]
    named = [link(public_url, one.draft_id, one.to) for one in status.unknown_mails]
    more = f" and {status.unknown - len(named):,} more" if status.unknown > len(named) else ""
    return [f":grey_question: {many(status.unknown, 'outcome is', 'outcomes are')} unknown: {', '.join(named)}{more}."]


def _paused(status: Status) -> list[str]:
    if not status.paused:
        return ["No paused campaigns."]
    named = [f"{escape(cut(one.name, 80))} ({waiting(one.waiting)})" for one in status.paused]
    return [f":double_vertical_bar: Paused: {some_of(named)}."]


def _accounts(status: Status) -> list[str]:
    near = [f"{escape(cut(one.address, 80))} {one.used:,} of {one.limit:,}" for one in status.near]
    sick = [f"{escape(cut(one.address, 80))} {escape(cut(one.why, 200))}" for one in status.sick]
    return [
        f":hourglass: Near their daily limit: {some_of(near)}." if near else "No account is near its daily limit.",
        *([f":warning: Sending nothing: {some_of(sick, 5)}"] if sick else []),
    ]


def waiting(number: int) -> str:
    """ "nothing waiting", "12 waiting"."""
    return f"{number:,} waiting" if number else "nothing waiting"


def queue_answer(
    mine: Sequence[DraftLine], mine_total: int, approved: Sequence[DraftLine], approved_total: int, public_url: str
) -> Message:
    """What waits for one member, and what is approved and waits."""
    return answer(
        *_listed("For you to decide", mine, mine_total, public_url),
        *_listed("Approved, and waiting to be sent", approved, approved_total, public_url),
    )


def _listed(title: str, lines: Sequence[DraftLine], total: int, public_url: str) -> list[str]:
    more = f"… and {total - len(lines):,} more." if total > len(lines) else ""
    return [
        f"*{title}: {few(total)}*",
        *(
            f"{at}. {link(public_url, line.draft_id, line.to)} · {escape(cut(line.campaign, 40))} · "
            f"{escape(cut(line.said, 120))}"
            for at, line in enumerate(lines, 1)
        ),
        more,
    ]
