"""A Slack that answers every call at once, and remembers what each card showed and when."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

ANSWERS: dict[str, dict[str, Any]] = {
    "auth.test": {"team_id": "T01TEST", "user_id": "U0BOT", "bot_id": "B0BOT", "url": "https://acme.slack.com/"},
    "conversations.open": {"channel": {"id": "D0NEW"}},
    "users.info": {"user": {"deleted": False}},
    "conversations.history": {"messages": []},
}


class QuickSlack:
    """`url` for SLACK_API_URL (without `/api/`); `seen[(channel, ts)]` is (time, text) of each drawing of a card."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], list[tuple[float, str]]] = {}
        self.changed = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def drawn(self, channel: str, ts: str, text: str) -> None:
        with self.changed:
            self.seen.setdefault((channel, ts), []).append((time.time(), text))
            self.changed.notify_all()

    def when(self, channel: str, ts: str, headline: str) -> float | None:
        """When this card first said `headline`."""
        return next((at for at, text in self.seen.get((channel, ts), []) if text.startswith(headline)), None)

    def wait_all(self, cards: list[tuple[str, str]], headline: str, seconds: float) -> list[float]:
        """When each card first said `headline`, once all do. Raises AssertionError when that takes too long."""
        with self.changed:
            there = self.changed.wait_for(lambda: all(self.when(*card, headline) for card in cards), seconds)
            assert there, f"not every card said {headline!r} within {seconds} s"
            return [self.when(*card, headline) or 0.0 for card in cards]


def _handler(slack: QuickSlack) -> type[BaseHTTPRequestHandler]:
    stamps = count(1)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            method = self.path.rpartition("/")[2]
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer: dict[str, Any] = {"ok": True, **ANSWERS.get(method, {})}
            if method in ("chat.update", "chat.postMessage"):
                asked = json.loads(body)
                answer |= {"channel": asked["channel"], "ts": asked.get("ts") or f"1800000000.{next(stamps):06}"}
                slack.drawn(answer["channel"], answer["ts"], asked["text"])
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing to say."""

    return Handler


@contextmanager
def quick_slack() -> Iterator[QuickSlack]:
    """A running one, on a thread of this process."""
    slack = QuickSlack()
    thread = threading.Thread(target=slack.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield slack
    finally:
        slack.server.shutdown()
        thread.join()
        slack.server.server_close()
