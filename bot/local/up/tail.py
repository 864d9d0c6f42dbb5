"""Reading along in a child's log: which of its lines a person at the terminal should see."""

import json
from pathlib import Path

from bot.local.up.said import sentence

SERIOUS = {"warning", "error", "critical"}
READ_BYTES = 1_000_000
LONGEST = 300  # characters of a line on the screen


class Tail:
    """Follows a file from its end as it is now; a file that is made or begun anew later is read from its start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = path.stat().st_size if path.exists() else 0
        self.rest = b""

    def complaints(self) -> list[str]:
        """Warnings and errors that came since the last call, shortened to one line each."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            if file.seek(0, 2) < self.place:
                self.place, self.rest = 0, b""
            file.seek(self.place)
            new = file.read(READ_BYTES)
        self.place += len(new)
        *lines, self.rest = (self.rest + new).split(b"\n")
        found = [complaint(line.decode(errors="replace")) for line in lines]
        return [line for line in found if line]

    def last(self, lines: int) -> list[str]:
        """The last lines of the file, the long ones shortened."""
        if not self.path.exists():
            return []
        return [line[:LONGEST] for line in self.path.read_text(errors="replace").splitlines()[-lines:]]


def complaint(line: str) -> str:
    """What a log line complains about, empty if it does not. JSON lines say their level; others say it in words."""
    if line.startswith("{"):
        try:
            entry = json.loads(line)
        except ValueError:
            return ""
        if not isinstance(entry, dict) or str(entry.get("level", "")).lower() not in SERIOUS:
            return ""
        return f"{entry['level']}: {sentence(entry)}"[:LONGEST]
    if line.startswith(("Traceback", "signoff:", "ERROR", "CRITICAL", "WARNING")) or " [ERROR] " in line:
        return line[:LONGEST]
    return ""
