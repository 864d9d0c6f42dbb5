"""The card of a task: what a person is to do on LinkedIn, the text to copy, and what came of it. Pure Block Kit."""

from typing import Any

from core.cards.limits.lint import lint_message
from core.cards.modals import View, modal, said
from core.cards.mrkdwn import button, clock_time, cut, escape, length, mention, moment, mrkdwn, paragraphs, plain, take
from core.drafts.state import OF_FEEDBACK
from core.taxonomy import TaskKind, TaskStatus
from core.text.words.states import (
    DRAFT_STATES,
    HEARD_TOO,
    HOW_TO,
    HOW_TO_WITHOUT_A_NOTE,
    TASK_OF_ANOTHER,
    TASK_PAUSED,
    TASK_STATES,
    TASKS_TO,
)
from core.views.sentences import heard
from core.views.task import TaskView

Block = dict[str, Any]

DONE, COULD_NOT, READ, OPEN = "task_done", "task_could_not", "task_read", "task_open"
READ_TITLE = "The whole text"
#: Units of a text that is shown whole; of a longer one the beginning is shown, with "Read all".
WHOLE = 2_900
PREVIEW = 1_200
_FENCE = "```"

#: What stands before a state's sentence.
_SIGNS = {
    TaskStatus.OFFERED: ":point_right:",
    TaskStatus.DONE: ":white_check_mark:",
    TaskStatus.COULD_NOT: ":no_entry_sign:",
    TaskStatus.WAITING: ":leftwards_arrow_with_hook:",
    TaskStatus.SKIPPED: ":fast_forward:",
}


def task_card(task: TaskView, reader: str | None) -> dict[str, Any]:
    """The message payload for `reader` (a Slack id). Never over a limit of Slack's, whatever the texts."""
    card = _payload(task, reader, _text(task))
    return card if not lint_message(card) else _payload(task, reader, [_read_all(task)])


def task_text(task: TaskView) -> View:
    """All of the text, in a window."""
    return modal(READ_TITLE, paragraphs(task.text) or [said("An invitation without a note.")])


def _payload(task: TaskView, reader: str | None, text: list[Block]) -> dict[str, Any]:
    mine = task.status == TaskStatus.OFFERED and task.offered_to == reader
    blocks = [
        {"type": "header", "text": plain(_title(task))},
        {"type": "section", "block_id": "standing", "text": mrkdwn(_state(task, reader))},
        *_came_back(task),
        *text,
        {"type": "context", "elements": [plain(cut(_small_print(task), 2_000))]},
        {"type": "actions", "block_id": "task", "elements": [*(_answers(task) if mine else []), _open(task)]},
    ]
    return {
        "text": f"{_label(task)}: {escape(cut(_title(task), 150))}",
        "blocks": blocks,
        "metadata": {"event_type": "signoff_task", "event_payload": {"task_id": str(task.task_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _label(task: TaskView) -> str:
    """What was done is called by what came back of it."""
    if task.status == TaskStatus.DONE and task.came_back:
        return DRAFT_STATES[OF_FEEDBACK[task.came_back[0].verb]].label
    return TASK_STATES[TaskStatus(task.status)].label


def _came_back(task: TaskView) -> list[Block]:
    """A line for each sort of what came back."""
    lines = [HEARD_TOO[one.verb].format(heard=heard(one, moment(one.at, task.timezone))) for one in task.came_back]
    return [{"type": "section", "block_id": "came_back", "text": mrkdwn("\n".join(lines))}] if lines else []


def _title(task: TaskView) -> str:
    company = f" · {task.company}" if task.company else ""
    return cut(f"{TASKS_TO[TaskKind(task.kind)]} {task.to_name}{company}", 150)


def _state(task: TaskView, reader: str | None) -> str:
    status = TaskStatus(task.status)
    sign, sentence = _SIGNS[status], TASK_STATES[status].card
    if status == TaskStatus.OFFERED and task.offered_to != reader:
        sign, sentence = ":leftwards_arrow_with_hook:", TASK_OF_ANOTHER
    elif task.paused:
        sign, sentence = ":double_vertical_bar:", TASK_PAUSED
    said = sentence.format(
        how=HOW_TO[TaskKind(task.kind)] if task.text else HOW_TO_WITHOUT_A_NOTE,
        who=mention(task.done_by),
        owner=mention(task.offered_to),
        at=clock_time(task.done_at, task.timezone),
        reason=escape(cut(task.reason or "", 2_000)),
        held=escape(cut(task.held or "", 1_000)),
    )
    return f"{sign} {said}"


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
    read_all = _button(READ, "Read all", task)
    told = mrkdwn(f"_The text has {len(task.text):,} characters. Read all of it to copy it._")
    return {"type": "section", "block_id": "read_all", "text": told, "accessory": read_all}


def button_value(task: TaskView) -> str:
    """What a button carries: the task, and the offer that its reader saw."""
    return f"{task.task_id}:{task.offers}"


def _small_print(task: TaskView) -> str:
    role = f"{task.title} · " if task.title else ""
    return f"{role}{task.campaign} · as {task.seat}"


def _answers(task: TaskView) -> list[Block]:
    sure = {
        "title": plain("Done?"),
        "text": plain("It counts as sent to them from now on. This cannot be undone."),
        "confirm": plain("Done"),
        "deny": plain("Not yet"),
    }
    done = _button(DONE, "Done", task, confirm=sure)
    could_not = _button(COULD_NOT, "Could not do it", task)
    return [done if task.paused else done | {"style": "primary"}, could_not]


def _open(task: TaskView) -> Block:
    return {"type": "button", "action_id": OPEN, "text": plain("Open the profile"), "url": task.link}


def _button(action_id: str, label: str, task: TaskView, **more: Any) -> Block:
    """Many cards have the same buttons: a screen reader says to whom each is."""
    return button(action_id, label, button_value(task), accessibility_label=cut(f"{label}: {task.to_name}", 75), **more)
