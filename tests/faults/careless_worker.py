"""`python -m tests.faults.careless_worker`: sends before it marks. The control that the oracle must catch.

All else is the real worker: the same claim, the same conversation, the same record. Only the point of no return is
written down after the mail has left, as a worker would do that calls its mail library first and its database then.
"""

from collections.abc import Callable

from bot.commands.worker import worker
from core.ids import UUID
from core.mail import smtp
from core.mail.envelope import Envelope
from core.mail.outcome import Outcome
from core.mail.smtp import Deadlines, send
from core.mail.smtp_url import SmtpUrl


def send_then_mark(
    server: SmtpUrl,
    envelope: Envelope,
    start: Callable[[], bool],
    limits: Deadlines | None = None,
    *,
    account: UUID | None = None,
) -> Outcome:
    """Hand the mail over without asking, and mark it as started afterwards."""
    outcome = send(server, envelope, lambda: True, limits)
    start()
    return outcome


if __name__ == "__main__":
    smtp.send = send_then_mark  # the one change
    worker(threads=8)
