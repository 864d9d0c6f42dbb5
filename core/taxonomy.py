"""One word for one thing (DESIGN §2). The check constraints of the database are made from these enumerations."""

from enum import StrEnum


class Surface(StrEnum):
    """Where an act came from."""

    SLACK = "slack"
    WEB = "web"
    API = "api"
    CLI = "cli"
    JOB = "job"
    PROVIDER = "provider"


class Role(StrEnum):
    """What a member may do. Each role may do all that the one before it may."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    OWNER = "owner"

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Channel(StrEnum):
    """The way a message travels."""

    EMAIL = "email"
    LINKEDIN = "linkedin"


class AccountStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"


class CampaignMode(StrEnum):
    REVIEW = "review"
    AUTO_SEND = "auto_send"


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Routing(StrEnum):
    """Who of a campaign's reviewers gets the card of a new draft."""

    EVERYONE = "everyone"
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"


class ContactStatus(StrEnum):
    AVAILABLE = "available"
    COOLING_OFF = "cooling_off"
    DO_NOT_CONTACT = "do_not_contact"
    REPLIED = "replied"


class DraftKind(StrEnum):
    INTRO = "intro"
    FOLLOW_UP = "follow_up"
    REPLY = "reply"


class Risk(StrEnum):
    LOW = "low"
    REVIEW = "review"
    BLOCKED = "blocked"


class DraftStatus(StrEnum):
    PENDING = "pending"
    NEEDS_REVIEW = "needs_review"
    MANUAL_REVIEW = "manual_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class DeliveryStatus(StrEnum):
    QUEUED = "queued"
    CLAIMED = "claimed"
    SENDING = "sending"
    SENT = "sent"
    OUTCOME_UNKNOWN = "outcome_unknown"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class GateCode(StrEnum):
    """Which gate holds a delivery back. Kept with the delivery, until it passes."""

    SENDING_STOPPED = "sending_stopped"
    CAMPAIGN_NOT_ACTIVE = "campaign_not_active"
    ACCOUNT_NOT_ACTIVE = "account_not_active"
    ACCOUNT_RESTS = "account_rests"
    ACCOUNT_UNHEALTHY = "account_unhealthy"
    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"
    REPLIED = "replied"
    STEP_BEFORE = "step_before"
    SIXTY_DAYS = "sixty_days"
    DAILY_LIMIT = "daily_limit"
    OUTSIDE_HOURS = "outside_hours"
    SPACING = "spacing"


class StepBefore(StrEnum):
    """Why an earlier mail of the same run holds back the later ones. Derived, and stored nowhere."""

    OUTCOME_UNKNOWN = "outcome_unknown"
    ON_ITS_WAY = "on_its_way"
    UNDECIDED = "undecided"


class BlockedBy(StrEnum):
    """What no mail of a draft passes, whatever its text: kept with an open draft by the database (`lasting_refusal`).

    The lasting refusals of the gates; the suppression list, by which kind of its entries.
    """

    ENDED = "ended"
    ADDRESS = "address"
    DOMAIN = "domain"
    COMPANY = "company"
    OPTED_OUT = "opted_out"
    REPLIED = "replied"


class HistoryStatus(StrEnum):
    """What became of a contact: whoever was, or may have been, written to counts as contacted."""

    SENT = "sent"
    UNKNOWN = "unknown"
    FAILED = "failed"
    BOUNCED = "bounced"
    REPLIED = "replied"


class CountedAs(StrEnum):
    """What a daily limit counts."""

    EMAIL = "email"
    MESSAGE = "message"
    CONNECTION = "connection"


class TaskKind(StrEnum):
    """What a person is asked to do on LinkedIn. Counted as what it is (`CountedAs`)."""

    MESSAGE = "message"
    CONNECTION = "connection"


class TaskStatus(StrEnum):
    """Where a step that a person does stands."""

    WAITING = "waiting"
    OFFERED = "offered"
    DONE = "done"
    COULD_NOT = "could_not"
    SKIPPED = "skipped"


class SuppressedBy(StrEnum):
    """What an entry of the suppression list names."""

    ADDRESS = "address"
    DOMAIN = "domain"
    COMPANY = "company"


class Timing(StrEnum):
    """When an approved draft may leave: at the earliest safe moment, or in the account's next free slot."""

    EARLIEST = "earliest"
    NEXT_SLOT = "next_slot"


class AttemptOutcome(StrEnum):
    """What an attempt came to (DESIGN §5)."""

    NOT_SENT = "not_sent"
    SENT = "sent"
    UNKNOWN = "unknown"


class EvidenceKind(StrEnum):
    """Where it comes from that an attempt whose outcome is unknown arrived, or was refused."""

    PROVIDER_REPLAY = "provider_replay"
    SENT_FOLDER = "sent_folder"
    DELIVERY_REPORT = "delivery_report"
    PERSON = "person"


class Says(StrEnum):
    """What evidence says. That nothing was found is no evidence."""

    ARRIVED = "arrived"
    REFUSED = "refused"


