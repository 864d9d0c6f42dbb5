"""A real PostgreSQL and a real Redis of our own, for machines that have neither: one pair for each SIGNOFF_HOME.

`Servers` says which commands may start them; all others use what runs. What a command started stays up and is found by
the next one, and `signoff stop` stops it; `signoff up` stops what it started itself.
Only `DATABASE_URL` and `REDIS_URL` that are unset are filled in, so a deployment with its own servers never comes here.
"""

from bot.local.embedded.errors import EmbeddedError
from bot.local.embedded.home import home_of
from bot.local.embedded.servers import Servers, ensure_servers, prepare_environment, stop_servers

__all__ = ["EmbeddedError", "Servers", "ensure_servers", "home_of", "prepare_environment", "stop_servers"]
