"""App Home (https://docs.slack.dev/surfaces/app-home): one member's queue, day and troubles as a view. Pure."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from core.cards.home_row import row
from core.cards.mrkdwn import cut, escape, exact_time, mrkdwn, plain
from core.cards.packed import packed
from core.cards.trouble_line import line
from core.taxonomy import Risk, Role
from core.views.day import JustApproved
from core.views.home import HomeFacts
from core.views.trouble import Trouble

Block = dict[str, Any]
View = dict[str, Any]

#: The option of a menu that chooses nothing.
ALL = "all"
#: Options that a menu of Slack's holds.
MOST_OPTIONS = 100
#: Troubles that are named. More are counted.
MOST_TROUBLES = 15

_RISKS = {Risk.LOW: "Low risk", Risk.REVIEW: "To look at closely", Risk.BLOCKED: "Blocked"}


def home(facts: HomeFacts, public_url: str) -> View:
    """What this member's Home shows. `public_url` is where the pages of drafts are."""
    return _home(
        [
            {"type": "header", "text": plain(_headline(facts))},
            *([{"type": "section", "block_id": "note", "text": mrkdwn(_note(facts.note))}] if facts.note else []),
            *(_undo(approved, facts.timezone) for approved in facts.just_approved),
            *_choices(facts),
            *_empty(facts),
            *(block for draft in facts.queue.drafts for block in row(draft, facts.timezone, public_url)),
            *_foot(facts),
            {"type": "divider"},
            *_day(facts),
            *_troubles(facts.troubles),
        ]
    )


def stranger() -> View:
    """For somebody whom the workspace does not know."""
    return _home(
        [
            {"type": "header", "text": plain("Signoff")},
            {
                "type": "section",
                "text": mrkdwn(
                    "You are not a member of this workspace in Signoff yet, so nothing waits for you here. "
                    "An admin can add you."
                ),
            },
        ]
    )


def fingerprint(view: View) -> str:
    """A hash of what a view shows: the same is not published twice."""
    return hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()


def _home(blocks: list[Block]) -> View:
    return {"type": "home", "blocks": blocks}


def _headline(facts: HomeFacts) -> str:
    waiting = facts.queue.everything
    if not waiting:
        return "Nothing waits for you"
    return "1 draft waits for you" if waiting == 1 else f"{waiting:,} drafts wait for you"


def _note(note: str | None) -> str:
    return f":speech_balloon: {escape(cut(note or '', 2_000))}"


def _undo(approved: JustApproved, timezone: str) -> Block:
    until = exact_time(approved.until, timezone)
    over = datetime.now(UTC) >= approved.until
    leaves = "waits for its turn" if over else f"nothing leaves before {until}"
    return {
        "type": "section",
        "block_id": f"undo:{approved.draft_id}",
        "text": mrkdwn(f":white_check_mark: Approved: *{escape(cut(approved.subject, 300))}* · {leaves}"),
        "accessory": {
            "type": "button",
            "action_id": "undo_approval",
            "text": plain("Undo"),
            "value": f"{approved.draft_id}:{approved.version}",
            "accessibility_label": cut(f"Undo: {approved.subject}", 75),
        },
    }


# --- what to see -------------------------------------------------------------------------------------------------


def _choices(facts: HomeFacts) -> list[Block]:
    """The two menus and the bulk approval. A new `block_id` with each choice: or Slack keeps what was picked before."""
    chosen, queue = facts.chosen, facts.queue
    if not queue.everything and chosen.campaign_id is None and chosen.risk is None:
        return []
    campaigns = [(ALL, f"All campaigns ({queue.everything:,})")]
    campaigns += [(str(count.campaign_id), f"{count.name} ({count.waiting:,})") for count in queue.campaigns]
    picked = str(chosen.campaign_id) if chosen.campaign_id else ALL
    elements = [
        _menu("home_campaign", "Campaign", _with_room_for(picked, campaigns), picked),
        _menu("home_risk", "Risk", [(ALL, "Every risk"), *_RISKS.items()], chosen.risk or ALL),
    ]
    if queue.low_risk:
        elements.append(_bulk_button(queue.low_risk, picked))
    return [{"type": "actions", "block_id": f"choose:{picked}:{chosen.risk or ALL}", "elements": elements}]