class AlertKind(StrEnum):
    """What members are told of, in their DMs."""

    ACCOUNT_PAUSED = "account_paused"
    ACCOUNT_RESTS = "account_rests"
    OUTCOME_UNKNOWN = "outcome_unknown"
    QUEUE_STUCK = "queue_stuck"
    SLACK_PERMISSIONS = "slack_permissions"
    DRAFT_WAITING = "draft_waiting"
    # for a campaign's reviewers (of a stop of all sending: everybody's); and for whoever reads the digest
    CAMPAIGN_SWITCHED = "campaign_switched"
    DIGEST = "digest"
    # for a reviewer for whom something waits
    REMINDER = "reminder"
    # for whoever approved a mail that was answered
    REPLY = "reply"


class StoppedBy(StrEnum):
    """Who stopped all sending: a person, or the guard against a database that was restored to an older state."""

    PERSON = "person"
    RESTORE = "restore"


class Phase(StrEnum):
    """The step of the SMTP conversation (RFC 5321 §3) at which an attempt stopped. `start` is ours, before DATA."""

    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    START = "start"
    DATA = "data"
    BODY = "body"
    DOT = "dot"
    QUIT = "quit"


class CardPlace(StrEnum):
    """Where a card lives: a member's DM, the campaign's channel, or a message that we adopted after a click on it."""

    DM = "dm"
    CHANNEL = "channel"
    STRAY = "stray"


class Verb(StrEnum):
    """What happened: the name of every event. Most are inputs of the machines in `core/states.py`."""

    # drafts
    INGEST = "ingest"
    SUBMIT = "submit"
    BLOCK = "block"
    UNBLOCK = "unblock"
    EDIT = "edit"
    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    RETURN = "return"
    # one approval of several that a campaign asks for; an approval taken back before the mail left
    ENDORSE = "endorse"
    UNDO = "undo"
    REQUEST_CHANGES = "request_changes"
    SNOOZE = "snooze"
    WAKE = "wake"
    ASSIGN = "assign"
    RESTORE = "restore"
    # nobody decided: reviewers are reminded, then admins are told
    REMIND = "remind"
    ESCALATE = "escalate"
    # deliveries
    CLAIM = "claim"
    RELEASE = "release"
    START = "start"
    DELIVER = "deliver"
    RETRY = "retry"
    FAIL = "fail"
    LOSE = "lose"
    CONFIRM = "confirm"
    RESEND = "resend"
    CANCEL = "cancel"
    SKIP = "skip"
    # an attempt turned out otherwise than what is recorded; a person got a mail twice
    CONTRADICT = "contradict"
    DUPLICATE = "duplicate"
    # all of an installation
    STOP_SENDING = "stop_sending"
    ALLOW_SENDING = "allow_sending"
    # what came back of a mail, told by a provider or a mailbox
    BOUNCE = "bounce"
    COMPLAIN = "complain"
    REPLY = "reply"
    UNSUBSCRIBE = "unsubscribe"
    # somebody asked to see a draft: recorded when it is refused
    READ = "read"
    # a click or a command that changed nothing
    REFUSE = "refuse"
    # campaigns
    PAUSE = "pause"
    RESUME = "resume"
    # an account whose server refuses all of it rests, is tried again, and is well again
    REST = "rest"
    TRY_AGAIN = "try_again"
    RECOVER = "recover"
    # a member wants no cards for a while
    MUTE = "mute"
    UNMUTE = "unmute"
    # steps that a person does
    OFFER = "offer"
    DONE = "done"
    COULD_NOT = "could_not"
    # Slack workspaces that came and went
    INSTALL = "install"
    UNINSTALL = "uninstall"
    # what `signoff apply` and `signoff keys` declared
    DECLARE = "declare"


#: What counts as a decision of a reviewer's.
DECIDING_VERBS = (Verb.APPROVE, Verb.ENDORSE, Verb.REJECT, Verb.REQUEST_CHANGES)

#: What came back of a mail.
FEEDBACK_VERBS = (Verb.BOUNCE, Verb.COMPLAIN, Verb.REPLY, Verb.UNSUBSCRIBE)
#: The same, what weighs most first: of several, a mail is called by this one. Who answers has had it.
WEIGHTIEST = (Verb.COMPLAIN, Verb.UNSUBSCRIBE, Verb.REPLY, Verb.BOUNCE)


class RefusalCode(StrEnum):
    """Why an act changed nothing. Kept with the event."""

    UNKNOWN_MEMBER = "unknown_member"
    ROLE_TOO_LOW = "role_too_low"
    NOT_FOUND = "not_found"
    STALE_VERSION = "stale_version"
    ALREADY_DECIDED = "already_decided"
    DRAFT_ALREADY_SENDING = "draft_already_sending"
    SEND_OUTCOME_UNKNOWN = "send_outcome_unknown"
    BLOCKED = "blocked"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    UNCLEAR_CAMPAIGN = "unclear_campaign"
    NOTHING_TO_DO = "nothing_to_do"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    NOT_A_REVIEWER = "not_a_reviewer"
    OWN_WORK = "own_work"
    ADMINS_ONLY = "admins_only"
    ALREADY_ENDORSED = "already_endorsed"
    ALREADY_ANSWERED = "already_answered"


