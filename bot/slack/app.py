"""The Bolt app: which payload goes to which handler. Listeners run on the calling thread, before the response (§6)."""

import logging
import re
import traceback
from collections.abc import Callable

import structlog
from slack_bolt import App, BoltResponse
from slack_bolt.authorization import AuthorizeResult

from bot.acts import RowKind
from bot.slack.clicks import Click, on_click
from bot.slack.handlers import (
    accounts,
    bulk,
    card_menu,
    deciding,
    direct_messages,
    editing,
    home,
    reading,
    rejecting,
    tasks,
    team_membership,
    unknown_outcome,
)
from bot.slack.handlers.event_listener import Heard, nothing, on_event
from bot.slack.outreach import outreach
from bot.slack.outreach.choosing import choose_campaign
from bot.slack.outreach.replies import leave_it
from bot.slack.outreach.skipping import skip_queued
from bot.slack.outreach.switching import switch_all
from bot.slack.submits import Form, on_submit
from jobs.slack.client import web_client

log = structlog.get_logger("bot.slack")

#: action_id → what a click on it does. Its clicks are counted under the same name.
ACTIONS: dict[str, Callable[[Click], None]] = {
    "approve_send": deciding.approve_send,
    "approve_schedule": deciding.approve_schedule,
    "edit_draft": editing.edit_draft,
    "reject_draft": rejecting.reject_draft,
    "undo_approval": deciding.undo_approval,
    "restore_draft": deciding.restore_draft,
    "more": card_menu.more,
    "read_all": reading.read_draft,
    "it_arrived": unknown_outcome.it_arrived,
    "send_again": unknown_outcome.send_again,
    "bulk_more": bulk.more,
    "bulk_tick": bulk.tick,
    "bulk_all": bulk.tick_all,
    "bulk_none": bulk.tick_all,
    "bulk_undo": bulk.undo,
    "choose_campaign": choose_campaign,
    "switch_all": switch_all,
    "skip_queued": skip_queued,
    "leave_it": leave_it,
}
#: The same, for the card of a task.
TASK_ACTIONS: dict[str, Callable[[Click], None]] = {
    "task_done": tasks.task_done,
    "task_could_not": tasks.task_could_not,
    "task_read": tasks.task_read,
}
#: The same, for what is told of an account.
ACCOUNT_ACTIONS: dict[str, Callable[[Click], None]] = {"try_account": accounts.try_account}
#: A family of action_ids, as one name and what each of them matches; for buttons that stand in a row or a list.
FAMILIES: dict[str, tuple[str, Callable[[Click], None]]] = {
    "choose_campaign": (r"choose_campaign_\d", choose_campaign),
    "read_page": (r"read_page_\d+", reading.read_draft),
    "read_theirs": (r"read_theirs_\d+", reading.read_inbound),
}
#: callback_id of a modal → what its submission does.
FORMS: dict[str, Form] = {
    "approve_asked": deciding.FORM,
    "edit_draft": editing.FORM,
    "reject_draft": rejecting.FORM,
    "request_changes": card_menu.CHANGES_FORM,
    "snooze_draft": card_menu.SNOOZE_FORM,
    "assign_draft": card_menu.ASSIGN_FORM,
    "pause_campaign": card_menu.PAUSE_FORM,
    "send_again": unknown_outcome.FORM,
    "task_could_not": tasks.COULD_NOT_FORM,
    "bulk_low_risk": bulk.FORM,
}
COMMANDS: dict[str, Callable[..., BoltResponse]] = {"/outreach": outreach}
#: Type of an event → what hearing of it does. All others are acked.
EVENTS: dict[str, Callable[[Heard], None]] = {
    "app_home_opened": home.opened,
    "message": direct_messages.written,
    "app_uninstalled": team_membership.uninstalled,
    "tokens_revoked": team_membership.tokens_revoked,
    "user_change": team_membership.member_changed,
    "team_join": team_membership.member_changed,
}


def make_app() -> App:
    """A Bolt app that calls nothing of Slack's while it starts or acks, and logs no bodies."""
    app = App(
        client=web_client(),
        authorize=_authorize,
        process_before_response=True,
        request_verification_enabled=False,  # the endpoint has done it, more strictly
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        logger=_silent(),
    )
    home.listen(app)
    for action, handle in ACTIONS.items():
        app.action(action)(on_click(action, handle))
    for action, handle in TASK_ACTIONS.items():
        app.action(action)(on_click(action, handle, RowKind.TASK))
    for action, handle in ACCOUNT_ACTIONS.items():
        app.action(action)(on_click(action, handle, RowKind.ACCOUNT))
    for name, (pattern, handle) in FAMILIES.items():
        app.action(re.compile(pattern))(on_click(name, handle))
    app.action(re.compile(r".*"))(on_click("other", _nothing))
    for callback_id, form in FORMS.items():
        app.view(callback_id)(on_submit(callback_id, form))
    for command, answer in COMMANDS.items():
        app.command(command)(answer)
    for kind, hear in EVENTS.items():
        app.event(kind)(on_event(kind, hear))
    app.event(re.compile(r".*"))(on_event("other", nothing))
    app.error(_failed)
    return app


def _authorize() -> AuthorizeResult:
    """Nothing to ask Slack, or Postgres: handlers call Slack by `jobs.slack.client`, which finds the team's token."""
    return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=None, bot_user_id=None)


def _nothing(_click: Click) -> None:
    """A link button, or one that a later version may know: there is nothing to record."""


def _failed(error: Exception) -> BoltResponse:
    """A defect of ours: Slack shows the person that nothing happened. Or a payload of a shape that no Slack sends."""
    if not _from_a_handler(error):
        log.warning("misshapen payload", error=type(error).__name__)
        return BoltResponse(status=400)
    log.error("handler failed", exc_info=error)
    return BoltResponse(status=500)


def _from_a_handler(error: Exception) -> bool:
    """Whether this was raised in one of our handlers, and not while Bolt looked for the right one."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(str(frame.f_globals.get("__name__")).startswith("bot.slack.") for frame in frames)


def _silent() -> logging.Logger:
    """Bolt's own lines quote whole payloads (P11)."""
    logger = logging.getLogger("signoff.bolt")
    logger.setLevel(logging.CRITICAL + 1)
    return logger
