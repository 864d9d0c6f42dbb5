"""A resting account: "Try again", where admins were told of it."""

from bot import decisions
from bot.slack.clicks import Click, act_on
from bot.slack.ephemeral import tell
from bot.slack.payload import response_url

TRIED = "One mail is tried now. If it works, the rest follows; if not, the account keeps resting and says why."


def try_account(click: Click) -> None:
    """Let one mail try at once."""
    act_on(click, decisions.TRY_ACCOUNT)
    url = response_url(click.body)
    click.after_ack(lambda: tell(url, TRIED))
