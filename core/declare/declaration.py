"""The tables of a declaration and what their values may be (DESIGN §10)."""

import re
from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, model_validator

from core.declare.limits import ClosingTime, Country, Days, OpeningTime, WarmupDay, off_or, whole
from core.mail.server import STORED, check_cafile, parse_mail_server, secret_in
from core.taxonomy import CampaignMode, Channel, Risk, Role, Routing
from core.text.fields import Email, Line, address, profile_url, zone

VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
DEFAULT_SMTP = "SMTP_URL"


def _smtp_url(value: str, info: ValidationInfo) -> str:
    """The address of a mail server that holds no secret: it has no password, or the environment keeps it, or the
    database does, encrypted (`stored`)."""
    env = environment(info.context)
    if info.data.get("channel") == Channel.LINKEDIN:
        if value:
            raise ValueError("is for email accounts only: on LinkedIn people send by hand")
        return value
    if value == STORED:
        return value
    if not value:
        if not env.get(DEFAULT_SMTP):
            raise ValueError(f"is missing, and {DEFAULT_SMTP} is not set: write the address of the mail server")
        value = f"env:{DEFAULT_SMTP}"
    if value.startswith("env:"):
        name = VARIABLE.fullmatch(value)
        if name is None:
            raise ValueError("must have the name of a variable after env:, such as env:SMTP_URL")
        if env.get(name[1]):
            try:
                check_cafile(parse_mail_server(env[name[1]]))
            except ValueError as error:
                raise ValueError(f"{name[1]} in the environment is not valid: {error}") from None
        return value
    server = parse_mail_server(value)
    check_cafile(server)
    if secret := secret_in(server):
        raise ValueError(
            f"holds a {secret}: put the whole address into an environment variable and write env:NAME here"
        )
    return value


def _address(value: str, info: ValidationInfo) -> str:
    """What an account is known by: its email address; or, of a LinkedIn seat, the page of whoever has it."""
    return profile_url(value) if info.data.get("channel") == Channel.LINKEDIN else address(value)


def environment(context: Any) -> Mapping[str, str]:
    """The environment that the validation was given as its context."""
    return context["env"] if context else {}


def slack_id(letters: str) -> Any:
    """An id of Slack that begins with one of `letters`. https://docs.slack.dev/reference/objects"""

    def check(value: str) -> str:
        if not re.fullmatch(rf"[{letters}][A-Z0-9]{{2,30}}", value):
            raise ValueError(f"is not a Slack id: it begins with {' or '.join(letters)}, such as {letters[0]}01ABCDEF")
        return value

    return AfterValidator(check)


def _team_id(value: str) -> str:
    if re.fullmatch(r"E[A-Z0-9]{2,30}", value):
        raise ValueError(f"{value} is a whole organisation: name one of its workspaces, whose id begins with T")
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", value):
        raise ValueError("must be 1 to 63 lower-case letters, digits and hyphens")
    return value


Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(zone)]
Slug = Annotated[str, AfterValidator(_slug)]


class Table(BaseModel):
    """Unknown keys are an error: a misspelt one must not be lost in silence."""

    model_config = ConfigDict(extra="forbid")


class WorkspaceTable(Table):
    """`[workspace]`, known by its Slack team."""

    name: Line
    slack_team_id: Annotated[str, AfterValidator(_team_id), slack_id("T")]
    timezone: Zone

    #: Seconds in which an approval can be taken back; 0 turns it off.
    undo_seconds: Annotated[int, whole(0, 120)] = 5
    #: Cards that one reviewer has open at most.
    open_cards: Annotated[int, whole(1, 100)] = 10
    #: After so long without a decision: a reminder, a word to the admins, the end (0: never).
    remind_after_hours: Annotated[int | None, off_or(1, 720)] = 4
    escalate_after_hours: Annotated[int | None, off_or(1, 720)] = 24
    expire_after_days: Annotated[int | None, off_or(1, 365)] = 30
    digest_at: OpeningTime | None = time(9)
    digest_channel: Annotated[str, slack_id("CG")] | None = None


class MemberTable(Table):
    """`[[members]]`, known by their Slack user."""

    slack_user_id: Annotated[str, slack_id("UW")]
    name: Line
    email: Email | None = None
    role: Role
    timezone: Zone | None = None
    #: No new card, reminder or digest comes in these hours of their day.
    quiet_from: OpeningTime | None = None
    quiet_to: OpeningTime | None = None

    @model_validator(mode="after")
    def _both_or_neither(self) -> "MemberTable":
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet hours need both quiet_from and quiet_to")
        return self


class AccountTable(Table):
    """`[[accounts]]`, known by their address; a LinkedIn seat by its page. Without a time zone it has the workspace's.

    A limit or an hour that is not written is Signoff's own, as in the database (CHECKLIST 004.6, 004.7). Whether an
    account is paused is an act of a person, and not declared.
    """

    channel: Channel = Channel.EMAIL
    address: Annotated[Line, AfterValidator(_address)]
    name: Line
    smtp_url: Annotated[str, Field(default="", validate_default=True), AfterValidator(_smtp_url)]
    timezone: Zone | None = None
    rotation_set: Slug | None = None

    country: Country | None = None
    opens: OpeningTime = time(9)
    closes: ClosingTime = time(18)
    weekdays: Days = [1, 2, 3, 4, 5]

    daily_limit_emails: Annotated[int, whole(0, 100)] = 100
    daily_limit_messages: Annotated[int, whole(0, 40)] = 38
    daily_limit_connections: Annotated[int, whole(0, 20)] = 20
    warmup_start: Annotated[int, whole(0, 100)] | None = None
    warmup_step: Annotated[int, whole(0, 100)] = 5
    warmup_from: WarmupDay | None = None
    spacing_min_minutes: Annotated[int, whole(0, 1_440)] = 6
    spacing_max_minutes: Annotated[int, whole(0, 1_440)] = 16


def _reviewed(mode: CampaignMode) -> CampaignMode:
    """Refuse a mode that would say what is not so: nothing is sent that nobody approved."""
    if mode == CampaignMode.AUTO_SEND:
        raise ValueError('must be "review", or left out: nothing is sent unless a person approves it')
    return mode


class CampaignTable(Table):
    """`[[campaigns]]`, known by their slug. Whether one is paused is an act of a person, and not declared."""

    slug: Slug
    name: Line
    offer: Slug
    account: Line
    mode: Annotated[CampaignMode, AfterValidator(_reviewed)] = CampaignMode.REVIEW
    reviewers: list[Annotated[str, slack_id("UW")]] = []
    slack_channel: Annotated[str, slack_id("CG")] | None = None
    recipient_hours: bool = Field(default=False, strict=True)
    routing: Routing = Routing.EVERYONE
    #: How many people must approve; whether the author of the latest text may; the highest risk for reviewers.
    quorum: Annotated[int, whole(1, 5)] = 1
    self_approval: bool = Field(default=True, strict=True)
    admins_above_risk: Risk | None = None


class Declaration(Table):
    """The whole file."""

    workspace: WorkspaceTable
    members: list[MemberTable] = []
    accounts: list[AccountTable] = []
    campaigns: list[CampaignTable] = []