def _with_room_for(picked: str, options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """As many as a menu holds, the picked one among them even if nothing waits in it any more."""
    found = [option for option in options if option[0] == picked] or [(picked, "This campaign (0)")]
    if found[0] in options[:MOST_OPTIONS]:
        return options[:MOST_OPTIONS]
    return [*options[: MOST_OPTIONS - 1], found[0]]


def _menu(action_id: str, label: str, options: list[tuple[str, str]], picked: str) -> Block:
    listed = [{"text": plain(cut(text, 75)), "value": value} for value, text in options]
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(label),
        "options": listed,
        "initial_option": next(option for option in listed if option["value"] == picked),
    }


def _bulk_button(low_risk: int, picked: str) -> Block:
    return {
        "type": "button",
        "action_id": "bulk_low_risk",
        "text": plain(f"Approve {low_risk:,} low-risk …"),
        "value": picked,
        "accessibility_label": "Approve low-risk drafts: shows which, and asks first",
    }


def _empty(facts: HomeFacts) -> list[Block]:
    queue = facts.queue
    if queue.total:
        return []
    if not facts.role.covers(Role.REVIEWER):
        sentence = "You look on: you may read every draft, and others decide. An admin can make you a reviewer."
    elif queue.everything:
        count = "1 other does" if queue.everything == 1 else f"{queue.everything:,} others do"
        sentence = f"Nothing of this kind waits for you; {count}."
    elif queue.snoozed:
        sentence = f":sunny: All done for now. {_snoozed(queue.snoozed)}"
        sentence += f" {_to_change(queue.to_change)}" if queue.to_change else ""
    elif queue.to_change:
        sentence = f":sunny: All done for now. {_to_change(queue.to_change)}"
    else:
        sentence = ":sunny: All done. What comes next will show up here by itself."
    block: Block = {"type": "section", "block_id": "empty", "text": mrkdwn(sentence)}
    if queue.everything:
        block["accessory"] = {"type": "button", "action_id": "home_all", "text": plain("Show all"), "value": ALL}
    return [block]


def _snoozed(count: int) -> str:
    return "1 is snoozed and comes back by itself." if count == 1 else f"{count:,} are snoozed and come back."


def _to_change(count: int) -> str:
    return "1 waits for changes." if count == 1 else f"{count:,} wait for changes."


def _foot(facts: HomeFacts) -> list[Block]:
    """Where in the queue this page is, what is snoozed, and the ways to the other pages."""
    queue = facts.queue
    if not queue.total:
        return []
    said = [f"Page {queue.page + 1:,} of {queue.pages:,}"] if queue.pages > 1 else []
    said += [_snoozed(queue.snoozed)] if queue.snoozed else []
    said += [_to_change(queue.to_change)] if queue.to_change else []
    turns = [
        {"type": "button", "action_id": f"home_page_{to}", "text": plain(label), "value": str(to)}
        for to, label in ((queue.page - 1, "Back"), (queue.page + 1, "Next"))
        if 0 <= to < queue.pages
    ]
    blocks: list[Block] = []
    if said:
        blocks.append({"type": "context", "block_id": "foot", "elements": [mrkdwn(" · ".join(said))]})
    if turns:
        blocks.append({"type": "actions", "block_id": f"turn:{queue.page}", "elements": turns})
    return blocks


# --- what became of it -------------------------------------------------------------------------------------------


def _day(facts: HomeFacts) -> list[Block]:
    if not facts.role.covers(Role.REVIEWER):
        return []
    day = facts.day
    fields = {
        "Decided today": day.decided,
        "Sent today": day.sent,
        "Approved, waiting": day.waiting,
        "Outcome unknown": day.unknown,
    }
    return [
        {"type": "header", "text": plain("Your day")},
        {
            "type": "section",
            "block_id": "day",
            "fields": [mrkdwn(f"*{name}*\n{number:,}") for name, number in fields.items()],
        },
    ]


def _troubles(troubles: tuple[Trouble, ...] | None) -> list[Block]:
    if troubles is None:
        return []
    lines = [line(trouble) for trouble in troubles[:MOST_TROUBLES]]
    if len(troubles) > MOST_TROUBLES:
        lines.append(f"_and {len(troubles) - MOST_TROUBLES:,} more_")
    return [
        {"type": "header", "text": plain("Accounts and campaigns")},
        *packed(lines or [":white_check_mark: All of them get on well."]),
    ]
