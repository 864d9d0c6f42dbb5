"""What a refusal is about: the words of real servers, each with its reason and whether the same may pass later."""

import json
from pathlib import Path

import pytest

from core.mail.conversation import REFUSALS
from core.mail.reasons import ANYWHERE, RULES, status_of, what_it_is_about
from core.taxonomy import Phase, Reason

REPLIES: list[tuple[Phase, str, Reason, bool]] = [
    (
        Phase.RCPT,
        "550 5.1.1 <dana@example.org>: Recipient address rejected: User unknown in virtual mailbox table",
        Reason.RECIPIENT_UNKNOWN,
        False,
    ),
    (
        Phase.RCPT,
        "550 5.1.1 <x@y.org>: Recipient address rejected: User unknown in local recipient table",
        Reason.RECIPIENT_UNKNOWN,
        False,
    ),
    (Phase.RCPT, "550 No such user here", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "500 No such user here", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "500 hm", Reason.REJECTED_RECIPIENT, False),
    (Phase.RCPT, "499 hm", Reason.REJECTED_RECIPIENT, True),
    (
        Phase.RCPT,
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        Reason.RECIPIENT_UNKNOWN,
        False,
    ),
    (Phase.RCPT, "556 5.1.10 Recipient address has null MX", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 5.1.0 Address rejected.", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 5.1.2 Bad destination host: no such domain", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "501 5.1.3 Bad recipient address syntax", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 5.1.6 recipient no longer on server", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 5.2.1 The email account that you tried to reach is disabled", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 mailbox unavailable", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.DOT, "554 delivery error: dd This user doesn't have a yahoo.com account", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 Unrouteable address", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 Invalid recipient dana@example.org", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "551 User not local; please try another", Reason.REJECTED_RECIPIENT, False),
    (Phase.RCPT, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Reason.RELAY_DENIED, False),
    (Phase.RCPT, "550 sorry, no mailbox here by that name (#5.1.1 - chkuser)", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.DOT, "550 5.1.1 The email account that you tried to reach does not exist", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "450 4.1.1 <x@y.org>: Recipient address rejected: User unknown", Reason.REJECTED_RECIPIENT, True),
    (
        Phase.RCPT,
        "450 4.2.0 <x@y>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/y.html",
        Reason.GREYLISTED,
        True,
    ),
    (Phase.RCPT, "451 4.7.1 Greylisting in action, please come back later", Reason.GREYLISTED, True),
    (Phase.RCPT, "450 4.7.1 Please try again in 300 seconds", Reason.GREYLISTED, True),
    (Phase.RCPT, "452 4.2.2 Mailbox full", Reason.MAILBOX_FULL, True),
    (Phase.RCPT, "552 5.2.2 Over quota", Reason.MAILBOX_FULL, False),
    (
        Phase.RCPT,
        "554 5.7.1 <sam@example.com>: Sender address rejected: not owned by user sam",
        Reason.REJECTED_SENDER,
        False,
    ),
    (
        Phase.RCPT,
        "553 5.7.1 <sam@example.com>: Sender address rejected: not owned by user other@example.com",
        Reason.REJECTED_SENDER,
        False,
    ),
    (
        Phase.MAIL,
        "553 5.1.8 <sam@example.com>... Domain of sender address does not exist",
        Reason.REJECTED_SENDER,
        False,
    ),
    (
        Phase.RCPT,
        "550 5.1.0 <sam@example.com>: Sender address rejected: User unknown in relay recipient table",
        Reason.REJECTED_SENDER,
        False,
    ),
    (
        Phase.MAIL,
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        Reason.REJECTED_SENDER,
        False,
    ),
    (
        Phase.DOT,
        "554 5.2.252 SendAsDenied; sam@example.com not allowed to send as other@example.com",
        Reason.REJECTED_SENDER,
        False,
    ),
    (Phase.RCPT, "554 5.7.1 <x@y.org>: Relay access denied", Reason.RELAY_DENIED, False),
    (Phase.RCPT, "550 5.7.1 Unable to relay", Reason.RELAY_DENIED, False),
    (Phase.RCPT, "550-5.7.1 relaying not permitted. You must log in first", Reason.LOGIN_REQUIRED, False),
    (Phase.RCPT, "530 5.7.0 Must issue a STARTTLS command first", Reason.TLS_REQUIRED, False),
    (Phase.MAIL, "530 5.7.0 Must issue a STARTTLS command first.", Reason.TLS_REQUIRED, False),
    (Phase.MAIL, "530 5.7.1 Authentication required", Reason.LOGIN_REQUIRED, False),
    (
        Phase.MAIL,
        "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
        Reason.LOGIN_REQUIRED,
        False,
    ),
    (Phase.RCPT, "550 5.7.1 Authentication is required before sending", Reason.LOGIN_REQUIRED, False),
    (
        Phase.RCPT,
        "451 4.3.5 <dana@example.org>: Recipient address rejected: Server configuration problem",
        Reason.SERVER_TROUBLE,
        True,
    ),
    (
        Phase.RCPT,
        "450 4.7.1 <dana@example.org>: Recipient address rejected: Policy server unavailable",
        Reason.SERVER_TROUBLE,
        True,
    ),
    (Phase.RCPT, "451 4.3.0 <x@y>: Temporary lookup failure", Reason.SERVER_TROUBLE, True),
    (
        Phase.RCPT,
        (
            "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org;"
            " https://www.spamhaus.org/query/ip/203.0.113.7"
        ),
        Reason.REPUTATION,
        False,
    ),
    (
        Phase.GREETING,
        "554 5.7.1 Your access to this mail system has been rejected due to the sending MTA's poor reputation",
        Reason.REPUTATION,
        False,
    ),
    (Phase.GREETING, "421 4.7.0 Your IP is temporarily blocked", Reason.REPUTATION, True),
    (Phase.RCPT, "550 5.7.25 The IP address sending this message does not have a PTR record", Reason.REPUTATION, False),
    (
        Phase.DOT,
        "550 5.7.26 This mail has been blocked because the sender is unauthenticated.",
        Reason.SENDER_UNVERIFIED,
        False,
    ),
    (
        Phase.DOT,
        (
            "554 Message rejected: Email address is not verified. The following identities failed the check in"
            " region EU-WEST-1: sam@example.com"
        ),
        Reason.SENDER_UNVERIFIED,
        False,
    ),
    (
        Phase.DOT,
        (
            "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to"
            " https://support.google.com/a/answer/166852"
        ),
        Reason.QUOTA_REACHED,
        False,
    ),
    (Phase.RCPT, "550 5.4.5 Daily SMTP relay sending limit exceeded for customer.", Reason.QUOTA_REACHED, False),
    (Phase.DOT, "454 Throttling failure: Daily message quota exceeded.", Reason.QUOTA_REACHED, True),
    (Phase.DOT, "454 Throttling failure: Maximum sending rate exceeded.", Reason.RATE_LIMITED, True),
    (Phase.AUTH, "451 Authentication failed: Maximum credits exceeded", Reason.QUOTA_REACHED, True),
    (
        Phase.MAIL,
        (
            "550 5.7.232 Your message can't be sent because your trial tenant has exceeded its daily limit for"
            " sending email to external recipients"
        ),
        Reason.QUOTA_REACHED,
        False,
    ),
    (Phase.RCPT, "550 You have exceeded your hourly sending quota", Reason.QUOTA_REACHED, False),
    (Phase.RCPT, "452 4.5.3 Your message has too many recipients", Reason.REJECTED_RECIPIENT, True),
    (Phase.DATA, "554 5.7.1 You have sent too many messages, please slow down", Reason.RATE_LIMITED, False),
    (
        Phase.DOT,
        "550 Domain example.com has exceeded the max emails per hour (100/100 (100%)) allowed. Message discarded.",
        Reason.QUOTA_REACHED,
        False,
    ),
    (Phase.DOT, "550 5.1.8 Access denied, bad outbound sender AS(42003)", Reason.ACCOUNT_SUSPENDED, False),
    (Phase.MAIL, "550 5.7.1 Your account has been suspended for abuse", Reason.ACCOUNT_SUSPENDED, False),
    (
        Phase.DOT,
        "550 5.4.6 Unusual sending activity detected. Please try after sometime",
        Reason.ACCOUNT_SUSPENDED,
        False,
    ),
    (
        Phase.DOT,
        "554 Sending paused for this account. For more information, please check the inbox",
        Reason.ACCOUNT_SUSPENDED,
        False,
    ),
    (
        Phase.AUTH,
        (
            "535 5.7.8 Username and Password not accepted. For more information, go to"
            " https://support.google.com/mail/?p=BadCredentials"
        ),
        Reason.AUTH_FAILED,
        False,
    ),
    (Phase.AUTH, "534 5.7.9 Application-specific password required.", Reason.AUTH_FAILED, False),
    (Phase.AUTH, "534-5.7.14 Please log in via your web browser and then try again.", Reason.ACCOUNT_SUSPENDED, False),
    (
        Phase.AUTH,
        "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
        Reason.ACCOUNT_SUSPENDED,
        False,
    ),
    (
        Phase.AUTH,
        (
            "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated"
            " successfully. Contact your administrator."
        ),
        Reason.AUTH_FAILED,
        False,
    ),
    (
        Phase.AUTH,
        "454 4.7.0 Temporary authentication failure: Connection lost to authentication server",
        Reason.LOGIN_BUSY,
        True,
    ),
    (Phase.AUTH, "454 4.7.0 Too many login attempts, please try again later.", Reason.LOGIN_BUSY, True),
    (Phase.AUTH, "421 4.7.0 Too many bad auth attempts", Reason.LOGIN_BUSY, True),
    (Phase.AUTH, "535 Authentication failed: account temporarily locked", Reason.LOGIN_BUSY, True),
    (Phase.AUTH, "538 5.7.11 Encryption required for requested authentication mechanism", Reason.TLS_REQUIRED, False),
    (Phase.MAIL, "552 5.3.4 Message size exceeds fixed maximum message size", Reason.TOO_LARGE, False),
    (Phase.MAIL, "452 4.3.1 Insufficient system storage", Reason.SERVER_TROUBLE, True),
    (Phase.DOT, "552 5.3.4 Message too big for system", Reason.TOO_LARGE, False),
    (Phase.DOT, "554 5.7.1 Message rejected as spam by Content Filtering.", Reason.CONTENT_REFUSED, False),
    (Phase.DOT, "550 5.7.1 [C14] RBL Restriction: blocked", Reason.REPUTATION, False),
    (Phase.DOT, "554 5.6.0 Message contains NUL", Reason.CONTENT_REFUSED, False),
    (
        Phase.DOT,
        "550 5.7.1 This message was blocked because its content presents a potential security issue.",
        Reason.CONTENT_REFUSED,
        False,
    ),
    (Phase.DOT, "451 4.3.0 Temporary system problem", Reason.SERVER_TROUBLE, True),
    (Phase.DOT, "554 Transaction failed", Reason.REJECTED_BODY, False),
    (Phase.RCPT, "550 5.4.1 [x@y]: Recipient address rejected: Access denied", Reason.RECIPIENT_UNKNOWN, False),
    (Phase.RCPT, "550 5.4.1 All recipient addresses rejected : Access denied", Reason.RECIPIENT_UNKNOWN, False),
    # Postfix, where its administrator refuses this recipient (check_recipient_access): no word of a dead mailbox.
    (Phase.RCPT, "554 5.7.1 <x@y>: Recipient address rejected: Access denied", Reason.RECIPIENT_POLICY, False),
    # Exim, of a sender that it asked after: the mailbox that is unknown is ours.
    (
        Phase.RCPT,
        "550 Verification failed for <sam@example.com> No Such User Here Sender verify failed",
        Reason.REJECTED_SENDER,
        False,
    ),
    (Phase.RCPT, "550 Sender verify failed", Reason.REJECTED_SENDER, False),
    (Phase.RCPT, "451 Could not complete sender verify callout", Reason.REJECTED_SENDER, True),
    (Phase.RCPT, "550 5.1.1 sender does not exist", Reason.REJECTED_SENDER, False),
    (
        Phase.RCPT,
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
        Reason.REJECTED_SERVER,
        False,
    ),
    (Phase.RCPT, "451 4.7.1 Try again later", Reason.GREYLISTED, True),
    (Phase.RCPT, "451 4.7.1 Service unavailable - try again later", Reason.SERVER_TROUBLE, True),
    (
        Phase.RCPT,
        (
            "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction"
            " check failed because the sender was not authenticated when sending to this group"
        ),
        Reason.RECIPIENT_POLICY,
        False,
    ),
    (
        Phase.RCPT,
        (
            "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to the recipient"
            " because of sender's restriction"
        ),
        Reason.RECIPIENT_POLICY,
        False,
    ),
    (Phase.RCPT, "554 <spamhaus.quota.exceeded@example.org>: refused", Reason.REJECTED_RECIPIENT, False),
    (Phase.RCPT, "421 4.7.0 Try again later, closing connection", Reason.SERVER_TROUBLE, True),
    (Phase.MAIL, "421 too many messages in this connection", Reason.RATE_LIMITED, True),
    (Phase.GREETING, "421 Too many connections from your IP", Reason.RATE_LIMITED, True),
    (Phase.GREETING, "554 No SMTP service here", Reason.REJECTED_SERVER, False),
    (Phase.MAIL, "550 refused", Reason.REJECTED_SENDER, False),
]

#: What is about us, whatever recipient a server was asked about.
OURS = {
    *(Reason.REPUTATION, Reason.RATE_LIMITED, Reason.SENDER_UNVERIFIED, Reason.REJECTED_SENDER, Reason.RELAY_DENIED),
    *(Reason.QUOTA_REACHED, Reason.ACCOUNT_SUSPENDED, Reason.LOGIN_REQUIRED, Reason.TLS_REQUIRED),
}
#: Of the shared replies, by provider and status: which are of an address that is dead, and which are about us.
DEAD = (
    "google 5.1.1,google 5.2.1,apple 5.1.1,comcast 5.2.0-2,outlook 5.5.0,outlook 5.4.1,mailru 1,mailru 3,free"
    " 5.2.1,"
    "gmx 1,qq 2,qq 3,orange 5.1.1,proofpoint 5.1.1,exchangeonline 5.4.1,google 5.1.2,yahoo 5.1.1,yahoo 5.5.4-1,"
    "trendmicro 2,qq 1/501"
)
ABOUT_US = (
    "google 4.7.0,google 4.7.28,apple 4.7.1/421,exchangeonline 4.3.2,outlook 4.7.650,google 5.7.1-3,yahoo 5.0.0,"
    "apple 5.7.1-2,apple 5.7.1-3,att 5.7.1,qq 7,infomaniak 5.7.1,hostpoint 5.0.0,webde 1,webde 4,webde 7,webde 10,"
    "proofpoint 5.1.8,proofpoint 5.7.0,proofpoint 5.7.1-2,proofpoint 5.7.1-4,barracuda 4,proofpoint 5.7.1,yahoo"
    " 5.7.1,"
    "yahoo 5.7.1-2"
)
SHARED = Path(__file__).resolve().parents[4] / "shared" / "inbound" / "smtp-replies.jsonl"


@pytest.mark.parametrize(("phase", "reply", "reason", "transient"), REPLIES)
def test_a_refusal_is_about_what_its_code_and_words_say(
    phase: Phase, reply: str, reason: Reason, transient: bool
) -> None:
    assert what_it_is_about(phase, int(reply[:3]), reply[4:], REFUSALS[phase]) == (reason, transient)


@pytest.mark.parametrize("phase", sorted(REFUSALS))
@pytest.mark.parametrize(("code", "transient"), [(450, True), (550, False)])
def test_what_no_rule_knows_keeps_the_reason_of_its_step(phase: Phase, code: int, transient: bool) -> None:
    reason, may_pass = what_it_is_about(phase, code, "hm", REFUSALS[phase])
    if (phase, code) == (Phase.AUTH, 450):
        assert (reason, may_pass) == (Reason.LOGIN_BUSY, True)
    else:
        assert (reason, may_pass) == (REFUSALS[phase], transient)


@pytest.mark.parametrize(
    ("code", "text", "status"),
    [
        (500, "5.1.1 no", "5.1.1"),
        (599, "5.1.1 no", "5.1.1"),
        (400, "4.1.1 no", "4.1.1"),
        (550, "no (#5.1.1)", "5.1.1"),
        (550, "<a@b>: 5.7.25. No PTR", "5.7.25"),
        (450, "5.1.1 of another class", ""),
        (550, "client 195.1.1.7 refused", ""),
        (550, "5.1.1.1 refused", ""),
    ],
)
def test_a_status_is_read_wherever_it_stands_and_no_ip_address_is_one(code: int, text: str, status: str) -> None:
    assert status_of(code, text) == status


def test_a_mailbox_that_may_exist_later_is_not_unknown() -> None:
    for rule in RULES:
        if rule.reason is Reason.RECIPIENT_UNKNOWN:
            assert not rule.phases & (ANYWHERE - {Phase.RCPT, Phase.DATA, Phase.BODY, Phase.DOT})
    assert what_it_is_about(Phase.RCPT, 450, "4.1.1 user unknown", Reason.REJECTED_RECIPIENT)[1]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared replies are not here")
def test_shared_replies_tell_dead_addresses_from_trouble_of_ours() -> None:
    dead, ours = set(), set()
    for line in SHARED.read_text().splitlines():
        said = json.loads(line)
        text = said["text"].removeprefix("smtp;")
        code = int(text[:3]) if text[:3].isdigit() else said["code"]
        reason, _ = what_it_is_about(Phase.RCPT, min(code, 599), text, Reason.REJECTED_RECIPIENT)
        names = {f"{said['provider']} {said['status']}", f"{said['provider']} {said['status']}/{said['code']}"}
        if reason is Reason.RECIPIENT_UNKNOWN:
            dead |= names
        if reason in OURS:
            ours |= names
    assert set(DEAD.split(",")) <= dead
    assert set(ABOUT_US.split(",")) <= ours
    assert not dead & set(ABOUT_US.split(","))
    assert not ours & set(DEAD.split(","))
