"""What a refusal is about: a table from its enhanced status code and its words to a reason (RFC 3463, RFC 5248).

The first digit only says whether the same may pass later. It does not say whose fault it is: `550` is an address that
does not exist, a spent quota, a wrong sender, or a full mailbox. So the rules below are asked in their order, the first
that fits decides, and a refusal that none knows keeps the reason of its step (`core.mail.conversation.REFUSALS`).

Words come before bare codes where a provider uses a code for something else than RFC 3463 does (`5.1.1` for a full
mailbox, `5.7.1` for nearly everything). They are of real servers: `tests/core/mail/test_reasons.py` has them.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from core.taxonomy import Phase, Reason

#: Before a recipient was named: whatever is refused, the recipient has no part in it.
BEFORE_RCPT = frozenset({Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH, Phase.MAIL})
LOGIN = frozenset({Phase.AUTH})
SENDER = frozenset({Phase.MAIL})
FROM_RCPT = frozenset({Phase.RCPT, Phase.DATA, Phase.BODY, Phase.DOT})
ANYWHERE = frozenset(Phase)
#: Replies.
FOR_NOW, FOR_GOOD = frozenset(range(400, 500)), frozenset(range(500, 600))

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")

#: A quoted address is nobody's verdict, whatever it is called.
_ADDRESS = re.compile(r"[^\s<>,;:()\[\]]+@[^\s<>,;:()\[\]]+")


class Refused(NamedTuple):
    """What a refusal is about, and whether the same may pass later."""

    reason: Reason
    transient: bool


@dataclass(frozen=True)
class Rule:
    """A refusal at one of `phases` is about `reason` if its status, or its words, are one of these.

    `status` is a pattern of class-less codes ("1.1" of 5.1.1), `words` one of the text. `codes` are replies to which
    the rule is limited. `transient` overrides the first digit.
    """

    reason: Reason
    status: str = ""
    words: str = ""
    phases: frozenset[Phase] = ANYWHERE
    codes: frozenset[int] = frozenset()
    transient: bool | None = None

    def fits(self, phase: Phase, code: int, status: str, text: str) -> bool:
        """Whether this is one of it."""
        if phase not in self.phases or (self.codes and code not in self.codes):
            return False
        by_status = bool(status) and re.fullmatch(self.status, status) is not None
        return by_status or (bool(self.words) and re.search(self.words, text, re.IGNORECASE) is not None)


_MAILBOX = r"(?:mail ?box|user|account|recipient|address|inbox)"

RULES: tuple[Rule, ...] = (
    # Exchange's rules of who may write to a recipient speak of senders and of authentication.
    Rule(Reason.RECIPIENT_POLICY, r"7\.1[23]\d", r"RESOLVER\.RST", FROM_RCPT),
    # --- how we talk to the server: encryption and login ----------------------------------------------------------
    Rule(
        Reason.TLS_REQUIRED,
        r"7\.(10|11)",
        r"starttls|(encryption|tls|ssl) (is )?(required|needed)|require[sd]? (tls|ssl)",
    ),
    Rule(Reason.QUOTA_REACHED, words=r"(maximum )?credits? (exceeded|exhausted)|out of credits|not enough credits"),
    Rule(
        Reason.ACCOUNT_SUSPENDED,
        words=r"(account|user|mailbox|domain|sender|service)\S* (has been |have been |is |are |was )?"
        r"(temporar\w+ |permanent\w+ )?(suspended|blocked|disabled|deactivated|banned|restricted)"
        r"|auth\w* is disabled|web ?login (is )?required|log in (via|with) your web browser|unusual sign"
        r"|suspicious (login|sign)",
        phases=LOGIN | SENDER,
    ),
    Rule(
        Reason.LOGIN_BUSY,
        words=r"too many (bad |failed |invalid |login |authentication |auth )+|login rate|try again later"
        r"|temporar\w+ (locked|blocked)",
        phases=LOGIN,
        transient=True,
    ),
    Rule(Reason.LOGIN_BUSY, r"(7|3|4)\.\d+", r".", LOGIN, frozenset({421, 432, 450, 451, 454}), transient=True),
    Rule(
        Reason.LOGIN_REQUIRED,
        "",
        r"authentication (is )?(required|needed)|auth\w* (first|required)|(must|need to|please) (authenticate"
        r"|log ?in)"
        r"|not (authenticated|logged in)|requires? auth|5\.7\.57\b|anonymous (mail|users|sender)",
        BEFORE_RCPT | FROM_RCPT - {Phase.DOT} - LOGIN,
    ),
    # --- limits: the recipient's own, ours, and the size of a mailbox: all of them say "quota" --------------------
    Rule(
        Reason.RECIPIENT_BUSY,
        r"2\.12[12]",
        r"(user|recipient|mailbox|account)\b.{0,40}(is |being )?receiving (mail|messages|e-?mails?) (too|at a rate)"
        r"|(recipient|user you are trying to contact)\b.{0,60}\b(rate|messages they can receive|too quickly)"
        r"|number of messages they can receive",
        transient=True,
    ),
    Rule(Reason.QUOTA_REACHED, r"4\.5", codes=FOR_GOOD),
    Rule(
        Reason.QUOTA_REACHED,
        r"7\.23[0-9]|7\.705",
        r"\b(daily|monthly|hourly|weekly|24.hour)\b.{0,40}\b(limit|quota|allowance)|\b(limit|quota"
        r"|allowance)\b.{0,40}\b(daily|per day|a day|per hour|an hour|per month)\b"
        r"|(sending|send|messages?|messaging|submission|relay|outgoing|outbound) (limit|quota)s?\b"
        r"|\b(exceeded|reached|over|hit) your (\S+ ){0,3}(limit|quota)\b|plan limit"
        r"|max(imum)? (defers and failures |e-?mails |messages )+(allowed )?per (hour|day|month)",
    ),
    Rule(
        Reason.MAILBOX_FULL,
        r"2\.2",
        rf"\bquota\b|{_MAILBOX}\S*\b.{{0,40}}\b(is |was |being )?(full|out of storage)\b|{_MAILBOX} (disk "
        rf"|storage |size )?limit"
        r"|exceeded storage|storage (allocation|limit)|quotaexceeded|insufficient disk",
        FROM_RCPT,
    ),
    # --- our account, our sender ----------------------------------------------------------------------------------
    Rule(
        Reason.ACCOUNT_SUSPENDED,
        r"7\.50[1-8]|7\.750",
        r"bad outbound sender|unusual sending activity|(sending|sender|outbound|outgoing)( \w+){0,3} (is "
        r"|has been |was |are )?(suspended|paused|disabled|blocked|banned|restricted)"
        r"|your ((e-?mail|smtp|user|sending|mail) )?(account|domain|address|access|service)( \S+){0,2} (is "
        r"|has been |was )?(\w+ly )?(suspended|blocked|disabled|deactivated|banned|restricted|locked)"
        r"|(suspended|disabled|banned) sender\b|(suspended|blocked|disabled|banned) (for|from) sending"
        r"|spam abuse detected|banned sender|cannot send (mail|messages)",
    ),
    Rule(
        Reason.SENDER_UNVERIFIED,
        r"7\.2[0-467]|7\.509|7\.515",
        r"\b(spf|dkim|dmarc)\b|unauthenticated|not (been )?verified|unverified (sender|domain)|verify (your"
        r"|the) (domain|sender)"
        r"|not permitted by the domain owner|spoof",
    ),
    Rule(
        Reason.REJECTED_SENDER,
        r"1\.7|1\.8|7\.60|2\.252",
        r"sender( e-?mail| mail| envelope)? ?(address)? (is )?(rejected|refused|denied|invalid|not (allowed"
        r"|permitted|owned|accepted|valid))"
        r"|not (owned by|authori[sz]ed to (send|use)|allowed to send|permitted to send)|send ?as ?(denied|this)"
        r"|permissions? to send as|sender (address )?(verify|verification|callout|does(n't| not) exist)"
        r"|(invalid|bad|unknown|unacceptable|unauthori[sz]ed) (sender|return.path|mail from|from address|from)\b"
        r"|(from|sender) (address|domain|header)\b.{0,60}(not (allowed|match|authori|permit|valid|belong)"
        r"|does(n't| not) (match|exist|belong|resolve)|not found|mismatch)"
        r"|invalid dns mx|envelope.?from\b.{0,40}(not|reject)",
    ),
    Rule(
        Reason.RELAY_DENIED,
        r"7\.54|7\.64",
        r"relay(ing)?( access| attempt)? (is )?(denied|prohibited|forbidden|disallowed|not (permitted|allowed"
        r"|authori[sz]ed))|unable to relay|not (permitted|allowed|authori[sz]ed) to relay|(do|does|can"
        r"|will)( ?not|n't) relay|no relay|not a relay|rcpthosts|relay not (permitted|allowed)",
    ),
    Rule(Reason.REJECTED_SERVER, words=r"\b(helo|ehlo)\b", phases=FROM_RCPT | SENDER),
    # --- how we are thought of ------------------------------------------------------------------------------------
    Rule(
        Reason.REPUTATION,
        r"7\.25|7\.60[6-9]|7\.6[1-4]\d|7\.708|7\.511",
        r"spamhaus|spamcop|barracudacentral|\b([dsxp]|dns|surb|ur)?bl\b|\brbl|sorbs|uceprotect|cloudmark"
        r"|block ?list|black ?list|deny ?list|sender intelligence|senderscore"
        r"|reputation|blocked using|\b(client|host|ip|server|connection|network)\b.{0,40}\b(blocked|banned|black"
        r"|not (allowed|accepted|permitted)|rejected|refused)"
        r"|connections? (will )?not (be )?accepted|reverse (dns|lookup)|\bptr\b|\brdns\b|poor sender|dynamic ip"
        r"|(policy|due to).{0,40}\(ip based\)|listed (in|on|at|by)\b"
        r"|bulk mail|\bS(3140|3150|775|777)\b",
    ),
    Rule(
        Reason.GREYLISTED,
        words=r"gr[ea]y.?list|verification in progress|unverified address|(please |try |come )?(retry|again"
        r"|back) in \d+ (second|minute)s?"
        r"|not yet authori[sz]ed|first time|delayed delivery|\b4\.7\.1 (please )?(try|come back)( again)? later",
        phases=FROM_RCPT | SENDER,
        codes=frozenset({421, 450, 451, 452, 471}),
        transient=True,
    ),
    Rule(
        Reason.RATE_LIMITED,
        r"7\.28|7\.650|7\.65\d|7\.4[35]\d",
        r"rate.?limit|throttl|too (many|fast|quickly|often)(?! (errors|recipients|hops|received|invalid|unknown"
        r"|bad))|excessive (volume|number|rate|connections?)|slow down|unusual rate|concurrent|(sending|message"
        r"|connection) rate|rate exceeded",
    ),
    # --- the message ----------------------------------------------------------------------------------------------
    Rule(
        Reason.TOO_LARGE,
        r"3\.4|2\.3",
        r"(message|mail|size|attachment)s?\b.{0,40}\b(too (large|big)|exceed(s|ed)? .{0,30}(size|limit|bytes"
        r"|max))|too (large|big)|size limit|maximum message|message size",
    ),
    # --- the recipient, by words that are only ever of one --------------------------------------------------------
    Rule(
        Reason.RECIPIENT_POLICY,
        words=r"policy (restriction|reject|violation|reasons)|due to policy|local policy|blocked senders?"
        r"|user entry|envelope blocked|rejected by (the )?recipients?"
        r"|recipient (only accepts|does not (want|accept mail from))|customi[sz]ed.block"
        r"|administrative prohibition|not (allowed|permitted|authori[sz]ed) to (send|submit) .{0,20}(to )?(this"
        r"|the) (recipient|group|list)",
        phases=FROM_RCPT,
    ),
    Rule(
        Reason.SERVER_TROUBLE,
        words=r"(policy|milter|filter|greylist|antispam|spam|lookup|database|ldap|directory|map)\S* (server"
        r"|service|daemon|lookup)?\s*(is |was |seems )?(away|unavailable|not (available|responding|reachable)"
        r"|down|error|fail\w*|problem|timed? ?out)"
        r"|(server )?configuration (error|problem)|temporary (lookup|system|server|authentication|internal|local"
        r"|dns|domain)? ?(failure|error|problem)|internal (server )?error|licen[sc]e expired|local (error"
        r"|problem)|system (error|failure|problem)",
    ),
    Rule(
        Reason.RECIPIENT_UNKNOWN,
        r"1\.(0|1|2|3|6|10)|2\.1",
        rf"(unknown|no such|invalid|non-?existent|no|unrouteable|undeliverable|bad|nonexistent)[ -](destination "
        rf"|local |virtual |email |e-mail |mail )?{_MAILBOX}"
        rf"|{_MAILBOX}\S* (\S+ )?(\S+ )?(is |was |has been |are )?(currently |permanently "
        rf"|temporarily )?(unknown|not (found|exist|known|valid|listed|available|active|here|a valid)|does(n't"
        rf"| not) exist|unavailable|inactive|disabled|discontinued|closed|invalid|expired|suspended|deactivated"
        rf"|terminated|blocked due to inactivity|no longer)"
        r"|does(n't| not) exist|not a valid (user|mailbox|address|recipient|rfc)|no longer (valid|in use|works"
        r"|available|active|with)|null ?mx|(does|do)(n't| not) (accept|receive) (any )?(mail|e-?mail)s?\b"
        r"|recipientnotfound|user.?not.?found|destinataire invalide|address syntax|no one here"
        r"|(user|customer) does(n't| not) have an? .{1,40}\baccount"
        r"|cannot find (the )?(user|mailbox|recipient)|delivery to this (user|address) is disabled",
        FROM_RCPT,
    ),
    # Exchange Online, of an address that the directory of the domain does not have.
    Rule(
        Reason.RECIPIENT_UNKNOWN,
        words=r"5\.4\.1 (\S+ )?(all )?recipient address(es)? rejected\s?: access denied",
        phases=FROM_RCPT,
    ),
    # --- the rest of the message, and of the server ---------------------------------------------------------------
    Rule(
        Reason.CONTENT_REFUSED,
        r"6\.\d+",
        r"\bspam\b|\bspammy|virus|malware|phish|content (denied|reject|refus|filter|not)|rejected (due to|for"
        r"|because of) .{0,20}content|(message|its|the) content\b|suspicious|headers?\b.{0,40}(not|missing"
        r"|invalid|malformed|compliant)|missing .{0,30}header|from: header|prohibited (attachment|file)"
        r"|url\b.{0,20}(listed|block)|looks like",
    ),
    Rule(
        Reason.RECIPIENT_POLICY,
        r"7\.\d+|2\.0|4\.1",
        r"policy|denied|not accepted|blocked|refused by|prohibited|not allowed|go away",
        FROM_RCPT,
        FOR_GOOD,
    ),
    Rule(
        Reason.SERVER_TROUBLE,
        r"[34]\.\d+",
        r"try again|busy|service (is |currently )?(not available|unavailable)|closing|too many errors"
        r"|time(d)? ?out|temporar|later|overload|aborted|system storage|resources",
        ANYWHERE - {Phase.STARTTLS},
        FOR_NOW,
    ),
)


def what_it_is_about(phase: Phase, code: int, text: str, otherwise: Reason) -> Refused:
    """The reason of a refusal (`code` 4xx or 5xx, with its text) at this step; `otherwise` where no rule knows it."""
    status = status_of(code, text)
    bare, words = status.partition(".")[2], _ADDRESS.sub("@", text)
    for rule in RULES:
        if rule.fits(phase, code, bare, words) and not (rule.reason in ONLY_FOR_GOOD and code < 500):
            return Refused(rule.reason, code < 500 if rule.transient is None else rule.transient)
    return Refused(otherwise, code < 500)


#: An address of which a server does not know for the moment whether it exists is not unknown.
ONLY_FOR_GOOD = frozenset({Reason.RECIPIENT_UNKNOWN})


def status_of(code: int, text: str) -> str:
    """The enhanced status code of a reply ("5.1.1"), or "" where it has none, or one of another class than its code."""
    found = _STATUS.search(text)
    return ".".join(found.groups()) if found and int(found[1]) == code // 100 else ""
