"""App Home: opened, looked through, and decided in. A click there is committed before its ack, and shown right after.

A Home has no `response_url`: what came of a click stands in the Home itself, as a note that its member's next click
takes away.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from slack_bolt import App, BoltResponse

from bot import decisions
from bot.acts import Act, Away, NotTaken, Outcome, Refused, Result, Target, outcome_of
from bot.slack.clicks import Click, act_on
from bot.slack.handlers.bulk import open_bulk
from bot.slack.handlers.deciding import ask_first
from bot.slack.handlers.event_listener import Heard
from bot.slack.modals import NOT_OPENED, show
from bot.slack.own_home import redraw
from bot.slack.payload import Body, after_ack_in, first_action, person, picked_value
from core.access import act
from core.actor import Actor
from core.cards import modals
from core.cards.buttons import told_by
from core.cards.home_tab import ALL
from core.db import Connection, transaction
from core.drafts.review import Approved, Endorsed
from core.errors import AskFirst
from core.ids import UUID
from core.surfaces import homes
from core.taxonomy import Risk, Role, Timing, Verb
from core.telemetry import metrics


def opened(heard: Heard) -> None:
    """`app_home_opened`: remember it, and publish what stands there now."""
    if heard.event.get("tab") != "home":
        return
    who = person({"user": {"id": heard.event.get("user")}, "team": {"id": heard.body.get("team_id")}})
    with transaction() as tx:
        by = who.identify(tx)
        if by.role is not None:
            homes.record_use(tx, by, opened=True)
    heard.after_ack(lambda: redraw(who))


# --- what a member does there ------------------------------------------------------------------------------------


def approve_send(click: Click) -> None:
    """The same act as on the card: approve the version that this row shows."""
    told = told_by(str(first_action(click.body).get("block_id", "")), datetime.now(UTC))
    _approve(click, decisions.approve(told=told))


def approve_schedule(click: Click) -> None:
    """Approve the version that this row shows, for the next slot."""
    _approve(click, decisions.approve(Timing.NEXT_SLOT))


def _approve(click: Click, approval: Act[Approved | Endorsed]) -> None:
    try:
        act_on(click, _noted(approval, _endorsed))
    except AskFirst as first:
        ask_first(click, first)


def undo_approval(click: Click) -> None:
    """Take an approval back while its mail still waits."""

    act_on(click, _noted(decisions.UNDO, lambda _: "Approval undone"))


def _noted(act: Act[Result], says: Callable[[Result], str | None]) -> Act[Result]:
    """The same act, which leaves a note in the Home of whoever did it, in its own transaction."""

    def do(tx: Connection, by: Actor, target: Target) -> Result:
        made = act.do(tx, by, target)
        said = says(made)
        homes.record_use(tx, by, said and f"{said}: {homes.subject_of(tx, target.row_id, by)}")
        return made

    return replace(act, do=do)


def _endorsed(made: Approved | Endorsed) -> str | None:
    return None if isinstance(made, Approved) else f"{made.have} of {made.needed} approvals"


def see_campaign(click: Click) -> None:
    """Show one campaign in this Home, or all."""
    wanted = _id(picked_value(click.body))
    _choose(click, lambda tx, by: {"campaign_id": homes.campaign_of(tx, wanted, by), "page": 0})


def see_risk(click: Click) -> None:
    """Show one risk in this Home, or every."""
    risk = picked_value(click.body)
    _choose(click, lambda _tx, _by: {"risk": risk if risk in list(Risk) else None, "page": 0})


def see_all(click: Click) -> None:
    """Show whatever waits, without a filter."""
    _choose(click, lambda _tx, _by: {"campaign_id": None, "risk": None, "page": 0})


def turn(click: Click) -> None:
    """Turn to another page; one past the end is the last."""
    page = picked_value(click.body)
    number = int(page) if page.isdecimal() and len(page) < 5 else 0
    _choose(click, lambda _tx, _by: {"page": number})


def low_risk(click: Click) -> None:
    """List what a bulk approval would approve, of the campaign that is looked at."""
    campaign = _id(picked_value(click.body))
    if open_bulk(click, campaign_id=campaign):
        return
    with transaction() as tx:
        by = click.who.identify(tx)
        if by.role is not None:
            homes.record_use(tx, by, NOT_OPENED)


def _choose(click: Click, choice: Callable[[Connection, Actor], dict[str, object]]) -> None:
    act(click.who.identify, Role.VIEWER, Verb.READ, lambda tx, by: homes.record_use(tx, by, choose=choice(tx, by)))


def _id(value: str) -> UUID | None:
    try:
        return None if value == ALL else UUID(value)
    except ValueError:
        return None


#: What the elements of a Home do: their action_id, or the shape of it; a name to count by; the act.
ACTIONS: tuple[tuple[str, str, Callable[[Click], None]], ...] = (
    ("approve_send", "approve_send", approve_send),
    ("approve_schedule", "approve_schedule", approve_schedule),
    ("undo_approval", "undo_approval", undo_approval),
    ("bulk_low_risk", "bulk_low_risk", low_risk),
    ("home_campaign", "home_campaign", see_campaign),
    ("home_risk", "home_risk", see_risk),
    ("home_all", "home_all", see_all),
    (r"home_page_\d+", "home_page", turn),
)


def listen(app: App) -> None:
    """Give the app the acts of a Home. Before those of cards: some have the same names."""
    for pattern, name, handle in ACTIONS:
        app.action(re.compile(pattern), matchers=[_in_home])(_on_home(name, handle))


def _in_home(body: Body) -> bool:
    view = body.get("view")
    return isinstance(view, dict) and view.get("type") == "home"


def _on_home(action: str, handle: Callable[[Click], None]) -> Callable[..., BoltResponse]:
    """A Bolt listener that acts before the ack, and has the Home show afterwards what came of it."""

    def listener(body: Body, context: dict[str, object]) -> BoltResponse:
        click = Click(body, after_ack_in(context))
        outcome = outcome_of(lambda: handle(click), count_as=action)
        if isinstance(outcome, Refused | NotTaken):
            outcome = _note(click, action, outcome.sentence)
        if isinstance(outcome, Away):
            sentence = outcome.sentence
            click.after_ack(lambda: show(click, modals.notice("Signoff", sentence)))
            return BoltResponse(status=503)
        click.after_ack(lambda: redraw(click.who))
        return BoltResponse(status=200)

    return listener


def _note(click: Click, action: str, sentence: str) -> Outcome[None]:
    """Have the Home say why nothing happened, and to which draft."""

    def note() -> None:
        with transaction() as tx:
            by = click.who.identify(tx)
            if by.role is not None:
                subject = homes.subject_of(tx, click.target.row_id, by)
                homes.record_use(tx, by, f"{subject}: {sentence}" if subject else sentence)

    outcome = outcome_of(note)
    if isinstance(outcome, Away):
        metrics.click(action, outcome.label)
    return outcome
