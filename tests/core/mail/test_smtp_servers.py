"""Mail servers as they are: how they dislike our name, log us in, answer late, and say it in their own way."""

import re

import pytest

from core.delivery.outcomes import sentence_for
from core.mail.smtp import Deadlines, send
from core.mail.smtp_url import Security, SmtpUrl
from core.taxonomy import Phase, Reason
from tests.core.mail.smtp_parts import PATIENT, SMALL, Start, deliver, envelope, plain, starttls
from tests.core.mail.smtp_server_parts import NOT_SENT, SENT, server, short, smtp
from tests.fakes.smtp.client import FakeSmtp

__all__ = ["server", "smtp"]


# --- what we call ourselves ---


def test_it_calls_itself_by_the_domain_of_the_account(smtp: FakeSmtp) -> None:
    assert deliver(starttls(smtp), Start()).kind is SENT
    lines = smtp.sessions()[-1]["lines"]
    assert [line for line in lines if line.startswith("EHLO")] == ["EHLO example.com"] * 2


def test_a_domain_that_is_not_ascii_is_said_in_ascii(smtp: FakeSmtp) -> None:
    mail = envelope()
    special = type(mail).of("zoë@bücher.example", ["dana@example.org"], SMALL)
    assert send(plain(smtp), special, Start(), PATIENT).kind is SENT
    assert smtp.sessions()[-1]["lines"][0] == "EHLO xn--bcher-kva.example"


def test_the_address_of_the_server_may_give_another_name(smtp: FakeSmtp) -> None:
    url = SmtpUrl("127.0.0.1", smtp.port, Security.PLAIN, ehlo="mail.acme.example")
    assert deliver(url, Start()).kind is SENT
    assert smtp.sessions()[-1]["lines"][0] == "EHLO mail.acme.example"


def test_a_server_that_dislikes_the_name_is_quoted(smtp: FakeSmtp) -> None:
    smtp.plan("ehlo", say="501 5.5.4 Invalid domain name")
    outcome = deliver(plain(smtp), Start())
    assert short(outcome) == (NOT_SENT, Phase.EHLO, Reason.REJECTED_SERVER, False, 501)
    assert "(EHLO): “501 5.5.4 Invalid domain name”." in sentence_for(outcome)
    assert "HELO" not in smtp.sessions()[-1]["verbs"]


def test_a_server_that_knows_only_helo_gets_it(smtp: FakeSmtp) -> None:
    smtp.conduct(helo_only=True)
    assert deliver(plain(smtp), Start()).kind is SENT
    assert smtp.sessions()[-1]["lines"][:2] == ["EHLO example.com", "HELO example.com"]
    assert "SIZE" not in smtp.sessions()[-1]["lines"][2]


# --- logging in ---


@pytest.mark.parametrize(
    ("lines", "mechanism"),
    [
        (["AUTH=PLAIN"], "PLAIN"),
        (["AUTH=LOGIN PLAIN"], "PLAIN"),
        (["auth plain"], "PLAIN"),
        (["AUTH CRAM-MD5", "AUTH=LOGIN"], "LOGIN"),
        (["AUTH PLAIN", "AUTH CRAM-MD5"], "PLAIN"),
        (["AUTH GSSAPI NTLM", "AUTH=LOGIN", "AUTH XOAUTH2 PLAIN"], "PLAIN"),
    ],
)
def test_what_two_lines_offer_is_united_whichever_way_they_are_written(
    smtp: FakeSmtp, lines: list[str], mechanism: str
) -> None:
    smtp.conduct(user="sam", password="hunter2", auth_lines=lines)
    assert deliver(starttls(smtp, "sam", "hunter2"), Start()).kind is SENT
    [line] = [line for line in smtp.sessions()[-1]["lines"] if line.startswith("AUTH")]
    assert line.split()[1] == mechanism


def test_without_a_mechanism_that_we_know_those_of_the_server_are_named(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="hunter2", mechanisms="CRAM-MD5 XOAUTH2")
    outcome = deliver(starttls(smtp, "sam", "hunter2"), Start())
    assert short(outcome) == (NOT_SENT, Phase.AUTH, Reason.AUTH_UNAVAILABLE, False, None)
    assert "(log in): “CRAM-MD5 XOAUTH2”." in sentence_for(outcome)


