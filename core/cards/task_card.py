"""The card of a task: what a person is to do on LinkedIn, the text to copy, and what came of it. Pure Block Kit."""

from typing import Any

from core.cards.limits.lint import lint_message
from core.cards.modals import View, modal, said
from core.cards.mrkdwn import clock_time, cut, escape, length, mention, mrkdwn, pieces, plain, take
from core.taxonomy import TaskKind, TaskStatus
from core.views.task import TaskView

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


def task_card(task: TaskView, reader: str | None) -> dict[str, Any]:
    """The message payload for `reader` (a Slack id). Never over a limit of Slack's, whatever the texts."""
    card = _payload(task, reader, _text(task))
    return card if not lint_message(card) else _payload(task, reader, [_read_all(task)])


def task_text(task: TaskView) -> View:
    """All of the text, in a window."""
    sections = [{"type": "section", "text": plain(piece)} for piece in pieces(task.text, 3_000) if piece.strip()]
    return modal(READ_TITLE, sections or [said("An invitation without a note.")])


def _payload(task: TaskView, reader: str | None, text: list[Block]) -> dict[str, Any]:
    mine = task.status == TaskStatus.OFFERED and task.offered_to == reader
    blocks = [
        {"type": "header", "text": plain(_title(task))},
        {"type": "section", "block_id": "standing", "text": mrkdwn(_standing(task, reader))},
        *text,
        {"type": "context", "elements": [plain(cut(_small_print(task), 2_000))]},
        {"type": "actions", "block_id": "task", "elements": [*(_answers(task) if mine else []), _open(task)]},
    ]
    return {
        "text": f"{_HEADLINES[TaskStatus(task.status)]}: {escape(cut(_title(task), 150))}",
        "blocks": blocks,
        "metadata": {"event_type": "signoff_task", "event_payload": {"task_id": str(task.task_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _title(task: TaskView) -> str:
    company = f" · {task.company}" if task.company else ""
    return cut(f"{_DO[TaskKind(task.kind)]} {task.to_name}{company}", 150)


def _standing(task: TaskView, reader: str | None) -> str:
    status = TaskStatus(task.status)
    sentence = _SENTENCES[status]
    if status == TaskStatus.OFFERED and task.offered_to != reader:
        sentence = _ELSEWHERE
    elif task.paused:
        sentence = _PAUSED
    return sentence.format(
        how=_HOW[TaskKind(task.kind)] if task.text else _NO_NOTE,
        who=mention(task.done_by),
        owner=mention(task.offered_to),
        at=clock_time(task.done_at, task.timezone),
        reason=escape(cut(task.reason or "", 2_000)),
        campaign=escape(cut(task.campaign, 200)),
    )


def _text(task: TaskView) -> list[Block]:
    """In a form that copies well. A text that holds the marks of such a form is shown letter by letter instead."""
    if not task.text:
        return []
    shown, rest = (task.text, "") if length(task.text) <= WHOLE else take(task.text, PREVIEW)
    shown = f"{shown}…" if rest else shown
    fenced = _FENCE not in shown
    text = mrkdwn(f"{_FENCE}\n{escape(shown)}\n{_FENCE}") if fenced else plain(shown)
    return [{"type": "section", "block_id": "text", "text": text}, *([_read_all(task)] if rest else [])]


def _read_all(task: TaskView) -> Block:
    button = {"type": "button", "action_id": READ, "text": plain("Read all"), "value": button_value(task)}
    told = mrkdwn(f"_The text has {len(task.text):,} characters. Read all of it to copy it._")
    return {"type": "section", "block_id": "read_all", "text": told, "accessory": button}


def button_value(task: TaskView) -> str:
    """What a button carries: the task, and the offer that its reader saw."""
    return f"{task.task_id}:{task.offers}"


def _small_print(task: TaskView) -> str:
    role = f"{task.title} · " if task.title else ""
    return f"{role}{task.campaign} · as {task.seat}"


def _answers(task: TaskView) -> list[Block]:
    done = {"type": "button", "action_id": DONE, "text": plain("Done"), "value": button_value(task)}
    could_not = {"type": "button", "action_id": COULD_NOT, "text": plain("Could not"), "value": button_value(task)}
    return [done if task.paused else done | {"style": "primary"}, could_not]


def _open(task: TaskView) -> Block:
    return {"type": "button", "action_id": OPEN, "text": plain("Open the profile"), "url": task.link}
