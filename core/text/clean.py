"""What a subject and a body may hold. One place, for ingest and for edits alike."""

import re

from core.errors import BadInput

#: Characters. RFC 5322 §2.1.1 allows lines of 998; a longer subject is unreadable long before that.
SUBJECT_LIMIT = 250
#: Characters that are kept of a subject of other people's.
THEIR_LINE_LIMIT = 1_000
#: Characters of plain text. Slack's modal holds 3,000 in one field; longer bodies are edited at their source.
BODY_LIMIT = 100_000
#: Characters of a reason for a rejection.
REASON_LIMIT = 500
#: Characters of a note that asks for changes: what one field of Slack's modal holds.
NOTE_LIMIT = 3_000

#: What must not stand in a header: control characters, whatever ends a line, and halves of surrogate pairs.
NOT_IN_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_BREAKS = re.compile(r"\r\n?|[\x85\u2028\u2029]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def clean_subject(subject: str) -> str:
    """The subject without outer spaces. Raises `BadInput` when it is empty, too long, or more than one line."""
    subject = subject.strip()
    if not subject:
        raise BadInput("The subject is empty.", "subject")
    if len(subject) > SUBJECT_LIMIT:
        raise BadInput(f"The subject has {len(subject)} characters; at most {SUBJECT_LIMIT} are allowed.", "subject")
    if NOT_IN_A_LINE.search(subject):
        raise BadInput("The subject contains a line break or a control character.", "subject")
    return subject


def clean_body(body: str) -> str:
    """The body with `\\n` for line breaks. Raises `BadInput` when it is empty, too long, or has control characters."""
    body = _LINE_BREAKS.sub("\n", body)
    return _checked("body", body, BODY_LIMIT, "The body is empty.")


def their_line(text: str) -> str:
    """A line that came from outside, such as the subject of an answer: what breaks a line is a space, the end of one
    that is very long is cut. Nothing is refused."""
    return _cut(NOT_IN_A_LINE.sub(" ", text).strip(), THEIR_LINE_LIMIT)


def their_text(text: str) -> str:
    """A text that came from outside, with `\\n` for line breaks, without control characters. Nothing is refused."""
    text = _LINE_BREAKS.sub("\n", text)
    return _cut(_SURROGATES.sub("\ufffd", _CONTROLS.sub("", text)), BODY_LIMIT)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def clean_task_text(text: str) -> str:
    """What a person is to write elsewhere, with `\\n` for line breaks; may be empty. Raises `BadInput`."""
    return _without_controls("text", _LINE_BREAKS.sub("\n", text).strip())


def clean_reason(reason: str) -> str:
    """A reason as one line. Raises `BadInput` when it is empty, too long, or has control characters."""
    nothing = "Give a reason: it helps the draft's author."
    return _checked("reason", " ".join(reason.split()), REASON_LIMIT, nothing, number="")


def clean_note(note: str) -> str:
    """A note as it was written, `\\n` for line breaks. Raises `BadInput` when it is empty or too long."""
    nothing = "Say what should change: the author of the next version reads it."
    return _checked("note", _LINE_BREAKS.sub("\n", note).strip(), NOTE_LIMIT, nothing)


def _checked(field: str, text: str, limit: int, nothing: str, number: str = ",") -> str:
    """The text of a field. Raises `BadInput`: where it is empty that says `nothing`; `number` is how it is counted."""
    if not text.strip():
        raise BadInput(nothing, field)
    if len(text) > limit:
        most = f"at most {limit:{number}} are allowed"
        raise BadInput(f"The {field} has {len(text):{number}} characters; {most}.", field)
    return _without_controls(field, text)


def _without_controls(field: str, text: str) -> str:
    if _CONTROLS.search(text) or _SURROGATES.search(text):
        raise BadInput(f"The {field} contains a control character.", field)
    return text


#: Direction overrides, embeddings and isolates (Unicode UAX #9); zero-width and soft-hyphen characters; control
#: characters of C1; line and paragraph separators; tags. Joiners and direction marks stay: Persian, Hebrew and emoji
#: need them, and they hide nothing.
UNSEEN = re.compile(
    "[\u00ad\u180e\u200b\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\x00-\x08\x0b-\x1f\x7f-\x9f]"
    "|(?<!\U0001f3f4)(?<![\U000e0020-\U000e007f])[\U000e0000-\U000e007f]+"
)


def count_unseen(*texts: str) -> int:
    """How many there are: a run of tags counts as one."""
    return sum(len(UNSEEN.findall(text)) for text in texts)
