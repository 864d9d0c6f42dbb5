"""The card of a task: what a person is to do on LinkedIn, the text to copy, and what came of it. Pure Block Kit."""

from typing import Any

from core.cards.limits.lint import lint_message
from core.cards.modals import View, modal, said
from core.cards.mrkdwn import clock_time, cut, escape, length, mention, mrkdwn, pieces, plain, take
from core.taxonomy import TaskKind, TaskStatus
from core.views.task import TaskFacts

Block = dict[str, Any]

DONE, COULD_NOT, READ, OPEN = "task_done", "task_could_not", "task_read", "task_open"
READ_TITLE = "The whole text"
#: Units of a text that is shown whole; of a longer one the beginning is shown, with "Read all".
WHOLE = 2_900
PREVIEW = 1_200
_FENCE = "```"

_DO = {TaskKind.MESSAGE: "LinkedIn message to", TaskKind.CONNECTION: "LinkedIn invitation to"}
_HOW = {
    TaskKind.MESSAGE: "Open the profile, write them this message, then press *Done*.",
    TaskKind.CONNECTION: "Open the profile, invite them to connect with this note, then press *Done*.",
}
_NO_NOTE = "Open the profile, invite them to connect without a note, then press *Done*."
_SENTENCES = {
    TaskStatus.OFFERED: ":point_right: {how}",
    TaskStatus.DONE: ":white_check_mark: *Done* by {who} at {at}",
    TaskStatus.COULD_NOT: ":no_entry_sign: *Could not:* {reason} · {who} at {at}",
    TaskStatus.WAITING: ":leftwards_arrow_with_hook: *Taken back, please do not do it now:* {reason}",
    TaskStatus.SKIPPED: ":fast_forward: *Skipped, please do not do it:* {reason}",
}
_PAUSED = (
    ":double_vertical_bar: *Paused: please do not do this now.* {campaign} is paused. If it is done already, say so."
)
_ELSEWHERE = ":leftwards_arrow_with_hook: *Taken back:* {owner} has it now."
_HEADLINES = {
    TaskStatus.OFFERED: "To do",
    TaskStatus.DONE: "Done",
    TaskStatus.COULD_NOT: "Could not",
    TaskStatus.WAITING: "Taken back",
    TaskStatus.SKIPPED: "Skipped",
}


def task_card(facts: TaskFacts, reader: str | None) -> dict[str, Any]:
    """The message payload for `reader` (a Slack id). Never over a limit of Slack's, whatever the texts."""
    card = _payload(facts, reader, _text(facts))
    return card if not lint_message(card) else _payload(facts, reader, [_read_all(facts)])


def task_text(facts: TaskFacts) -> View:
    """All of the text, in a window."""
    sections = [{"type": "section", "text": plain(piece)} for piece in pieces(facts.text, 3_000) if piece.strip()]
    return modal(READ_TITLE, sections or [said("An invitation without a note.")])


def _payload(facts: TaskFacts, reader: str | None, text: list[Block]) -> dict[str, Any]:
    mine = facts.status == TaskStatus.OFFERED and facts.offered_to == reader
    blocks = [
        {"type": "header", "text": plain(_title(facts))},
        {"type": "section", "block_id": "standing", "text": mrkdwn(_standing(facts, reader))},
        *text,
        {"type": "context", "elements": [plain(cut(_small_print(facts), 2_000))]},
        {"type": "actions", "block_id": "task", "elements": [*(_answers(facts) if mine else []), _open(facts)]},
    ]
    return {
        "text": f"{_HEADLINES[TaskStatus(facts.status)]}: {escape(cut(_title(facts), 150))}",
        "blocks": blocks,
        "metadata": {"event_type": "signoff_task", "event_payload": {"task_id": str(facts.task_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _title(facts: TaskFacts) -> str:
    company = f" · {facts.company}" if facts.company else ""
    return cut(f"{_DO[TaskKind(facts.kind)]} {facts.to_name}{company}", 150)


def _standing(facts: TaskFacts, reader: str | None) -> str:
    status = TaskStatus(facts.status)
    sentence = _SENTENCES[status]
    if status == TaskStatus.OFFERED and facts.offered_to != reader:
        sentence = _ELSEWHERE
    elif facts.paused:
        sentence = _PAUSED
    return sentence.format(
        how=_HOW[TaskKind(facts.kind)] if facts.text else _NO_NOTE,
        who=mention(facts.done_by),
        owner=mention(facts.offered_to),
        at=clock_time(facts.done_at, facts.timezone),
        reason=escape(cut(facts.reason or "", 2_000)),
        campaign=escape(cut(facts.campaign, 200)),
    )


def _text(facts: TaskFacts) -> list[Block]:
    """In a form that copies well. A text that holds the marks of such a form is shown letter by letter instead."""
    if not facts.text:
        return []
    shown, rest = (facts.text, "") if length(facts.text) <= WHOLE else take(facts.text, PREVIEW)
    shown = f"{shown}…" if rest else shown
    fenced = _FENCE not in shown
    text = mrkdwn(f"{_FENCE}\n{escape(shown)}\n{_FENCE}") if fenced else plain(shown)
    return [{"type": "section", "block_id": "text", "text": text}, *([_read_all(facts)] if rest else [])]


def _read_all(facts: TaskFacts) -> Block:
    button = {"type": "button", "action_id": READ, "text": plain("Read all"), "value": seen(facts)}
    told = mrkdwn(f"_The text has {len(facts.text):,} characters. Read all of it to copy it._")
    return {"type": "section", "block_id": "read_all", "text": told, "accessory": button}


def seen(facts: TaskFacts) -> str:
    """What a button carries: the task, and the offer that its reader saw."""
    return f"{facts.task_id}:{facts.offers}"


def _small_print(facts: TaskFacts) -> str:
    role = f"{facts.title} · " if facts.title else ""
    return f"{role}{facts.campaign} · as {facts.seat}"


def _answers(facts: TaskFacts) -> list[Block]:
    done = {"type": "button", "action_id": DONE, "text": plain("Done"), "value": seen(facts)}
    could_not = {"type": "button", "action_id": COULD_NOT, "text": plain("Could not"), "value": seen(facts)}
    return [done if facts.paused else done | {"style": "primary"}, could_not]


def _open(facts: TaskFacts) -> Block:
    return {"type": "button", "action_id": OPEN, "text": plain("Open the profile"), "url": facts.link}
