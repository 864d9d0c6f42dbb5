"""The steps of an SMTP conversation, in words for people."""

from core.taxonomy import Phase

PHASES: dict[str, str] = {
    Phase.CONNECT: "connecting",
    Phase.GREETING: "the server's greeting",
    Phase.EHLO: "EHLO",
    Phase.STARTTLS: "encryption (STARTTLS)",
    Phase.AUTH: "logging in",
    Phase.MAIL: "naming the sender (MAIL)",
    Phase.RCPT: "naming the recipient (RCPT)",
    Phase.START: "our last check before DATA",
    Phase.DATA: "DATA",
    Phase.BODY: "writing the mail",
    Phase.DOT: "the reply to the final dot",
    Phase.QUIT: "QUIT",
}
