"""How the app answered."""

import time
from dataclasses import dataclass
from typing import Any

# What Slack calls a failure, in X-Slack-Retry-Reason: https://docs.slack.dev/apis/events-api#retries
TIMEOUT, UNREACHED, BAD_STATUS, REDIRECTED = "http_timeout", "connection_failed", "http_error", "too_many_redirects"


@dataclass(frozen=True)
class Reply:
    """What came back within the deadline. `failure` is None when the app said 2xx, or acked on its socket."""

    status: int | None
    body: str
    content_type: str
    milliseconds: float
    failure: str | None
    no_retry: bool = False

    def described(self) -> dict[str, Any]:
        """As JSON for the control API."""
        return {
            "ok": self.failure is None,
            "status": self.status,
            "body": self.body,
            "ms": round(self.milliseconds, 2),
            "failure": self.failure,
        }


def failed(failure: str, started: float) -> Reply:
    """No answer, for one of the reasons above; `started` is a `time.perf_counter()`."""
    return Reply(None, "", "", (time.perf_counter() - started) * 1000, failure)
