"""Bulk approval as modals: the list that says exactly what will be approved, and what became of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from core.cards.modals import modal
from core.cards.mrkdwn import button, cut, escape, mrkdwn, packed, plain, section
from core.reviewers.bulk import MOST, BulkResult, DraftAtVersion, LowRisk
from core.taxonomy import BulkOutcome
from core.text.words.states import BULK

Block = dict[str, Any]
View = dict[str, Any]

CALLBACK = "bulk_low_risk"
TITLE = "Approve low-risk drafts"
#: Ticks that one element of Slack's holds, and characters of each.
GROUP, TICK = 10, 75
#: The field under which trouble is told.
FIRST_GROUP = "choices_0"


@dataclass(frozen=True)
class ListedDraft:
    """One draft as the list showed it. What people wrote is shown letter by letter."""

    draft: DraftAtVersion
    subject: str = field(repr=False)
    about: str = field(repr=False)


def listed_drafts(found: LowRisk) -> list[ListedDraft]:
    """The list of what is offered."""
    return [
        ListedDraft(
            offered.draft,
            offered.subject,
            " · ".join(filter(None, (offered.to_address, offered.to_name, offered.campaign))),
        )
        for offered in found.offered
    ]


def offer(found: LowRisk, campaign: str) -> View:
    """The list with its tick boxes, all of them ticked. `campaign` goes along with "List more"."""
    listed = listed_drafts(found)
    if not listed:
        closer = "1 draft waits" if found.scanned == 1 else f"{found.scanned:,} drafts wait"
        more = f" {closer} for a closer look." if found.scanned else ""
        return modal(TITLE, [section(mrkdwn(f"No low-risk draft waits for you.{more}"))])
    shown = "This one draft is" if len(listed) == 1 else f"These {len(listed):,} drafts are"
    which = "all" if len(listed) == found.found else f"{len(listed):,} of {found.found:,}"
    head = section(
        mrkdwn(
            f"*{shown} approved when you submit*, as shown: {which} low-risk among the {found.scanned:,} that wait "
            "for you. Untick what you want to read first."
        )
    )
    if len(listed) < min(found.found, MOST):
        head["accessory"] = button("bulk_more", f"List {min(found.found, MOST)}", f"{MOST}:{campaign}")
    return _form([head], listed)


def outcome(results: Sequence[tuple[BulkResult, ListedDraft]]) -> View:
    """What became of each; those for which there was no time stand there again, to be submitted once more."""
    left = [line for result, line in results if result.outcome == BulkOutcome.LEFT]
    counts = [
        f"{sum(result.outcome == outcome for result, _ in results):,} {word}"
        for outcome, word in BULK.items()
        if outcome == BulkOutcome.APPROVED or any(result.outcome == outcome for result, _ in results)
    ]
    blocks = [section(mrkdwn(f"*{', '.join(counts)}.*"))]
    for outcome, word in BULK.items():
        those = [_line(result, line) for result, line in results if result.outcome == outcome]
        if those and outcome != BulkOutcome.LEFT:
            blocks += packed([f"{_SIGNS[outcome]} *{word.capitalize()}*", *those])
    if not left:
        return modal(TITLE, blocks)
    reason = next(result.reason for result, _ in results if result.outcome == BulkOutcome.LEFT)
    return _form(
        [*blocks, section(mrkdwn(f":hourglass: *Not done yet:* {escape(cut(reason or '', 500))} Submit again."))], left
    )


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


def _form(head: list[Block], listed: Sequence[ListedDraft]) -> View:
    groups = [listed[at : at + GROUP] for at in range(0, len(listed), GROUP)]
    return {
        **modal(TITLE, [*head, *(_group(number, group, len(groups)) for number, group in enumerate(groups))]),
        "callback_id": CALLBACK,
        "submit": plain("Approve what is ticked"),
        "close": plain("Cancel"),
    }


def _group(number: int, group: Sequence[ListedDraft], groups: int) -> Block:
    options = [
        {
            "text": plain(cut(line.subject, TICK)),
            "description": plain(cut(line.about, TICK)),
            "value": f"{line.draft.draft_id}:{line.draft.version}",
        }
        for line in group
    ]
    first = number * GROUP + 1
    return {
        "type": "input",
        "block_id": f"choices_{number}",
        "optional": groups > 1,  # all of a group may be unticked, where there are others
        "label": plain(f"Drafts {first} to {first + len(group) - 1}" if len(group) > 1 else f"Draft {first}"),
        "element": {
            "type": "checkboxes",
            "action_id": f"choices_{number}",
            "options": options,
            "initial_options": options,
        },
    }
