"""App Home: opened, looked through, and decided in. A click there is committed before its ack, and shown right after.

A Home has no `response_url`: what came of a click stands in the Home itself, as a note that its member's next click
takes away.
"""

import re
from collections.abc import Callable

from slack_bolt import App, BoltResponse

from bot.slack.acting import do
from bot.slack.answers import Click
from bot.slack.handlers.bulk import open_bulk
from bot.slack.handlers.events import Heard
from bot.slack.modals import show
from bot.slack.own_home import redraw
from bot.slack.payload import Body, Later, Person, Seen, clicked, person, picked
from bot.slack.tell import IN_DOUBT, NOTHING_HAPPENED
from core.access import act
from core.actor import Actor
from core.cards import modals
from core.cards.home_tab import ALL
from core.db import Connection, transaction
from core.drafts.review import Approved, Endorsed, approve
from core.drafts.undo import undo
from core.errors import CommitInDoubt, DatabaseAway, SignoffError
from core.ids import UUID
from core.surfaces import homes
from core.taxonomy import Risk, Role, Verb
from core.telemetry import metrics
from jobs.ring import ring_deliver


def opened(heard: Heard) -> None:
    """`app_home_opened`: remember it, and publish what stands there now."""
    if heard.event.get("tab") != "home":
        return
    who = person({"user": {"id": heard.event.get("user")}, "team": {"id": heard.body.get("team_id")}})
    with transaction() as tx:
        by = who.identify(tx)
        if by.role is not None:
            homes.used(tx, by, opened=True)
    heard.later(lambda: redraw(who))


# --- what a member does there ------------------------------------------------------------------------------------


def approve_send(click: Click) -> None:
    """The same act as on the card: approve the version that this row shows."""

    def approving(tx: Connection, by: Actor, what: Seen) -> Approved | Endorsed:
        made = approve(tx, what.draft(), what.version, by)
        note = None if isinstance(made, Approved) else f"{made.have} of {made.needed} approvals"
        homes.used(tx, by, note and f"{note}: {homes.subject_of(tx, what.draft_id, by)}")
        return made

    made = do(click, Verb.APPROVE, approving)
    if isinstance(made, Approved):
        account_id = made.account_id
        click.later(lambda: ring_deliver(account_id))


def undo_approval(click: Click) -> None:
    """Take an approval back while its mail still waits."""

    def undoing(tx: Connection, by: Actor, what: Seen) -> None:
        undo(tx, what.draft(), what.version, by)
        homes.used(tx, by, f"Taken back: {homes.subject_of(tx, what.draft_id, by)}")

    do(click, Verb.UNDO, undoing)


def see_campaign(click: Click) -> None:
    """One campaign, or all."""
    wanted = _id(picked(click.body))
    _choose(click, lambda tx, by: {"campaign_id": homes.campaign_of(tx, wanted, by), "page": 0})


def see_risk(click: Click) -> None:
    """One risk, or every."""
    risk = picked(click.body)
    _choose(click, lambda _tx, _by: {"risk": risk if risk in list(Risk) else None, "page": 0})


def see_all(click: Click) -> None:
    """Whatever waits."""
    _choose(click, lambda _tx, _by: {"campaign_id": None, "risk": None, "page": 0})


def turn(click: Click) -> None:
    """Another page. One past the end is the last."""
    page = picked(click.body)
    number = int(page) if page.isdecimal() and len(page) < 5 else 0
    _choose(click, lambda _tx, _by: {"page": number})


def low_risk(click: Click) -> None:
    """List what a bulk approval would approve, of the campaign that is looked at."""
    campaign = _id(picked(click.body))
    if open_bulk(click.body, click.later, campaign_id=campaign):
        return
    with transaction() as tx:
        by = person(click.body).identify(tx)
        if by.role is not None:
            homes.used(tx, by, "Slack did not open the window in time. Nothing happened; please click again.")


def _choose(click: Click, choice: Callable[[Connection, Actor], dict[str, object]]) -> None:
    act(
        person(click.body).identify,
        Role.VIEWER,
        Verb.READ,
        lambda tx, by: homes.used(tx, by, choose=choice(tx, by)),
    )


def _id(value: str) -> UUID | None:
    try:
        return None if value == ALL else UUID(value)
    except ValueError:
        return None


#: What the elements of a Home do: their action_id, or the shape of it; a name to count by; the act.
ACTIONS: tuple[tuple[str, str, Callable[[Click], None]], ...] = (
    ("approve_send", "approve_send", approve_send),
    ("undo_approval", "undo_approval", undo_approval),
    ("bulk_low_risk", "bulk_low_risk", low_risk),
    ("home_campaign", "home_campaign", see_campaign),
    ("home_risk", "home_risk", see_risk),
    ("home_all", "home_all", see_all),
    (r"home_page_\d+", "home_page", turn),
)


def listen(app: App) -> None:
    """Give the app the acts of a Home. Before those of cards: some have the same names."""
    for pattern, name, act_on in ACTIONS:
        app.action(re.compile(pattern), matchers=[_in_home])(_on_home(name, act_on))


def _in_home(body: Body) -> bool:
    view = body.get("view")
    return isinstance(view, dict) and view.get("type") == "home"


def _on_home(action: str, act_on: Callable[[Click], None]) -> Callable[..., BoltResponse]:
    """A Bolt listener that acts before the ack, and has the Home show afterwards what came of it."""

    def listener(body: Body, context: dict[str, object]) -> BoltResponse:
        later: Later = context["later"]  # type: ignore[assignment]  # put there by the endpoint
        click, who = Click(body, later), person(body)
        try:
            try:
                act_on(click)
            except SignoffError as error:
                if isinstance(error, DatabaseAway):
                    raise
                metrics.click(action, str(getattr(error, "code", "refused")))
                _note(who, clicked(body), str(error))
            else:
                metrics.click(action, "done")
        except DatabaseAway as away:
            sentence = IN_DOUBT if isinstance(away, CommitInDoubt) else NOTHING_HAPPENED
            metrics.click(action, "away")
            later(lambda: show(click, modals.notice("Signoff", sentence)))
            return BoltResponse(status=503)
        later(lambda: redraw(who))
        return BoltResponse(status=200)

    return listener


def _note(who: Person, what: Seen, sentence: str) -> None:
    """Have the Home say why nothing happened, and to which draft."""
    with transaction() as tx:
        by = who.identify(tx)
        if by.role is not None:
            subject = homes.subject_of(tx, what.draft_id, by)
            homes.used(tx, by, f"{subject}: {sentence}" if subject else sentence)
