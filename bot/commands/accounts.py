"""`signoff accounts`: list, health, check, pause, resume, secret."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bot.commands import command_app
from bot.commands.operator import Workspace, Yes, ask, mails, operator
from bot.local.embedded import prepare_environment
from core.ids import UUID

app = command_app()

if TYPE_CHECKING:  # a command that only shows its help imports nothing slow
    from core.accounts.deliverability import Window
    from core.accounts.pausing import AccountStatusChange
    from core.actor import Actor
    from core.db import Connection
    from core.views.accounts import AccountView

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="The account's address.")]


NO_ACCOUNTS = "There are no accounts yet: `signoff apply workspace.toml` declares them."
#: After the figures of a day, for an account that sends more than one kind.
_KINDS = {"email": "", "message": " messages", "connection": " connections"}


@app.callback()
def accounts() -> None:
    """See what each account sent today and may still send; pause, resume or check it; store its password."""


@app.command("list")
def list_accounts(workspace: Workspace = None) -> None:
    """List the accounts: status, health, use of today's limit, what waits, and when the next mail may be sent."""
    prepare_environment()
    from datetime import UTC, datetime

    from bot.commands.tables import show
    from core.db import transaction
    from core.text.phrases import when
    from core.views import accounts

    with transaction() as tx:
        found = accounts.all_accounts(tx, operator(workspace)(tx))
    if not found:
        print(NO_ACCOUNTS)
        return
    now = datetime.now(UTC)
    show(
        ("Account", "Status", "Health", "Today", "Waiting", "Checked", "Why"),
        [
            (
                one.address,
                _status(one),
                "-" if one.health_score is None else str(one.health_score),
                ", ".join(f"{kind.used}/{kind.limit}{_KINDS[kind.kind]}" for kind in one.today),
                f"{one.waiting}",
                when(max(one.next_send_at, now), now, one.timezone) if one.next_send_at else "-",
                one.paused_reason or one.rests or " ".join(one.health_reasons),
            )
            for one in found
        ],
    )


@app.command()
def health(
    address: Annotated[str | None, typer.Argument(metavar="ADDRESS", help="Only this account.")] = None,
    workspace: Workspace = None,
) -> None:
    """Show each account's health: its score, and what bounced or was reported as spam in 7 and 30 days."""
    prepare_environment()
    from bot.commands.tables import show
    from core.accounts import pausing
    from core.accounts.deliverability import all_health, health_of
    from core.accounts.health import fresh
    from core.db import transaction

    with transaction() as tx:
        by = operator(workspace)(tx)
        assert by.workspace_id is not None
        asked = health_of(tx, pausing.find_account(tx, address, by)) if address is not None else None
        found = [asked] if asked else all_health(tx, by.workspace_id)
    if not found:
        print(NO_ACCOUNTS)
        return
    show(
        ("Account", "Health", "7 days", "30 days", "Why"),
        [
            (
                one.address,
                "-" if now.value is None else str(now.value),
                _received(one.week),
                _received(one.month),
                " ".join([*([one.paused_reason] if one.is_paused and one.paused_reason else []), *now.reasons]),
            )
            for one in found
            for now in (fresh(one),)
        ],
    )


@app.command()
def check(address: Address, workspace: Workspace = None) -> None:
    """Check an account's mail server: connect, encrypt, log in, quit. Sends nothing; ends the account's rest.

    Shows each step, and where and why it stopped. The exit code is 1 if it could not log in.
    """
    prepare_environment()
    from core.access import act
    from core.accounts import pausing, resting
    from core.db import transaction
    from core.delivery.outcomes import sentence_for
    from core.mail import check as mail_check
    from core.mail.server import mail_server
    from core.secrets import StillSealed
    from core.taxonomy import Reason, Role, Verb
    from core.text.words.outcomes import of_a_rest
    from core.text.words.states import PHASES

    with transaction() as tx:
        account_id = pausing.find_account(tx, address, operator(workspace)(tx))
        stored = resting.address_of_server(tx, account_id)
    try:
        server = mail_server(stored, account_id)
    except (StillSealed, ValueError) as fault:
        sealed = isinstance(fault, StillSealed)
        print(f"✗ {of_a_rest(Reason.STILL_SEALED if sealed else Reason.NO_SERVER, None)}")
        raise typer.Exit(1) from None
    print(f"{address}: {server.host}, port {server.port}")
    checked = mail_check.check(server, address)
    for step in checked.steps:
        print(f"✓ {PHASES[step]}")
    if checked.stopped is not None:
        print(f"✗ {PHASES[checked.stopped.phase]}: {sentence_for(checked.stopped)}")
        found = checked.stopped
        if act(operator(workspace), Role.ADMIN, Verb.REST, lambda tx, _: resting.found_ill(tx, account_id, found)):
            print("The account rests for this now.")
        raise typer.Exit(1)
    ended = act(operator(workspace), Role.ADMIN, Verb.RECOVER, lambda tx, by: resting.found_well(tx, account_id, by))
    print("It works; nothing was sent." + (" The account no longer rests: its mail can be sent." if ended else ""))