class Reason(StrEnum):
    """Why an attempt ended as it did, short enough for a log line, a metric label and a lookup of a sentence."""

    ACCEPTED = "accepted"
    DNS_FAILED = "dns_failed"
    CONNECT_REFUSED = "connect_refused"
    UNREACHABLE = "unreachable"
    TLS_FAILED = "tls_failed"
    TLS_UNAVAILABLE = "tls_unavailable"
    TLS_NOT_SPOKEN = "tls_not_spoken"
    TLS_TOO_OLD = "tls_too_old"
    TLS_HANDSHAKE = "tls_handshake"
    CA_FILE = "ca_file"
    AUTH_FAILED = "auth_failed"
    AUTH_UNAVAILABLE = "auth_unavailable"
    SMTPUTF8_UNSUPPORTED = "smtputf8_unsupported"
    EIGHTBIT_UNSUPPORTED = "eightbit_unsupported"
    TOO_LARGE = "too_large"
    REJECTED_SERVER = "rejected_server"
    REJECTED_SENDER = "rejected_sender"
    REJECTED_RECIPIENT = "rejected_recipient"
    REJECTED_DATA = "rejected_data"
    REJECTED_BODY = "rejected_body"
    START_REFUSED = "start_refused"
    START_FAILED = "start_failed"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    MALFORMED_REPLY = "malformed_reply"
    INTERRUPTED = "interrupted"
    UNSENDABLE = "unsendable"
    NO_SERVER = "no_server"
    STILL_SEALED = "still_sealed"
    RATE_LIMITED = "rate_limited"
    KEY_CONFLICT = "key_conflict"
    NO_VERDICT = "no_verdict"
    # What a server's refusal is about, where its code or its words say so (core/mail/reasons.py).
    TLS_REQUIRED = "tls_required"
    LOGIN_REQUIRED = "login_required"
    LOGIN_BUSY = "login_busy"
    QUOTA_REACHED = "quota_reached"
    ACCOUNT_SUSPENDED = "account_suspended"
    SENDER_UNVERIFIED = "sender_unverified"
    RELAY_DENIED = "relay_denied"
    REPUTATION = "reputation"
    GREYLISTED = "greylisted"
    SERVER_TROUBLE = "server_trouble"
    RECIPIENT_UNKNOWN = "recipient_unknown"
    RECIPIENT_BUSY = "recipient_busy"
    RECIPIENT_POLICY = "recipient_policy"
    MAILBOX_FULL = "mailbox_full"
    CONTENT_REFUSED = "content_refused"
    LEASE_EXPIRED = "lease_expired"
    EVIDENCE = "evidence"


class DraftState(StrEnum):
    """What a person sees of a draft: both machines of DESIGN §3 as one state (core/drafts/state.py). Never stored."""

    PENDING = "pending"
    #: Out of the queue until its author, or a person, writes a new version.
    CHANGES_ASKED = "changes_asked"
    NEEDS_REVIEW = "needs_review"
    #: Back in review after a delivery came to nothing.
    FAILED_BACK = "failed_back"
    MANUAL_REVIEW = "manual_review"
    SENDING = "sending"
    #: Approved, and held back: by a pause, or until the next try.
    WAITING = "waiting"
    SENT = "sent"
    #: It was sent, and this came back of it.
    BOUNCED = "bounced"
    ANSWERED = "answered"
    UNSUBSCRIBED = "unsubscribed"
    REPORTED = "reported"
    OUTCOME_UNKNOWN = "outcome_unknown"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    EXPIRED = "expired"


class TroubleKind(StrEnum):
    """What may be wrong, the worst first."""

    SENDING_STOPPED = "sending_stopped"
    OUTCOME_UNKNOWN = "outcome_unknown"
    ACCOUNT_PAUSED = "account_paused"
    ACCOUNT_RESTS = "account_rests"
    ACCOUNT_UNHEALTHY = "account_unhealthy"
    LIMIT_REACHED = "limit_reached"
    CAMPAIGN_PAUSED = "campaign_paused"
    NOTHING_REVIEWED = "nothing_reviewed"
    SLACK_REFUSED = "slack_refused"


class BulkOutcome(StrEnum):
    """What came of one choice of a bulk approval."""

    APPROVED = "approved"
    #: One approval of the several that its campaign asks for.
    ENDORSED = "endorsed"
    #: Somebody else decided first: no failure (000.7).
    TAKEN = "taken"
    #: It is not what was shown any more: another text, snoozed, handed on.
    CHANGED = "changed"
    FAILED = "failed"
    #: Nothing of it was tried: there was no time, or no database.
    LEFT = "left"
