"""The sentence about a try that failed: it names the step, and quotes the server; nothing of ours has either."""

import pytest

from core.delivery.outcomes import sentence_for
from core.mail.outcome import Outcome
from core.taxonomy import AttemptOutcome, Phase, Reason
from core.text.words import outcomes


@pytest.mark.parametrize(
    ("phase", "reason", "code", "reply", "said"),
    [
        (Phase.CONNECT, Reason.CONNECT_REFUSED, None, "", "The mail server refused the connection (connect)."),
        (Phase.GREETING, Reason.TIMEOUT, None, "", "The mail server did not answer in time (greeting)."),
        (Phase.EHLO, Reason.DROPPED, None, "", "The mail server closed the connection (EHLO)."),
        (
            Phase.STARTTLS,
            Reason.TLS_FAILED,
            None,
            "certificate has expired",
            "The mail server's certificate could not be verified (STARTTLS): “certificate has expired”.",
        ),
        (
            Phase.AUTH,
            Reason.AUTH_FAILED,
            535,
            "5.7.8 no",
            "The mail server refused the account's user name or password (log in): “535 5.7.8 no”.",
        ),
        (Phase.MAIL, Reason.REJECTED_SENDER, 550, "", "The mail server refused the sender (MAIL, 550)."),
        (
            Phase.RCPT,
            Reason.REJECTED_RECIPIENT,
            550,
            "5.1.1 no such user",
            "The mail server refused the recipient (RCPT): “550 5.1.1 no such user”.",
        ),
        (Phase.DATA, Reason.REJECTED_DATA, 421, "bye", "The mail server ended the conversation (DATA): “421 bye”."),
        (Phase.DOT, Reason.REJECTED_BODY, 554, "", "The mail server refused the mail after reading it (DATA, 554)."),
    ],
)
def test_it_names_the_step_and_quotes_the_server(
    phase: Phase, reason: Reason, code: int | None, reply: str, said: str
) -> None:
    assert sentence_for(Outcome(AttemptOutcome.NOT_SENT, phase, reason, code=code, reply=reply)) == said


@pytest.mark.parametrize("reason", sorted(outcomes.WITHOUT_A_STEP))
def test_what_was_no_servers_doing_has_no_step(reason: Reason) -> None:
    sentence = sentence_for(Outcome(AttemptOutcome.NOT_SENT, Phase.CONNECT, reason, reply="id 4711"))
    assert sentence == outcomes.REASONS[reason]


def test_long_words_are_cut_in_the_sentence() -> None:
    long = Outcome(AttemptOutcome.NOT_SENT, Phase.RCPT, Reason.REJECTED_RECIPIENT, code=550, reply="x" * 500)
    assert sentence_for(long).endswith("x…”.")
    assert len(sentence_for(long)) < 350
