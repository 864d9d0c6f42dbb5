"""Why a try to send ended as it did, in one sentence for a person, which names the step and quotes the server."""

from core.taxonomy import Phase, Reason

REASONS: dict[Reason, str] = {
    Reason.DNS_FAILED: "The mail server's name could not be found.",
    Reason.CONNECT_REFUSED: "The mail server refused the connection.",
    Reason.UNREACHABLE: "The mail server could not be reached.",
    Reason.TLS_FAILED: "The mail server's certificate could not be verified.",
    Reason.TLS_UNAVAILABLE: "The mail server offers no encryption, which Signoff requires.",
    Reason.TLS_NOT_SPOKEN: "The mail server does not use TLS on this port: use smtps:// with a port such as 465.",
    Reason.TLS_TOO_OLD: "The mail server's encryption is too old: Signoff needs TLS 1.2 or newer.",
    Reason.TLS_HANDSHAKE: "The encryption with the mail server could not be set up.",
    Reason.CA_FILE: "The account's own certificate authority (cafile) could not be read on the sending machine.",
    Reason.AUTH_FAILED: "The mail server refused the account's user name or password.",
    Reason.AUTH_UNAVAILABLE: "The mail server offers no login method that Signoff supports.",
    Reason.SMTPUTF8_UNSUPPORTED: "The mail server cannot take an address with these characters (SMTPUTF8).",
    Reason.EIGHTBIT_UNSUPPORTED: "The mail server cannot take a mail with these characters (8BITMIME).",
    Reason.TOO_LARGE: "The mail is larger than the mail server accepts.",
    Reason.REJECTED_SERVER: "The mail server does not accept mail from us.",
    Reason.REJECTED_SENDER: "The mail server refused the sender.",
    Reason.REJECTED_RECIPIENT: "The mail server refused the recipient.",
    Reason.REJECTED_DATA: "The mail server refused to take the mail.",
    Reason.REJECTED_BODY: "The mail server refused the mail after reading it.",
    Reason.START_REFUSED: "Held back: the campaign, account or contact was paused.",
    Reason.START_FAILED: "Signoff's database did not answer right before sending, so nothing was sent.",
    Reason.TIMEOUT: "The mail server did not answer in time.",
    Reason.DROPPED: "The mail server closed the connection.",
    Reason.MALFORMED_REPLY: "The mail server's answer could not be understood.",
    Reason.INTERRUPTED: "Signoff was stopped before it could send this.",
    Reason.UNSENDABLE: "This cannot be sent as an email: an address or a header is malformed.",
    Reason.NO_SERVER: "The account's mail server is not set up: its address is missing or malformed.",
    Reason.STILL_SEALED: "The account's stored secret cannot be read with this SECRET_KEY: "
    "enter it again with `signoff accounts secret`.",
    Reason.RATE_LIMITED: "The mail server is limiting the rate: mail was sent too fast.",
    Reason.TLS_REQUIRED: "The mail server requires encryption (TLS), which the account's server address does not use.",
    Reason.LOGIN_REQUIRED: "The mail server requires a login, and the account's server address has none it accepts.",
    Reason.LOGIN_BUSY: "The mail server accepts no login from this account for now.",
    Reason.QUOTA_REACHED: "The account has reached the sending limit of its mail provider.",
    Reason.ACCOUNT_SUSPENDED: "The mail provider has suspended or blocked this account.",
    Reason.SENDER_UNVERIFIED: "The account's sender is not verified (SPF, DKIM, DMARC, or at the mail provider).",
    Reason.RELAY_DENIED: "The mail server does not relay mail for this account.",
    Reason.REPUTATION: "The sending server is blocklisted, or has a poor reputation.",
    Reason.GREYLISTED: "The mail server asks to retry later, as it does with new senders (greylisting).",
    Reason.SERVER_TROUBLE: "The mail server has a temporary problem of its own.",
    Reason.RECIPIENT_UNKNOWN: "Hard bounce: there is no such mailbox.",
    Reason.RECIPIENT_BUSY: "The recipient's mailbox is getting too much mail right now.",
    Reason.RECIPIENT_POLICY: "The recipient's server refused this mail by its policy.",
    Reason.MAILBOX_FULL: "The recipient's mailbox is full.",
    Reason.CONTENT_REFUSED: "The mail's content was refused as spam or as malformed.",
    Reason.LEASE_EXPIRED: "Signoff was interrupted before it could send this.",
    Reason.EVIDENCE: "The mail was refused after the server had taken it.",
}
#: What a refusal says of its step alone; with 421, whatever the step was about, the server only ended the session.
OF_THE_STEP = frozenset(
    {
        *(Reason.AUTH_FAILED, Reason.REJECTED_SERVER, Reason.REJECTED_SENDER, Reason.REJECTED_RECIPIENT),
        *(Reason.REJECTED_DATA, Reason.REJECTED_BODY, Reason.TLS_UNAVAILABLE),
    }
)
CLOSING = "The mail server closed the session."
#: The step at which it ended.
STEPS: dict[Phase, str] = {
    Phase.CONNECT: "connect",
    Phase.GREETING: "greeting",
    Phase.EHLO: "EHLO",
    Phase.STARTTLS: "STARTTLS",
    Phase.AUTH: "log in",
    Phase.MAIL: "MAIL",
    Phase.RCPT: "RCPT",
    Phase.START: "DATA",
    Phase.DATA: "DATA",
    Phase.BODY: "DATA",
    Phase.DOT: "DATA",
    Phase.QUIT: "QUIT",
}
#: Of ourselves, where no server was asked anything, or not what ended it.
WITHOUT_A_STEP = frozenset(
    {
        *(Reason.CA_FILE, Reason.START_REFUSED, Reason.START_FAILED, Reason.INTERRUPTED, Reason.UNSENDABLE),
        *(Reason.NO_SERVER, Reason.STILL_SEALED, Reason.LEASE_EXPIRED, Reason.EVIDENCE),
    }
)
#: Characters of a server's words that a sentence quotes. All of them stand with the attempt.
QUOTED = 240


def at_step(sentence: str, phase: Phase, code: int | None, words: str) -> str:
    """The sentence with its step and the server's words: "… refused the recipient (RCPT): “550 5.1.1 no such user”."

    Without words, the code alone: "… (RCPT, 550)."
    """
    sentence, step = sentence.removesuffix("."), STEPS[phase]
    if not words:
        return f"{sentence} ({step}, {code})." if code else f"{sentence} ({step})."
    quoted = f"{code} {words}" if code else words
    if len(quoted) > QUOTED:
        quoted = quoted[: QUOTED - 1].rstrip() + "…"
    return f"{sentence} ({step}): “{quoted}”{'' if quoted[-1] in '.!?…' else '.'}"


#: For a reason without a sentence of its own.
NOT_SENT = "The mail could not be sent."
#: Whatever the reason, once the outcome is unknown.
OUTCOME_UNKNOWN = (
    "The mail was handed over, but the mail server's answer never came. It may have arrived, "
    "so Signoff does not send it again."
)


def of_a_rest(reason: str, code: int | None) -> str:
    """Why an account rests, in a sentence."""
    sentence = REASONS.get(Reason(reason), NOT_SENT) if reason in list(Reason) else NOT_SENT
    return f"{sentence.removesuffix('.')} ({code})." if code else sentence