@app.command()
def pause(
    address: Address,
    reason: Annotated[str, typer.Option(help="Why, in a sentence; shown on cards.")] = "Paused by an operator.",
    workspace: Workspace = None,
) -> None:
    """Pause an account at once, in every campaign. Does not ask first."""
    prepare_environment()
    from core.access import act
    from core.accounts import pausing
    from core.taxonomy import Role, Verb

    account_id, switched = act(
        operator(workspace),
        Role.ADMIN,
        Verb.PAUSE,
        lambda tx, by: (found := pausing.find_account(tx, address, by), pausing.pause(tx, found, reason, by)),
    )
    _draw_cards(account_id)
    print(f"Paused {switched.address}: {mails(switched.waiting)}.")


@app.command()
def resume(address: Address, workspace: Workspace = None, yes: Yes = False) -> None:
    """Resume a paused account: its waiting mail can be sent again."""
    prepare_environment()
    from core.access import act
    from core.accounts import pausing
    from core.db import transaction
    from core.taxonomy import Role, Verb
    from core.views import accounts

    def let_go(tx: "Connection", by: "Actor") -> "tuple[UUID, AccountStatusChange]":
        return (found := pausing.find_account(tx, address, by)), pausing.resume(tx, found, by)

    if not yes:
        with transaction() as tx:
            by = operator(workspace)(tx)
            account_id = pausing.find_account(tx, address, by)
            [one] = [one for one in accounts.all_accounts(tx, by) if one.id == account_id]
        why = f" It was paused: {one.paused_reason}" if one.paused_reason else ""
        ask(f"Resume {one.address}? {mails(one.waiting).capitalize()} for it.{why}", operator(workspace), let_go)
    account_id, switched = act(operator(workspace), Role.ADMIN, Verb.RESUME, let_go)
    _draw_cards(account_id)
    print(f"Resumed {switched.address}: {mails(switched.waiting)}.")


@app.command()
def secret(address: Address, workspace: Workspace = None) -> None:
    """Store the address of an account's mail server, with its password or key, encrypted.

    Asks for it, or reads it from standard input; never takes it from the command line. It is encrypted with SECRET_KEY:
    after a new SECRET_KEY, enter it again. In your workspace.toml, set `smtp_url = "stored"` for this account.
    """
    prepare_environment()
    from core.access import act
    from core.accounts import pausing
    from core.accounts.secrets import store_secret
    from core.db import transaction
    from core.taxonomy import Role, Verb

    with transaction() as tx:
        pausing.find_account(tx, address, operator(workspace)(tx))  # before anybody types a password
    if sys.stdin.isatty():
        given = typer.prompt("smtps://user:password@host or resend://KEY@api.resend.com", hide_input=True)
    else:
        given = sys.stdin.readline()
    server = act(
        operator(workspace),
        Role.ADMIN,
        Verb.DECLARE,
        lambda tx, by: store_secret(tx, pausing.find_account(tx, address, by), given.strip(), by),
    )
    print(f"Stored, encrypted: {address} sends through {server.host}, port {server.port}.")


def _status(one: "AccountView") -> str:
    """ "active", "paused", "resting"; with the time until when it rests, where one is known."""
    from datetime import UTC, datetime

    from core.text.phrases import when

    if one.rests is None or one.status != "active":
        return one.status
    now = datetime.now(UTC)
    return f"resting until {when(max(one.rest_until, now), now, one.timezone)}" if one.rest_until else "resting"


def _received(window: "Window") -> str:
    """ "4 of 120 bounced (3.3 %), 1 reported (0.83 %)"; "none sent"."""
    if not window.sent:
        return "none sent"
    return (
        f"{window.bounced:,} of {window.sent:,} bounced ({100 * window.bounce_rate:.1f} %), "
        f"{window.complained:,} reported ({100 * window.complaint_rate:.2f} %)"
    )


def _draw_cards(account_id: UUID) -> None:
    """The cards of what waits say it: the clock draws them."""
    from core.accounts import pausing
    from core.db import transaction

    after: UUID | None = None
    while True:
        with transaction() as tx:
            after = pausing.mark_cards_behind(tx, account_id, after)
        if after is None:
            return
