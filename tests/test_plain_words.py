"""Sentences that people read stay in the words of the trade: what was replaced does not come back, anywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: An old sentence, or the part that it is known by (a regular expression), and what is said instead.
OLD_TO_NEW = {
    r"get on well": "No problems",
    r"[Rr]isk review|[Ll]ook closely|look at closely": "Needs a look",
    r"Ask for it": "Request changes",
    r"[Ww]hich text shall": "Keep which version?",
    r"[Ww]hose is it to decide": "Assign to",
    r"[Tt]ook the approval back|[Tt]ake the approval back|[Dd]elivery cancelled": "Approval undone",
    r"[Aa]sks? for attention": "Snooze ended; needs attention",
    r"End the snooze": "End snooze",
    r"nothing leaves before": "Sends at 22:58:52",
    r"Ended at|the reply to the final dot ·|DATA begun": "Server accepted it",
    r"(?<!What )\bwas sent: (?!`)": "Sent to dana@example.org at 22:50 by Alice",
    r"Pause the one|the one campaign|Paused before": "Pause Autumn launch?",
    r"I do not know": "Unknown command. Did you mean status?",
    r"[Tt]hrough the eyes of": "View as",
    r"[Tt]oo late to take it back|can be taken back|of these taken back": "Too late to undo; undone",
    r"[Cc]hanges (were )?asked for|[Aa]sked for changes|Tried to ask for": "Changes requested",
    r"[Pp]ut up for review": "Ready for review",
    r"put (it )?right": "fix",
    r"[Tt]aken up for sending": "Picked up for sending",
    r"Began to hand over": "Sending started",
    r"Something else was heard of it": "A later report contradicts the record",
    r"asked not to be written to\.?[\"']": "has opted out; Unsubscribed",
    r"[Nn]obody knows (whether|yet|what)|When nobody knows|sent, nobody knows": "unknown",
    r"had it sent again|as its first try": "sent it again",
    r"Tries to send|tries to send": "Send attempts",
    r"was past the last gate|were past the last gate": "had already passed the last check",
    r"were about to leave, none did": "were about to leave and were stopped",
    r"lets? it go on|let sending go on|lets? mail go again|[Mm]ail may go|may leave again": "resume; can be sent again",
    r"all that has left": "everything that was sent",
    r"paused together with all others|[Pp]aused by themselves": "as part of a pause of all; one by one",
    r"[Nn]othing happened to it": "It was not changed.",
    r"[Nn]obody has put this off": "This draft is not snoozed.",
    r"still to come": "in the future",
    r"[Ii]t is theirs already|It is theirs to": "It is assigned to them already.",
    r"each by name": "Only members can decide on drafts.",
    r"hands full|is in somebody.s hands\"": "busy; offered",
    r"what it came to": "report on it",
    r"offered anew since": "offered again",
    r"What comes next will show up": "New drafts appear here by themselves.",
    r"You look on": "You are a viewer",
    r"Nothing of this kind": "No draft matches these filters",
    r"Every risk": "All risks",
    r"There is no way back": "This cannot be undone.",
    r"It did not: send again": "It did not arrive: send again",
    r"Looked at[\"']": "Checked",
    r"Hear Slack": "Receive from Slack",
    r"keys of the API": "API keys",
    r"Bring in what|[Bb]ring the database": "Import; Migrate",
    r"is none on which|on which anybody wrote": "no email can have been sent on this date",
    r"names a host or a port that is none|that is none[\"'.,:]": "has an invalid host or port",
    r"would go out, perhaps": "would be sent, perhaps",
    r"(?<![Tt]here )is no (time zone|country|id of|whole|CSV|person|app-level|address|time of|such day)": "is not a …",
    r"card was drawn": "since you saw it",
    r"[Ss]ubmit again": "Press Approve again.",
    r"[Nn]obody decided: admins": "Not decided in time: admins alerted",
    r"[Aa]llow(s|ed)? sending|[Ss]ending is allowed|nothing to allow": "start sending",
    r"speaks no TLS": "does not use TLS",
    r"ended the conversation": "The mail server closed the session.",
    r"holds? (a line break|a control character|half of)": "contains …",
    r"\bdo, the oldest": "2 drafts have waited, the oldest for 2 days",
    r"[Ww]orker runs and reaches": "a worker is running and can reach",
    r"quarter of an hour, and no worker": "for over 15 minutes, and no worker has picked it up",
    r"the (least|most) is \{": "the minimum is; the maximum is",
    r"is taken by (a|an) (draft|task|earlier)": "is already used by a draft with different content",
    r"could be two days": "the date is ambiguous",
    r"[Nn]othing was kept|^Kept:": "imported; saved",
    r"rules (do not )?hold": "rules passed; rules failed",
    r"[Ww]ords of a language model": "AI assistant wording",
    r"is here to answer": "nobody can confirm here (no terminal)",
    r"There are: ": "Choose from: ",
    r"has not left( yet)?[.\"]|would leave (now|outside|on)": "has not been sent yet; would be sent",
    r"[Tt]aken back[:.\"]|[Tt]aken back: please": "Withdrawn",
    r"already taken": "already decided",
    r"did not arrive this time|, this time\"": "soft bounce",
    r"[Oo]utcome is known by now": "The outcome is already known",
    r"Needed for another reason": "Required for a reason of your own",
    r"[Tt]one is not ours": "Wrong tone.",
    r"[Ss]mall letters": "lower case",
    r"Too little to tell": "Not enough data",
    r"what became of (it|each)\b(?! in)": "its outcome",
    r"to spare": "it has no free connection",
    r"email address must have|part after the @-sign is": "email-validator's own English has words of ours",
    r"Input should|Value error,|Expecting value": "a framework's own English has words of ours",
}
#: Sentences of a log go to a machine, and are put into words for a screen by `bot/local/up/said.py`.
LOGS = frozenset({"debug", "info", "warning", "error", "exception", "critical"})


def _literals(file: Path) -> Iterator[tuple[int, str]]:
    """The texts in a program, but for what its authors alone read: docstrings (a command's is its help), and logs."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    unseen: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            shown = isinstance(node, ast.FunctionDef) and (node.decorator_list or "rules_" in file.name)
            if ast.get_docstring(node) and not shown:
                unseen.add(id(node.body[0].value))  # type: ignore[attr-defined]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGS:
            unseen.update(id(part) for argument in node.args for part in ast.walk(argument))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            unseen.update(id(part) for part in ast.walk(node) if part is not node)
            if id(node) not in unseen:
                yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unseen:
            yield node.lineno, node.value


def _sources() -> Iterator[tuple[str, str]]:
    """Where each sentence stands, and the sentence."""
    for room in ("core", "bot", "jobs"):
        for file in sorted((ROOT / room).rglob("*.py")):
            if file.name not in NOT_SENTENCES:
                for line, text in _literals(file):
                    yield f"{file.relative_to(ROOT)}:{line}", text
        for pattern in ("*.html", "*.js"):
            for file in sorted((ROOT / room).rglob(pattern)):
                yield str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            yield f"{page.relative_to(ROOT)}:{number}", line


#: What is looked for in other people's sentences; Python's English of JSON, and email-validator's, beside ours.
NOT_SENTENCES = frozenset({"said.py", "json_input.py", "address_faults.py"})
SOURCES = list(_sources())


@pytest.mark.parametrize("old", OLD_TO_NEW)
def test_an_old_word_does_not_come_back(old: str) -> None:
    found = [f"{place}: {text.strip()[:120]}" for place, text in SOURCES if re.search(old, text)]
    assert not found, f"say instead: {OLD_TO_NEW[old]}"


def test_it_reads_what_people_read() -> None:
    """A card's words, a page's, a command's help, a rule of `verify`, a refusal and a manual are among the sources."""
    read = [text for _, text in SOURCES]
    for known in (
        "Request changes",
        "List the drafts that wait for a decision",
        "A paused campaign sends nothing",
        "Unknown command.",
        "Send attempts",
        "*Snoozed until*",
    ):
        assert any(known in text for text in read), known
