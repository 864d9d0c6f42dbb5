"""The thread under a card: the history of its draft in one reply, so that the card itself stays small. Pure."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby, pairwise, zip_longest
from typing import Any

from core.cards.limits.lint import blocks_length, lint_message
from core.cards.mrkdwn import cut, escape, mention, moment, mrkdwn, plain
from core.cards.state import recipient
from core.taxonomy import Surface, Verb
from core.text.line_diff import Line, line_diff
from core.views.draft import DraftView
from core.views.history import History, HistoryEvent, Version, thread_events
from core.views.sentences import event_sentence

Block = dict[str, Any]


#: Blocks and characters of the reply, the latest entries first in line; the rest is on the page.
MOST_BLOCKS = 40
BUDGET = 9_000
#: Characters of one difference, of what a server said, and of a note.
DIFF, REPLY, NOTE = 1_800, 300, 500


def thread(draft: DraftView, history: History, page_url: str) -> dict[str, Any] | None:
    """The reply's payload (`text`, `blocks`, `metadata`); None where there is nothing to tell.

    Never over a limit of Slack's: should the linter find a fault all the same, the link to the page must do.
    """
    told = thread_events(history.events)
    if not told:
        return None
    last_asked = max((event.at for event in told if event.verb == Verb.REQUEST_CHANGES), default=None)
    entries = [_entry(event, draft, history, last_asked) for event in told]
    shown: list[list[Block]] = []
    for entry in reversed(entries):
        if _too_much([entry, *shown]):
            break
        shown.insert(0, entry)
    left_out = len(entries) - len(shown)
    more = f"{left_out} earlier entries are on" if left_out else "In full on"
    head: Block = {"type": "context", "elements": [mrkdwn(f"*History* · {more} <{page_url}|the page>")]}
    latest = escape(event_sentence(told[-1], draft.timezone))
    payload = {
        "text": cut(f"History of the draft for {escape(recipient(draft))}, {len(told)} entries: {latest}", 300),
        "blocks": [head, *(block for entry in shown for block in entry)],
        "metadata": {"event_type": "signoff_thread", "event_payload": {"draft_id": str(draft.draft_id)}},
        "unfurl_links": False,
        "unfurl_media": False,
    }
    return payload if not lint_message(payload) else payload | {"blocks": [head]}


def fingerprint(payload: dict[str, Any] | None) -> str | None:
    """What tells one content of a thread from another; None for none."""
    if payload is None:
        return None
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


def _too_much(entries: list[list[Block]]) -> bool:
    return sum(map(len, entries)) > MOST_BLOCKS or blocks_length(entries) > BUDGET


def _entry(event: HistoryEvent, draft: DraftView, history: History, last_asked: datetime | None) -> list[Block]:
    """One entry: what, who and when; and below it what changed, or what was said."""
    what = escape(cut(event_sentence(event, draft.timezone), 500))
    line = f"*{what}* · {_who(event)} · {moment(event.at, draft.timezone)}"
    if event.verb == Verb.REQUEST_CHANGES and event.at != last_asked:
        return [{"type": "section", "text": mrkdwn(line)}]  # only the latest note is kept
    said = "\n".join(_said(event, draft, history))
    blocks: list[Block] = [{"type": "section", "text": mrkdwn(line)}]
    if said:
        blocks.append({"type": "section", "text": plain(said)})
    return blocks


def _who(event: HistoryEvent) -> str:
    if event.slack_user_id:
        return mention(event.slack_user_id)
    if event.api_key:
        return f"API key {escape(cut(event.api_key, 100))}"
    return "Signoff" if event.surface in (Surface.JOB, Surface.PROVIDER) else "Somebody"


def _said(event: HistoryEvent, draft: DraftView, history: History) -> Iterator[str]:
    """The texts that belong to an event: a difference, the server's reply, a note, a reason."""
    if event.verb == Verb.EDIT and event.data.get("same_text"):
        yield "The text did not change."
    elif event.verb == Verb.EDIT:
        changed = _difference(event, history.versions)
        if changed is not None:
            yield cut(changed, DIFF)
    if event.verb == Verb.REQUEST_CHANGES and draft.change_note:
        yield cut(draft.change_note, NOTE)
    if event.verb == Verb.REJECT and draft.decision_note:
        yield cut(draft.decision_note, NOTE)
    tried = next((tried for tried in history.attempts if event.attempt and tried.id == event.attempt), None)
    if tried and (tried.reply or tried.code):
        yield cut(f"The server said: {' '.join(filter(None, (str(tried.code or ''), tried.reply)))}", REPLY)


def _difference(event: HistoryEvent, versions: tuple[Version, ...]) -> str | None:
    """What an edit changed; None where one of its texts is not at hand."""
    for after, before in pairwise(versions):
        if after.number == event.data.get("version"):
            subject = diff_text(before.subject, after.subject)
            body = diff_text(before.body, after.body)
            return "\n".join(filter(None, (f"Subject\n{subject}" if subject else "", body)))
    return None


#: Characters of a line that stand around what changed in it, and that a line may have at all.
AROUND = 40
LINE = 300
_SIGNS = {"+": "+ ", "-": "− ", " ": "   ", "…": "… "}


def diff_text(before: str, after: str) -> str:
    """What changed, line by line: "− old", "+ new"; empty where nothing did."""
    lines: list[str] = []
    for _, run in groupby(line_diff(before, after), key=lambda line: line.sign in "+-"):
        lines += (f"{_SIGNS[line.sign]}{cut(line.text, LINE)}" for line in _paired(list(run)))
    return "\n".join(lines)


def _paired(run: Sequence[Line]) -> Iterator[Line]:
    """Removed and added lines side by side, as they stand for each other; each shown around its change."""
    old = [line.text for line in run if line.sign == "-"]
    new = [line.text for line in run if line.sign == "+"]
    if not old or not new:
        yield from run
        return
    for gone, come in zip_longest(old, new):
        if gone is None or come is None:
            yield Line("-", gone) if come is None else Line("+", come)
            continue
        shown = _around(gone, come)
        yield Line("-", shown[0])
        yield Line("+", shown[1])


def _around(gone: str, come: str) -> tuple[str, str]:
    """Both lines without what they share far from the change."""
    most = min(len(gone), len(come))
    head = next((at for at in range(most) if gone[at] != come[at]), most)
    tail = next((at for at in range(most - head) if gone[-1 - at] != come[-1 - at]), most - head)
    return _trimmed(gone, head, tail), _trimmed(come, head, tail)


def _trimmed(line: str, head: int, tail: int) -> str:
    """The line without the far part of its first `head` and last `tail` characters, cut between words."""
    begin, end = max(0, head - AROUND), min(len(line), len(line) - tail + AROUND)
    if begin:
        begin = next((at + 1 for at in range(begin, head) if line[at] == " "), begin)
    if end < len(line):
        end = next((at for at in range(end, len(line) - tail, -1) if line[at] == " "), end)
    return f"{'… ' if begin else ''}{line[begin:end]}{' …' if end < len(line) else ''}"
