"""Bulk approval as modals: the list that is read and ticked, and what became of each draft. Pure.

Slack keeps what a person ticked through an update, as long as `block_id` and `action_id` of the box stay as they were
(https://docs.slack.dev/surfaces/modals#updating_views), so a box is named after its draft and round. Only "Tick all"
and "Untick all" give the boxes new names.
"""

import base64
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core.cards.buttons import promise
from core.cards.modals import choice_field, modal
from core.cards.mrkdwn import button, clock_time, cut, escape, mrkdwn, packed, plain, section, unescape
from core.ids import UUID
from core.reviewers.bulk import MOST, USUAL, BulkResult, DraftAtVersion, LowRisk, LowRiskDraft
from core.taxonomy import BulkOutcome, Timing
from core.text.words.refusals import NO_APPROVAL
from core.text.words.states import BULK, NOW_DESPITE_HOURS, OUTSIDE

Block = dict[str, Any]
View = dict[str, Any]

CALLBACK = "bulk_low_risk"
TITLE = "Approve low-risk drafts"
#: Where a person chooses when the mail is to leave; and where they choose anew, as Slack keeps what was chosen there.
WHEN, WHEN_AGAIN = "when", "when_again"
WHENS = (WHEN_AGAIN, WHEN)
#: action_id of every box.
TICK = "bulk_tick"
#: The end of the name of a row that says that "now" is outside of business hours.
CLOSED = ":closed"
#: Characters and lines of a text that the list shows.
PREVIEW, LINES = 400, 5


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


@dataclass(frozen=True)
class ListedDraft:
    """One draft as the list showed it. What people wrote is shown letter by letter."""

    draft: DraftAtVersion
    subject: str = field(repr=False)
    about: str = field(repr=False)


def offer(found: LowRisk, state: ListState, public_url: str, ticked: Collection[str] = ()) -> View:
    """The list with its boxes; `ticked` are the values of those that were ticked before, and no other is."""
    if not found.offered:
        closer = "1 draft needs" if found.scanned == 1 else f"{found.scanned:,} drafts need"
        more = f" {closer} a look." if found.scanned else ""
        return modal(TITLE, [section(mrkdwn(f"No low-risk draft waits for you{_where(found)}.{more}"))])
    rows = [_row(line, state, public_url, found) for line in found.offered]
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
    blocks = [_renamed(block, state.generation) for block in _unwarned(view)]
    every = [value_of(box_of(block)) for block in blocks if box_of(block)]
    return _again(view, blocks, every if on else []) | {"private_metadata": state.written()}


def warned(view: View, sentence: str) -> View:
    """The same list, with something to know on top."""
    warning = section(mrkdwn(f":warning: *{escape(sentence)}*"), "warning")
    return _again(view, [warning, *_unwarned(view)], [])


def _unwarned(view: View) -> list[Block]:
    """What stands there, without a warning about what was so at an earlier click."""
    return [block for block in view["blocks"] if block.get("block_id") != "warning"]


def words_of(block: Block) -> tuple[str, str]:
    """Subject and recipient of a draft's row, as its reader saw them."""
    subject, _, rest = unescape(str((block.get("text") or {}).get("text", ""))).partition("\n")
    return subject, rest.partition("\n")[0].removesuffix(f" · {OUTSIDE}")


def box_of(block: Block) -> Block:
    """The box of a draft's row; empty for any other block."""
    box = block.get("accessory") or {}
    return box if box.get("action_id") == TICK and box.get("options") else {}


def says_closed(block: Block) -> bool:
    """Whether a draft's row says that "now" is outside of business hours."""
    return str(block.get("block_id", "")).endswith(CLOSED)


def value_of(box: Block) -> str:
    """What a box carries; empty where it is none."""
    return str(box["options"][0]["value"]) if box else ""


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
    form = [_when(len(asked), WHEN_AGAIN)] if asked else [b for b in view["blocks"] if b.get("block_id") in WHENS]
    closed = {value_of_draft(result.draft) for result in asked}
    rows = [
        _closed(block) if value_of(box_of(block)) in closed else block
        for block in view["blocks"]
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


def value_of_draft(draft: DraftAtVersion) -> str:
    """What a box carries: the draft and the round that its reader saw (P3)."""
    return f"{draft.draft_id}:{draft.version}"


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
    boxed = [_ticked(block, ticked) for block in blocks]
    count = sum("initial_options" in box_of(block) for block in boxed)
    return {
        **modal(TITLE, boxed),
        "callback_id": CALLBACK,
        "private_metadata": view.get("private_metadata", ""),
        "submit": plain(f"Approve {count:,}" if count else "Approve"),
        "close": plain("Cancel"),
    }


def _ticked(block: Block, ticked: Collection[str]) -> Block:
    box = box_of(block)
    if not box:
        return block
    bare = {key: value for key, value in box.items() if key != "initial_options"}
    on = value_of(box) in ticked
    return block | {"accessory": bare | ({"initial_options": box["options"]} if on else {})}


def _renamed(block: Block, generation: int) -> Block:
    value = value_of(box_of(block))
    return block | {"block_id": _name(value, generation, closed=says_closed(block))} if value else block


def _name(value: str, generation: int, *, closed: bool) -> str:
    return f"pick:{value}:{generation}{CLOSED if closed else ''}"


def _closed(block: Block) -> Block:
    """A draft's row, which says from now on that "now" is outside of business hours."""
    if says_closed(block):
        return block
    subject, *rest = str(block["text"]["text"]).split("\n")
    rest[:1] = [f"{rest[0]} · {OUTSIDE}"] if rest else [OUTSIDE]
    text = block["text"] | {"text": "\n".join((subject, *rest))}
    return block | {"text": text, "block_id": f"{block['block_id']}{CLOSED}"}


def _row(line: LowRiskDraft, state: ListState, public_url: str, found: LowRisk) -> Block:
    """Whom it is for and how it begins, letter by letter; what keeps it; all of it is a click away."""
    now = found.send_now.get(line.draft.draft_id)
    closed = now is not None and now.closed is not None
    held = promise(now, found.timezone) if now is not None and now.why is not None else ""
    value = value_of_draft(line.draft)
    about = " · ".join(filter(None, (cut(line.to_address, 100), cut(line.to_name, 100), cut(line.campaign, 100))))
    about += f" · {OUTSIDE}" if closed else ""
    shown, is_all = _beginning(line.text)
    page = "" if is_all else f"<{public_url}/drafts/{line.draft.draft_id}|Read all>"
    beneath = [mrkdwn(text) for text in (held, page) if text]
    option = {"text": plain("Approve"), "value": value}
    return section(
        plain("\n".join((cut(line.subject, 200), about, shown))),
        _name(value, state.generation, closed=closed),
        **({"fields": beneath} if beneath else {}),
        accessory={"type": "checkboxes", "action_id": TICK, "options": [option]},
    )


def _beginning(text: str) -> tuple[str, bool]:
    """The first lines of a text, without blank ones, and whether that is all of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    shown = cut("\n".join(lines[:LINES]), PREVIEW)
    is_all = len(lines) <= LINES and not shown.endswith("…")
    return (shown if is_all or shown.endswith("…") else f"{shown} …"), is_all
