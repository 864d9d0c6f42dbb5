"""What Slack's HTTP answers say, read with suspicion: a body may be cut short, a page, or of another shape."""

import math
from collections.abc import Mapping
from typing import Any

from core.slack_codes import code_in
from jobs.slack.methods import method_named
from jobs.slack.trouble import SlackTrouble

#: Seconds to wait after a 429 that does not say how long; and the longest that is believed.
AFTER_429, LONGEST = 30.0, 3600.0


def checked(method: str, data: object) -> dict[str, Any]:
    """An answer that says `ok`, once it holds what this method answers. Raises `SlackTrouble`: `no_answer`."""
    if not isinstance(data, dict) or data.get("ok") is not True:
        raise SlackTrouble("no_answer", left=True)
    for path, kind in method_named(method).answers.items():
        found: object = data
        for name in path.split("."):
            found = found.get(name) if isinstance(found, dict) else None
        if not isinstance(found, kind) or found == "":
            raise SlackTrouble("no_answer", left=True)
    return data


def refused(status: int, headers: Mapping[str, str], data: object) -> SlackTrouble:
    """What an answer that is not `ok` says: its code, and when to come back. Slack's words are never quoted (P11)."""
    error = data.get("error") if isinstance(data, dict) else None
    code = "ratelimited" if status == 429 else code_in(error)
    if code == "no_answer" and status >= 500:
        code = "unreachable"
    wait = retry_after(headers)
    return SlackTrouble(code, wait or AFTER_429 if code == "ratelimited" else wait, left=True)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header; None where there is none, or none that makes sense."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    try:
        seconds = float(said) if said is not None else 0.0
    except (TypeError, ValueError):
        return None
    return min(seconds, LONGEST) if math.isfinite(seconds) and seconds > 0 else None
