"""A home is either for the sandbox or for a real Slack: drafts of the one must never be approved in the other."""

from pathlib import Path

from core.errors import SignoffError

_KINDS = {True: "sandbox", False: "slack"}
_REMEDIES = {
    "sandbox": "It holds the sandbox's demo. For your own Slack use another folder: SIGNOFF_HOME=.signoff-live",
    "slack": "It holds the data of a real Slack. To try the sandbox use another folder: SIGNOFF_HOME=.signoff-try",
}


def claim_home(home: Path, *, sandbox: bool) -> None:
    """Note what this home is for, the first time. Raises SignoffError when it is for the other."""
    note = home / "kind"
    if not note.exists():
        note.write_text(f"{_KINDS[sandbox]}\n")
        return
    kind = note.read_text().strip()
    if kind != _KINDS[sandbox]:
        raise SignoffError(f"{home} cannot be used for this. {_REMEDIES.get(kind, 'Use another SIGNOFF_HOME.')}")
