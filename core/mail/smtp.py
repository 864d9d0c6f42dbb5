"""Hand one message to an SMTP server, and know afterwards whether it left (DESIGN §5, RFC 5321).

The conversation is driven phase by phase: connect, (TLS), greeting, EHLO, (STARTTLS, EHLO), AUTH, MAIL, RCPT, then
`start`, which commits that the message is about to leave, then DATA, the body, the final dot. Everything that fails
before the final dot is written is `not_sent`; everything that fails after it and before a reply to it is `unknown`.
A session may serve several mails of one account (`pool`), which changes none of this.

Nothing here logs: not an address, not a server's words, not an exception (P11). The caller logs phase, reason and code.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core.ids import UUID
from core.mail import pool
from core.mail.connect import open_session
from core.mail.conversation import Stopped, Talk, ask_to_start, expect, not_sent
from core.mail.envelope import Envelope
from core.mail.outcome import SERVICE_CLOSING, Interrupted, Outcome
from core.mail.reasons import RULES
from core.mail.smtp_url import SmtpUrl
from core.mail.wire import Budget, Dropped, Malformed, Reply, Wire, body_lines, clean_text
from core.taxonomy import AttemptOutcome, Phase, Reason


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds of the monotonic clock that a conversation may take, however slowly the server answers.

    `before_start` is for connecting up to the reply to RCPT, `after_start` for DATA up to the reply to the final dot;
    `step` is the most that one address may take of `before_start`, so that the next gets its turn; `quit` is for
    politeness.
    `after_start` runs from right before `start`, so that a process that was frozen there sends nothing when it wakes.
    RFC 5321 §4.5.3.2.6 asks for ten minutes after the dot; a shorter wait costs an `unknown`, never a second mail.
    """

    before_start: float = 60.0
    after_start: float = 120.0
    step: float = 30.0
    quit: float = 1.0

    @property
    def total(self) -> float:
        """The longest a whole `send` can wait for the network, without the time that `start` itself takes."""
        return self.before_start + self.after_start + self.quit


LAST_WORDS = 1.0  # seconds to read what a server said before it cut a body short


#: Ends of an attempt after which both sides agree where the session stands, so that it may serve the next mail.
CLEAR = frozenset(
    {
        *(Reason.ACCEPTED, Reason.REJECTED_SENDER, Reason.REJECTED_RECIPIENT, Reason.REJECTED_DATA),
        *(Reason.REJECTED_BODY, Reason.START_REFUSED, Reason.SMTPUTF8_UNSUPPORTED, Reason.EIGHTBIT_UNSUPPORTED),
        Reason.TOO_LARGE,
    }
) | {rule.reason for rule in RULES}
#: Ends after which no server listens, or none that we trust.
GONE = frozenset(
    {
        *(Reason.DROPPED, Reason.TIMEOUT, Reason.MALFORMED_REPLY),
        *(Reason.TLS_FAILED, Reason.TLS_NOT_SPOKEN, Reason.TLS_TOO_OLD, Reason.TLS_HANDSHAKE),
    }
)


def send(
    url: SmtpUrl,
    envelope: Envelope,
    start: Callable[[], bool],
    deadlines: Deadlines | None = None,
    *,
    account: UUID | None = None,
) -> Outcome:
    """Try once to hand the message over. Returns what became of it, for each fault of a server or network too.

    `start` is called at most once, after every recipient was accepted and right before DATA. It commits the point of
    no return and answers whether to go on. When it answers False (paused, lease lost) or raises, DATA is not sent and
    the outcome is `not_sent` at phase `start`; when it raised, its commit may have happened all the same, so the
    caller has to close the attempt from either state.

    With an `account`, a session that it left open is used where there is one, and left open for its next mail.

    Raises Interrupted, with an outcome, when something other than the server ended it.
    """
    limits = deadlines or Deadlines()
    talk = Talk()
    try:
        outcome = talk.outcome = _converse(talk, url, envelope, start, limits, account)
        if not _keep(talk, outcome):
            _quit(talk.wire, outcome, limits)
    except BaseException as fault:
        raise Interrupted(talk.outcome or _judge(talk, Reason.INTERRUPTED, transient=True)) from fault
    else:
        return outcome
    finally:
        if talk.wire:
            talk.wire.close()


