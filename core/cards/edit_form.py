"""Edit: the form with subject and text; and the one that shows two people's texts, for the second to decide."""

from core.cards.letter import button_value
from core.cards.modals import FIELD_LIMIT, Block, View, choice_field, form, notice, said, text_field
from core.cards.mrkdwn import clock_time, mention, mrkdwn, pieces, plain
from core.drafts.state import EDITABLE
from core.text.clean import SUBJECT_LIMIT
from core.views.draft import DraftView

TITLE = "Edit draft"
#: Characters that a part of a longer text begins with, and how many parts a form may have.
PART = 2_400
MOST_PARTS = 20
#: Where a longer text is broken, and put together again.
BREAK = "\n\n"
#: Sections of the other person's text that are shown.
THEIRS = 5

#: The field in which the second of two people decides, and what they may say.
KEEP, MINE, OTHERS = "keep", "mine", "theirs"


def edit(draft: DraftView) -> View:
    """Subject and text to edit; a notice where it is decided, or longer than a modal holds."""
    if draft.state not in EDITABLE:
        return notice(TITLE, "Somebody has already decided on this draft: see its card.")
    if len(parts(draft.body)) > MOST_PARTS:
        return notice(
            TITLE,
            f"This text has {len(draft.body):,} characters, more than Slack's editor holds. "
            "Reject it with a reason, or ask its author for a shorter one.",
        )
    return edit_form(button_value(draft), draft.subject, draft.body)


def edit_form(value: str, subject: str, body: str, news: list[Block] | None = None) -> View:
    """The form itself. `value` is `draft_id:round`; `news` is what changed while its reader was typing.

    A field of Slack's holds 3,000 characters, so a longer text stands in several; `whole_body` puts it together again.
    """
    texts = parts(body)
    labels = ["Text"] if len(texts) == 1 else [f"Text, part {at} of {len(texts)}" for at in range(1, len(texts) + 1)]
    return form(
        "edit_draft",
        value,
        TITLE,
        "Save",
        [
            *(news or []),
            text_field(
                "subject", "Subject", value=subject, most=SUBJECT_LIMIT, hint=f"At most {SUBJECT_LIMIT} characters."
            ),
            *(
                text_field(f"body{at or ''}", label, value=text, multiline=True, most=FIELD_LIMIT, optional=at > 0)
                for at, (label, text) in enumerate(zip(labels, texts, strict=True))
            ),
            said(f"At most {FIELD_LIMIT:,} characters in a field. Saving updates every card and sends nothing."),
        ],
    )


def conflict(draft: DraftView, subject: str, body: str) -> View:
    """Somebody saved another text meanwhile: theirs to read, one's own still to edit, and the choice."""
    who = mention(draft.edited_by) if draft.edited_by else "Its author"
    at = clock_time(draft.edited_at, draft.timezone) if draft.edited_at else "this moment"
    told = f":busts_in_silhouette: *{who} changed this draft at {at}, while you were writing.* Nothing is lost: choose."
    texts = [piece for piece in pieces(draft.body, FIELD_LIMIT) if piece.strip()]
    more = [said("The rest of their version is on the card.")] if len(texts) > THEIRS else []
    return edit_form(
        button_value(draft),
        subject,
        body,
        [
            {"type": "section", "block_id": "news", "text": mrkdwn(told)},
            choice_field(
                KEEP,
                "Keep which version?",
                {MINE: "Mine, as below: it replaces theirs.", OTHERS: "Theirs: mine is shown to copy."},
            ),
            {"type": "header", "text": plain("Theirs")},
            {"type": "section", "block_id": "their_subject", "text": plain(f"Subject: {draft.subject}")},
            *({"type": "section", "text": plain(text)} for text in texts[:THEIRS]),
            *more,
            {"type": "header", "text": plain("Yours")},
        ],
    )


def parts(body: str) -> list[str]:
    """The text in parts for the fields of the form, with room to write in each; broken at blank lines."""
    first, *more = body.split(BREAK)
    found = [first]
    for paragraph in more:
        grown = found[-1] + BREAK + paragraph
        if len(grown) > PART and found[-1] and paragraph:
            found.append(paragraph)
        else:
            found[-1] = grown
    if any(len(part) > FIELD_LIMIT for part in found):
        return [body] * (MOST_PARTS + 1)  # a paragraph longer than a field
    return found


def whole_body(texts: list[str]) -> str:
    """What was typed into the fields, as one text again. A part that was emptied is gone."""
    return BREAK.join(filter(None, texts))
