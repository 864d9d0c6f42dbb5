"""App Home (https://docs.slack.dev/surfaces/app-home): one member's queue, day and troubles as a view. Pure."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from core.cards.answers import link
from core.cards.home_row import home_row
from core.cards.mrkdwn import button, cut, escape, exact_time, mrkdwn, packed, plain, section, time_to_come
from core.taxonomy import Role, TroubleKind
from core.text.words.states import NOBODY_SAID_WHY, NOT_BEFORE, RISK_MENU, TROUBLES
from core.views.day import RecentApproval
from core.views.home import HomeView
from core.views.trouble import Trouble

Block = dict[str, Any]
View = dict[str, Any]

#: The option of a menu that chooses nothing.
ALL = "all"
#: Options that a menu of Slack's holds.
MOST_OPTIONS = 100
#: Troubles that are named. More are counted.
MOST_TROUBLES = 15


def home_tab(home: HomeView, public_url: str) -> View:
    """What this member's Home shows. `public_url` is where the pages of drafts are."""
    return _home(
        [
            {"type": "header", "text": plain(_headline(home))},
            *([{"type": "section", "block_id": "note", "text": mrkdwn(_note(home.note))}] if home.note else []),
            *_choices(home),
            *_empty(home),
            *(block for draft in home.queue.drafts for block in home_row(draft, home.timezone, public_url)),
            *_latest(home, public_url),
            *_foot(home),
            # Below the rows: what comes and goes above them moves them.
            *(_undo(approved, home.timezone) for approved in home.recent_approvals),
            {"type": "divider"},
            *_day(home),
            *_troubles(home.troubles),
        ]
    )


def stranger_tab() -> View:
    """For somebody whom the workspace does not know."""
    stranger = "You are not a member of this workspace in Signoff yet, so nothing waits for you here."
    return _home(
        [
            {"type": "header", "text": plain("Signoff")},
            section(mrkdwn(f"{stranger} An admin can add you.")),
        ]
    )


def fingerprint(view: View) -> str:
    """A hash of what a view shows: the same is not published twice."""
    return hashlib.sha256(json.dumps(view, sort_keys=True).encode()).hexdigest()


def _home(blocks: list[Block]) -> View:
    return {"type": "home", "blocks": blocks}


def _headline(home: HomeView) -> str:
    waiting = home.queue.everything
    if not waiting:
        return "Nothing waits for you"
    return "1 draft waits for you" if waiting == 1 else f"{waiting:,} drafts wait for you"


def _note(note: str | None) -> str:
    return f":speech_balloon: {escape(cut(note or '', 2_000))}"


def _undo(approved: RecentApproval, timezone: str) -> Block:
    if approved.until is None:
        leaves = "waits"
    elif approved.why:
        leaves = f"waits until {time_to_come(approved.until, timezone)}"
    elif datetime.now(UTC) >= approved.until:
        leaves = "waits for its turn"
    else:
        leaves = NOT_BEFORE.format(at=exact_time(approved.until, timezone))
    leaves += f": {escape(cut(approved.why, 300))}" if approved.why else ""
    label = cut(f"Undo: {approved.subject}", 75)
    undo = button("undo_approval", "Undo", f"{approved.draft_id}:{approved.review_round}", accessibility_label=label)
    told = mrkdwn(f":white_check_mark: Approved: *{escape(cut(approved.subject, 300))}* · {leaves}")
    return section(told, f"undo:{approved.draft_id}", accessory=undo)


# --- what to see -------------------------------------------------------------------------------------------------


