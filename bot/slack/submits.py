"""Submitted modals: saved before the ack, and answered (https://docs.slack.dev/surfaces/modals#updating_views)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from slack_bolt import BoltResponse

from bot.acts import Act, Away, Done, NotTaken, Refused, Result, RowKind, Target, outcome_of, ring_cards_of, run
from bot.slack.clicks import redraw_task
from bot.slack.own_home import redraw_if_open
from bot.slack.payload import AfterAck, Body, Person, after_ack_in, block_ids, person, target_of
from core.cards.modals import View, notice
from core.errors import Refusal
from core.telemetry import metrics


@dataclass(frozen=True)
class Submission:
    """One submitted modal: its payload, what was filled in, and a way to do things after the ack."""

    body: Body
    view: Body
    after_ack: AfterAck

    @property
    def who(self) -> Person:
        return person(self.body)

    @property
    def target(self) -> Target:
        """What the form is about, as its reader saw it."""
        return target_of(self.view.get("private_metadata"))


@dataclass(frozen=True)
class Window:
    """What stands in the form's place from now on: it tells of what was done, or why nothing was."""

    view: View
    done: bool = True


#: What a submission does. None closes the modal. `BadInput` and `Refusal` are told by the listener.
Save = Callable[[Submission], Window | None]


@dataclass(frozen=True)
class Form:
    """A modal that asks: what its submission does, its title, and the field under which trouble is told.

    Where it has no field, there is nothing typed to lose: the trouble takes its place.
    """

    save: Save
    title: str
    field: str = ""


def submit(submission: Submission, act: Act[Result]) -> Result:
    """Run an act on what the form is about. Raises what the act raises, and then its cards are drawn again, too."""
    target, after_ack = submission.target, submission.after_ack
    try:
        result = run(submission.who.identify, act, target, after_ack)
    except Refusal:
        if act.row_kind == RowKind.TASK:
            after_ack(lambda: redraw_task(target))
        else:
            after_ack(lambda: ring_cards_of(act.row_kind, target))
        raise
    after_ack(partial(redraw_if_open, submission.who))  # last: the form may have been opened there; cards go first
    return result


def on_submit(callback_id: str, form: Form) -> Callable[..., BoltResponse]:
    """A Bolt listener that saves before the ack. With Postgres away the modal stays open, and nothing typed is lost."""

    def listener(body: Body, view: Body, context: dict[str, object]) -> BoltResponse:
        submission = Submission(body, view, after_ack_in(context))
        outcome = outcome_of(lambda: form.save(submission))
        metrics.click(callback_id, _label(outcome))
        if isinstance(outcome, Done):
            return _replace(outcome.result.view) if outcome.result else BoltResponse(status=200)
        if isinstance(outcome, Refused):
            return _replace(notice(form.title, outcome.sentence))
        if form.field:
            return _errors(_field_of(outcome, view) or form.field, outcome.sentence)
        return _replace(notice("Signoff" if isinstance(outcome, Away) else form.title, outcome.sentence))

    return listener


def _field_of(outcome: NotTaken | Away, view: Body) -> str | None:
    """The field that cannot be taken, if the modal has it: Slack takes an error under no other name."""
    field = outcome.field if isinstance(outcome, NotTaken) else None
    return field if field in block_ids(view) else None


def _label(outcome: Done[Window | None] | Refused | NotTaken | Away) -> str:
    """Submissions are counted as done, away or refused: their refusals are not told apart by code."""
    if isinstance(outcome, Refused) or (isinstance(outcome, Done) and outcome.result and not outcome.result.done):
        return NotTaken.label
    return outcome.label


def _errors(block_id: str, sentence: str) -> BoltResponse:
    """Keep the modal open, with a sentence under one of its fields."""
    return BoltResponse(status=200, body={"response_action": "errors", "errors": {block_id: sentence}})


def _replace(view: View) -> BoltResponse:
    """Show another view in the modal's place."""
    return BoltResponse(status=200, body={"response_action": "update", "view": view})
