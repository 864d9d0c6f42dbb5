"""The log of acceptances: one JSON line for each message that the server decided to take, on disk before its 250."""

import email
import email.policy
import hashlib
import json
import os
import threading
import time
from pathlib import Path


class AcceptanceLog:
    """Appends and fsyncs. A line means: from here on the server is responsible for this message."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.Lock()
        self.count = 0
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def accept(self, content: bytes, mail_from: str, rcpt_to: list[str]) -> None:
        head = email.message_from_bytes(content.partition(b"\r\n\r\n")[0], policy=email.policy.compat32)
        line = {
            "message_id": head.get("Message-ID"),
            "mail_from": mail_from,
            "rcpt_to": rcpt_to,
            "sha256": hashlib.sha256(content).hexdigest(),
            "size": len(content),
            "headers": {name: str(value) for name, value in head.items() if name.lower().startswith("x-")},
            "time": time.time(),
        }
        with self.lock:
            os.write(self.file, (json.dumps(line) + "\n").encode())
            os.fsync(self.file)
            self.count += 1
