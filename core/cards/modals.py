"""The modals of a draft: loading, edit, reject, read all, and a notice. Pure Block Kit views."""

from datetime import UTC, datetime
from typing import Any

from core.cards.facts import Facts
from core.cards.mrkdwn import clock_time, cut, escape, mrkdwn, pieces, plain
from core.text import REASON_LIMIT, SUBJECT_LIMIT
from core.unknown import too_early

View = dict[str, Any]

#: Characters that a text field of Slack's holds; those that a part of a longer text begins with; and how many parts.
FIELD_LIMIT = 3_000
PART = 2_400
MOST_PARTS = 20
#: Where a longer text is broken, and put together again.
BREAK = "\n\n"
#: Characters on one page of "Read all", well under what a view may weigh.
PAGE = 9_000


def loading(title: str) -> View:
    """Opened at once, because a trigger lives for three seconds; filled by `views.update`."""
    return _modal(title, [{"type": "section", "text": mrkdwn(":hourglass_flowing_sand: One moment …")}])


def notice(title: str, sentence: str) -> View:
    """Nothing to fill in: something to know."""
    return _modal(title, [{"type": "section", "text": mrkdwn(escape(cut(sentence, 2_900)))}])


def edit(facts: Facts) -> View:
    """Subject and text to edit, or a notice where the text is longer than a modal holds."""
    if len(parts(facts.body)) > MOST_PARTS:
        return notice(
            "Edit draft",
            f"This text has {len(facts.body):,} characters, more than Slack's editor holds. "
            "Reject it with a reason, and ask whoever wrote it for a shorter one.",
        )
    return edit_form(f"{facts.draft_id}:{facts.version}", facts.subject, facts.body)


def edit_form(seen: str, subject: str, body: str, news: str | None = None) -> View:
    """The form itself. `seen` is `draft_id:version`; `news` is what changed while its reader was typing.

    A field of Slack's holds 3,000 characters, so a longer text stands in several; `whole_body` puts it together again.
    """
    told = [{"type": "section", "block_id": "news", "text": mrkdwn(escape(cut(news, 2_900)))}] if news else []
    texts = parts(body)
    labels = ["Text"] if len(texts) == 1 else [f"Text, part {at} of {len(texts)}" for at in range(1, len(texts) + 1)]
    return {
        **_modal("Edit draft", told),
        "callback_id": "edit_draft",
        "private_metadata": seen,
        "submit": plain("Save"),
        "blocks": [
            *told,
            _input("subject", "Subject", subject, multiline=False, most=SUBJECT_LIMIT),
            *(
                _input(f"body{at or ''}", label, text, multiline=True, most=FIELD_LIMIT, optional=at > 0)
                for at, (label, text) in enumerate(zip(labels, texts, strict=True))
            ),
            {"type": "context", "elements": [mrkdwn("Saving shows the new text on every card. It does not send it.")]},
        ],
    }


def parts(body: str) -> list[str]:
    """The text in parts for the fields of the form, with room to write in each; broken at blank lines."""
    found = [""]
    for paragraph in body.split(BREAK):
        grown = BREAK.join(filter(None, (found[-1], paragraph)))
        if found[-1] and len(grown) > PART:
            found.append(paragraph)
        else:
            found[-1] = grown
    if any(len(part) > FIELD_LIMIT for part in found):
        return [body] * (MOST_PARTS + 1)  # a paragraph longer than a field
    return found


def whole_body(texts: list[str]) -> str:
    """What was typed into the fields, as one text again. A part that was emptied is gone."""
    return BREAK.join(filter(None, texts))


def kept(title: str, sentence: str, text: str) -> View:
    """Something to know, and what its reader had typed, so that nothing is lost."""
    typed = [{"type": "section", "text": plain(piece)} for piece in pieces(text, FIELD_LIMIT) if piece.strip()]
    return {**notice(title, sentence), "blocks": [*notice(title, sentence)["blocks"], *typed[:20]]}


def reject_form(seen: str) -> View:
    """Asks for the reason of a rejection. `seen` is `draft_id:version`."""
    return {
        **_modal("Reject draft", []),
        "callback_id": "reject_draft",
        "private_metadata": seen,
        "submit": plain("Reject"),
        "blocks": [
            _input("reason", "Reason", "", multiline=True, most=REASON_LIMIT),
            {"type": "context", "elements": [mrkdwn("A rejected draft is never sent.")]},
        ],
    }


def send_again_form(facts: Facts, seen: str) -> View:
    """Says what sending again means, and asks. `seen` is `draft_id:version:number`. A notice while it is too early."""
    title = "Send again"
    if facts.unknown is None:
        return notice(title, "What became of this is known by now. The card shows it.")
    now = datetime.now(UTC)
    if now < facts.unknown.again_from:
        return notice(title, too_early(facts.unknown.again_from, now, facts.timezone))
    since = clock_time(facts.unknown.since, facts.timezone)
    return {
        **_modal(title, []),
        "callback_id": "send_again",
        "private_metadata": seen,
        "submit": plain("Send again"),
        "blocks": [
            {
                "type": "section",
                "text": mrkdwn(
                    f"Since {since} nobody knows whether *{escape(facts.subject)}* reached {escape(facts.to_address)}. "
                    "If it did, sending again means that they get it *twice*."
                ),
            },
            {
                "type": "section",
                "text": mrkdwn(
                    f"First look into the Sent folder of {escape(facts.from_address)} for this Message-ID:\n"
                    f"`{escape(facts.unknown.message_id)}`"
                ),
            },
            {
                "type": "context",
                "elements": [mrkdwn("All limits apply: it may wait for its turn. It carries your name.")],
            },
        ],
    }


def read_all(facts: Facts, page: int) -> View:
    """One page of the whole text, with buttons to the next and the one before."""
    pages = pieces(facts.body, PAGE)
    page = max(0, min(page, len(pages) - 1))
    sections = [{"type": "section", "text": plain(piece)} for piece in pieces(pages[page], 3_000) if piece.strip()]
    turns = [
        {
            "type": "button",
            "action_id": f"read_page_{to}",
            "text": plain(label),
            "value": f"{facts.draft_id}:{facts.version}:{to}",
        }
        for to, label in ((page - 1, "Back"), (page + 1, "Next"))
        if 0 <= to < len(pages)
    ]
    foot = [{"type": "context", "elements": [mrkdwn(f"Page {page + 1} of {len(pages)}")]}] if len(pages) > 1 else []
    return _modal(
        "The whole text",
        [
            {"type": "header", "text": plain(cut(facts.subject, 150))},
            *sections,
            *foot,
            *([{"type": "actions", "elements": turns}] if turns else []),
        ],
    )


def _modal(title: str, blocks: list[dict[str, Any]]) -> View:
    return {"type": "modal", "title": plain(title), "close": plain("Close"), "blocks": blocks}


def _input(
    block_id: str, label: str, value: str, *, multiline: bool, most: int, optional: bool = False
) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": block_id,
        "multiline": multiline,
        "max_length": most,
    }
    if value:
        element["initial_value"] = value
    asked: dict[str, Any] = {"type": "input", "block_id": block_id, "label": plain(label), "element": element}
    return asked | {"optional": True} if optional else asked
