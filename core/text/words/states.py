"""How things stand: drafts, tasks, tries and bulk approvals; and the words for risk, kind, surface and phase."""

from dataclasses import dataclass
from typing import NamedTuple

from core.taxonomy import (
    AttemptOutcome,
    BulkOutcome,
    DeliveryStatus,
    DraftKind,
    DraftState,
    HistoryStatus,
    Phase,
    Risk,
    Surface,
    TaskKind,
    TaskStatus,
    TroubleKind,
    Verb,
)


@dataclass(frozen=True)
class StateWords:
    """What is said of a draft in one state.

    `label` is for a notification, `card` the sentence of its card (none where it simply waits), `page` that of its page
    where it is another one, and `why` what follows a draft's name when somebody asks why it has not been sent; with a
    capital, a sentence of its own.
    """

    label: str
    card: str = ""
    page: str = ""
    why: str = "is not in the queue."

    @property
    def page_sentence(self) -> str:
        """The sentence of the page: its own, or else the card's."""
        return self.page or self.card


class CardAndPage(NamedTuple):
    """What a card says, and a page."""

    card: str
    page: str


class TaskWords(NamedTuple):
    """What is said of a task: in a notification, and in the sentence of its card."""

    label: str
    card: str


#: Instead of `MANUAL_REVIEW`, where no other text would help: whom it is for, or its campaign, rules any mail out.
BLOCKED = StateWords("Draft blocked", "*Blocked:* {risks}", why="is blocked: {risks}")

DRAFT_STATES: dict[DraftState, StateWords] = {
    DraftState.PENDING: StateWords(
        "Draft in preparation", page="*In preparation.*", why="is not ready for review yet."
    ),
    DraftState.CHANGES_ASKED: StateWords(
        "Changes requested",
        "*Changes requested* by {asker} at {asked}:",
        "*Changes requested by {asker}* at {asked}: {change}",
        "waits for a new version: changes were requested.",
    ),
    DraftState.NEEDS_REVIEW: StateWords(
        "Draft to review", page="*Waiting for review.*", why="waits for a person to approve it."
    ),
    DraftState.FAILED_BACK: StateWords(
        "Could not be sent, back in review",
        "*Failed:* {reason} {nothing}; the draft is back in review.",
        "*Failed:* {reason} {nothing}; it is back in review.",
        "came back to its reviewers: {reason}",
    ),
    DraftState.MANUAL_REVIEW: StateWords(
        "Draft to fix",
        "*Not ready to send:* {risks}",
        "*Cannot be sent as it is:* {risks} Edit it or reject it.",
        "needs fixing: {risks}",
    ),
    DraftState.SENDING: StateWords(
        "Sending",
        "*Sending …* · approved by {who} at {at}",
        "*Approved by {who}* at {at}; sending.",
        "is being sent right now.",
    ),
    DraftState.WAITING: StateWords(
        "Approved, waiting",
        "*Approved* by {who} at {at}, waits{until}: {reason}",
        "*Approved by {who}* at {at}. Waits{until}: {reason}",
    ),
    DraftState.SENT: StateWords(
        "Sent",
        "*Sent* by {who} at {ended} · to {to}",
        "*Sent by {who}* at {ended} to {to}.",
        "Sent to {to} {ended} by {who}.",
    ),
    DraftState.BOUNCED: StateWords(
        "Bounced", "*Bounced:* {heard} Sent by {who}, {sent}, to {to}.", why="bounced: {heard} It was sent {ended}."
    ),
    DraftState.ANSWERED: StateWords(
        "Answered",
        "*Answered:* {heard} Sent by {who}, {sent}, to {to}.",
        why="was answered: {heard} It was sent {ended}.",
    ),
    DraftState.UNSUBSCRIBED: StateWords(
        "Unsubscribed",
        "*Unsubscribed:* {heard} Sent by {who}, {sent}, to {to}.",
        why="was sent {ended}. They unsubscribed: {heard}",
    ),
    DraftState.REPORTED: StateWords(
        "Reported as spam",
        "*Reported as spam:* {heard} Sent by {who}, {sent}, to {to}.",
        why="was sent {ended}. It was reported as spam: {heard}",
    ),
    DraftState.OUTCOME_UNKNOWN: StateWords(
        "Outcome unknown",
        "*Outcome unknown:* {reason} Approved by {who} at {at}.",
        why="may have been sent: {reason}",
    ),
    DraftState.REJECTED: StateWords(
        "Rejected", "*Rejected* by {who} at {at}:", "*Rejected by {who}* at {at}: {note}", "was rejected."
    ),
    DraftState.EXPIRED: StateWords(
        "Expired", "*Expired:* nobody decided in time. Nothing was sent.", why="expired: nobody decided in time."
    ),
    DraftState.SKIPPED: StateWords("Skipped", "*Skipped:* {reason}"),
}
#: Of a draft that is `sending`, while its approval can be taken back.
SENDING_AT = StateWords(
    "Sending",
    "*Sends* at {leaves} · approved by {who} at {at}",
    "*Approved by {who}* at {at}. Sends at {leaves}.",
    "is being sent right now.",
)
#: {heard}: what came back of it, {last} being when; by the verb, and whether it was for good or came more than once.
HEARD: dict[tuple[str, bool], str] = {
    (Verb.BOUNCE, True): "hard bounce, address suppressed, {last}.",
    (Verb.BOUNCE, False): "soft bounce, {last}.",
    (Verb.REPLY, True): "{times} replies, the last {last}.",
    (Verb.REPLY, False): "a reply, {last}.",
    (Verb.UNSUBSCRIBE, False): "the contact opted out, {last}.",
    (Verb.COMPLAIN, False): "they will not be contacted again, {last}.",
}
#: The same in a line of its own, beside a state that does not say it.
HEARD_TOO: dict[str, str] = {
    Verb.BOUNCE: "*Bounced:* {heard}",
    Verb.REPLY: "*Answered:* {heard}",
    Verb.UNSUBSCRIBE: "*Unsubscribed:* {heard}",
    Verb.COMPLAIN: "*Reported as spam:* {heard}",
}
#: Of a draft that is back in review because somebody took it out of the queue; {skipper} did, or an operator.
SKIPPED_BACK = StateWords(
    "Skipped, back in review",
    "*Skipped by {skipper}:* {reason} {nothing}; the draft is back in review.",
    "*Skipped by {skipper}:* {reason} {nothing}; it is back in review.",
    "was skipped by {skipper}: {reason} It is back in review.",
)
AN_OPERATOR = "an operator"
#: {nothing}: what a failed try sent; and the same once an earlier try of the draft was overruled.
NOTHING_WAS_SENT, THIS_TRY_SENT_NOTHING = "Nothing was sent", "This attempt sent nothing"
#: {note}, where nobody gave one.
NO_REASON = "no reason given"

