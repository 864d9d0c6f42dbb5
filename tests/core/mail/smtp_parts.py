"""What the tests of the transport share: one message, deadlines, and a `start` that counts."""

from core.mail.envelope import Envelope
from core.mail.outcome import Outcome
from core.mail.smtp import Deadlines, send
from core.mail.smtp_url import Security, SmtpUrl
from tests.fakes.smtp.client import FakeSmtp

#: For tests that are not about time: a machine that is busy for a second does not end a conversation.
PATIENT = Deadlines(before_start=20.0, after_start=20.0, step=10.0, quit=0.3)
IMPATIENT = Deadlines(before_start=0.3, after_start=0.3, step=0.2, quit=0.2)
SMALL = b"Message-ID: <one@test>\r\nSubject: hi\r\n\r\nHello\r\n.dot\r\n..two\r\nFrom me\r\n"
LARGE = b"Message-ID: <large@test>\r\n\r\n" + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * 120_000


class Start:
    """Stands for the commit before DATA; remembers what the server had seen by then."""

    def __init__(self, answer: bool | BaseException = True) -> None:
        self.answer, self.calls = answer, 0

    def __call__(self) -> bool:
        self.calls += 1
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def envelope(mime: bytes = SMALL, to: str = "dana@example.org") -> Envelope:
    return Envelope.of("sam@example.com", [to], mime)


def plain(smtp: FakeSmtp) -> SmtpUrl:
    return SmtpUrl("127.0.0.1", smtp.port, Security.PLAIN)


def starttls(smtp: FakeSmtp, user: str | None = None, password: str | None = None) -> SmtpUrl:
    return SmtpUrl("localhost", smtp.port, Security.STARTTLS, user, password, smtp.ca)


def implicit(smtp: FakeSmtp) -> SmtpUrl:
    return SmtpUrl("localhost", smtp.tls_port, Security.IMPLICIT, cafile=smtp.ca)


def deliver(url: SmtpUrl, start: Start, deadlines: Deadlines = PATIENT, mime: bytes = SMALL) -> Outcome:
    return send(url, envelope(mime), start, deadlines)
