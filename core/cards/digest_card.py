"""The digest as a message: lines of plain words that a screen reader can say. Pure; Block Kit as plain dicts."""

from datetime import timedelta
from typing import Any

from core.cards.mrkdwn import cut, escape, mrkdwn, plain
from core.text.phrases import how_long, some_of, when
from core.views.digest import Digest

#: Bars of eight heights, from nothing to the most of the week.
BARS = "▁▂▃▄▅▆▇█"
#: People and accounts that are named.
MOST_NAMED = 15


def digest_card(digest: Digest) -> dict[str, Any]:
    """The message (`text`, `blocks`). The text alone says all of it."""
    title, happened, stands = title_of(digest), _happened(digest), _stands(digest)
    week = _week(digest)
    blocks = [
        {"type": "header", "text": plain(cut(title, 150))},
        {"type": "section", "block_id": "day", "text": mrkdwn(_lines(happened))},
        {"type": "section", "block_id": "now", "text": mrkdwn(_lines(["*Now*", *stands]))},
        {"type": "context", "block_id": "week", "elements": [mrkdwn(f"{week} {sparkline(digest.week)}")]},
    ]
    return {"text": cut_lines([escape(title), *happened, *stands, week], 3_900), "blocks": blocks}


def title_of(digest: Digest) -> str:
    """ "Acme, Thursday 19 November", and that a day is not over."""
    day = f"{digest.day:%A} {digest.day.day} {digest.day:%B}"
    return f"{digest.workspace}, {day}" if digest.is_over else f"{digest.workspace}, {day} so far"


def sparkline(numbers: tuple[int, ...]) -> str:
    """A bar for each number, the highest for the highest. What is not nothing is never drawn as nothing."""
    most = max(numbers, default=0)
    return "".join(BARS[max(1, round(number * (len(BARS) - 1) / most)) if number else 0] for number in numbers)


def _happened(digest: Digest) -> list[str]:
    """What happened, each sort of thing in a line of its own; what did not is left out."""
    came = [
        many(digest.sent, "mail sent", "mails sent"),
        many(digest.replies, "reply", "replies") + _to_how_many(digest),
        *([many(digest.bounces, "bounce", "bounces") + _for_good(digest)] if digest.bounces else []),
        *([many(digest.complaints, "spam report", "spam reports")] if digest.complaints else []),
        *([many(digest.unsubscribes, "opted out", "opted out")] if digest.unsubscribes else []),
    ]
    lines = [", ".join(came).replace(", No ", ", no ") + "."]
    if digest.approved or digest.rejected:
        undone = f", {digest.undone:,} of these undone" if digest.undone else ""
        lines.append(f"Decided: {few(digest.approved)} approved{undone}, {few(digest.rejected)} rejected.")
    if digest.approvals:
        people = [f"{escape(cut(name, 60))} {number:,}" for name, number in digest.approvals]
        lines.append(f"Approvals by person: {some_of(people, MOST_NAMED)}.")
    if digest.median_seconds is not None:
        lines.append(f"Median time to a decision: {how_long(timedelta(seconds=digest.median_seconds))}.")
    if digest.expired:
        lines.append(f"{many(digest.expired, 'draft', 'drafts')} expired: nobody decided in time.")
    if digest.lost:
        settled = f", {digest.settled:,} of these settled since" if digest.settled else ""
        lines.append(f"{many(digest.lost, 'mail', 'mails')} got no answer from the mail server{settled}.")
    if digest.near:
        accounts = [f"{escape(cut(one.address, 80))} {one.used:,} of {one.limit:,}" for one in digest.near]
        lines.append(f"Near their daily limit: {some_of(accounts, MOST_NAMED)}.")
    return lines


def _to_how_many(digest: Digest) -> str:
    """Replies and the mails that they answer, where these are not as many."""
    return f" to {many(digest.answered, 'message', 'messages')}" if digest.replies != digest.answered else ""


def _for_good(digest: Digest) -> str:
    """Of what bounced, what did so for good, where that is not all of it."""
    return "" if digest.hard_bounces == digest.bounces else f" ({few(digest.hard_bounces)} hard)"


def _stands(digest: Digest) -> list[str]:
    """How things stand now."""
    since = f", the oldest since {when(digest.oldest, digest.now, digest.timezone)}" if digest.oldest else ""
    lines = [f"{many(digest.to_review, 'draft waits', 'drafts wait')} for a decision{since}."]
    if digest.to_change:
        lines.append(f"{many(digest.to_change, 'draft waits', 'drafts wait')} for requested changes.")
    lines.append(f"{many(digest.queued, 'approved mail waits', 'approved mails wait')} to be sent.")
    if digest.unknown:
        lines.append(
            f"{many(digest.unknown, 'outcome is', 'outcomes are')} unknown: an admin has to check, see the cards."
        )
    if not digest.is_over:  # somebody asked for it
        lines.append(_next(digest))
    return lines


def _next(digest: Digest) -> str:
    if digest.next_at is None:
        return "No digest is scheduled."
    return f"The next digest comes {when(digest.next_at, digest.now, digest.timezone)}."


def _week(digest: Digest) -> str:
    first = digest.day - timedelta(days=len(digest.week) - 1)
    numbers = ", ".join(f"{number:,}" for number in digest.week)
    return f"Mails sent from {first:%A} to {digest.day:%A}: {numbers}."


def many(number: int, one: str, more: str) -> str:
    """ "1 reply", "No replies", "1,200 replies"."""
    return f"{number:,} {one}" if number == 1 else f"{f'{number:,}' if number else 'No'} {more}"


def few(number: int) -> str:
    """ "none", "1", "1,200"."""
    return f"{number:,}" if number else "none"


def _lines(lines: list[str]) -> str:
    return cut_lines(lines, 3_000)


def cut_lines(lines: list[str], limit: int) -> str:
    """These lines of mrkdwn, as many as fit; none is cut within its markup."""
    kept = list(lines)
    while len("\n".join(kept)) > limit:
        kept = [*kept[:-2], "…"] if kept[-1] == "…" else [*kept[:-1], "…"]
    return "\n".join(kept)