#: While a draft is open: how many approved it, whose it is, until when it rests.
ENDORSED = CardAndPage("*{have} of {needed}:* {by}", "{have} of {needed} approved: {by}.")
ASSIGNED = CardAndPage("*For* {who}", "For {who}.")
SNOOZED = CardAndPage("*Snoozed until* {until} by {who}", "Snoozed until {until} by {who}.")
NOBODY_YET, SOMEBODY = "nobody yet", "somebody"

#: In a Home, of what was decided there: when it leaves, and who has it now.
NOT_BEFORE = "Sends at {at}"
OTHERS_DECIDE = "Now with other reviewers."

#: A try whose outcome was unknown, and that somebody overruled ({at} is empty, or " at 14:05").
ARRIVED_TWICE = "*It arrived after all: this person got it twice.* {who} sent it again{at}."
ARRIVED_AFTER_ALL = (
    "*It arrived after all: do not send it again.* {who} sent it again{at}, but the first attempt was accepted."
)
NEVER_ANSWERED = "{who} sent it again{at}: the first attempt got no answer."

#: What left, or is to leave, in a list.
IN_A_LIST: dict[str, str] = {
    DeliveryStatus.QUEUED: "waits",
    DeliveryStatus.CLAIMED: "is being sent",
    DeliveryStatus.SENDING: "is being sent",
    HistoryStatus.UNKNOWN: "may have arrived",
    HistoryStatus.REPLIED: "answered",
    DraftState.REPORTED: "reported as spam",
    TaskStatus.WAITING: "waits",
    TaskStatus.OFFERED: "offered",
}

#: What came of a try to send. One without an outcome is under way.
ATTEMPTS: dict[str, str] = {
    AttemptOutcome.SENT: "Server accepted it",
    AttemptOutcome.NOT_SENT: "Not sent",
    AttemptOutcome.UNKNOWN: "Outcome unknown",
}
UNDER_WAY = "In progress"

#: The step of the SMTP conversation at which a try stopped.
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

#: Where an act came from. Signoff's own came from nowhere.
SURFACES: dict[str, str] = {
    Surface.SLACK: "in Slack",
    Surface.WEB: "on the web",
    Surface.API: "through the API",
    Surface.CLI: "on the command line",
    Surface.JOB: "",
    Surface.PROVIDER: "from the mail provider",
}

#: Of a message of theirs that came without one.
NO_SUBJECT, NO_TEXT = "No subject", "No text"

