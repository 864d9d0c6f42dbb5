"""Bulk approval as modals: the list that is read and ticked, and what became of each draft. Pure.

Every redraw keeps what a person ticked (`core/cards/bulk_row.py`); only "Tick all" and "Untick all" set all the boxes.
"""

import base64
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.cards.bulk_row import (
    Block,
    ListedDraft,
    blocks_of,
    box_of,
    renamed,
    row_of,
    value_of,
    value_of_draft,
    with_closed,
    with_ticks,
)
from core.cards.modals import choice_field, modal
from core.cards.mrkdwn import button, clock_time, cut, escape, mrkdwn, packed, plain, section
from core.ids import UUID
from core.reviewers.bulk import BulkResult
from core.reviewers.low_risk import MOST, USUAL, DraftAtVersion, LowRisk
from core.taxonomy import BulkOutcome, Timing
from core.text.words.refusals import NO_APPROVAL
from core.text.words.states import BULK, NOW_DESPITE_HOURS

View = dict[str, Any]

CALLBACK = "bulk_low_risk"
TITLE = "Approve low-risk drafts"
#: Where a person chooses when the mail is to leave; and where they choose anew, as Slack keeps what was chosen there.
WHEN, WHEN_AGAIN = "when", "when_again"
WHENS = (WHEN_AGAIN, WHEN)


@dataclass(frozen=True)
class ListState:
    """What the list knows of itself from one redraw to the next. Everything else stands in its blocks."""

    #: How many are listed at most; of which campaign (its id, or nothing); how often all were ticked or unticked.
    most: int
    campaign: str = ""
    generation: int = 0
    #: What was approved by it so far, for the one Undo.
    approved: tuple[DraftAtVersion, ...] = ()

    def written(self) -> str:
        """As `private_metadata`, whose 3,000 characters hold all that can be listed."""
        raw = b"".join(draft.draft_id.bytes + draft.version.to_bytes(4) for draft in self.approved)
        approved = base64.urlsafe_b64encode(raw).decode()
        return f"{self.most}:{self.campaign}:{self.generation}:{approved}"

    @classmethod
    def read(cls, metadata: object) -> "ListState":
        """What `written` made; of anything else a list that has told nothing yet."""
        try:
            most, campaign, generation, approved = str(metadata).split(":")
            raw = base64.urlsafe_b64decode(approved)
            pieces = [raw[at : at + 20] for at in range(0, len(raw), 20)]
            drafts = tuple(DraftAtVersion(UUID(bytes=piece[:16]), int.from_bytes(piece[16:])) for piece in pieces)
            return cls(int(most), campaign, int(generation), drafts)
        except ValueError:
            return cls(USUAL)


def offer(found: LowRisk, state: ListState, public_url: str, ticked: Collection[str] = ()) -> View:
    """The list with its boxes; `ticked` are the values of those that were ticked before, and no other is."""
    if not found.offered:
        closer = "1 draft needs" if found.scanned == 1 else f"{found.scanned:,} drafts need"
        more = f" {closer} a look." if found.scanned else ""
        return modal(TITLE, [section(mrkdwn(f"No low-risk draft waits for you{_where(found)}.{more}"))])
    rows = [row_of(line, found, state.generation, public_url) for line in found.offered]
    return _form(_head(found, state), rows, ticked)


def _head(found: LowRisk, state: ListState) -> "_Head":
    count = len(found.offered)
    which = f"{count:,}" if count == found.found else f"{count:,} of {found.found:,}"
    drafts = "low-risk draft" if found.found == 1 else "low-risk drafts"
    told = f"*{which} {drafts}* among the {found.scanned:,} that wait for you{_where(found)}. Tick the ones to approve."
    more = min(found.found, MOST)
    return _Head(told, state, count, len(found.closed), more if count < more else 0)


def _where(found: LowRisk) -> str:
    return f" in {escape(cut(found.campaign, 100))}" if found.campaign else ""


@dataclass(frozen=True)
class _Head:
    told: str
    state: ListState
    listed: int
    closed: int
    more: int = 0


def retick(view: View, ticked: Collection[str]) -> View:
    """The same list as it stands on somebody's screen, whose button counts what is ticked."""
    return _again(view, _unwarned(view), ticked)


def tick_all(view: View, *, on: bool) -> View:
    """The same list as it stands on somebody's screen, with every box ticked, or none."""
    state = ListState.read(view.get("private_metadata"))
    state = replace(state, generation=state.generation + 1)
    blocks = [renamed(block, state.generation) for block in _unwarned(view)]
    every = [value_of(box_of(block)) for block in blocks if box_of(block)]
    return _again(view, blocks, every if on else []) | {"private_metadata": state.written()}


def warned(view: View, sentence: str) -> View:
    """The same list, with something to know on top."""
    warning = section(mrkdwn(f":warning: *{escape(sentence)}*"), "warning")
    return _again(view, [warning, *_unwarned(view)], [])


def _unwarned(view: View) -> list[Block]:
    """What stands there, without a warning about what was so at an earlier click."""
    return [block for block in blocks_of(view) if block.get("block_id") != "warning"]


