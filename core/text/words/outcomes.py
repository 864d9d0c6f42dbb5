"""Why a try to send ended as it did, in one sentence for a person. The server's own words stay with the attempt."""

from core.taxonomy import Reason

REASONS: dict[Reason, str] = {
    Reason.DNS_FAILED: "The mail server's name could not be found.",
    Reason.CONNECT_REFUSED: "The mail server refused the connection.",
    Reason.UNREACHABLE: "The mail server could not be reached.",
    Reason.TLS_FAILED: "The mail server's certificate could not be verified.",
    Reason.TLS_UNAVAILABLE: "The mail server offers no encryption, which Signoff requires.",
    Reason.AUTH_FAILED: "The mail server refused the account's user name or password.",
    Reason.AUTH_UNAVAILABLE: "The mail server offers no way of logging in that Signoff knows.",
    Reason.SMTPUTF8_UNSUPPORTED: "The mail server cannot take an address with these characters (SMTPUTF8).",
    Reason.EIGHTBIT_UNSUPPORTED: "The mail server cannot take a mail with these characters (8BITMIME).",
    Reason.TOO_LARGE: "The mail is larger than the mail server takes.",
    Reason.REJECTED_SERVER: "The mail server did not want to talk to us.",
    Reason.REJECTED_SENDER: "The mail server refused the sender.",
    Reason.REJECTED_RECIPIENT: "The mail server refused the recipient.",
    Reason.REJECTED_DATA: "The mail server refused to take the mail.",
    Reason.REJECTED_BODY: "The mail server refused the mail after reading it.",
    Reason.START_REFUSED: "Held back: the campaign, account or contact was paused.",
    Reason.START_FAILED: "Signoff's database did not answer right before sending, so nothing was sent.",
    Reason.TIMEOUT: "The mail server did not answer in time.",
    Reason.DROPPED: "The mail server closed the connection.",
    Reason.MALFORMED_REPLY: "The mail server answered something that makes no sense.",
    Reason.INTERRUPTED: "Signoff was stopped before it could send this.",
    Reason.UNSENDABLE: "This cannot be made into an email: an address or a header is malformed.",
    Reason.NO_SERVER: "The account's mail server is not set up: its address is missing or malformed.",
    Reason.STILL_SEALED: "The account's stored secret cannot be read with this SECRET_KEY: "
    "enter it again with `signoff accounts secret`.",
    Reason.RATE_LIMITED: "The mail provider takes no more for the moment: a limit or quota is reached.",
    Reason.LEASE_EXPIRED: "Signoff was interrupted before it could send this.",
    Reason.EVIDENCE: "The mail was refused after it had been handed over.",
}
#: For a reason without a sentence of its own.
NOT_SENT = "The mail could not be sent."
#: Whatever the reason, once the outcome is unknown.
OUTCOME_UNKNOWN = (
    "The mail was handed over, but the mail server's answer never came. It may have arrived, "
    "so Signoff does not send it again."
)