def test_a_mechanism_that_is_announced_and_not_supported_leaves_the_other(smtp: FakeSmtp) -> None:
    smtp.conduct(user="sam", password="hunter2", mechanisms="LOGIN", auth_lines=["AUTH PLAIN LOGIN"])
    assert deliver(starttls(smtp, "sam", "hunter2"), Start()).kind is SENT


def test_a_wrong_password_is_given_once(smtp: FakeSmtp) -> None:
    """A second mechanism would be a second failure, and servers count those."""
    smtp.conduct(user="sam", password="other")
    assert deliver(starttls(smtp, "sam", "hunter2"), Start()).reason is Reason.AUTH_FAILED
    assert smtp.sessions()[-1]["verbs"].count("AUTH") == 1


@pytest.mark.parametrize("password", ["hunter2", "p" * 700])
def test_credentials_that_do_not_go_with_the_command_follow_it(smtp: FakeSmtp, password: str) -> None:
    smtp.conduct(user="sam", password=password, challenged=password == "hunter2")
    assert deliver(starttls(smtp, "sam", password), Start()).kind is SENT
    assert all(len(line) < 511 for line in smtp.sessions()[-1]["lines"] if line.startswith("AUTH"))


@pytest.mark.parametrize("say", ["334 VXNlcm5hbWU6", "334 ???", "334"])
def test_a_challenge_without_end_is_no_login(smtp: FakeSmtp, say: str) -> None:
    smtp.conduct(user="sam", password="hunter2")
    smtp.plan("auth", say=say)
    smtp.plan("auth", say=say)
    outcome = deliver(starttls(smtp, "sam", "hunter2"), Start())
    assert outcome.kind is NOT_SENT
    assert "MAIL" not in smtp.sessions()[-1]["verbs"]


# --- how it answers ---


def test_a_banner_may_take_as_long_as_the_whole_way_to_rcpt(smtp: FakeSmtp) -> None:
    """Thirty-five seconds of two minutes, a hundred times as fast: `step` is for one address, not for an answer."""
    smtp.plan("greeting", "drip", say="220-" + "." * 15 + "\r\n220 ready\r\n", raw=True, interval=0.03)
    limits = Deadlines(before_start=3.0, after_start=2.0, step=0.3)
    outcome = deliver(plain(smtp), Start(), limits)
    assert (outcome.phase, outcome.reason) == (Phase.EHLO, Reason.DROPPED)  # it closes after a banner that drips