def _choices(home: HomeView) -> list[Block]:
    """The two menus and the bulk approval. A new `block_id` with each choice: or Slack keeps what was picked before."""
    chosen, queue = home.chosen, home.queue
    if not queue.everything and chosen.campaign_id is None and chosen.risk is None:
        return []
    campaigns = [(ALL, f"All campaigns ({queue.everything:,})")]
    campaigns += [(str(count.campaign_id), f"{count.name} ({count.waiting:,})") for count in queue.campaigns]
    picked = str(chosen.campaign_id) if chosen.campaign_id else ALL
    elements = [
        _menu("home_campaign", "Campaign", _with_room_for(picked, campaigns), picked),
        _menu("home_risk", "Risk", [(ALL, "All risks"), *RISK_MENU.items()], chosen.risk or ALL),
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
    label = "Approve low-risk drafts: shows which, and asks first"
    return button("bulk_low_risk", f"Approve {low_risk:,} low-risk …", picked, accessibility_label=label)


def _empty(home: HomeView) -> list[Block]:
    queue = home.queue
    if queue.total:
        return []
    if not home.role.covers(Role.REVIEWER):
        sentence = "You are a viewer: you can read every draft but not decide. An admin can make you a reviewer."
    elif queue.everything:
        count = "1 other waits" if queue.everything == 1 else f"{queue.everything:,} others wait"
        sentence = f"No draft matches these filters; {count}."
    elif queue.snoozed:
        sentence = f":sunny: All done for now. {_snoozed(queue.snoozed)}"
        sentence += f" {_to_change(queue.to_change)}" if queue.to_change else ""
    elif queue.to_change:
        sentence = f":sunny: All done for now. {_to_change(queue.to_change)}"
    else:
        sentence = ":sunny: All done. New drafts appear here by themselves."
    show_all = {"accessory": button("home_all", "Show all", ALL)} if queue.everything else {}
    return [section(mrkdwn(sentence), "empty", **show_all)]


def _latest(home: HomeView, public_url: str) -> list[Block]:
    """For who only reads: the drafts that came in last, each a link to its page."""
    lines = [
        f"{link(public_url, draft.draft_id, draft.subject)} · {escape(cut(draft.campaign, 100))}"
        for draft in home.latest
    ]
    return [section(mrkdwn("*The latest drafts*"), "latest"), *packed(lines)] if lines else []


def _snoozed(count: int) -> str:
    return "1 is snoozed and comes back by itself." if count == 1 else f"{count:,} are snoozed and come back."


def _to_change(count: int) -> str:
    return "1 waits for changes." if count == 1 else f"{count:,} wait for changes."


def _foot(home: HomeView) -> list[Block]:
    """Where in the queue this page is, what is snoozed, and the ways to the other pages.

    The way back stands at the other side: on the last page it would else stand where the way on just stood.
    """
    queue = home.queue
    if not queue.total:
        return []
    said = [f"Page {queue.page + 1:,} of {queue.pages:,}"] if queue.pages > 1 else []
    said += [_snoozed(queue.snoozed)] if queue.snoozed else []
    said += [_to_change(queue.to_change)] if queue.to_change else []
    back = {"accessory": _turn(queue.page - 1, "Back")} if queue.page else {}
    on = [_turn(queue.page + 1, "Next")] if queue.page + 1 < queue.pages else []
    on += [_turn(queue.page, "Show more")] if queue.hides_some else []  # rows that keep their places take up the page
    blocks: list[Block] = []
    if said:
        blocks.append(section(mrkdwn(" · ".join(said)), "foot", **back))
    if on:
        blocks.append({"type": "actions", "block_id": f"turn:{queue.page}", "elements": on})
    return blocks


def _turn(page: int, label: str) -> Block:
    return button(f"home_page_{page}", label, str(page))


# --- what became of it -------------------------------------------------------------------------------------------


def _day(home: HomeView) -> list[Block]:
    if not home.role.covers(Role.REVIEWER):
        return []
    day = home.day
    rare = {"Bounced today": day.bounced, "Unsubscribed today": day.unsubscribed, "Reported as spam": day.reported}
    fields = {
        "Decided today": day.decided,
        "Sent today": day.sent,
        "Approved, waiting": day.waiting,
        "Outcome unknown": day.unknown,
        "Answered today": day.answered,
        **{name: count for name, count in rare.items() if count},
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
    lines = [trouble_line(trouble) for trouble in troubles[:MOST_TROUBLES]]
    if len(troubles) > MOST_TROUBLES:
        lines.append(f"_and {len(troubles) - MOST_TROUBLES:,} more_")
    return [
        {"type": "header", "text": plain("Accounts and campaigns")},
        *packed(lines or [":white_check_mark: No problems"]),
    ]


_SIGNS: dict[TroubleKind, str] = {
    TroubleKind.SENDING_STOPPED: ":octagonal_sign:",
    TroubleKind.OUTCOME_UNKNOWN: ":grey_question:",
    TroubleKind.ACCOUNT_PAUSED: ":double_vertical_bar:",
    TroubleKind.ACCOUNT_RESTS: ":mailbox_closed:",
    TroubleKind.ACCOUNT_UNHEALTHY: ":face_with_thermometer:",
    TroubleKind.LIMIT_REACHED: ":hourglass:",
    TroubleKind.CAMPAIGN_PAUSED: ":double_vertical_bar:",
    TroubleKind.NOTHING_REVIEWED: ":zzz:",
    TroubleKind.SLACK_REFUSED: ":lock:",
}


def trouble_line(trouble: Trouble) -> str:
    """A line of mrkdwn, well under a section in length."""
    said = TROUBLES[trouble.kind].format(
        name=escape(cut(trouble.name, 300)),
        why=escape(cut(trouble.why or NOBODY_SAID_WHY, 500)),
        count=f"{trouble.count:,}",
        mails=_counted(trouble.count, "mail"),
        drafts=_counted(trouble.count, "draft"),
    )
    return f"{_SIGNS[trouble.kind]} {said}"


def _counted(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"
