"""A row of a bulk approval: a draft with its box, and what its reader saw of it. Pure.

Slack keeps what a person ticked through an update, as long as `block_id` and `action_id` of the box stay as they were
(https://docs.slack.dev/surfaces/modals#updating_views), so a box is named after its draft and round.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.cards.buttons import promise
from core.cards.mrkdwn import cut, mrkdwn, plain, section, unescape
from core.reviewers.low_risk import DraftAtVersion, LowRisk, LowRiskDraft
from core.text.words.states import OUTSIDE

Block = dict[str, Any]

#: action_id of every box.
TICK = "bulk_tick"
#: The end of the name of a row that says that "now" is outside of business hours.
CLOSED = ":closed"
#: Characters and lines of a text that the list shows.
PREVIEW, LINES = 400, 5


@dataclass(frozen=True)
class ListedDraft:
    """One draft as the list showed it. What people wrote is shown letter by letter."""

    draft: DraftAtVersion
    subject: str = field(repr=False)
    about: str = field(repr=False)


def row_of(line: LowRiskDraft, found: LowRisk, generation: int, public_url: str) -> Block:
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
        _name(value, generation, closed=closed),
        **({"fields": beneath} if beneath else {}),
        accessory={"type": "checkboxes", "action_id": TICK, "options": [option]},
    )


def _beginning(text: str) -> tuple[str, bool]:
    """The first lines of a text, without blank ones, and whether that is all of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    shown = cut("\n".join(lines[:LINES]), PREVIEW)
    is_all = len(lines) <= LINES and not shown.endswith("…")
    return (shown if is_all or shown.endswith("…") else f"{shown} …"), is_all


def _name(value: str, generation: int, *, closed: bool) -> str:
    return f"pick:{value}:{generation}{CLOSED if closed else ''}"


def value_of_draft(draft: DraftAtVersion) -> str:
    """What a box carries: the draft and the round that its reader saw (P3)."""
    return f"{draft.draft_id}:{draft.version}"


def words_of(block: Block) -> tuple[str, str]:
    """Subject and recipient of a draft's row, as its reader saw them."""
    subject, _, rest = unescape(_text_of(block)).partition("\n")
    return subject, rest.partition("\n")[0].removesuffix(f" · {OUTSIDE}")


def blocks_of(view: Mapping[str, Any]) -> list[Block]:
    """The blocks of a window that came back: whoever signed it may have put anything there."""
    blocks = view.get("blocks")
    return [block for block in blocks if isinstance(block, dict)] if isinstance(blocks, list) else []


def _text_of(block: Block) -> str:
    text = block.get("text")
    return str(text.get("text", "")) if isinstance(text, dict) else ""


def box_of(block: Block) -> Block:
    """The box of a draft's row; empty for any other block."""
    box = block.get("accessory")
    if not isinstance(box, dict) or box.get("action_id") != TICK:
        return {}
    options = box.get("options")
    return box if isinstance(options, list) and options and isinstance(options[0], dict) else {}


def value_of(box: Block) -> str:
    """What a box carries; empty where it is none."""
    return str(box["options"][0].get("value", "")) if box else ""


def says_closed(block: Block) -> bool:
    """Whether a draft's row says that "now" is outside of business hours."""
    return str(block.get("block_id", "")).endswith(CLOSED)


def with_closed(block: Block) -> Block:
    """A draft's row, which says from now on that "now" is outside of business hours."""
    if says_closed(block):
        return block
    subject, *rest = _text_of(block).split("\n")
    rest[:1] = [f"{rest[0]} · {OUTSIDE}"] if rest else [OUTSIDE]
    return block | {"text": plain("\n".join((subject, *rest))), "block_id": f"{block.get('block_id', '')}{CLOSED}"}


def with_ticks(block: Block, ticked: Collection[str]) -> Block:
    """The row with its box ticked where what it carries is among these; any other block as it is."""
    box = box_of(block)
    if not box:
        return block
    bare = {key: value for key, value in box.items() if key != "initial_options"}
    on = value_of(box) in ticked
    return block | {"accessory": bare | ({"initial_options": box["options"]} if on else {})}


def renamed(block: Block, generation: int) -> Block:
    """The row under another name, so that Slack forgets what was ticked in it; any other block as it is."""
    value = value_of(box_of(block))
    return block | {"block_id": _name(value, generation, closed=says_closed(block))} if value else block
