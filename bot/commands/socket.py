"""`signoff socket`."""

import signal
import threading

from bot.commands import command_app
from bot.local.embedded import Servers, prepare_environment
from core.errors import SignoffError

app = command_app()


@app.command()
def socket() -> None:
    """Receive from Slack through a WebSocket that Signoff opens (Socket Mode), if Slack has no public URL to call.

    Needs SLACK_APP_TOKEN, the app-level token (xapp-…) with the scope connections:write, and Socket Mode switched on in
    the app's settings. The pages of drafts still need `signoff web`. Up to ten may run at once. On SIGTERM it
    records its current clicks, then stops.
    """
    prepare_environment(servers=Servers.START)
    from core.db import meet_database
    from core.settings import settings
    from core.telemetry import logs

    token = settings().slack_app_token.get_secret_value()
    if not token:
        raise SignoffError(
            "SLACK_APP_TOKEN is not set: make an app-level token with the scope connections:write at "
            "https://api.slack.com/apps, under Basic Information."
        )
    if not token.startswith("xapp-"):
        raise SignoffError("SLACK_APP_TOKEN is not an app-level token: it begins with xapp-, not with xoxb-.")
    logs.configure("socket")
    meet_database()
    from bot.slack.socket.connections import Switchboard

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    Switchboard(stopping).run()
