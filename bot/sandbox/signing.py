"""Signs what the sandbox sends, as Slack does. https://docs.slack.dev/authentication/verifying-requests-from-slack"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SignedRequest:
    """A request ready to be posted, once or often."""

    url: str
    body: str
    headers: dict[str, str]

    def described(self) -> dict[str, Any]:
        """As JSON for the control API."""
        return {"url": self.url, "body": self.body, "headers": self.headers}


def signature(secret: str, timestamp: str, body: str) -> str:
    """The value of X-Slack-Signature: v0= and the hex HMAC-SHA256 of v0:timestamp:body."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def signed(secret: str, url: str, body: str, content_type: str) -> SignedRequest:
    """The request signed now."""
    timestamp = str(int(time.time()))
    headers = {
        "Content-Type": content_type,
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Accept": "*/*",
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature(secret, timestamp, body),
    }
    return SignedRequest(url, body, headers)