def _converse(
    talk: Talk, url: SmtpUrl, envelope: Envelope, start: Callable[[], bool], limits: Deadlines, account: UUID | None
) -> Outcome:
    try:
        body = body_lines(envelope.mime)
        before = Budget(limits.before_start, limits.step)
        wire = _reach(talk, url, envelope, len(body), before, account)
        after = Budget(limits.after_start, limits.after_start)  # from now: whoever is frozen past it sends nothing
        ask_to_start(talk, start)
        talk.verdict = _hand_over(talk, wire, body, after)
        return _judge(talk, Reason.ACCEPTED)
    except Stopped as stop:
        return _judge(talk, stop.reason, transient=stop.transient, reply=stop.reply, words=stop.words)
    except Dropped:
        return _judge(talk, Reason.DROPPED, transient=True)
    except Malformed:
        return _judge(talk, Reason.MALFORMED_REPLY, transient=True)
    except TimeoutError:
        return _judge(talk, Reason.TIMEOUT, transient=True)


def _reach(talk: Talk, url: SmtpUrl, envelope: Envelope, size: int, budget: Budget, account: UUID | None) -> Wire:
    """A wire on which sender and recipients were accepted: one that was kept, or else a fresh one.

    Whatever a kept session has against the mail (it may be the limit of mails in one session), a fresh one decides:
    nothing has been started, so this is no second try. But for a refused recipient: servers count those, and one that
    is asked for twice is asked for twice too often.
    """
    kept = pool.take(account, url, budget) if account else None
    if kept:
        talk.session, talk.wire = kept, kept.wire
        try:
            half = budget.left() / 2  # so that a fresh one has its time, too
            _address(talk, kept.wire, envelope, size, kept.extensions, Budget(half, half))
        except (Stopped, Dropped, Malformed, TimeoutError) as fault:
            if isinstance(fault, Stopped) and _is_of_the_recipient(talk, fault):
                raise
            kept.end()
            talk.session, talk.wire, talk.phase = None, None, Phase.CONNECT
        else:
            return kept.wire
    wire, extensions = open_session(talk, url, budget, envelope.mail_from)
    talk.session = pool.Session(account, url, wire, extensions)
    _address(talk, wire, envelope, size, extensions, budget)
    return wire


#: A limit of one session: of its recipients (RFC 3463, X.5.3), or of what it carries.
_OF_THE_SESSION = re.compile(r"\b[45]\.5\.3\b|\b(per|this|one) (session|connection)\b", re.I)


def _is_of_the_recipient(talk: Talk, stop: Stopped) -> bool:
    """Whether a kept session refused what a fresh one would refuse again: at RCPT, and not the session itself."""
    reply = stop.reply
    if talk.phase is not Phase.RCPT or reply is None or reply.code == SERVICE_CLOSING:
        return False
    return not _OF_THE_SESSION.search(reply.text)


def _keep(talk: Talk, outcome: Outcome) -> bool:
    """Whether the session was kept for the next mail. From then on it is not ours."""
    session = talk.session
    clear = outcome.reason in CLEAR and outcome.phase is not Phase.BODY and outcome.code != SERVICE_CLOSING
    if session is None or session.account is None or not clear or outcome.kind is AttemptOutcome.UNKNOWN:
        return False
    talk.wire = None
    if not pool.keep(session):
        talk.wire = session.wire
    return talk.wire is None


