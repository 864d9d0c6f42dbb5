"""views.* of the Web API. https://docs.slack.dev/reference/methods?family=views"""

from bot.sandbox import home, members, triggers, views
from bot.sandbox.errors import SlackError
from bot.sandbox.state import Json, Sandbox
from bot.sandbox.teams import Team


def open_(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """views.open: the view is checked first, so a broken one does not spend the trigger id."""
    view = views.checked(args.get("view"), "modal")
    trigger = triggers.exchange(sandbox, _trigger(args), team)
    return {"view": views.open_modal(sandbox, trigger["member"], view)}


def push(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """views.push: on top of the modal that the trigger id came from; invalid_trigger_id where it came from none."""
    view = views.checked(args.get("view"), "modal")
    trigger = triggers.exchange(sandbox, _trigger(args), team)
    below = views.find(sandbox, trigger["view"], team) if trigger["view"] else None
    if below is None or below["kind"] != "modal":
        raise SlackError("invalid_trigger_id")
    return {"view": views.open_modal(sandbox, trigger["member"], view, on=below)}


def _trigger(args: Json) -> str:
    trigger = args.get("trigger_id")
    if not isinstance(trigger, str):
        raise SlackError("invalid_arguments")
    return trigger


def update(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """views.update, by view_id or external_id."""
    view = args.get("view")
    if args.get("view_id"):
        row = views.find(sandbox, str(args["view_id"]), team)
    elif args.get("external_id"):
        row = views.find_external(sandbox, str(args["external_id"]), team)
    else:
        raise SlackError("invalid_arguments")
    return {"view": views.update(sandbox, row, views.checked(view, row["kind"]), args.get("hash"))}


def publish(sandbox: Sandbox, team: Team, args: Json) -> Json:
    """views.publish: a member's Home."""
    view = views.checked(args.get("view"), "home")
    user = str(args.get("user_id", ""))
    members.find(sandbox, user, team)
    return {"view": home.publish(sandbox, user, view, args.get("hash"))}