#: A kind of draft before its recipient's name, and by itself.
DRAFTS_TO: dict[str, str] = {
    DraftKind.INTRO: "Intro to",
    DraftKind.FOLLOW_UP: "Follow-up to",
    DraftKind.REPLY: "Reply to",
}
DRAFT_KINDS: dict[str, str] = {
    DraftKind.INTRO: "Introduction",
    DraftKind.FOLLOW_UP: "Follow-up",
    DraftKind.REPLY: "Reply",
}

#: What a reviewer is to do about a risk; and the same in a menu to choose from.
RISKS: dict[str, str] = {Risk.LOW: "low risk", Risk.REVIEW: "needs a look", Risk.BLOCKED: "blocked"}
RISK_MENU: dict[Risk, str] = {Risk.LOW: "Low risk", Risk.REVIEW: "Needs a look", Risk.BLOCKED: "Blocked"}
NOT_ASSESSED = "not assessed"

TASKS_TO: dict[TaskKind, str] = {TaskKind.MESSAGE: "LinkedIn message to", TaskKind.CONNECTION: "LinkedIn invitation to"}
#: {how} an offered task is done; the last is of an invitation without a note.
HOW_TO: dict[TaskKind, str] = {
    TaskKind.MESSAGE: "Open the profile, send this message, then press *Done*.",
    TaskKind.CONNECTION: "Open the profile, invite them to connect with this note, then press *Done*.",
}
HOW_TO_WITHOUT_A_NOTE = "Open the profile, invite them to connect without a note, then press *Done*."
TASK_STATES: dict[TaskStatus, TaskWords] = {
    TaskStatus.OFFERED: TaskWords("To do", "{how}"),
    TaskStatus.DONE: TaskWords("Done", "*Done* by {who} at {at}"),
    TaskStatus.COULD_NOT: TaskWords("Could not be done", "*Could not be done:* {reason} · {who} at {at}"),
    TaskStatus.WAITING: TaskWords("Withdrawn", "*Withdrawn: please do not do it now.* {reason}"),
    TaskStatus.SKIPPED: TaskWords("Skipped", "*Skipped: please do not do it.* {reason}"),
}
#: What follows a task's key when somebody asks why it has not been done; a reason is a sentence of its own.
TASK_WHY: dict[TaskStatus, str] = {
    TaskStatus.WAITING: "is a task for {to}, to be done as {seat}, and has not been offered to anyone yet.",
    TaskStatus.OFFERED: "is a task for {to}, offered to {owner}, who has not reported on it yet.",
    TaskStatus.DONE: "is a task for {to}; {who} did it ({at}).",
    TaskStatus.COULD_NOT: "is a task for {to}; {who} could not do it ({at}): {reason}",
    TaskStatus.SKIPPED: "is a task for {to}, and was skipped: {reason}",
}
TASK_PAUSED = "*Paused: please do not do this now.* {held} If it is done already, say so."
TASK_OF_ANOTHER = "*Reassigned:* {owner} has it now."

#: What became of each draft of a bulk approval, in the order in which it is told.
BULK: dict[BulkOutcome, str] = {
    BulkOutcome.APPROVED: "approved",
    BulkOutcome.ENDORSED: "approved by you, more approvals needed",
    BulkOutcome.TAKEN: "already decided",
    BulkOutcome.CHANGED: "changed since",
    BulkOutcome.FAILED: "failed",
    BulkOutcome.LEFT: "not done yet",
}
#: Of a draft in a list that would leave outside of business hours if it left now.
OUTSIDE = "outside business hours"
NOW_DESPITE_HOURS = "Now (outside business hours for {count:,})"

#: What admins are to look at.
TROUBLES: dict[TroubleKind, str] = {
    TroubleKind.SENDING_STOPPED: "*Nothing is sent:* {why}",
    TroubleKind.OUTCOME_UNKNOWN: "*{mails}* with an unknown outcome: see the cards.",
    TroubleKind.ACCOUNT_PAUSED: "*{name}* is paused: {why}",
    TroubleKind.ACCOUNT_RESTS: "*{name}* is resting: {why}",
    TroubleKind.ACCOUNT_UNHEALTHY: "*{name}* sends nothing: its health is {count}.",
    TroubleKind.LIMIT_REACHED: "*{name}* has reached its daily limit of {count}; the rest waits for tomorrow.",
    TroubleKind.CAMPAIGN_PAUSED: "*{name}* is paused; {mails} waiting for `/outreach resume`.",
    TroubleKind.NOTHING_REVIEWED: "No decisions on *{name}* for a long time; {drafts} waiting.",
    TroubleKind.SLACK_REFUSED: "{why}",
}
NOBODY_SAID_WHY = "no reason given."