def _judge(
    talk: Talk, reason: Reason, *, transient: bool = False, reply: Reply | None = None, words: str = ""
) -> Outcome:
    """The table of DESIGN §5. After the dot only the server's verdict counts, and only if it is one."""
    if talk.phase is not Phase.DOT:
        return not_sent(talk, reason, transient=transient, reply=reply, words=words)
    match talk.verdict.kind if talk.verdict else None:
        case 2:
            return _judged(talk, AttemptOutcome.SENT, Reason.ACCEPTED)
        case 4 | 5:
            return not_sent(talk, Reason.REJECTED_BODY, transient=transient, reply=talk.verdict)
        case 3:  # a reply that means nothing here
            return _judged(talk, AttemptOutcome.UNKNOWN, Reason.MALFORMED_REPLY)
        case _:
            return Outcome(AttemptOutcome.UNKNOWN, talk.phase, reason)


def _judged(talk: Talk, kind: AttemptOutcome, reason: Reason) -> Outcome:
    assert talk.verdict is not None
    return Outcome(kind, talk.phase, reason, code=talk.verdict.code, reply=clean_text(talk.verdict.text))


def _address(talk: Talk, wire: Wire, envelope: Envelope, size: int, extensions: dict[str, str], budget: Budget) -> None:
    """MAIL and RCPT. Every recipient has to be accepted: a message goes to all of them or to none."""
    talk.phase = Phase.MAIL
    parameters = _mail_parameters(envelope, size, extensions)
    expect(talk, wire.command(f"MAIL FROM:<{envelope.mail_from}>{parameters}", budget), 2)
    talk.phase = Phase.RCPT
    for recipient in envelope.rcpt_to:
        expect(talk, wire.command(f"RCPT TO:<{recipient}>", budget), 2)


def _mail_parameters(envelope: Envelope, size: int, extensions: dict[str, str]) -> str:
    """SMTPUTF8 (RFC 6531), BODY=8BITMIME (RFC 6152) and SIZE (RFC 1870); Stopped where one that we need is lacking."""
    parameters = ""
    if envelope.needs_smtputf8:
        if "SMTPUTF8" not in extensions:
            raise Stopped(Reason.SMTPUTF8_UNSUPPORTED)
        parameters = " SMTPUTF8"
    if not envelope.mime.isascii():
        if "8BITMIME" not in extensions:
            raise Stopped(Reason.EIGHTBIT_UNSUPPORTED)
        parameters += " BODY=8BITMIME"
    if "SIZE" in extensions:
        limits = [int(limit) for limit in extensions["SIZE"].split() if limit.isascii() and limit.isdecimal()]
        if any(0 < limit < size for limit in limits):
            raise Stopped(Reason.TOO_LARGE)
        parameters += f" SIZE={size}"
    return parameters


def _hand_over(talk: Talk, wire: Wire, body: bytes, budget: Budget) -> Reply:
    """DATA, the body, the dot. Returns the server's verdict on the message."""
    talk.phase = Phase.DATA
    expect(talk, wire.command("DATA", budget), 3)
    talk.phase = Phase.BODY
    try:
        wire.write(body, budget)
    except Dropped:  # its last words may say why, and whether for ever
        expect(talk, wire.reply(Budget(LAST_WORDS, LAST_WORDS)), 3)
        raise
    if wire.spoke():  # a refusal in the middle; taken for the reply to the dot it could be read as anything
        expect(talk, wire.reply(budget), 3)
        raise Malformed
    left = budget.left()  # the last chance to run out of time with nothing sent
    talk.phase = Phase.DOT
    wire.write(b".\r\n", Budget(left, left))
    return wire.reply(budget)


def _quit(wire: Wire | None, outcome: Outcome, limits: Deadlines) -> None:
    """Say goodbye where the server may be listening. Nothing that happens here changes the outcome.

    Never in the middle of a body, where QUIT would be a line of the message, and never after a dot without an answer.
    """
    if wire and outcome.reason not in GONE and outcome.phase is not Phase.BODY:
        with suppress(Dropped, Malformed, TimeoutError):
            wire.command("QUIT", Budget(limits.quit, limits.quit))
