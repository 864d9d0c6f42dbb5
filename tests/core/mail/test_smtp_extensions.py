"""What a server announces, and what is not offered without it: 8BITMIME, SMTPUTF8, SIZE; recipients and dots."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.mail.envelope import Envelope
from core.mail.outcome import Outcome
from core.mail.smtp import Deadlines, send
from core.taxonomy import Phase, Reason
from tests.core.mail.smtp_parts import PATIENT, SMALL, Start, deliver, envelope, plain
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, assert_never_after, server, short, smtp
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]


def test_every_recipient_or_none(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", say="550 no", rcpt="bad@")
    two = Envelope.of("sam@example.com", ["good@example.org", "bad@example.org"], SMALL)
    start = Start()
    assert short(send(plain(smtp), two, start, PATIENT))[:3] == (NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT)
    assert start.calls == 0
    assert_never_after(smtp, "rcpt")


def test_twenty_sessions_can_be_held_at_rcpt_and_released(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", "hold", times=20)
    limits = Deadlines(before_start=20, after_start=20, step=20)
    with ThreadPoolExecutor(20) as pool:
        started = [Start() for _ in range(20)]
        running = [pool.submit(deliver, plain(smtp), start, limits) for start in started]
        smtp.wait_held("rcpt", 20)
        assert [start.calls for start in started] == [0] * 20
        assert smtp.accepted() == []
        assert smtp.release("rcpt") == 20
        assert {job.result().kind for job in running} == {SENT}
    assert len(smtp.accepted()) == 20


# --- what it can do ---


def test_a_server_without_smtputf8_refuses_such_an_address_clearly(smtp: FakeSmtp) -> None:
    special = Envelope.of("sam@example.com", ["dána@example.org"], SMALL)
    assert special.needs_smtputf8
    smtp.conduct(smtputf8=False)
    outcome = send(plain(smtp), special, Start(), PATIENT)
    assert short(outcome) == (NOT_SENT, Phase.MAIL, Reason.SMTPUTF8_UNSUPPORTED, False, None)
    smtp.conduct()
    assert send(plain(smtp), special, Start(), PATIENT).kind is SENT
    assert smtp.accepted()[-1]["rcpt_to"] == ["dána@example.org"]
    assert [line for line in smtp.sessions()[-1]["lines"] if line.startswith("MAIL")] == [
        f"MAIL FROM:<sam@example.com> SMTPUTF8 SIZE={len(SMALL) + 2}"
    ]


def test_an_address_and_a_body_that_are_not_ascii_are_both_announced(smtp: FakeSmtp) -> None:
    mime = SMALL + "é\r\n".encode()
    special = Envelope.of("sam@example.com", ["dána@example.org"], mime)
    assert send(plain(smtp), special, Start(), PATIENT).kind is SENT
    parameters = f"SMTPUTF8 BODY=8BITMIME SIZE={len(mime) + 2}"
    assert smtp.sessions()[-1]["lines"][1] == f"MAIL FROM:<sam@example.com> {parameters}"


def test_a_domain_that_is_not_ascii_needs_no_smtputf8(smtp: FakeSmtp) -> None:
    smtp.conduct(smtputf8=False)
    assert send(plain(smtp), envelope(to="dana@bücher.example"), Start(), PATIENT).kind is SENT
    assert smtp.accepted()[-1]["rcpt_to"] == ["dana@xn--bcher-kva.example"]


def test_eight_bit_goes_only_to_a_server_that_takes_it(smtp: FakeSmtp) -> None:
    body = SMALL + "é\r\n".encode()
    assert deliver(plain(smtp), Start(), mime=body).kind is SENT
    size = len(body) + 2
    assert smtp.sessions()[-1]["lines"][1] == f"MAIL FROM:<sam@example.com> BODY=8BITMIME SIZE={size}"
    smtp.conduct(eightbitmime=False)
    outcome = deliver(plain(smtp), Start(), mime=body)
    assert short(outcome) == (NOT_SENT, Phase.MAIL, Reason.EIGHTBIT_UNSUPPORTED, False, None)


SIZE = len(SMALL) + 2  # as it travels: two of its lines begin with a dot


@pytest.mark.parametrize(
    ("offers", "parameters"),
    [
        ("SMTPUTF8", ""),
        ("SIZE", f" SIZE={SIZE}"),
        ("SIZE 0", f" SIZE={SIZE}"),  # RFC 1870: no fixed limit
        (f"SIZE {SIZE}", f" SIZE={SIZE}"),
        (f"size={SIZE + 1}", f" SIZE={SIZE}"),
        ("SIZE much", f" SIZE={SIZE}"),
        ("SIZE \u0661", f" SIZE={SIZE}"),
        ("PIPELINING\r\n250-SIZE\r\n250-8BITMIME", f" SIZE={SIZE}"),
    ],
)
def test_the_size_is_told_where_it_is_asked_for(smtp: FakeSmtp, offers: str, parameters: str) -> None:
    smtp.plan("ehlo", say=f"250-fake.test\r\n250-{offers}".encode().decode("latin-1") + "\r\n250 DSN")
    assert deliver(plain(smtp), Start()).kind is SENT
    assert smtp.sessions()[-1]["lines"][1] == f"MAIL FROM:<sam@example.com>{parameters}"


@pytest.mark.parametrize("limit", [f"{SIZE - 1}", "1", f"0 {SIZE - 1}"])
def test_a_message_above_the_announced_size_is_not_offered(smtp: FakeSmtp, limit: str) -> None:
    smtp.plan("ehlo", say=f"250-fake.test\r\n250 SIZE {limit}")
    assert deliver(plain(smtp), Start()) == Outcome(NOT_SENT, Phase.MAIL, Reason.TOO_LARGE)
    assert_never_after(smtp, "ehlo")


def test_line_ends_and_dots_arrive_as_meant(smtp: FakeSmtp) -> None:
    mime = b"Message-ID: <d@test>\n\n.\n..\n.x\r\n\r.\rlast"
    meant = b"Message-ID: <d@test>\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\nlast\r\n"
    assert deliver(plain(smtp), Start(), mime=mime).kind is SENT
    assert smtp.accepted()[-1]["sha256"] == hashlib.sha256(meant).hexdigest()