def outcome(results: Sequence[tuple[BulkResult, ListedDraft]], view: View, timing: Timing, at: datetime) -> View:
    """What became of each, and when it was approved to leave; those for which there was no time stand there again,
    ticked, to be submitted once more."""
    before = ListState.read(view.get("private_metadata"))
    now = tuple(line.draft for result, line in results if result.outcome == BulkOutcome.APPROVED)
    state = replace(before, approved=tuple(dict.fromkeys((*before.approved, *now))))
    left = {value_of_draft(line.draft) for result, line in results if result.outcome == BulkOutcome.LEFT}
    counts = [
        f"{sum(result.outcome == outcome for result, _ in results):,} {word}"
        for outcome, word in BULK.items()
        if outcome == BulkOutcome.APPROVED or any(result.outcome == outcome for result, _ in results)
    ]
    undo = button("bulk_undo", f"Undo {_all(len(state.approved))}", "all")
    way_back = {"accessory": undo} if state.approved else {}
    blocks = [section(mrkdwn(f"*{', '.join(counts)}.*"), "counts", **way_back)]
    if now:
        said = f"Approved at {clock_time(at, 'UTC')} {_TO_LEAVE[timing]}"
        blocks.append({"type": "context", "block_id": "as_of", "elements": [mrkdwn(said)]})
    for outcome, word in BULK.items():
        those = [_line(result, line) for result, line in results if result.outcome == outcome]
        if those and outcome != BulkOutcome.LEFT:
            blocks += packed([f"{_SIGNS[outcome]} *{word.capitalize()}*", *those])
    if not left:
        return modal(TITLE, blocks) | {"private_metadata": state.written()}
    asked = [result for result, _ in results if result.asks_when]
    reason = asked[0].reason if asked else next(r.reason for r, _ in results if r.outcome == BulkOutcome.LEFT)
    blocks.append(
        section(mrkdwn(f":hourglass: *Not done yet:* {escape(cut(reason or '', 500))} Press *Approve* again."))
    )
    # A second click on the button of before must not send at night what the first one was kept from.
    form = [_when(len(asked), WHEN_AGAIN)] if asked else [b for b in blocks_of(view) if b.get("block_id") in WHENS]
    closed = {value_of_draft(result.draft) for result in asked}
    rows = [
        with_closed(block) if value_of(box_of(block)) in closed else block
        for block in blocks_of(view)
        if value_of(box_of(block)) in left
    ]
    return _again(view, [*blocks, *form, *rows], left) | {"private_metadata": state.written()}


#: When what was approved is to leave, and where it says whether it has.
_TO_LEAVE: dict[Timing, str] = {
    Timing.EARLIEST: "to leave as soon as no rule holds it. The card says when, and the outcome.",
    Timing.NEXT_SLOT: "for the next free slots, within business hours. The card says when, and the outcome.",
}


def undone(taken_back: int, why_not: Sequence[str]) -> View:
    """What one Undo of them all came to; `why_not` is a sentence for each that stays as it is."""
    stay = Counter(why_not)
    before = stay.pop(NO_APPROVAL, 0)  # a second click on the same button, most often
    told = ":leftwards_arrow_with_hook:"
    if taken_back:
        told += (
            f" *{_counted(taken_back)} undone.* {'It waits' if taken_back == 1 else 'They wait'} for a decision again."
        )
    elif not before:
        told += " *Nothing was undone.*"
    if before:
        told += f" {before:,} {'is' if before == 1 else 'are'} not approved any more."
    if stay:
        told += f"\n:warning: *{stay.total():,} could not be undone:*"
        told += "".join(f"\n• {count:,}: {escape(cut(why, 300))}" for why, count in stay.most_common(5))
    return modal(TITLE, [section(mrkdwn(told))])


def _counted(approvals: int) -> str:
    return "1 approval" if approvals == 1 else f"{approvals:,} approvals"


def _all(count: int) -> str:
    return "it" if count == 1 else f"all {count:,}"


_SIGNS = {
    BulkOutcome.APPROVED: ":white_check_mark:",
    BulkOutcome.ENDORSED: ":ballot_box_with_check:",
    BulkOutcome.TAKEN: ":handshake:",
    BulkOutcome.CHANGED: ":pencil2:",
    BulkOutcome.FAILED: ":warning:",
}


def _line(result: BulkResult, line: ListedDraft) -> str:
    why = f"\n      _{escape(cut(result.reason, 300))}_" if result.reason else ""
    return f"• {escape(cut(line.subject, 150))} · {escape(cut(line.about, 150))}{why}"


def _form(head: _Head, rows: list[Block], ticked: Collection[str]) -> View:
    buttons = [
        button("bulk_all", f"Tick all {head.listed:,}", "all"),
        button("bulk_none", "Untick all", "none"),
        *([button("bulk_more", f"List {head.more}", str(MOST))] if head.more else []),
    ]
    blocks = [
        section(mrkdwn(head.told), "head"),
        {"type": "actions", "block_id": "all", "elements": buttons},
        _when(head.closed),
        *rows,
    ]
    empty = {**modal(TITLE, []), "callback_id": CALLBACK, "private_metadata": head.state.written()}
    return _again(empty, blocks, ticked)


def _when(closed: int, block_id: str = WHEN) -> Block:
    """When they leave. Where that would be outside of somebody's hours, it is said, and nothing leaves by default."""
    now = NOW_DESPITE_HOURS.format(count=closed) if closed else "Now"
    choices: dict[str, str] = {Timing.EARLIEST: now, Timing.NEXT_SLOT: "At the next slot, within business hours"}
    return choice_field(block_id, "When to send", choices, chosen=Timing.NEXT_SLOT if closed else Timing.EARLIEST)


def _again(view: View, blocks: Sequence[Block], ticked: Collection[str]) -> View:
    """These blocks in the place of a view that stands on somebody's screen."""
    boxed = [with_ticks(block, ticked) for block in blocks]
    count = sum("initial_options" in box_of(block) for block in boxed)
    return {
        **modal(TITLE, boxed),
        "callback_id": CALLBACK,
        "private_metadata": view.get("private_metadata", ""),
        "submit": plain(f"Approve {count:,}" if count else "Approve"),
        "close": plain("Cancel"),
    }