@pytest.mark.parametrize(
    "say",
    [
        "250",
        "250 ",
        "250-\r\n250",
        "250-one\r\n250-two\r\n250 three",
        "250 \xfcbernommen",
        "250-" + "x" * 9000 + "\r\n250 ok",
    ],
)
@pytest.mark.parametrize("phase", ["rcpt", "dot"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_an_acceptance_is_one_however_it_is_written(smtp: FakeSmtp, phase: str, say: str, end: str) -> None:
    smtp.plan(phase, say=say.replace("\r\n", end) + end, accept=phase == "dot", raw=True)
    assert deliver(plain(smtp), Start()).kind is SENT


def test_what_is_not_utf8_is_shown_as_it_can_be(smtp: FakeSmtp) -> None:
    smtp.plan("rcpt", say="550 5.1.1 Empf\xe4nger unbekannt")
    assert deliver(plain(smtp), Start()).reply == "5.1.1 Empfänger unbekannt"


def test_an_enhanced_code_before_each_line_is_said_once(smtp: FakeSmtp) -> None:
    smtp.plan(
        "rcpt", say="550-5.1.1 The account does not exist. Please\r\n550-5.1.1 look for typos.\r\n550 5.1.1 - gsmtp"
    )
    outcome = deliver(plain(smtp), Start())
    assert outcome.reply == "5.1.1 The account does not exist. Please look for typos. - gsmtp"


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_a_server_that_closes_is_not_said_to_have_refused_anybody(smtp: FakeSmtp, phase: str) -> None:
    smtp.plan(phase, say="421 4.3.2 Service shutting down")
    outcome = deliver(plain(smtp), Start())
    assert (outcome.kind, outcome.transient) == (NOT_SENT, True)
    step = phase.upper()
    assert sentence_for(outcome).endswith(f" ({step}): “421 4.3.2 Service shutting down”.")
    assert not re.search("recipient|sender|refused", sentence_for(outcome))


# --- what a refusal at RCPT is about ---

ABOUT_US = [
    "550 5.1.0 <sam@example.com>: Sender address rejected: User unknown in virtual mailbox table",
    "450 4.1.8 <sam@example.com>: Sender address rejected: Domain not found",
    "553 5.7.1 <sam@example.com>: Sender address rejected: not owned by user sam",
    "530 5.7.0 Must issue a STARTTLS command first",
    "530 5.7.0 Authentication required",
    "451 4.3.5 <dana@example.org>: Recipient address rejected: Server configuration problem",
    "450 4.7.1 <dana@example.org>: Recipient address rejected: Policy server unavailable",
    "451 4.3.0 Temporary lookup failure",
    "554 5.7.1 <dana@example.org>: Relay access denied",
    "550 5.7.1 Unable to relay",
    "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
    "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
]
ABOUT_THEM = [
    (
        "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's"
        " email address for typos or unnecessary spaces."
    ),
    "550 5.1.1 <dana@example.org>: Recipient address rejected: User unknown in local recipient table",
    "550 5.4.1 Recipient address rejected: Access denied",
    "550 no such user",
]


@pytest.mark.parametrize("say", ABOUT_US)
def test_a_refusal_that_is_about_us_does_not_blame_the_recipient(smtp: FakeSmtp, say: str) -> None:
    smtp.plan("rcpt", say=say)
    outcome = deliver(plain(smtp), Start())
    ours, quoted = sentence_for(outcome).split(": “")
    assert (outcome.kind, outcome.phase) == (NOT_SENT, Phase.RCPT)
    assert ours.endswith("(RCPT)")
    assert "recipient" not in ours
    assert outcome.reason is not Reason.RECIPIENT_UNKNOWN
    assert quoted == f"{say}”."


@pytest.mark.parametrize("say", ABOUT_THEM)
def test_a_refusal_of_the_recipient_says_so(smtp: FakeSmtp, say: str) -> None:
    smtp.plan("rcpt", say=say)
    outcome = deliver(plain(smtp), Start())
    assert outcome.reason is Reason.RECIPIENT_UNKNOWN
    end = "" if say.endswith(".") else "."
    assert sentence_for(outcome) == f"Hard bounce: there is no such mailbox (RCPT): “{say}”{end}"


@pytest.mark.parametrize(
    ("phase", "say"), [("mail", "552 5.3.4 Message size exceeds fixed limit"), ("dot", "552 5.3.4 too large")]
)
def test_a_mail_that_is_too_large_is_called_so_wherever_it_is_said(smtp: FakeSmtp, phase: str, say: str) -> None:
    smtp.plan(phase, say=say)
    outcome = deliver(plain(smtp), Start())
    assert (outcome.kind, outcome.reason, outcome.transient) == (NOT_SENT, Reason.TOO_LARGE, False)


@pytest.mark.parametrize(
    ("phase", "say"),
    [
        ("rcpt", "451 4.7.1 <dana@example.org>: Recipient address rejected: Greylisted for 5 minutes"),
        ("rcpt", "450 4.2.0 <dana@example.org>: Recipient address rejected: example.com greylisted for 60 seconds"),
        ("rcpt", "451 4.7.1 Greylisting in action, please come back later"),
        ("rcpt", "451 4.7.1 Try again later"),
        ("rcpt", "450 4.7.1 Please try again later"),
        ("rcpt", "451 Graylisted, please retry"),
        ("mail", "451 4.7.1 grey-listed"),
        ("dot", "451 4.7.1 Greylisted"),
    ],
)
def test_greylisting_is_known_for_what_it_is(smtp: FakeSmtp, phase: str, say: str) -> None:
    smtp.plan(phase, say=say)
    assert short(deliver(plain(smtp), Start())) == (NOT_SENT, Phase(phase), Reason.GREYLISTED, True, int(say[:3]))


@pytest.mark.parametrize("say", ["550 5.7.1 greylisted for ever", "451 4.3.2 Please try again later", "450 busy"])
def test_what_is_no_greylisting_is_not_taken_for_it(smtp: FakeSmtp, say: str) -> None:
    smtp.plan("rcpt", say=say)
    assert deliver(plain(smtp), Start()).reason is not Reason.GREYLISTED
